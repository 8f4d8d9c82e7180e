//! `GET /tasks`: what can be asked of a picture.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use vasari_inference::{TaskDescription, TaskInput};

use super::{docs::LookupErrors, problem::Problem};
use crate::state::AppState;

/// What can be asked of a picture.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TasksResponse {
    tasks: Vec<Task>,
}

/// One thing that can be asked.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "requests carry it in a field of this name")]
pub(super) struct Task {
    /// What requests carry in `task`, such as `<OD>`.
    task: String,
    /// The same without brackets, which requests may carry as well.
    name: String,
    description: String,
    /// What the task takes in `text`: `none`, `text` for words, or `region` for a box.
    input: &'static str,
}

/// List the tasks
///
/// Everything that the running model can be asked to do with a picture.
#[utoipa::path(
    get, path = "/tasks", tag = "Model",
    responses((status = 200, description = "The tasks", body = TasksResponse), LookupErrors),
)]
pub(crate) async fn list_tasks(State(state): State<AppState>) -> Result<Json<TasksResponse>, Problem> {
    let engine = state.engines.current()?;
    Ok(Json(TasksResponse { tasks: describe(&engine.model.description.tasks) }))
}

pub(super) fn describe(tasks: &[TaskDescription]) -> Vec<Task> {
    let describe = |task: &TaskDescription| Task {
        task: task.marker.clone(),
        name: task.marker.trim_matches(['<', '>']).to_ascii_lowercase(),
        description: task.summary.clone(),
        input: match task.input {
            TaskInput::None => "none",
            TaskInput::Words => "text",
            TaskInput::Region => "region",
        },
    };
    tasks.iter().map(describe).collect()
}
