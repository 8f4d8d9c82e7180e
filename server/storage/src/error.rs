//! What can go wrong with what is kept.

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
    /// The queue of jobs can't be reached.
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
                let code = told.code().unwrap_or_default();
                let is_passing = PASSING_CLASSES.iter().any(|class| code.starts_with(class));
                if is_passing || code == LOCK_NOT_AVAILABLE { Self::Unavailable(error) } else { Self::Database(error) }
            }
            _ => Self::Database(error),
        }
    }
}
