//! What people did to captions, act by act; undoing it, and doing it again.
//!
//! The tables write an act down with the change (`migrations/0018_actions.sql`), so that no writer can forget. Who undoes
//! goes back along their own acts in a dataset, the latest first, and forth again until they do something else. Captions
//! that are no longer as the act left them stay as they are: whoever changed them since keeps their word.

use sqlx::{PgTransaction, query, query_scalar, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    captions::{Caption, Status},
    datasets::{Permitted, Role},
    jobs::{JobRequest, JobState, RollbackJob, insert_job_in},
};

/// How many changed captions are told of, of an act that changed more.
const TOLD: i64 = 1000;

/// Something that somebody did to captions.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// Sorts as they were done, in the whole database.
    pub id: i64,
    /// Who did it.
    pub user: Uuid,
    /// What they are called; for readers who are somebody.
    pub user_name: Option<String>,
    /// When; of writing that went on for a while, when it ended.
    pub done_at: OffsetDateTime,
    /// Whether it still holds.
    pub state: ActionState,
    /// The job that did it, where it was one.
    pub job: Option<(Uuid, JobRequest)>,
    /// How many captions it changed, as far as they are still there.
    pub captions: i64,
    /// What it changed about one of them; nothing of jobs.
    pub example: Option<ActionExample>,
}

/// Whether what somebody did still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ActionState {
    /// It does, and can be undone.
    Done,
    /// It was undone, and can be done again.
    Undone,
    /// It was undone, and then something else was done; or nothing was left to undo.
    Dropped,
}

/// How an act changed one caption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionExample {
    /// Of which picture.
    pub image: Uuid,
    /// The picture's name in the dataset.
    pub file_name: String,
    /// The caption's source.
    pub source: String,
    /// Text and review before.
    pub before: (String, Status),
    /// Text and review after.
    pub after: (String, Status),
}

/// Which way to turn an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Captions become what they were before.
    Undo,
    /// They become again what they were after.
    Redo,
}

/// What came of undoing an act, or of doing it again.
#[derive(Debug, Clone, PartialEq)]
pub enum Turned {
    /// Done: which act, and the captions as they are now with their pictures, at most a thousand.
    Done(Action, Vec<(Uuid, Caption)>),
    /// A job does it.
    ByJob(Action, Uuid),
    /// There is nothing to undo, or to do again.
    Nothing,
    /// All of its captions were changed since, or need a role that the reader has not.
    Overtaken(Action),
    /// The job that did it still goes on.
    Running(Uuid),
}

/// An act as it is chosen to be turned.
struct Chosen {
    id: i64,
    job_id: Option<Uuid>,
    last_job_id: Option<Uuid>,
}

