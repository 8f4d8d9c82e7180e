//! Where the pictures of a grid lie: rows of one height each that fill the width, known before any picture is there.
//!
//! Rows break as the style sheet breaks them before scripts run, so that nothing moves when these take over.

use std::ops::Range;

/// Space between pictures, in pixels. The style sheet repeats it.
pub(crate) const GAP: f64 = 8.0;

/// The narrowest and the widest shape that a picture gets; beyond, it is cut.
const NARROWEST: f64 = 0.5;
const WIDEST: f64 = 4.0;

/// A picture's place, in pixels from the grid's corner.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Place {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    /// Of the picture alone, without what stands below it.
    pub(crate) height: f64,
}

/// What a layout is made for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Room {
    /// The grid's width.
    pub(crate) width: f64,
    /// The least height of a row.
    pub(crate) row_height: f64,
    /// What each picture has below it.
    pub(crate) below: f64,
}

/// A row of pictures.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    top: f64,
    /// With what stands below the pictures.
    height: f64,
    pictures: Range<usize>,
}

/// All pictures in their places.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Layout {
    places: Vec<Place>,
    rows: Vec<Row>,
    /// The grid's height.
    pub(crate) height: f64,
}

/// A picture's shape: its width for a height of 1.
pub(crate) fn ratio(width: u32, height: u32) -> f64 {
    (f64::from(width.max(1)) / f64::from(height.max(1))).clamp(NARROWEST, WIDEST)
}

impl Layout {
    /// Lays out pictures of these shapes. Rows break forwards and backwards from the picture `anchor`, so that those which
    /// are there stay as they are when others come before or after them.
    pub(crate) fn new(ratios: &[f64], anchor: usize, room: Room) -> Self {
        let mut breaks = backward(&ratios[..anchor.min(ratios.len())], room);
        breaks.extend(forward(ratios, anchor.min(ratios.len()), room));
        let mut layout = Self { places: Vec::with_capacity(ratios.len()), ..Self::default() };
        let last = breaks.len().saturating_sub(1);
        for (number, pictures) in breaks.into_iter().enumerate() {
            layout.push(&ratios[pictures.clone()], pictures, room, number == last);
        }
        layout.height = (layout.height - GAP).max(0.0);
        layout
    }

    fn push(&mut self, ratios: &[f64], pictures: Range<usize>, room: Room, is_last: bool) {
        let gaps = GAP * (ratios.len() - 1) as f64;
        let sum: f64 = ratios.iter().sum();
        let filling = (room.width - gaps) / sum;
        // What is too little for a row is not blown up to one.
        let height = if is_last { filling.min(room.row_height) } else { filling };
        let top = self.height;
        let mut left = 0.0;
        for ratio in ratios {
            let width = ratio * height;
            self.places.push(Place { left, top, width, height });
            left += width + GAP;
        }
        self.rows.push(Row { top, height: height + room.below, pictures });
        self.height += height + room.below + GAP;
    }

    /// Where a picture lies.
    pub(crate) fn place(&self, picture: usize) -> Option<Place> {
        self.places.get(picture).copied()
    }

    /// The pictures whose rows reach into this part of the grid.
    pub(crate) fn within(&self, top: f64, bottom: f64) -> Range<usize> {
        let first = self.rows.partition_point(|row| row.top + row.height < top);
        let end = self.rows.partition_point(|row| row.top <= bottom);
        match (self.rows.get(first), self.rows.get(end.wrapping_sub(1))) {
            (Some(from), Some(to)) if first < end => from.pictures.start..to.pictures.end,
            _ => 0..0,
        }
    }

    /// The picture in the row above (`-1`) or below (`1`) that lies nearest; the picture itself at the edge.
    pub(crate) fn beside(&self, picture: usize, rows: isize) -> usize {
        let Some(place) = self.place(picture) else { return picture };
        let row = self.rows.partition_point(|row| row.pictures.end <= picture);
        let Some(target) = row.checked_add_signed(rows).and_then(|row| self.rows.get(row)) else { return picture };
        let middle = place.left + place.width / 2.0;
        let distance = |other: &usize| {
            let place = self.places[*other];
            (place.left + place.width / 2.0 - middle).abs()
        };
        target.pictures.clone().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(picture)
    }
}

