//! All routes, grouped by who calls them.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, header},
    middleware::{from_fn, from_fn_with_state},
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, cors::CorsLayer, services::ServeDir,
    set_header::SetResponseHeaderLayer,
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::{
        batch_caption, caption, health, metrics, model, model_info,
        openai::{self, chat, models},
        openapi::{Document, viewer},
        samples, system_info, tasks,
        v1::{
            audit_log, captions, datasets, image_files, images, invitations, keys, me, neighbours, sessions, sign_up,
            users,
        },
    },
    middleware, pages,
    state::AppState,
    telemetry,
};

/// The whole service. `cors` says which other origins may call the captioning paths.
pub(crate) fn router(state: AppState, cors: CorsLayer) -> Router {
    let guard = from_fn_with_state(state.clone(), middleware::guard);

    // Programs, and pages of other origins.
    let captioning = OpenApiRouter::new()
        .routes(routes!(caption::create_caption))
        .routes(routes!(caption::create_detailed_caption))
        .routes(routes!(batch_caption::create_batch_caption))
        .layer(from_fn_with_state(state.clone(), middleware::answer_once))
        .routes(routes!(tasks::list_tasks))
        .routes(routes!(model_info::get_model_info))
        .layer(guard.clone())
        .layer(cors.clone());

    // Programs written for OpenAI's API.
    let openai = OpenApiRouter::new()
        .routes(routes!(chat::create_chat_completion))
        .layer(from_fn_with_state(state.clone(), middleware::answer_once))
        .routes(routes!(models::list_models))
        .routes(routes!(models::get_model))
        .route("/v1/models/{owner}/{name}", get(models::get_model_of_owner))
        .layer(guard.clone())
        .layer(from_fn(openai::speak_openai))
        .layer(cors);

    // Whoever runs the server.
    let operation = OpenApiRouter::new()
        .routes(routes!(metrics::get_metrics))
        .routes(routes!(system_info::get_system_info))
        .layer(guard)
        .routes(routes!(health::get_health))
        .routes(routes!(health::get_livez))
        .routes(routes!(health::get_readyz))
        .routes(routes!(model::reload_model));

    // Whoever has an account, and who wants one.
    let accounts = OpenApiRouter::new()
        .routes(routes!(sessions::sign_in))
        .routes(routes!(sessions::refresh_session))
        .routes(routes!(sessions::sign_out))
        .routes(routes!(sessions::sign_out_everywhere))
        .routes(routes!(sign_up::sign_up))
        .routes(routes!(sign_up::reset_password))
        .routes(routes!(me::get_me))
        .routes(routes!(me::change_password))
        .routes(routes!(keys::list_keys, keys::create_key))
        .routes(routes!(keys::revoke_key))
        .routes(routes!(invitations::create_invitation))
        .routes(routes!(users::list_users))
        .routes(routes!(users::update_user))
        .routes(routes!(users::create_password_reset))
        .routes(routes!(audit_log::list_audit_log))
        .layer(from_fn_with_state(state.clone(), middleware::guard_account));

    // Whoever works on datasets, or looks at those that are public.
    let datasets = OpenApiRouter::new()
        .routes(routes!(datasets::list_datasets, datasets::create_dataset))
        .routes(routes!(datasets::get_dataset, datasets::update_dataset, datasets::delete_dataset))
        .routes(routes!(datasets::list_members))
        .routes(routes!(datasets::set_member, datasets::remove_member))
        .routes(routes!(images::list_images, images::add_images))
        .routes(routes!(images::get_image, images::delete_image))
        .routes(routes!(images::restore_image))
        .routes(routes!(neighbours::get_neighbours))
        .routes(routes!(image_files::get_image_file))
        .routes(routes!(image_files::get_thumbnail))
        .routes(routes!(captions::list_captions))
        .routes(routes!(captions::update_caption))
        .routes(routes!(captions::list_caption_versions))
        .layer(from_fn_with_state(state.clone(), middleware::guard_account));

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
    let api = OpenApiRouter::with_openapi(Document::openapi())
        .merge(captioning)
        .merge(openai)
        .merge(operation)
        .merge(accounts)
        .merge(datasets);
    let (api, document) = api.split_for_parts();
    api.merge(viewer(document))
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
