//! Answers drawn onto their picture: outlines with label plates.

use ::image::{Rgb, RgbImage};
use font8x8::{BASIC_FONTS, GREEK_FONTS, HIRAGANA_FONTS, LATIN_FONTS, UnicodeFonts};

use crate::postprocess::{Answer, Region, Shape};

/// One colour a label, far apart in hue and readable on photos (Okabe and Ito's palette, which colour-blind people can
/// tell apart, without its black).
const COLORS: [[u8; 3]; 7] =
    [[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [0, 114, 178], [213, 94, 0], [204, 121, 167]];
const BLACK: Rgb<u8> = Rgb([0, 0, 0]);
const WHITE: Rgb<u8> = Rgb([255, 255, 255]);
/// Width and height of a glyph before scaling.
const GLYPH: i64 = 8;

/// Draws every box, quadrilateral and polygon of the answer as an outline with its label on a plate.
///
/// Regions of one label share a colour. What lies outside the picture is cut off; a plain text draws nothing. Characters
/// the small built-in font lacks (it has Latin, Greek and Hiragana) appear as "?".
pub fn draw_answer(image: &mut RgbImage, answer: &Answer) {
    let mut labels = Vec::new();
    let canvas = &mut Canvas::new(image);
    let mut colored = Vec::new();
    for region in answer.regions() {
        let color = labels.iter().position(|label| *label == region.label).unwrap_or_else(|| {
            labels.push(region.label);
            labels.len() - 1
        });
        colored.push((region, Rgb(COLORS[color % COLORS.len()])));
    }
    for (region, color) in &colored {
        for outline in outlines(region) {
            canvas.draw_outline(&outline, *color);
        }
    }
    // Plates come last, so that no outline runs through a word.
    for (region, color) in &colored {
        if let (false, Some(anchor)) = (region.label.is_empty(), top_left(region)) {
            canvas.draw_plate(anchor, region.label, *color);
        }
    }
}

type Point = (f32, f32);

/// The closed outlines a region is made of.
fn outlines(region: &Region<'_>) -> Vec<Vec<Point>> {
    let points = |flat: &[f32]| flat.as_chunks::<2>().0.iter().map(|[x, y]| (*x, *y)).collect();
    match region.shape {
        Shape::Box([x0, y0, x1, y1]) => vec![vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)]],
        Shape::Quad(corners) => vec![points(&corners)],
        Shape::Polygons(polygons) => polygons.iter().map(|polygon| points(polygon)).collect(),
    }
}

/// The top left corner of the box around a region; `None` if it has no point.
fn top_left(region: &Region<'_>) -> Option<Point> {
    outlines(region).into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.min(b.1)))
}

/// A picture with a pen that suits its size.
struct Canvas<'a> {
    image: &'a mut RgbImage,
    /// How many pixels wide lines are, and how many times larger than the font's the letters.
    pen: i64,
}

impl<'a> Canvas<'a> {
    fn new(image: &'a mut RgbImage) -> Self {
        let longer_side = i64::from(image.width().max(image.height()));
        Self { image, pen: (longer_side / 320).clamp(1, 16) }
    }

    fn draw_outline(&mut self, points: &[Point], color: Rgb<u8>) {
        let next = points.iter().cycle().skip(1);
        for (from, to) in points.iter().zip(next) {
            self.draw_line(*from, *to, color);
        }
    }

    /// A line of squares of the pen's size, one a pixel along the longer axis.
    fn draw_line(&mut self, from: Point, to: Point, color: Rgb<u8>) {
        let (from, to) = (self.clamp(from), self.clamp(to));
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = dx.abs().max(dy.abs()).ceil().max(1.0);
        for step in 0..=steps as u32 {
            let part = step as f32 / steps;
            let (x, y) = ((from.0 + dx * part) as i64, (from.1 + dy * part) as i64);
            self.fill((x - self.pen / 2, y - self.pen / 2), (self.pen, self.pen), color);
        }
    }

    /// The label on a plate that stands on `anchor`, moved into the picture where it would leave it.
    fn draw_plate(&mut self, anchor: Point, label: &str, color: Rgb<u8>) {
        let (x, y) = self.clamp(anchor);
        let glyph = GLYPH * self.pen;
        let margin = self.pen;
        let (width, height) = (label.chars().count() as i64 * glyph + 2 * margin, glyph + 2 * margin);
        let left = (x as i64 - self.pen / 2).min(i64::from(self.image.width()) - width).max(0);
        let top = (y as i64 - height).min(i64::from(self.image.height()) - height).max(0);
        self.fill((left, top), (width, height), color);
        let ink = if luminance(color) > 128.0 { BLACK } else { WHITE };
        for (column, character) in (0..).zip(label.chars()) {
            self.draw_glyph((left + margin + column * glyph, top + margin), character, ink);
        }
    }

