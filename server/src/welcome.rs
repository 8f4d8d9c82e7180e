//! What a server says when it listens: where to look, what to know, and how the first administrator gets an account.

use std::{net::SocketAddr, time::Duration};

use tokio::time::timeout;

use crate::{
    config::{Config, ServerConfig, TlsConfig},
    people::first_administrator_link,
    state::{AppState, DEMO_NOTICE, LoadedModel},
};

/// How long the welcome waits for the database.
pub(crate) const DATABASE_PATIENCE: Duration = Duration::from_secs(10);

/// What a server was started for.
pub(crate) enum Started {
    /// The model, and the path of the page to open.
    Model(LoadedModel, String),
    /// The gallery whose page lies at this path.
    Gallery(String),
}

/// Says that the server listens. Where the database opens only later, it is said then how the first administrator gets an
/// account.
pub(crate) async fn greet(state: &AppState, config: &Config, address: SocketAddr, started: &Started) {
    let url = own_url(&config.server, &config.tls, address.port());
    let is_demo = matches!(started, Started::Model(model, _) if model.is_demo);
    let Notes { lines, is_early } = welcome_notes(state, is_demo, &url).await;
    print_welcome(config, &url, &lines, started);
    if is_early {
        tokio::spawn(invite_later(state.clone(), config.clone(), url));
    }
}

/// What whoever starts the server should know.
struct Notes {
    lines: Vec<String>,
    /// Whether the database was not open yet, so that nobody knows whether somebody has an account.
    is_early: bool,
}

async fn welcome_notes(state: &AppState, is_demo: bool, url: &str) -> Notes {
    let demo = is_demo.then(|| DEMO_NOTICE.to_owned());
    let advice = state.access.advice().map(str::to_owned);
    // A database that is away may stay away; the server is there all the same.
    let storage = timeout(DATABASE_PATIENCE, state.storage.advice()).await;
    let is_early = storage.is_err();
    let storage = storage.unwrap_or_else(|_| Some("The database can't be used yet; the log says why.".into()));
    let first = if is_early { None } else { first_administrator(state, url).await };
    Notes { lines: [demo, advice, storage, first].into_iter().flatten().collect(), is_early }
}

/// Says how the first administrator gets an account, once the database is open after all.
async fn invite_later(state: AppState, config: Config, url: String) {
    if state.storage.opened().await.is_none() {
        return;
    }
    if let Some(note) = first_administrator(&state, &url).await {
        print(&config, &format!("The database is open.\n  Note:   {note}"));
    }
}

/// How the first administrator gets an account, while nobody has one.
async fn first_administrator(state: &AppState, url: &str) -> Option<String> {
    let database = state.storage.database().ok()?;
    match first_administrator_link(&database).await {
        Ok(token) => token.map(|token| {
            format!(
                "Nobody has an account yet. Make the first administrator's within 7 days:\n          \
                 {url}/sign-up?token={token}"
            )
        }),
        Err(error) => {
            tracing::error!(%error, "no link for the first administrator could be made");
            None
        }
    }
}

/// Where a browser on this machine finds the server.
pub(crate) fn own_url(server: &ServerConfig, tls: &TlsConfig, port: u16) -> String {
    let scheme = if tls.ssl_cert.is_some() { "https" } else { "http" };
    let host = match server.host.trim_matches(['[', ']']) {
        "0.0.0.0" | "::" => "localhost".into(),
        host if host.contains(':') => format!("[{host}]"),
        host => host.to_owned(),
    };
    format!("{scheme}://{host}:{port}")
}

/// Says how to go on.
fn print_welcome(config: &Config, url: &str, notes: &[String], started: &Started) {
    let notes = notes.iter().fold(String::new(), |notes, note| notes + "  Note:   " + note + "\n");
    let welcome = match started {
        Started::Model(LoadedModel { description, .. }, path) => format!(
            "Vasari is listening. Open {url}{path} in a browser.\n  \
               Model:  {} ({}, {})\n{notes}  \
               Try:    curl -X POST -F \"image=@photo.jpg\" {url}/caption\n  \
               Stop:   Ctrl+C",
            description.name, description.device, description.precision
        ),
        Started::Gallery(path) => {
            format!("Vasari is listening. Open {url}{path} in a browser.\n{notes}  Stop:   Ctrl+C")
        }
    };
    print(config, &welcome);
}

/// Says something on standard output; on standard error where the other is for programs.
fn print(config: &Config, text: &str) {
    if config.log.owns_standard_output() {
        eprintln!("{text}");
    } else {
        println!("{text}");
    }
}
