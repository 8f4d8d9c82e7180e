//! How Postgres goes about the statements of a program: its own account of those that were run, not of statements that
//! look like them.

use std::{fs, path::PathBuf};

use vasari_storage::{Database, Durability, EmbeddedPostgres};

/// A cluster of its own whose log tells the plan of every statement of [`WatchedPostgres::watched`].
pub struct WatchedPostgres {
    postgres: EmbeddedPostgres,
    log: PathBuf,
    watched: Database,
}

/// A statement that was run, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its text.
    pub statement: String,
    /// The plan, as `EXPLAIN` prints it.
    pub text: String,
}

impl WatchedPostgres {
    /// Starts a cluster in `folder` and makes the tables.
    ///
    /// # Panics
    ///
    /// Where PostgreSQL is missing; the message says what to install.
    pub async fn start(folder: PathBuf) -> Self {
        let postgres = EmbeddedPostgres::start(&folder, Durability::None).await;
        let postgres = postgres.unwrap_or_else(|error| panic!("it takes a database: {error}"));
        let settings = ["log_min_duration]=0", "log_analyze]=on", "log_timing]=off"];
        let settings = settings.map(|setting| format!("&options[auto_explain.{setting}")).concat();
        let url = format!("{}&options[session_preload_libraries]=auto_explain{settings}", postgres.url("vasari"));
        let watched = Database::at_url(&url, 1).expect("the URL is one");
        watched.migrate().await.expect("the migrations fit an empty database");
        Self { postgres, log: folder.join("log"), watched }
    }

    /// The database's URL, for who is not watched.
    pub fn url(&self) -> String {
        self.postgres.url("vasari")
    }

    /// The database, each of whose statements is written down.
    pub fn watched(&self) -> &Database {
        &self.watched
    }

    /// The plans of the statements that `work` runs on [`WatchedPostgres::watched`].
    ///
    /// # Panics
    ///
    /// Where the log can't be read.
    pub async fn plans_of<T>(&self, work: impl Future<Output = T>) -> Vec<Plan> {
        let read = || fs::read_to_string(&self.log).expect("the log can be read");
        let before = read().len();
        work.await;
        read()[before..].split("LOG:  duration: ").skip(1).filter_map(Plan::read).collect()
    }

    /// Stops the cluster.
    pub async fn stop(self) {
        self.watched.close().await;
        self.postgres.stop().await.expect("the cluster stops");
    }
}

impl Plan {
    /// An entry of the log: the statement after `Query Text:`, and the plan from its first line with a cost.
    fn read(entry: &str) -> Option<Self> {
        // What follows the entry does not begin with a tab.
        let lines = entry.lines().enumerate().take_while(|(number, line)| *number == 0 || line.starts_with('\t'));
        let lines: Vec<_> = lines.map(|(_, line)| line.trim_start_matches('\t')).skip(1).collect();
        let plan = lines.iter().position(|line| line.contains("(cost="))?;
        let statement = lines[..plan].join("\n").trim_start_matches("Query Text:").trim().to_owned();
        Some(Self { statement, text: lines[plan..].join("\n") })
    }

    /// The tables of `large` that the plan reads from one end to the other.
    pub fn tables_read_whole<'a>(&self, large: &[&'a str]) -> Vec<&'a str> {
        let reads = |table: &str| {
            self.text.lines().any(|line| {
                let table_of = |scan| line.split_once(scan).and_then(|(_, rest)| rest.split_whitespace().next());
                table_of("Seq Scan on ") == Some(table)
            })
        };
        large.iter().copied().filter(|table| reads(table)).collect()
    }

    /// The most rows that one of the plan's steps gave, or looked at in vain, when it was run.
    pub fn most_rows(&self) -> f64 {
        let number = |text: &str| text.split([' ', ')']).next().and_then(|number| number.parse::<f64>().ok());
        let rows = self.text.lines().filter_map(|line| {
            if let Some((_, actual)) = line.split_once("(actual rows=") {
                let (_, loops) = actual.split_once("loops=")?;
                return Some(number(actual)? * number(loops)?);
            }
            line.trim().starts_with("Rows Removed by").then(|| line.rsplit(' ').next().and_then(number))?
        });
        rows.fold(0.0, f64::max)
    }

    /// What the plan reads: tables, and the indexes by which.
    pub fn access(&self) -> Vec<&str> {
        let scans = self.text.lines().filter(|line| line.contains(" Scan "));
        scans.filter_map(|line| line.trim_start_matches([' ', '-', '>']).split("  (cost").next()).collect()
    }
}
