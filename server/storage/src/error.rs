//! What can go wrong with what is kept.

use graphile_worker::errors::GraphileWorkerError;

/// Why something could not be read or written. What the texts say belongs in a log; clients get sentences of the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The change contradicts what is there already; the text names the constraint that says so.
    #[error("the constraint {0} forbids it")]
    Conflict(String),
    /// The database can't be reached, or all its connections are busy. It may work a moment later.
    #[error("the database can't be reached: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database answers otherwise than this program expects.
    #[error("the database fails: {0}")]
    Database(#[source] sqlx::Error),
    /// The tables can't be brought up to this program's version.
    #[error("the tables can't be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The bytes of pictures can't be stored or read.
    #[error(transparent)]
    Objects(#[from] crate::objects::ObjectsError),
    /// The queue of jobs can't be reached. It may work a moment later, as the database it is in.
    #[error("the queue of jobs can't be reached: {0}")]
    QueueUnavailable(String),
    /// The queue of jobs answers otherwise than this program expects.
    #[error("the queue of jobs fails: {0}")]
    Queue(String),
    /// A task that wrote to the database has ended early.
    #[error("the task that wrote to the database has ended early")]
    Aborted,
}

/// SQLSTATE classes that say that the server is going, coming, or out of something (PostgreSQL manual, appendix A):
/// connection exceptions, insufficient resources, operator intervention.
const PASSING_CLASSES: [&str; 3] = ["08", "53", "57"];

/// SQLSTATE of a statement that waited too long for a lock (`lock_timeout`).
const LOCK_NOT_AVAILABLE: &str = "55P03";

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => Self::Unavailable(error),
            E::Database(told) => {
                if let Some(constraint) = told.constraint() {
                    return Self::Conflict(constraint.to_owned());
                }
                let passes = told.code().is_some_and(|code| is_passing(&code));
                if passes { Self::Unavailable(error) } else { Self::Database(error) }
            }
            _ => Self::Database(error),
        }
    }
}

impl From<GraphileWorkerError> for StorageError {
    fn from(error: GraphileWorkerError) -> Self {
        match error {
            // Without a code nobody has answered.
            GraphileWorkerError::SqlError(told) if told.code().is_none_or(is_passing) => {
                Self::QueueUnavailable(told.to_string())
            }
            error => Self::Queue(error.to_string()),
        }
    }
}

/// Whether an error of this SQLSTATE may be gone a moment later.
fn is_passing(code: &str) -> bool {
    PASSING_CLASSES.iter().any(|class| code.starts_with(class)) || code == LOCK_NOT_AVAILABLE
}

#[cfg(test)]
mod tests {
    use graphile_worker::DbError;

    use super::*;

    #[test]
    fn queue_whose_database_is_away_may_be_back_later() {
        let of = |error: DbError| StorageError::from(GraphileWorkerError::SqlError(error));
        assert!(matches!(of(DbError::new("connection reset")), StorageError::QueueUnavailable(_)));
        assert!(matches!(of(DbError::with_code("shutting down", "57P01")), StorageError::QueueUnavailable(_)));
        assert!(matches!(of(DbError::with_code("no such table", "42P01")), StorageError::Queue(_)));
    }
}
