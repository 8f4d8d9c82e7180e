//! leptos' `view!`, whose texts are messages.

use proc_macro::TokenStream;
use quote::quote;

/// A view whose texts are written in the reader's language. In the crate that uses this, `crate::words::translate` knows it.
#[proc_macro]
pub fn view(markup: TokenStream) -> TokenStream {
    let translated =
        vasari_markup::replace_texts(markup.into(), |text| Some(quote! { crate::words::translate(#text) }));
    match translated {
        Ok(markup) => quote! { ::leptos::prelude::view! { #markup } },
        Err(error) => error.into_compile_error(),
    }
    .into()
}
