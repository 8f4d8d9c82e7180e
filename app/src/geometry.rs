//! Where things lie on the picture.

use crate::types::{ImageSize, Region, Shape};

/// An upright box in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

impl Frame {
    /// From left, top, right and bottom.
    fn between([left, top, right, bottom]: [f32; 4]) -> Self {
        Self { left, top, width: (right - left).max(0.0), height: (bottom - top).max(0.0) }
    }
}

/// The smallest upright box around a region.
pub(crate) fn bounds(region: &Region) -> Frame {
    Frame::between(match &region.shape {
        Shape::Box(edges) => *edges,
        Shape::Quad(corners) => around(corners),
        Shape::Polygons(outlines) => around(&outlines.concat()),
    })
}

/// The outlines of a region as `points` of SVG polygons; none for a plain box.
pub(crate) fn outlines(region: &Region) -> Vec<String> {
    match &region.shape {
        Shape::Box(_) => Vec::new(),
        Shape::Quad(corners) => vec![points(corners)],
        Shape::Polygons(outlines) => outlines.iter().map(|outline| points(outline)).collect(),
    }
}

/// Reads a box as the server does: four numbers in pixels, or `<loc_x1><loc_y1><loc_x2><loc_y2>` in thousandths.
pub(crate) fn parse_box(text: &str, size: ImageSize) -> Option<Frame> {
    let pixels: Option<Vec<f32>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    match pixels {
        Some(edges) => Some(Frame::between(<[f32; 4]>::try_from(edges).ok()?)),
        None => parse_locations(text, size),
    }
}

fn parse_locations(text: &str, size: ImageSize) -> Option<Frame> {
    let inner = text.trim().strip_prefix("<loc_")?.strip_suffix('>')?;
    let edges: Vec<f32> = inner.split("><loc_").map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let [left, top, right, bottom]: [f32; 4] = edges.try_into().ok()?;
    let (across, down) = (size.width as f32 / 1000.0, size.height as f32 / 1000.0);
    Some(Frame::between([left * across, top * down, right * across, bottom * down]))
}

/// Writes the box between two points, in 0 to 1 of the picture, as `<loc_x1><loc_y1><loc_x2><loc_y2>`.
pub(crate) fn write_locations(from: (f64, f64), to: (f64, f64)) -> String {
    let token = |share: f64| format!("<loc_{}>", (share * 1000.0).floor().clamp(0.0, 999.0) as u16);
    let (left, right) = (from.0.min(to.0), from.0.max(to.0));
    let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
    [left, top, right, bottom].map(token).concat()
}

/// The upright box around x, y pairs; empty when there are none.
fn around(coordinates: &[f32]) -> [f32; 4] {
    if coordinates.len() < 2 {
        return [0.0; 4];
    }
    let axis = |offset: usize| coordinates.iter().skip(offset).step_by(2).copied();
    [
        axis(0).fold(f32::INFINITY, f32::min),
        axis(1).fold(f32::INFINITY, f32::min),
        axis(0).fold(f32::NEG_INFINITY, f32::max),
        axis(1).fold(f32::NEG_INFINITY, f32::max),
    ]
}

fn points(coordinates: &[f32]) -> String {
    coordinates.chunks_exact(2).map(|xy| format!("{},{}", xy[0], xy[1])).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(shape: Shape) -> Region {
        Region { label: String::new(), shape, confidence: None }
    }

    #[test]
    fn boxes_and_quads_are_bounded() {
        let expected = Frame { left: 20.0, top: 20.0, width: 100.0, height: 40.0 };
        assert_eq!(bounds(&region(Shape::Box([20.0, 20.0, 120.0, 60.0]))), expected);
        let quad = Shape::Quad([20.0, 20.0, 120.0, 25.0, 115.0, 60.0, 25.0, 55.0]);
        assert_eq!(bounds(&region(quad.clone())), expected);
        assert_eq!(outlines(&region(quad)), ["20,20 120,25 115,60 25,55"]);
        assert_eq!(bounds(&region(Shape::Polygons(Vec::new()))), Frame::between([0.0; 4]));
    }

    #[test]
    fn drawn_box_is_written_and_read_back() {
        let text = write_locations((0.5, 1.2), (0.1, 0.25));
        assert_eq!(text, "<loc_100><loc_250><loc_500><loc_999>");
        let size = ImageSize { width: 2000, height: 1000 };
        assert_eq!(parse_locations(&text, size), Some(Frame::between([200.0, 250.0, 1000.0, 999.0])));
        assert_eq!(parse_locations("<loc_1><loc_2>", size), None);
        assert_eq!(parse_locations("a dog", size), None);
        assert_eq!(parse_box("1, 2,11,12", size), Some(Frame::between([1.0, 2.0, 11.0, 12.0])));
        assert_eq!(parse_box(&text, size), parse_locations(&text, size));
        assert_eq!(parse_box("1,2,3", size), None);
    }
}
