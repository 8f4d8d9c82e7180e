//! Which Vasari this is.

/// The release.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that Vasari was built from, or `unknown` where whoever built it did not say.
pub(crate) const REVISION: &str = env!("VASARI_BUILT_FROM");

/// The kind of machine that it was built for, such as `x86_64-unknown-linux-gnu`.
pub(crate) const TARGET: &str = env!("VASARI_TARGET");

/// What was compiled in besides the standard.
pub(crate) const FEATURES: &[&str] = if cfg!(feature = "cuda") { &["cuda"] } else { &[] };

/// What `vasari --version` prints after the name.
pub(crate) fn in_full() -> String {
    let features = if FEATURES.is_empty() { "none".into() } else { FEATURES.join(", ") };
    format!("{VERSION}\ncommit: {REVISION}\ntarget: {TARGET}\nfeatures: {features}")
}
