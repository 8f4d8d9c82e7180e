//! What people read: messages in their language, numbers as a person writes them.
//!
//! English is what stands in the code and names the message, as in gettext. Texts in a `view!` are messages as they stand;
//! elsewhere [`t!`](crate::t), [`plural!`](crate::plural) and `message!` make one. A message is a whole sentence: what
//! changes in it is a placeholder with a name, so that a translation can put it where it belongs.
//!
//! The server knows languages, one for each reader ([`Language`]). The browser's module is written in English alone and
//! holds no other: there a message is its own literal and costs nothing.

// Its macros are known to all that follows.
#[macro_use]
mod messages;

#[cfg(feature = "ssr")]
mod language;
mod numbers;
#[cfg(feature = "ssr")]
mod pseudo;

#[cfg(feature = "ssr")]
pub use language::Language;
#[cfg(feature = "ssr")]
#[doc(hidden)]
pub use messages::translation;
#[cfg(feature = "ssr")]
pub(crate) use messages::{Piece, pieces};
#[doc(hidden)]
pub use messages::{counted, fill, translate};
pub(crate) use numbers::*;