    fn draw_glyph(&mut self, (left, top): (i64, i64), character: char, color: Rgb<u8>) {
        for (row, bits) in (0..).zip(glyph(character)) {
            for column in (0..GLYPH).filter(|column| bits >> column & 1 == 1) {
                let corner = (left + column * self.pen, top + row * self.pen);
                self.fill(corner, (self.pen, self.pen), color);
            }
        }
    }

    /// Fills a rectangle, as far as it lies within the picture.
    fn fill(&mut self, (left, top): (i64, i64), (width, height): (i64, i64), color: Rgb<u8>) {
        let columns = left.max(0)..(left + width).min(i64::from(self.image.width()));
        for y in top.max(0)..(top + height).min(i64::from(self.image.height())) {
            for x in columns.clone() {
                self.image.put_pixel(x as u32, y as u32, color);
            }
        }
    }

    /// The nearest point within the picture, so that no coordinate makes a line endless.
    fn clamp(&self, (x, y): Point) -> Point {
        let limit = |value: f32, size: u32| value.max(0.0).min(size.saturating_sub(1) as f32);
        (limit(x, self.image.width()), limit(y, self.image.height()))
    }
}

/// A character's 8 rows; bit 0 is the leftmost pixel.
fn glyph(character: char) -> [u8; 8] {
    let known = BASIC_FONTS
        .get(character)
        .or_else(|| LATIN_FONTS.get(character))
        .or_else(|| GREEK_FONTS.get(character))
        .or_else(|| HIRAGANA_FONTS.get(character));
    known.or_else(|| BASIC_FONTS.get('?')).unwrap_or_default()
}

/// How bright a colour looks, 0 to 255.
fn luminance(Rgb([red, green, blue]): Rgb<u8>) -> f32 {
    0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKGROUND: Rgb<u8> = Rgb([9, 9, 9]);

    fn drawn(answer: &Answer, width: u32, height: u32) -> RgbImage {
        let mut image = RgbImage::from_pixel(width, height, BACKGROUND);
        draw_answer(&mut image, answer);
        image
    }

    #[test]
    fn boxes_get_outlines_and_plates_in_one_color_a_label() {
        let answer = Answer::Boxes {
            bboxes: vec![[20.0, 30.0, 60.0, 70.0], [80.0, 30.0, 120.0, 70.0], [20.0, 90.0, 60.0, 110.0]],
            labels: ["dog", "ball", "dog"].map(str::to_owned).to_vec(),
        };
        let image = drawn(&answer, 160, 120);
        let [dog, ball] = [Rgb(COLORS[0]), Rgb(COLORS[1])];
        for (x, y) in [(20, 30), (60, 70), (40, 70), (20, 50), (60, 110)] {
            assert_eq!(*image.get_pixel(x, y), dog, "{x},{y}");
        }
        assert_eq!(*image.get_pixel(100, 70), ball);
        assert_eq!(*image.get_pixel(40, 50), BACKGROUND, "the inside stays as it was");
        // "dog" stands above its box in dark letters.
        let ink =
            (20..46).flat_map(|x| (20..30).map(move |y| (x, y))).filter(|(x, y)| *image.get_pixel(*x, *y) == BLACK);
        assert!(ink.count() > 30);
        assert_eq!(*image.get_pixel(20, 21), dog);
    }

    #[test]
    fn quads_and_polygons_are_closed() {
        let triangle = vec![10.0, 10.0, 50.0, 10.0, 10.0, 50.0];
        let answer = Answer::Polygons { polygons: vec![vec![triangle, Vec::new()]], labels: vec![String::new()] };
        let image = drawn(&answer, 64, 64);
        for (x, y) in [(10, 10), (30, 10), (10, 30), (30, 30)] {
            assert_eq!(*image.get_pixel(x, y), Rgb(COLORS[0]), "{x},{y}");
        }
        let quad = [10.0, 40.0, 50.0, 30.0, 50.0, 50.0, 10.0, 60.0];
        let answer = Answer::Quads { quad_boxes: vec![quad], labels: vec![String::new()] };
        let image = drawn(&answer, 64, 64);
        for (x, y) in [(10, 50), (50, 40), (30, 35), (30, 55)] {
            assert_eq!(*image.get_pixel(x, y), Rgb(COLORS[0]), "{x},{y}");
        }
    }

    #[test]
    fn nothing_outside_the_picture_is_drawn_or_panics() {
        let wild = [f32::NEG_INFINITY, -1e30, 1e30, f32::NAN];
        let answer = Answer::Boxes { bboxes: vec![wild; 9], labels: vec!["\u{1F436} über".repeat(40); 9] };
        for (width, height) in [(0, 0), (1, 1), (1, 4000), (300, 2)] {
            assert_eq!(drawn(&answer, width, height).dimensions(), (width, height));
        }
        let text = Answer::Text("a dog".to_owned());
        assert!(drawn(&text, 8, 8).pixels().all(|pixel| *pixel == BACKGROUND));
    }
}
