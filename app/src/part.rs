//! A part of a page whose type is forgotten, so that types don't grow as deep as pages.
//!
//! As leptos' `AnyView`, but smaller in the browser: that one brings everything that a view can do, also what no page of ours
//! asks for (waiting while it is hydrated, comparing with what was there before), and did so for every view that was erased.
//! A part that changes is made anew.

use leptos::prelude::*;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::{
    html::attribute::any_attribute::AnyAttribute,
    hydration::Cursor,
    no_attrs,
    renderer::types::{Element, Node, Placeholder},
    view::{Mountable, Position, PositionState},
};

#[cfg(feature = "ssr")]
use crate::words::{self, Piece};

/// A part of a page.
pub(crate) struct Part(Box<dyn Erased>);

/// Forgets the type of a view.
pub(crate) trait IntoPart {
    /// The view as a part of a page.
    fn into_part(self) -> Part;
}

/// leptos' `view!`, whose type is forgotten at once. Its texts are messages, which the server writes in the reader's language.
#[cfg(feature = "ssr")]
macro_rules! view {
    ($($markup:tt)*) => {
        $crate::part::IntoPart::into_part(::vasari_markup_macros::view! { $($markup)* })
    };
}

/// leptos' `view!`, whose type is forgotten at once.
#[cfg(not(feature = "ssr"))]
macro_rules! view {
    ($($markup:tt)*) => {
        $crate::part::IntoPart::into_part(::leptos::prelude::view! { $($markup)* })
    };
}
pub(crate) use view;

/// A message with parts of a page in the places of its placeholders:
/// `rich!("No account yet? {link}.", link = view! { <a href="/sign-up">"Make one"</a> })`. For pages that scripts don't take
/// over, because the parts stand in the order that the reader's language has.
#[cfg(feature = "ssr")]
macro_rules! rich {
    ($message:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::part::filled(
            $crate::words::translate($message),
            vec![$((stringify!($name), $crate::part::IntoPart::into_part($value))),+],
        )
    };
}
#[cfg(feature = "ssr")]
pub(crate) use rich;

/// What [`rich!`] makes of a message in the reader's language.
#[cfg(feature = "ssr")]
pub(crate) fn filled(message: &'static str, mut values: Vec<(&str, Part)>) -> Part {
    let mut parts = Vec::new();
    for piece in words::pieces(message) {
        match piece {
            Piece::Text(text) => parts.push(text.into_part()),
            Piece::Name(name) => {
                let place = values.iter().position(|(known, _)| *known == name);
                parts.extend(place.map(|place| values.swap_remove(place).1));
            }
        }
    }
    parts.into_part()
}

/// A part that is made anew whenever what it reads changes. As a closure in a view, but all of them are one type: each other
/// type of closure would bring its own copy of the code that renders and hydrates it.
pub(crate) fn live<V: IntoPart>(part: impl Fn() -> V + Send + 'static) -> Part {
    let part: Box<dyn Fn() -> Part + Send> = Box::new(move || part().into_part());
    (move || part()).into_part()
}

/// What is done at an event. As a closure, but all of an event are one type, for the same reason.
pub(crate) fn handler<E: 'static>(handler: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(handler)
}

/// A part that stands on the page.
pub(crate) struct PartState {
    state: Box<dyn Mountable>,
    /// Keeps the place of what has no element of its own.
    placeholder: Option<Placeholder>,
}

/// What can be done with a view of any type.
trait Erased: Send {
    fn build(self: Box<Self>) -> PartState;

    #[cfg(feature = "hydrate")]
    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> PartState;

    #[cfg(feature = "ssr")]
    fn write(self: Box<Self>, buffer: &mut String, position: &mut Position, escape: bool);
}

impl<T: RenderHtml> IntoPart for T {
    fn into_part(self) -> Part {
        Part(Box::new(self.into_owned()))
    }
}

impl<T: RenderHtml + 'static> Erased for T {
    fn build(self: Box<Self>) -> PartState {
        let placeholder = (!T::EXISTS).then(Rndr::create_placeholder);
        PartState { state: Box::new(Render::build(*self)), placeholder }
    }

    #[cfg(feature = "hydrate")]
    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> PartState {
        let state = Box::new(RenderHtml::hydrate::<true>(*self, cursor, position));
        let placeholder = (!T::EXISTS).then(|| cursor.next_placeholder(position));
        PartState { state, placeholder }
    }

    #[cfg(feature = "ssr")]
    fn write(self: Box<Self>, buffer: &mut String, position: &mut Position, escape: bool) {
        self.to_html_with_buf(buffer, position, escape, false, Vec::new());
        if !T::EXISTS {
            buffer.push_str("<!--<() />-->");
        }
    }
}

impl Render for Part {
    type State = PartState;

    fn build(self) -> PartState {
        self.0.build()
    }

    fn rebuild(self, state: &mut PartState) {
        let mut new = self.0.build();
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

no_attrs!(Part);

impl RenderHtml for Part {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    #[cfg_attr(not(feature = "ssr"), expect(unused_variables, reason = "only the server writes"))]
    fn to_html_with_buf(
        self,
        buffer: &mut String,
        position: &mut Position,
        escape: bool,
        _mark_branches: bool,
        _extra_attrs: Vec<AnyAttribute>,
    ) {
        #[cfg(feature = "ssr")]
        self.0.write(buffer, position, escape);
    }

    #[cfg_attr(not(feature = "hydrate"), expect(unused_variables, reason = "only the browser hydrates"))]
    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> PartState {
        #[cfg(feature = "hydrate")]
        let state = self.0.hydrate(cursor, position);
        #[cfg(not(feature = "hydrate"))]
        let state = self.0.build();
        state
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl Mountable for PartState {
    fn unmount(&mut self) {
        self.state.unmount();
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.unmount();
        }
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.state.mount(parent, marker);
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.mount(parent, marker);
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.state.insert_before_this(child)
            || self.placeholder.as_ref().is_some_and(|placeholder| placeholder.insert_before_this(child))
    }

    fn elements(&self) -> Vec<Element> {
        self.state.elements()
    }
}
