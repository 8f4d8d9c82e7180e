//! Pictures written as text: base64, bare or in a `data:` URL.

use axum::body::Bytes;
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::UploadedImage;

/// The standard alphabet; the padding at the end may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The picture that `text` writes as base64, or as `data:image/png;base64,…`. White space within is passed over: what
/// writes base64 often breaks its lines.
///
/// # Errors
///
/// What is wrong, as a sentence without its full stop.
pub(crate) fn decode_data_url(text: &str) -> Result<UploadedImage, &'static str> {
    let text = text.trim();
    let (declared_type, base64) = match strip_scheme(text) {
        None => (None, text),
        Some(rest) => {
            let (head, base64) = rest.split_once(',').ok_or("the data: URL has no comma before its data")?;
            let mut parameters = head.split(';').map(str::trim);
            let media_type = parameters.next().filter(|kind| !kind.is_empty());
            if !parameters.any(|parameter| parameter.eq_ignore_ascii_case("base64")) {
                return Err("a data: URL must say ;base64 before its comma, and carry base64");
            }
            (media_type.map(str::to_owned), base64)
        }
    };
    let mut compact = base64.as_bytes().to_vec();
    compact.retain(|byte| !byte.is_ascii_whitespace());
    let bytes =
        BASE64.decode(compact).map_err(|_| "it is not valid base64 (the standard alphabet, A-Z a-z 0-9 + /)")?;
    Ok(UploadedImage { file_name: None, declared_type, bytes: Bytes::from(bytes) })
}

fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked(5)?;
    scheme.eq_ignore_ascii_case("data:").then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_comes_bare_or_in_a_data_url() {
        for text in ["R0lGODlh", " R0lG\r\nODlh\n", "data:;base64,R0lGODlh", "DATA:;charset=x;Base64,R0lGODlh"] {
            let image = decode_data_url(text).unwrap();
            assert_eq!((&*image.bytes, image.declared_type), (&b"GIF89a"[..], None), "{text}");
        }
        let image = decode_data_url("data:image/gif;base64,R0lGODlhAA").unwrap();
        assert_eq!((&*image.bytes, image.declared_type.as_deref()), (&b"GIF89a\0"[..], Some("image/gif")));
        assert!(decode_data_url("").unwrap().bytes.is_empty());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["R0lGODlh!", "R0lGODlhA", "data:image/gif,GIF89a", "data:image/gif;base64", "é", "R0lG-_lh"] {
            assert!(decode_data_url(text).is_err(), "{text}");
        }
    }
}
