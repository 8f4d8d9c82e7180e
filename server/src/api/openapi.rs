//! `/openapi.json`, made of the handlers, and `/docs`, which shows it.

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{Next, from_fn},
    response::Response,
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        SecurityRequirement,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::docs::ProblemDocument;

/// What the document says besides its paths.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vasari",
        description = "Captions pictures with Florence-2. Every failing answer is a problem document (RFC 9457) with the \
                       id of its request."
    ),
    components(schemas(ProblemDocument)),
    external_docs(url = "/docs/book/index.html", description = "The documentation"),
    modifiers(&Keys),
    tags(
        (name = "Captions", description = "A picture in, words and regions out."),
        (name = "Model", description = "Who answers, and what can be asked."),
        (name = "OpenAI", description = "The same for programs written for OpenAI's API."),
        (name = "Sign-in", description = "Sessions, sign-up and passwords."),
        (name = "Keys", description = "Keys for programs."),
        (name = "People", description = "Accounts, for administrators."),
        (name = "Datasets", description = "Pictures, their captions, and who may work on them."),
        (name = "Metrics", description = "Captions in numbers: how long, how repetitive, how near to a reference."),
        (name = "Arena", description = "Which of two captions people prefer, without knowing whose they are."),
        (name = "Review", description = "Who looks at which submitted captions, what they decide, and how far it all is."),
        (name = "Duplicates", description = "Pictures that are there nearly twice, and one caption for all of them."),
        (name = "Jobs", description = "Long work that goes on by itself."),
        (name = "Operation", description = "How the server is."),
    )
)]
pub(crate) struct Document;

/// How a caller shows a key. A server that only its own machine reaches needs none by default.
struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
        let bearer = bearer.description(Some("A key of `--api-key`, where the server asks for one.")).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
        document.security =
            Some(vec![SecurityRequirement::default(), SecurityRequirement::new::<_, [&str; 0], &str>("key", [])]);
    }
}

/// The viewer's own scripts and pictures. Its styles stand inline in part.
const VIEWER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The document at `/openapi.json`, and at `/docs` a viewer for it, which comes with the program.
pub(crate) fn viewer<S: Clone + Send + Sync + 'static>(document: utoipa::openapi::OpenApi) -> Router<S> {
    let config = Config::default().try_it_out_enabled(true).use_base_layout().validator_url("none");
    let viewer = SwaggerUi::new("/docs").config(config).url("/openapi.json", document);
    Router::from(viewer).layer(from_fn(allow_viewer))
}

async fn allow_viewer(request: Request, next: Next) -> Response {
    let is_viewer = request.uri().path().starts_with("/docs");
    let mut response = next.run(request).await;
    if is_viewer {
        let policy = HeaderValue::from_static(VIEWER_POLICY);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
