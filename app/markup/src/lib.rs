//! The texts in a page's markup: what a person reads of it, as opposed to classes, addresses and names of fields.
//!
//! Two ask for them: the macro that has the server write them in the reader's language, and `cargo xtask messages`, which
//! lists them for translators. So a text that stands in a page is translated, and nobody has to remember to mark it.

use proc_macro2::TokenStream;
use quote::quote;
use rstml::node::{KVAttributeValue, KeyedAttribute, KeyedAttributeValue, Node, NodeAttribute, NodeBlock};
use syn::{Block, Expr, ExprLit, Lit, LitStr};

/// Attributes of elements, and properties of our components, that people read.
const READ: [&str; 9] =
    ["about", "alt", "aria-description", "aria-label", "label", "placeholder", "title", "words", "hint"];

/// Elements whose content is no language: keys on a keyboard, names that programs know.
const NO_LANGUAGE: [&str; 4] = ["code", "kbd", "pre", "samp"];

/// The markup with something in the place of each text: an expression, or the text itself where there is `None`.
///
/// # Errors
///
/// Where this is no markup, in the words of its parser.
pub fn replace_texts(
    markup: TokenStream,
    mut replace: impl FnMut(&LitStr) -> Option<TokenStream>,
) -> syn::Result<TokenStream> {
    let mut nodes = rstml::parse2(markup)?;
    walk(&mut nodes, &mut replace)?;
    Ok(quote! { #(#nodes)* })
}

fn walk(nodes: &mut [Node], replace: &mut impl FnMut(&LitStr) -> Option<TokenStream>) -> syn::Result<()> {
    for node in nodes {
        match node {
            Node::Text(text) if is_language(&text.value) => {
                if let Some(words) = replace(&text.value) {
                    let block: Block = syn::parse2(quote! { { #words } })?;
                    *node = Node::Block(NodeBlock::ValidBlock(block));
                }
            }
            Node::Element(element) => {
                for attribute in element.attributes_mut() {
                    if let NodeAttribute::Attribute(attribute) = attribute {
                        replace_value(attribute, replace)?;
                    }
                }
                if !NO_LANGUAGE.contains(&element.name().to_string().as_str()) {
                    walk(&mut element.children, replace)?;
                }
            }
            Node::Fragment(fragment) => walk(&mut fragment.children, replace)?,
            _ => {}
        }
    }
    Ok(())
}

fn replace_value(
    attribute: &mut KeyedAttribute,
    replace: &mut impl FnMut(&LitStr) -> Option<TokenStream>,
) -> syn::Result<()> {
    if !READ.contains(&attribute.key.to_string().as_str()) {
        return Ok(());
    }
    let KeyedAttributeValue::Value(value) = &mut attribute.possible_value else { return Ok(()) };
    let KVAttributeValue::Expr(expression) = &mut value.value else { return Ok(()) };
    if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = expression
        && is_language(text)
        && let Some(words) = replace(text)
    {
        *expression = syn::parse2(quote! { { #words } })?;
    }
    Ok(())
}

/// Whether there is a letter in it; a dash or a dot between two texts is the same in every language.
fn is_language(text: &LitStr) -> bool {
    text.value().contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(markup: &str) -> Vec<String> {
        let mut texts = Vec::new();
        let markup = markup.parse().expect("these are tokens");
        replace_texts(markup, |text| {
            texts.push(text.value());
            None
        })
        .expect("this is markup");
        texts
    }

    #[test]
    fn texts_are_what_people_read() {
        let markup = r#"
            <p class="hint" title="A title">"Some words" " · " {name} <b>"more"</b></p>
            <input name="q" placeholder="Search" aria-label=label on:input=move |event| take(event) />
            <Link words="Clear" class="button" change=no_filter /> <kbd title="Escape">"Esc"</kbd>
        "#;
        assert_eq!(texts(markup), ["A title", "Some words", "more", "Search", "Clear", "Escape"]);
    }

    #[test]
    fn markup_stays_as_it_was_but_for_its_texts() {
        let markup =
            r#"<p class="a" r#as="b" class:on=move || x.get() > 1 {..rest}>"Yes"{move || view! { <i>"No"</i> }}</p>"#;
        let markup: TokenStream = markup.parse().expect("these are tokens");
        let same = replace_texts(markup.clone(), |_| None).expect("this is markup");
        let without_spaces = |tokens: &TokenStream| tokens.to_string().replace(' ', "");
        assert_eq!(without_spaces(&same), without_spaces(&markup));
        let other = replace_texts(markup, |_| Some(quote! { said() })).expect("this is markup").to_string();
        assert!(other.contains("{ said () }") && other.contains("\"No\"") && !other.contains("Yes"), "{other}");
    }
}