/// Rows from `start` on: as many pictures as fit side by side at the least height.
fn forward(ratios: &[f64], start: usize, room: Room) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let (mut first, mut taken) = (start, 0.0);
    for (picture, ratio) in ratios.iter().enumerate().skip(start) {
        let width = ratio * room.row_height;
        if picture > first && taken + GAP + width > room.width {
            rows.push(first..picture);
            (first, taken) = (picture, width);
        } else {
            taken += width + if picture > first { GAP } else { 0.0 };
        }
    }
    if first < ratios.len() {
        rows.push(first..ratios.len());
    }
    rows
}

/// Rows that end with the last of these pictures, from the last row to the first.
fn backward(ratios: &[f64], room: Room) -> Vec<Range<usize>> {
    let reversed: Vec<f64> = ratios.iter().rev().copied().collect();
    let length = ratios.len();
    let mut rows: Vec<_> =
        forward(&reversed, 0, room).into_iter().map(|row| length - row.end..length - row.start).collect();
    rows.reverse();
    rows
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::*;

    const ROOM: Room = Room { width: 1000.0, row_height: 200.0, below: 50.0 };

    fn layout(ratios: &[f64]) -> Layout {
        Layout::new(ratios, 0, ROOM)
    }

    #[test]
    fn rows_fill_the_width_at_one_height() {
        let layout = layout(&[1.5; 10]);
        let first: Vec<_> = (0..3).map(|picture| layout.place(picture).unwrap()).collect();
        assert!((first[2].left + first[2].width - 1000.0).abs() < 0.001, "{first:?}");
        assert!(first[0].height >= 200.0 && first[0].height == first[2].height);
        let second = layout.place(3).unwrap();
        assert_eq!(second.left, 0.0);
        assert!((second.top - (first[0].height + 50.0 + GAP)).abs() < 0.001);
        let last = layout.place(9).unwrap();
        assert_eq!((last.height, last.width), (200.0, 300.0), "one picture is not blown up to a row");
        assert!((layout.height - (last.top + 250.0)).abs() < 0.001);
    }

    #[test]
    fn wide_and_narrow_pictures_are_cut() {
        assert_eq!([ratio(100, 10_000), ratio(10_000, 100), ratio(300, 200)], [0.5, 4.0, 1.5]);
        assert_eq!(ratio(0, 0), 1.0);
        let narrow = Layout::new(&[4.0, 1.0], 0, Room { width: 320.0, ..ROOM });
        assert_eq!(narrow.place(0).unwrap().width, 320.0);
        assert_eq!(narrow.place(0).unwrap().height, 80.0);
    }

    #[test]
    fn what_comes_before_leaves_rows_as_they_are() {
        let ratios: Vec<f64> = (0..60).map(|number| 0.6 + f64::from(number % 7) * 0.3).collect();
        let alone = layout(&ratios[20..]);
        let together = Layout::new(&ratios, 20, ROOM);
        let shift = together.place(20).unwrap().top;
        for picture in 0..40 {
            let (one, other) = (alone.place(picture).unwrap(), together.place(picture + 20).unwrap());
            assert!((one.left - other.left).abs() < 0.001 && (one.top + shift - other.top).abs() < 0.001);
        }
    }

    #[test]
    fn window_shows_the_rows_that_reach_into_it() {
        let layout = layout(&[1.0; 40]);
        assert_eq!(layout.within(0.0, 10.0), 0..4);
        assert_eq!(layout.within(-500.0, -1.0), 0..0);
        let second = layout.place(4).unwrap().top;
        assert_eq!(layout.within(second - 1.0, second + 1.0), 4..8);
        assert_eq!(layout.within(0.0, 1e9), 0..40);
        assert_eq!(Layout::default().within(0.0, 100.0), 0..0);
    }

    #[test]
    fn arrows_go_to_what_lies_nearest() {
        let layout = layout(&[1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0]);
        assert_eq!(layout.beside(0, 1), 4);
        assert_eq!(layout.beside(3, 1), 6);
        assert_eq!(layout.beside(1, -1), 1);
        assert_eq!(layout.beside(7, 1), 7);
    }
}
