//! Bytes of pictures over HTTP: parts of them, what a browser has already, and what cameras wrote into them.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::{
    datasets::{add, scene},
    people::Instance,
    program::Answer,
};

/// A dataset with one picture; where that lies.
async fn with_picture(bytes: &[u8], name: &str) -> (Instance, String, Value) {
    let instance = Instance::start(&[]).await;
    assert_eq!(instance.post("/api/v1/datasets", &instance.root, &json!({ "slug": "birds", "name": "B" })).status, 201);
    let added = add(&instance, &instance.root, "birds", &[(name, bytes)]).json();
    let image = added["results"][0]["image"].clone();
    let path = format!("/api/v1/images/{}", image["id"].as_str().unwrap_or_else(|| panic!("it is added: {added}")));
    (instance, path, image)
}

fn ask(instance: &Instance, path: &str, header: &str) -> Answer {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {}\r\n{header}\r\n\r\n",
        instance.root
    );
    instance.server.exchange(request.as_bytes())
}

#[tokio::test]
async fn thumbnails_come_in_parts_and_not_twice() {
    let (instance, path, _) = with_picture(&scene(), "a.png").await;
    for size in ["256", "512", "1440"] {
        let path = format!("{path}/thumbnails/{size}");
        let whole = ask(&instance, &path, "x-nothing: 1");
        assert_eq!((whole.status, whole.header("accept-ranges")), (200, "bytes"), "{size}");
        let (bytes, etag) = (whole.body.clone(), whole.header("etag").to_owned());
        let length = bytes.len();
        let part = ask(&instance, &path, "range: bytes=4-7");
        assert_eq!((part.status, part.body.as_slice(), part.header("etag")), (206, &bytes[4..8], &*etag), "{size}");
        assert_eq!(part.header("content-range"), format!("bytes 4-7/{length}"));
        assert_eq!(part.header("content-type"), "image/webp");
        let end = ask(&instance, &path, "range: bytes=-3");
        assert_eq!((end.status, end.body.as_slice()), (206, &bytes[length - 3..]));
        let beyond = ask(&instance, &path, &format!("range: bytes={length}-"));
        assert_eq!((beyond.status, beyond.header("content-range")), (416, &*format!("bytes */{length}")));
        beyond.expect_problem(416, "other");
        let several = ask(&instance, &path, "range: bytes=0-1,3-4");
        assert_eq!((several.status, several.body.len()), (200, length), "several at once are passed over");
        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let known = ask(&instance, &path, &format!("if-none-match: {known}"));
            assert!(known.status == 304 && known.body.is_empty() && known.header("etag") == etag, "{size}");
        }
        assert_eq!(ask(&instance, &path, "if-none-match: \"other\"").status, 200);
    }
    instance.end().await;
}

/// A JPEG whose EXIF names this camera.
pub(crate) fn jpeg_of_camera(name: &str) -> Vec<u8> {
    let mut jpeg = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgb8(RgbImage::from_pixel(24, 16, Rgb([40, 160, 70])));
    picture.write_to(&mut jpeg, ImageFormat::Jpeg).expect("it can be encoded");
    let text = [name.as_bytes(), b"\0"].concat();
    // A TIFF header with one entry, the camera's maker (0x010f), whose text follows it.
    let count = (text.len() as u32).to_le_bytes();
    let tiff = [b"II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0", &count[..], b"\x1a\0\0\0\0\0\0\0", &text].concat();
    let length = (tiff.len() as u16 + 8).to_be_bytes();
    let (start, rest) = jpeg.get_ref().split_at(2);
    [start, &[0xff, 0xe1], &length, b"Exif\0\0", &tiff, rest].concat()
}

/// A JPEG of 40 by 20 pixels, red on the left and blue on the right, whose camera was held upright: EXIF's orientation 6.
fn upright_jpeg() -> Vec<u8> {
    let picture = RgbImage::from_fn(40, 20, |x, _| if x < 20 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) });
    let mut jpeg = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut jpeg, ImageFormat::Jpeg).expect("it can be encoded");
    // A TIFF header with two entries: the camera's maker (0x010f) and the orientation (0x0112).
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend(b"\x0f\x01\x02\0\x07\0\0\0\x26\0\0\0");
    tiff.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
    tiff.extend(b"\0\0\0\0Camera\0");
    let length = (tiff.len() as u16 + 8).to_be_bytes();
    let (start, rest) = jpeg.get_ref().split_at(2);
    [start, &[0xff, 0xe1], &length, b"Exif\0\0", &tiff, rest].concat()
}

#[tokio::test]
async fn picture_of_a_turned_camera_is_shown_upright() {
    let bytes = upright_jpeg();
    let (instance, path, image) = with_picture(&bytes, "a.jpg").await;
    assert_eq!((&image["width"], &image["height"], &image["format"]), (&json!(20), &json!(40), &json!("jpeg")));
    assert_eq!(instance.get(&format!("{path}/file"), &instance.root).body, bytes, "the file stays as it was sent");
    for size in ["256", "512", "1440"] {
        let thumbnail = instance.get(&format!("{path}/thumbnails/{size}"), &instance.root);
        let thumbnail = image::load_from_memory(&thumbnail.body).expect("it is a picture").into_rgb8();
        assert_eq!(thumbnail.dimensions(), (20, 40), "{size}");
        let (top, bottom) = (thumbnail.get_pixel(10, 8), thumbnail.get_pixel(10, 32));
        assert!(top[0] > 150 && top[2] < 100, "what was on the left is on top: {top:?}");
        assert!(bottom[2] > 150 && bottom[0] < 100, "{bottom:?}");
    }
    let exif = instance.get(&format!("{path}/exif"), &instance.root);
    assert_eq!(exif.status, 200, "{}", exif.text());
    let value = |name: &str| {
        let fields = exif.json();
        let field = fields.as_array().expect("it is a list").iter().find(|field| field["name"] == name).cloned();
        field.unwrap_or_else(|| panic!("{name} is among {fields}"))["value"].clone()
    };
    assert_eq!(value("Make"), "\"Camera\"");
    assert_eq!(value("Orientation"), "row 0 at right and column 0 at top");
    let (_, eve, _) = instance.invite("eve");
    instance.get(&format!("{path}/exif"), &eve).expect_problem(404, "not-found");
    let plain = add(&instance, &instance.root, "birds", &[("b.png", &scene())]).json();
    let plain = plain["results"][0]["image"]["id"].as_str().expect("it is added").to_owned();
    assert_eq!(instance.get(&format!("/api/v1/images/{plain}/exif"), &instance.root).json(), json!([]));
    instance.end().await;
}
