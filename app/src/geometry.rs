//! Where things lie on the picture.

use crate::types::{ImageSize, Region, Shape};

/// A box in percent of the picture's width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PercentBox {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// The smallest upright box around a region, in percent of the picture.
pub(crate) fn bounds(region: &Region, size: ImageSize) -> PercentBox {
    let [left, top, right, bottom] = match &region.shape {
        Shape::Box(edges) => *edges,
        Shape::Quad(corners) => around(corners),
        Shape::Polygons(outlines) => around(&outlines.concat()),
    };
    let (across, down) = (100.0 / size.width.max(1) as f32, 100.0 / size.height.max(1) as f32);
    PercentBox { left: left * across, top: top * down, width: (right - left) * across, height: (bottom - top) * down }
}

/// The outlines of a region as `points` of SVG polygons; none for a plain box.
pub(crate) fn outlines(region: &Region) -> Vec<String> {
    match &region.shape {
        Shape::Box(_) => Vec::new(),
        Shape::Quad(corners) => vec![points(corners)],
        Shape::Polygons(outlines) => outlines.iter().map(|outline| points(outline)).collect(),
    }
}

/// Reads `<loc_x1><loc_y1><loc_x2><loc_y2>` as a box in percent.
pub(crate) fn parse_locations(text: &str) -> Option<PercentBox> {
    let inner = text.trim().strip_prefix("<loc_")?.strip_suffix('>')?;
    let edges: Vec<f32> = inner.split("><loc_").map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let [left, top, right, bottom] = edges.try_into().ok()?;
    Some(PercentBox {
        left: left / 10.0,
        top: top / 10.0,
        width: (right - left) / 10.0,
        height: (bottom - top) / 10.0,
    })
}

/// Writes the box between two points, in 0 to 1 of the picture, as `<loc_x1><loc_y1><loc_x2><loc_y2>`.
pub(crate) fn write_locations(from: (f64, f64), to: (f64, f64)) -> String {
    let thousandth = |share: f64| (share * 1000.0).floor().clamp(0.0, 999.0) as u16;
    let (left, right) = (from.0.min(to.0), from.0.max(to.0));
    let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
    [left, top, right, bottom].iter().map(|share| format!("<loc_{}>", thousandth(*share))).collect()
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

    const SIZE: ImageSize = ImageSize { width: 200, height: 100 };

    #[test]
    fn boxes_and_quads_are_measured_in_percent() {
        let expected = PercentBox { left: 10.0, top: 20.0, width: 50.0, height: 40.0 };
        assert_eq!(bounds(&region(Shape::Box([20.0, 20.0, 120.0, 60.0])), SIZE), expected);
        let quad = Shape::Quad([20.0, 20.0, 120.0, 25.0, 115.0, 60.0, 25.0, 55.0]);
        assert_eq!(bounds(&region(quad.clone()), SIZE), expected);
        assert_eq!(outlines(&region(quad)), ["20,20 120,25 115,60 25,55"]);
    }

    #[test]
    fn drawn_box_is_written_and_read_back() {
        let text = write_locations((0.5, 1.2), (0.1, 0.25));
        assert_eq!(text, "<loc_100><loc_250><loc_500><loc_999>");
        let expected = PercentBox { left: 10.0, top: 25.0, width: 40.0, height: 74.9 };
        let read = parse_locations(&text).unwrap();
        assert!((read.height - expected.height).abs() < 1e-4);
        assert_eq!(PercentBox { height: expected.height, ..read }, expected);
        assert_eq!(parse_locations("<loc_1><loc_2>"), None);
        assert_eq!(parse_locations("a dog"), None);
    }
}
