//! Bytes that somebody sends as a picture: read, turned upright, and made into the numbers that the model takes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vasari_model::{
    config::PreprocessorConfig,
    image::{Limits, decode, preprocess},
};

/// Small, so that many pictures are tried in a second.
const LIMITS: Limits = Limits { max_pixels: 1 << 18, max_side: 4096 };

fuzz_target!(|bytes: &[u8]| {
    let Ok(picture) = decode(bytes, &LIMITS) else { return };
    let (width, height) = picture.dimensions();
    assert!(width.max(height) <= LIMITS.max_side && u64::from(width) * u64::from(height) <= LIMITS.max_pixels);
    assert!(width > 0 && height > 0);
    let config = PreprocessorConfig { width: 16, height: 16, ..PreprocessorConfig::default() };
    let values = preprocess(&picture, &config);
    assert!(values.len() == 3 * 16 * 16 && values.iter().all(|value| value.is_finite()));
});
