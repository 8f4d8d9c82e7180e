//! All routes, grouped by who calls them.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, cors::CorsLayer, services::ServeDir};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::{
        answers::require_nullable,
        batch_caption, caption, health, metrics, model, model_info,
        openai::{self, chat, models},
        openapi::{Document, viewer},
        samples, system_info, tasks,
        v1::{
            actions, add_images, arena, audit_log, board, bulk_edit_preview, bulk_edits, caption_jobs, caption_metrics,
            caption_versions, captions, datasets, dismissals, duplicates, exports, facets, image_exif, image_files,
            images, imports, invitations, job_events, job_file, jobs, keep_caption, keys, list_images, me,
            measured_captions, members, neighbours, open_sessions, own_captions, reindex, review, review_assignments,
            review_decisions, review_progress, saved_views, search, search_fields, sessions, sign_up, source_captions,
            sources, statuses, users,
        },
    },
    assets, middleware, pages,
    state::AppState,
    telemetry,
};

/// The whole service. `cors` says which other origins may call the captioning paths.
#[expect(clippy::too_many_lines, reason = "all routes stand in one list")]
pub(crate) fn router(state: AppState, cors: CorsLayer) -> Router {
    let guard = from_fn_with_state(state.clone(), middleware::guard);
    let renew = from_fn_with_state(state.clone(), middleware::renew_session);

    // Programs, and pages of other origins.
    let captioning = OpenApiRouter::new()
        .routes(routes!(caption::create_caption))
        .routes(routes!(caption::create_detailed_caption))
        .routes(routes!(batch_caption::create_batch_caption))
        .layer(from_fn_with_state(state.clone(), middleware::answer_once))
        .routes(routes!(tasks::list_tasks))
        .routes(routes!(model_info::get_model_info))
        .layer(guard.clone())
        .layer(renew.clone())
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
        .routes(routes!(open_sessions::list_sessions))
        .routes(routes!(open_sessions::delete_session))
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
        .layer(renew.clone())
        .layer(from_fn_with_state(state.clone(), middleware::guard_account));

    // Whoever works on datasets, or looks at those that are public.
    let datasets = OpenApiRouter::new()
        .routes(routes!(datasets::list_datasets, datasets::create_dataset))
        .routes(routes!(datasets::get_dataset, datasets::update_dataset, datasets::delete_dataset))
        .routes(routes!(members::list_members, members::add_member))
        .routes(routes!(members::set_member, members::remove_member))
        .routes(routes!(list_images::list_images, add_images::add_images))
        .routes(routes!(images::get_image, images::delete_image))
        .routes(routes!(images::restore_image))
        .routes(routes!(image_exif::get_image_exif))
        .routes(routes!(neighbours::get_neighbours))
        .routes(routes!(search::search_images))
        .routes(routes!(search_fields::list_search_fields))
        .routes(routes!(facets::get_facets))
        .routes(routes!(saved_views::list_views, saved_views::save_view))
        .routes(routes!(saved_views::delete_view))
        .routes(routes!(arena::next_comparison))
        .routes(routes!(arena::put_vote, arena::delete_vote))
        .routes(routes!(board::get_board))
        .routes(routes!(board::list_votes))
        .routes(routes!(caption_metrics::get_metrics))
        .routes(routes!(measured_captions::list_measured_captions))
        .routes(routes!(review::next_review))
        .routes(routes!(review::renew_lease, review::release_lease))
        .routes(routes!(review::skip_lease))
        .routes(routes!(review::forget_skips))
        .routes(routes!(review_decisions::put_decision, review_decisions::delete_decision))
        .routes(routes!(review_decisions::list_decisions))
        .routes(routes!(review_assignments::list_assignments, review_assignments::create_assignments))
        .routes(routes!(review_assignments::end_assignments))
        .routes(routes!(review_progress::get_review_progress))
        .routes(routes!(duplicates::list_duplicates))
        .routes(routes!(dismissals::list_dismissals, dismissals::dismiss_group))
        .routes(routes!(dismissals::delete_dismissal))
        .routes(routes!(sources::list_sources, sources::create_source))
        .routes(routes!(sources::update_source, sources::delete_source))
        .routes(routes!(captions::list_captions, source_captions::add_caption))
        .routes(routes!(own_captions::put_own_caption, own_captions::delete_own_caption))
        .routes(routes!(statuses::update_captions))
        .routes(routes!(actions::list_actions))
        .routes(routes!(actions::undo))
        .routes(routes!(actions::redo))
        .routes(routes!(captions::update_caption))
        .routes(routes!(caption_versions::list_caption_versions))
        .routes(routes!(caption_versions::restore_caption_version))
        .layer(renew.clone())
        .layer(from_fn_with_state(state.clone(), middleware::guard_account));

    // Whoever has work done that goes on by itself. Files to import may be larger than other requests.
    let most = usize::try_from(state.max_import_bytes + middleware::FORM_BYTES).unwrap_or(usize::MAX);
    let jobs = OpenApiRouter::new()
        .routes(routes!(imports::create_import))
        .layer(DefaultBodyLimit::max(most))
        .routes(routes!(imports::apply_import))
        .routes(routes!(exports::create_export))
        .routes(routes!(job_file::get_job_file))
        .routes(routes!(caption_jobs::create_caption_job))
        .routes(routes!(bulk_edits::create_bulk_edit))
        .routes(routes!(bulk_edit_preview::preview_bulk_edit))
        .routes(routes!(keep_caption::keep_caption))
        .routes(routes!(keep_caption::preview_keeping))
        .routes(routes!(reindex::create_reindex_job))
        .routes(routes!(jobs::list_jobs))
        .routes(routes!(jobs::get_job))
        .routes(routes!(jobs::cancel_job))
        .routes(routes!(jobs::resume_job))
        .routes(routes!(jobs::create_rollback))
        .routes(routes!(jobs::list_job_errors))
        .routes(routes!(job_events::stream_job))
        .layer(renew.clone())
        .layer(from_fn_with_state(state.clone(), middleware::guard_account));

    let pictures = OpenApiRouter::new()
        .routes(routes!(image_files::get_image_file))
        .routes(routes!(image_files::get_thumbnail))
        .layer(renew.clone())
        .layer(from_fn_with_state(state.clone(), middleware::guard_pictures));

    // People. A page of an account or a dataset finds out by itself who asks; the playground is guarded as captions are.
    let kept = Router::new()
        .route("/", get(pages::datasets::get_page).post(pages::datasets::post_page))
        .route("/sign-in", get(pages::sign_in::get_page).post(pages::sign_in::post_page))
        .route("/sign-up", get(pages::sign_up::get_page).post(pages::sign_up::post_page))
        .route("/reset", get(pages::reset_password::get_page).post(pages::reset_password::post_page))
        .route("/sign-out", post(pages::sign_out::post_page))
        .route("/account", get(pages::account::get_page).post(pages::account::post_page))
        .route("/admin", get(pages::admin::get_page).post(pages::admin::post_page))
        .route("/admin/audit-log", get(pages::audit_log::get_page))
        .route("/datasets/{slug}", get(pages::grid::get_page))
        .route("/datasets/{slug}/upload", post(pages::upload::post_page))
        .route("/datasets/{slug}/views", post(pages::saved_views::post_view))
        .route("/datasets/{slug}/views/{id}/delete", post(pages::saved_views::post_deletion))
        .route("/datasets/{slug}/settings", get(pages::settings::get_page).post(pages::settings::post_page))
        .route("/datasets/{slug}/images/{id}", get(pages::image::get_page).post(pages::image::post_page))
        .route("/datasets/{slug}/edit", get(pages::edit::get_page).post(pages::edit::post_page))
        .route("/datasets/{slug}/changes", get(pages::changes::get_page).post(pages::changes::post_page))
        .route("/datasets/{slug}/compare", get(pages::compare::get_page).post(pages::compare::post_page))
        .route("/datasets/{slug}/arena", get(pages::arena::get_page).post(pages::arena::post_page))
        .route("/datasets/{slug}/board", get(pages::board::get_page))
        .route("/datasets/{slug}/duplicates", get(pages::duplicates::get_page).post(pages::duplicates::post_page))
        .route("/datasets/{slug}/votes.jsonl", get(pages::board::get_votes))
        .route("/datasets/{slug}/metrics", get(pages::metrics::get_page))
        .route("/datasets/{slug}/metrics/captions", get(pages::measured_captions::get_page))
        .route("/datasets/{slug}/review", get(pages::review::get_page).post(pages::review::post_page))
        .route("/datasets/{slug}/review/progress", get(pages::review_progress::get_page))
        .route(
            "/datasets/{slug}/review/assign",
            get(pages::review_assign::get_page).post(pages::review_assign::post_page),
        )
        .route("/datasets/{slug}/review/unassign", post(pages::review_progress::post_end))
        .route("/jobs", get(pages::jobs::get_page))
        .route("/jobs/{id}", get(pages::job::get_page).post(pages::job::post_page))
        .route("/datasets/{slug}/export", get(pages::export::get_page).post(pages::export::post_page))
        .route("/datasets/{slug}/caption", get(pages::caption_images::get_page).post(pages::caption_images::post_page))
        .merge(
            Router::new()
                .route("/datasets/{slug}/import", get(pages::import::get_page).post(pages::import::post_page))
                .layer(DefaultBodyLimit::max(most)),
        )
        .layer(renew.clone())
        .layer(from_fn_with_state(state.clone(), middleware::guard_account));
    let playground = Router::new()
        .route("/playground", get(pages::playground::get_page).post(pages::playground::post_page))
        .route("/datasets/{slug}/images/{id}/run", post(pages::run::post_page))
        .layer(from_fn_with_state(state.clone(), middleware::guard_page))
        .layer(renew);
    let files = tower::ServiceBuilder::new()
        .layer(from_fn(assets::say_how_long))
        .service(ServeDir::new(&state.assets.folder).append_index_html_on_directories(false).precompressed_br());
    let book = Router::new()
        .route("/docs/book", get(pages::book::go_to_start))
        .route("/docs/book/", get(pages::book::go_to_start))
        .route_service("/docs/book/{*file}", files.clone())
        .layer(from_fn(pages::book::allow_own_files));
    let pages = Router::new()
        .merge(kept)
        .merge(playground)
        .merge(book)
        .route("/samples/{name}", get(samples::get_sample))
        .fallback_service(files)
        .layer(CatchPanicLayer::custom(middleware::handle_panic))
        .layer(from_fn_with_state(state.clone(), pages::show_problems))
        .layer(from_fn(pages::speak))
        .layer(CompressionLayer::new());

    let limit = usize::try_from(state.max_request_bytes).unwrap_or(usize::MAX);
    let api = OpenApiRouter::with_openapi(Document::openapi())
        .merge(captioning)
        .merge(openai)
        .merge(operation)
        .merge(accounts)
        .merge(datasets)
        .merge(jobs)
        .merge(pictures);
    let (api, mut document) = api.split_for_parts();
    require_nullable(&mut document);
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
