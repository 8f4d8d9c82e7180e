//! What is seen of a picture before it is there, and what is given up when it leaves.

use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, ImageData};

/// Draws a ThumbHash, written in base64.
pub(crate) fn draw(canvas: &HtmlCanvasElement, hash: &str) {
    let Some((width, height, pixels)) = decode(hash) else { return };
    let context = canvas.get_context("2d").ok().flatten().and_then(|it| it.dyn_into::<CanvasRenderingContext2d>().ok());
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), width, height);
    if let (Some(context), Ok(image)) = (context, image) {
        canvas.set_width(width);
        canvas.set_height(height);
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}

/// Lets go of a picture that nobody sees any more: what has not arrived is not waited for.
pub(crate) fn give_up(image: Option<HtmlImageElement>) {
    if let Some(image) = image.filter(|image| !image.complete()) {
        let _ = image.remove_attribute("src");
    }
}

fn decode(hash: &str) -> Option<(u32, u32, Vec<u8>)> {
    let bytes = window().atob(hash).ok()?;
    let bytes: Vec<u8> = bytes.chars().map(|letter| letter as u8).collect();
    let (width, height, pixels) = thumbhash::thumb_hash_to_rgba(&bytes).ok()?;
    Some((width as u32, height as u32, pixels))
}
