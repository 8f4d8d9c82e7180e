//! Passwords, made and checked.

use std::{sync::Arc, time::Duration};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::api::problem::{Problem, ProblemKind};

/// What a hash costs, as OWASP has it for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash of no password, at the same cost as a real one: whoever signs in under a name that nobody has waits as long.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dmFzYXJpbm9ib2R5c3NhbA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How long somebody waits for others' passwords to be hashed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many characters a password has.
const FEWEST_CHARACTERS: usize = 12;
const MOST_CHARACTERS: usize = 256;

/// Hashes and checks passwords, a few at a time, away from the threads that answer.
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
}

impl Passwords {
    /// Half the processors hash, at least one; the rest goes on answering.
    pub(crate) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { permits: Arc::new(Semaphore::new((processors / 2).max(1))) }
    }

    /// The PHC string of a new password.
    ///
    /// # Errors
    ///
    /// A problem where the password is shorter than 12 characters or longer than 256, and while too many others wait.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Problem> {
        check(&password)?;
        self.run(move || hash(&password)).await?
    }

    /// Whether `password` is the one of this PHC string. Without one it takes as long, and is not.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        self.run(move || verify(&password, hash.as_deref())).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            let detail = "Too many people sign in at this moment.";
            return Err(Problem::later(ProblemKind::Overloaded, detail, PATIENCE));
        };
        let task = tokio::task::spawn_blocking(move || {
            let outcome = work();
            // Held to the end of the work, though whoever waited for it may have gone.
            drop(permit);
            outcome
        });
        task.await.map_err(|_| Problem::internal())
    }
}

/// The PHC string of a new password, made here and now.
pub(crate) fn hash(password: &str) -> Result<String, Problem> {
    let hashed: Result<PasswordHash, _> = hasher().hash_password(password.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|error| {
        tracing::error!(%error, "a password can't be hashed");
        Problem::internal()
    })
}

/// Refuses a new password that is shorter than 12 characters or longer than 256.
pub(crate) fn check(password: &str) -> Result<(), Problem> {
    fault(password).map_or(Ok(()), |fault| Err(Problem::new(ProblemKind::InvalidField, fault)))
}

/// What is wrong with a new password, if anything.
pub(crate) fn fault(password: &str) -> Option<&'static str> {
    let characters = password.chars().count();
    (!(FEWEST_CHARACTERS..=MOST_CHARACTERS).contains(&characters))
        .then_some("A password has 12 to 256 characters of any kind. Several words are easier to keep than signs.")
}

fn verify(password: &str, hash: Option<&str>) -> bool {
    let is_right = PasswordHash::new(hash.unwrap_or(NOBODYS_HASH))
        .is_ok_and(|parsed| hasher().verify_password(password.as_bytes(), &parsed).is_ok());
    is_right && hash.is_some()
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("these parameters are in range. This is a bug.");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn password_is_known_again_and_nobody_has_one() {
        let kept = hash("correct horse battery").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("correct horse battery", Some(&kept)));
        assert!(!verify("correct horse batterz", Some(&kept)));
        assert!(!verify("correct horse battery", None));
        assert_ne!(kept, hash("correct horse battery").unwrap(), "salted");
    }

    #[test]
    fn nobodys_password_takes_as_long_as_somebodys() {
        let kept = hash("correct horse battery").unwrap();
        let fastest = |hash: Option<&str>| {
            let time = |_| {
                let began = Instant::now();
                verify("wrong horse battery", hash);
                began.elapsed()
            };
            (0..5).map(time).min().expect("there are five")
        };
        let (somebody, nobody) = (fastest(Some(&kept)), fastest(None));
        // Parsing and comparing are thousands of times quicker than hashing, so that half is far from either.
        assert!(nobody * 2 > somebody && somebody * 2 > nobody, "{nobody:?} and {somebody:?}");
    }

    #[test]
    fn length_counts_in_characters() {
        assert_eq!(fault(&"ж".repeat(12)), None);
        assert_eq!(fault(&"x".repeat(256)), None);
        assert!(fault(&"x".repeat(11)).is_some() && fault(&"x".repeat(257)).is_some());
    }
}