impl Database {
    /// What was done to the captions of a dataset, by `user` alone where one is named, before the act `before`; the latest
    /// first. None where the reader may not see the dataset.
    pub async fn list_actions(
        &self,
        reader: &Reader,
        dataset: &str,
        user: Option<Uuid>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Option<Vec<Action>>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(None) };
        let ids = query_scalar!(
            "SELECT id FROM actions
             WHERE dataset_id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND id < $3 ORDER BY id DESC LIMIT $4",
            dataset.id,
            user,
            before.unwrap_or(i64::MAX),
            limit,
        );
        Ok(Some(self.describe_actions(reader, &ids.fetch_all(self.pool()).await?).await?))
    }

    /// The reader's act that [`Database::turn_action`] would turn next.
    pub async fn next_action(
        &self,
        reader: &Reader,
        dataset: &str,
        turn: Turn,
    ) -> Result<Option<Action>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, dataset).await? else { return Ok(None) };
        let id = query_scalar!(
            r#"SELECT CASE WHEN $3 THEN max(id) ELSE min(id) END AS id FROM actions
               WHERE user_id = $1 AND dataset_id = $2 AND state = CASE WHEN $3 THEN 'done' ELSE 'undone' END"#,
            reader.user,
            dataset.id,
            turn == Turn::Undo,
        );
        let Some(id) = id.fetch_one(self.pool()).await? else { return Ok(None) };
        Ok(self.describe_actions(reader, &[id]).await?.pop())
    }

    /// Undoes what the reader did last to captions of a dataset, or does again what they undid last. With `made`, a caption
    /// and the version that an act made of it, undoes that act. For annotators; a caption that becomes approved or
    /// rejected again takes a reviewer, unless what is undone is the reader's own change of its text.
    pub async fn turn_action(
        &self,
        reader: &Reader,
        dataset: &str,
        (turn, made): (Turn, Option<(Uuid, i32)>),
        now: OffsetDateTime,
    ) -> Result<Permitted<Turned>, StorageError> {
        let dataset = match self.dataset_for(reader, dataset, Role::Annotator).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let Some(user) = reader.user else { return Ok(Permitted::Unknown) };
        let (reader, utils) = (*reader, self.queue_utils());
        let turned = self.transaction(move |transaction| {
            Box::pin(async move {
                let Some(chosen) = choose(transaction, (user, dataset), turn, made).await? else { return Ok(None) };
                query!("SELECT set_config('vasari.undo', 'on', true)").fetch_one(&mut **transaction).await?;
                let outcome = if chosen.job_id.is_none() {
                    Outcome::Captions(turn_captions(transaction, &reader, chosen.id, turn, now).await?)
                } else {
                    match last_job(transaction, &chosen).await? {
                        Some((job, state)) if !state.is_final() => return Ok(Some((chosen.id, Outcome::Running(job)))),
                        Some((job, _)) => {
                            let request = JobRequest::Rollback(RollbackJob { job });
                            let asked = (reader, Some(dataset));
                            Outcome::Job(insert_job_in(transaction, utils, asked, request, now).await?)
                        }
                        // It was long ago.
                        None => Outcome::Captions(vec![]),
                    }
                };
                note(transaction, chosen.id, turn, &outcome).await?;
                Ok::<_, StorageError>(Some((chosen.id, outcome)))
            })
        });
        let Some((id, outcome)) = turned.await? else { return Ok(Permitted::Done(Turned::Nothing)) };
        let action = self.describe_actions(&reader, &[id]).await?.pop();
        let Some(action) = action else { return Ok(Permitted::Done(Turned::Nothing)) };
        Ok(Permitted::Done(match outcome {
            Outcome::Running(job) => Turned::Running(job),
            Outcome::Job(job) => Turned::ByJob(action, job),
            Outcome::Captions(captions) if captions.is_empty() => Turned::Overtaken(action),
            Outcome::Captions(captions) => Turned::Done(action, self.turned_captions(&captions).await?),
        }))
    }

    /// Forgets what was done before `before`. Returns how much.
    pub async fn sweep_actions(&self, before: OffsetDateTime) -> Result<u64, StorageError> {
        let swept = query!("DELETE FROM actions WHERE done_at < $1", before);
        Ok(swept.execute(self.pool()).await?.rows_affected())
    }

    async fn describe_actions(&self, reader: &Reader, ids: &[i64]) -> Result<Vec<Action>, StorageError> {
        let rows = query!(
            r#"SELECT action.id, action.user_id, done_at, action.state AS "state: ActionState", action.job_id,
                   jobs.request AS "request?: Json<JobRequest>",
                   CASE WHEN $2 OR $3::uuid IS NOT NULL THEN users.name END AS user_name,
                   coalesce(jobs.done, (SELECT count(*) FROM action_captions WHERE action_id = action.id)) AS "captions!",
                   example.image_id AS "image_id?", example.file_name AS "file_name?", example.slug AS "slug?",
                   example.before_text AS "before_text?", example.before_status AS "before_status?: Status",
                   example.after_text AS "after_text?", example.after_status AS "after_status?: Status"
               FROM actions AS action
               JOIN users ON users.id = user_id
               LEFT JOIN jobs ON jobs.id = job_id
               LEFT JOIN LATERAL (
                   SELECT image_id, file_name, slug, before.text AS before_text, before.status AS before_status,
                       after.text AS after_text, after.status AS after_status
                   FROM action_captions AS changed
                   JOIN captions ON captions.id = caption_id
                   JOIN dataset_images AS image ON image.id = image_id
                   JOIN caption_sources AS source ON source.id = source_id
                   JOIN caption_versions AS before
                       ON before.caption_id = changed.caption_id AND before.version = before_version
                   JOIN caption_versions AS after
                       ON after.caption_id = changed.caption_id AND after.version = after_version
                   WHERE action_id = action.id AND deleted_at IS NULL
                   ORDER BY changed.caption_id LIMIT 1
               ) AS example ON true
               WHERE action.id = ANY ($1) AND rank_in_dataset(action.dataset_id, $3, $2) > 0
               ORDER BY action.id DESC"#,
            ids,
            reader.is_admin,
            reader.user,
        );
        let rows = rows.fetch_all(self.pool()).await?.into_iter().map(|row| Action {
            id: row.id,
            user: row.user_id,
            user_name: row.user_name,
            done_at: row.done_at,
            state: row.state,
            job: row.job_id.zip(row.request.map(|request| request.0)),
            captions: row.captions,
            example: row.image_id.zip(row.file_name).zip(row.slug).and_then(|((image, file_name), source)| {
                let before = row.before_text.zip(row.before_status)?;
                let after = row.after_text.zip(row.after_status)?;
                Some(ActionExample { image, file_name, source, before, after })
            }),
        });
        Ok(rows.collect())
    }

    async fn turned_captions(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, Caption)>, StorageError> {
        let rows = query!(
            r#"SELECT image_id, captions.id, slug, text, regions, confidence, status AS "status: Status", reason, edited,
                   version, updated_at
               FROM captions JOIN caption_sources AS source ON source.id = source_id
               WHERE captions.id = ANY ($1) ORDER BY captions.id LIMIT $2"#,
            ids,
            TOLD,
        );
        let rows = rows.fetch_all(self.pool()).await?.into_iter().map(|row| {
            let caption = Caption {
                id: row.id,
                source: row.slug,
                text: row.text,
                regions: row.regions,
                confidence: row.confidence,
                status: row.status,
                reason: row.reason,
                edited: row.edited,
                version: row.version,
                updated_at: row.updated_at,
            };
            (row.image_id, caption)
        });
        Ok(rows.collect())
    }
}

