//! Accepts connections, as many as are allowed, and stops in good order.

mod bind;
mod connection;
mod stream;
mod tls;

use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};

use self::connection::Door;
pub(crate) use self::{bind::bind, tls::Tls};
use crate::shutdown::{Phase, Shutdown};

/// Who is at the other end of a connection; an extension of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    /// The address that the connection comes from, which may be a proxy's.
    pub(crate) address: SocketAddr,
    /// Whether the connection is encrypted here.
    pub(crate) is_tls: bool,
}

/// How connections are served.
pub(crate) struct ServeOptions {
    /// Encrypts connections, where it is there.
    pub(crate) tls: Option<Arc<Tls>>,
    /// Connections that are open at the same time; one more waits. At least 1.
    pub(crate) max_connections: u32,
    /// How long a client may take for the headers of a request, or for the handshake before it.
    pub(crate) header_timeout: Duration,
    /// How long after its last request a connection may still be busy with answers.
    pub(crate) answer_timeout: Duration,
    /// Told how far the server is on its way out.
    pub(crate) shutdown: Shutdown,
    /// How long the requests under way may take once the server was told to stop.
    pub(crate) patience: Duration,
}

/// How long connections that nobody uses stay open once the server was told to stop: whoever is about to use one is
/// told so rather than cut off.
const LINGER: Duration = Duration::from_secs(1);

/// How long streams may take to end once they were told to.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves until `stop` is ready; then takes no more connections and waits for the requests under way.
/// Whether they were all answered.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServeOptions,
    stop: impl Future<Output = ()>,
) -> bool {
    let ServeOptions { tls, max_connections, header_timeout, answer_timeout, shutdown, patience } = options;
    let places = Arc::new(Semaphore::new(max_connections as usize));
    let door = Arc::new(Door { router, tls, header_timeout, answer_timeout, shutdown: shutdown.clone() });
    let mut stop = pin!(stop);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.expect("nobody closes the semaphore. This is a bug."),
            () = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let door = Arc::clone(&door);
                tokio::spawn(async move {
                    door.serve(stream, peer).await;
                    drop(place);
                });
            }
            Err(error) => wait_after(&error).await,
        }
    }
    drop(listener);
    let mut all_gone = pin!(places.acquire_many(max_connections));
    let (linger, farewell) = (LINGER.min(patience / 4), FAREWELL.min(patience / 4));
    shutdown.advance_to(Phase::Draining);
    if timeout(linger, &mut all_gone).await.is_ok() {
        return true;
    }
    shutdown.advance_to(Phase::HangingUp);
    if timeout(patience.saturating_sub(linger + farewell), &mut all_gone).await.is_ok() {
        return true;
    }
    shutdown.advance_to(Phase::Closing);
    timeout(farewell, all_gone).await.is_ok()
}

/// Waits a moment when the system is out of something, such as file descriptors; a client that went away is no reason.
async fn wait_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(%error, "a connection can't be accepted");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
