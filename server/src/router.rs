//! All routes, grouped by who calls them.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, header},
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, cors::CorsLayer, services::ServeDir,
    set_header::SetResponseHeaderLayer,
};

use crate::{
    api::{batch_caption, caption, health, metrics, model, samples, system_info},
    middleware, pages,
    state::AppState,
    telemetry,
};

/// The whole service. `cors` says which other origins may call the captioning paths.
pub(crate) fn router(state: AppState, cors: CorsLayer) -> Router {
    // Programs, and pages of other origins.
    let captioning = Router::new()
        .route("/caption", post(caption::create_caption))
        .route("/detailed_caption", post(caption::create_detailed_caption))
        .route("/batch_caption", post(batch_caption::create_batch_caption))
        .layer(from_fn_with_state(state.clone(), middleware::answer_once))
        .layer(from_fn_with_state(state.clone(), middleware::guard))
        .layer(cors);

    // Whoever runs the server.
    let operation = Router::new()
        .route("/health", get(health::get_health))
        .route("/livez", get(health::get_livez))
        .route("/readyz", get(health::get_readyz))
        .route("/metrics", get(metrics::get_metrics))
        .route("/system_info", get(system_info::get_system_info))
        .route("/api/v1/model/reload", post(model::reload_model));

    // People.
    let pages = Router::new()
        .route("/", get(pages::get_page).post(pages::post_page))
        .route("/playground", get(pages::get_page).post(pages::post_page))
        .layer(from_fn_with_state(state.clone(), middleware::guard_page))
        .route("/samples/{name}", get(samples::get_sample))
        // The files keep their names from one build to the next, so the browser asks whether they have changed.
        .fallback_service(
            tower::ServiceBuilder::new()
                .layer(SetResponseHeaderLayer::if_not_present(
                    header::CACHE_CONTROL,
                    HeaderValue::from_static("no-cache"),
                ))
                .service(ServeDir::new(&*state.leptos.site_root).append_index_html_on_directories(false)),
        )
        .layer(CompressionLayer::new());

    let limit = usize::try_from(state.max_request_bytes).unwrap_or(usize::MAX);
    Router::new()
        .merge(captioning)
        .merge(operation)
        .merge(pages)
        .layer(DefaultBodyLimit::max(limit))
        .layer(from_fn_with_state(middleware::UploadTimeout::default(), middleware::limit_upload))
        .layer(from_fn_with_state(state.clone(), middleware::refuse_large_bodies))
        .layer(from_fn_with_state(state.clone(), middleware::check_host))
        .layer(from_fn_with_state(state.clone(), middleware::close_when_stopping))
        .layer(CatchPanicLayer::custom(middleware::handle_panic))
        .layer(from_fn(telemetry::observe_requests))
        .layer(from_fn(middleware::with_request_id))
        .layer(from_fn(middleware::add_security_headers))
        .with_state(state)
}