/// What a transaction came to.
enum Outcome {
    /// These captions are as they were.
    Captions(Vec<Uuid>),
    /// This job makes them so.
    Job(Uuid),
    /// This job has to end first.
    Running(Uuid),
}

/// The act to be turned. Whoever undoes twice at once goes two acts back.
async fn choose(
    transaction: &mut PgTransaction<'static>,
    (user, dataset): (Uuid, Uuid),
    turn: Turn,
    made: Option<(Uuid, i32)>,
) -> Result<Option<Chosen>, StorageError> {
    query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", format!("actions {user} {dataset}"))
        .execute(&mut **transaction)
        .await?;
    let (caption, version) = made.unzip();
    let chosen = sqlx::query_as!(
        Chosen,
        "SELECT id, job_id, last_job_id FROM actions
         WHERE id = (
             SELECT CASE WHEN $3 THEN max(id) ELSE min(id) END FROM actions
             WHERE user_id = $1 AND dataset_id = $2 AND state = CASE WHEN $3 THEN 'done' ELSE 'undone' END
             AND ($4::uuid IS NULL OR id IN (
                 SELECT action_id FROM action_captions WHERE caption_id = $4 AND after_version = $5
             ))
         ) FOR UPDATE",
        user,
        dataset,
        turn == Turn::Undo,
        caption,
        version,
    );
    Ok(chosen.fetch_optional(&mut **transaction).await?)
}

/// The job whose rollback turns an act round, where it is still known.
async fn last_job(
    transaction: &mut PgTransaction<'static>,
    chosen: &Chosen,
) -> Result<Option<(Uuid, JobState)>, StorageError> {
    let job = query!(r#"SELECT id, state AS "state: JobState" FROM jobs WHERE id = $1"#, chosen.last_job_id);
    Ok(job.fetch_optional(&mut **transaction).await?.map(|job| (job.id, job.state)))
}

/// Makes the captions of an act what they were before it, or after. Returns those that are so now.
async fn turn_captions(
    transaction: &mut PgTransaction<'static>,
    reader: &Reader,
    action: i64,
    turn: Turn,
    now: OffsetDateTime,
) -> Result<Vec<Uuid>, StorageError> {
    let turned = query_scalar!(
        "UPDATE captions SET text = wanted.text, regions = wanted.regions, confidence = wanted.confidence,
             status = wanted.status, reason = wanted.reason, edited = wanted.edited, version = captions.version + 1, updated_by = $3,
             updated_at = $5
         FROM action_captions AS changed
         JOIN caption_versions AS wanted ON wanted.caption_id = changed.caption_id
             AND wanted.version = CASE WHEN $2 THEN before_version ELSE after_version END
         JOIN caption_versions AS left_so ON left_so.caption_id = changed.caption_id
             AND left_so.version = CASE WHEN $2 THEN after_version ELSE before_version END
         WHERE action_id = $1 AND captions.id = changed.caption_id
         AND (captions.text, captions.regions, captions.confidence, captions.status, captions.reason, captions.edited)
             IS NOT DISTINCT FROM (left_so.text, left_so.regions, left_so.confidence, left_so.status, left_so.reason,
                 left_so.edited)
         AND rank_in_dataset(captions.dataset_id, $3, $4) >= CASE
             WHEN wanted.status NOT IN ('approved', 'rejected') THEN 2
             WHEN $2 AND (wanted.text, wanted.regions) IS DISTINCT FROM (left_so.text, left_so.regions) THEN 2
             ELSE 3 END
         AND EXISTS (SELECT FROM dataset_images AS image WHERE image.id = captions.image_id AND deleted_at IS NULL)
         RETURNING captions.id",
        action,
        turn == Turn::Undo,
        reader.user,
        reader.is_admin,
        now,
    );
    Ok(turned.fetch_all(&mut **transaction).await?)
}

/// Notes what became of an act. One of which nothing could be turned stands in nobody's way any more.
async fn note(
    transaction: &mut PgTransaction<'static>,
    action: i64,
    turn: Turn,
    outcome: &Outcome,
) -> Result<(), StorageError> {
    let state = match (outcome, turn) {
        (Outcome::Captions(captions), _) if captions.is_empty() => ActionState::Dropped,
        (_, Turn::Undo) => ActionState::Undone,
        (_, Turn::Redo) => ActionState::Done,
    };
    let job = if let Outcome::Job(job) = outcome { Some(*job) } else { None };
    query!(
        "UPDATE actions SET state = $2, last_job_id = coalesce($3, last_job_id) WHERE id = $1",
        action,
        state as ActionState,
        job,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
