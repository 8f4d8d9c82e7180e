//! Accepts connections, as many as are allowed, and stops in good order.

mod bind;
mod connection;
mod stream;
mod tls;

use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use self::connection::Door;
pub(crate) use self::{
    bind::{BoundPort, bind},
    tls::Tls,
};
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
    /// How long connections are still taken once the server was told to stop.
    pub(crate) delay: Duration,
    /// How long the requests under way may take after that.
    pub(crate) patience: Duration,
}

/// How long connections that nobody uses stay open once no more are taken: whoever is about to use one is answered, and
/// told that it was the last time, rather than cut off.
const LINGER: Duration = Duration::from_secs(1);

/// How long streams may take to end once they were told to.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves until `stop` is ready; then, after a delay, takes no more connections and waits for the requests under way.
/// Whether they were all answered.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServeOptions,
    stop: impl Future<Output = ()>,
) -> bool {
    let ServeOptions { tls, max_connections, header_timeout, answer_timeout, shutdown, delay, patience } = options;
    let places = Arc::new(Semaphore::new(max_connections as usize));
    let door = Arc::new(Door { router, tls, header_timeout, answer_timeout, shutdown: shutdown.clone() });
    let mut stop = pin!(async {
        stop.await;
        shutdown.advance_to(Phase::Draining);
        sleep(delay).await;
    });
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
            Ok((stream, peer)) => answer_at(&door, stream, peer, place),
            Err(error) => wait_after(&error).await,
        }
    }
    if let Err(error) = accept_rest(listener, &door, &places) {
        tracing::warn!(%error, "connections that waited to be accepted are cut off");
    }
    let mut all_gone = pin!(places.acquire_many(max_connections));
    let (linger, farewell) = (LINGER.min(patience / 4), FAREWELL.min(patience / 4));
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

/// Serves who is connected as far as the system knows, and would be cut off with the listener.
fn accept_rest(listener: TcpListener, door: &Arc<Door>, places: &Arc<Semaphore>) -> io::Result<()> {
    // The runtime may not have heard yet of who has come this moment; the system is asked itself.
    let listener = listener.into_std()?;
    while let Ok(place) = Arc::clone(places).try_acquire_owned() {
        match listener.accept() {
            Ok((stream, peer)) => {
                stream.set_nonblocking(true)?;
                answer_at(door, TcpStream::from_std(stream)?, peer, place);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Serves a connection in a task of its own, which holds its place.
fn answer_at(door: &Arc<Door>, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
    let door = Arc::clone(door);
    tokio::spawn(async move {
        door.serve(stream, peer).await;
        drop(place);
    });
}

/// Waits a moment when the system is out of something, such as file descriptors; a client that went away is no reason.
async fn wait_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(%error, "a connection can't be accepted");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
