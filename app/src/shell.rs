//! The document around the page.

use leptos::prelude::*;

use crate::App;

/// The whole document. Wants a [`crate::types::PageState`] in its context; without one the page is empty.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let package = options.site_pkg_dir.clone();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content="Drop a picture in and read what Florence-2 sees in it." />
                <title>"Vasari: caption a picture"</title>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <link
                    rel="preload"
                    href=format!("/{package}/figtree.woff2")
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="stylesheet" href=format!("/{package}/{}.css", options.output_name) />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
