//! Who asks, as far as sharing the model fairly is concerned.

use std::{fmt, sync::Arc};

/// One of those who share the model: an API key, or an address of somebody who has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// A client by its name. Names end up in logs: never pass a secret.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().into())
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
