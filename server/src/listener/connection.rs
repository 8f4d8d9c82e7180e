//! One connection: encrypted or not, HTTP/1.1 or HTTP/2, with a deadline for each step.

use std::{
    convert::Infallible,
    fmt::Display,
    future::Future,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, http::Response};
use http_body_util::BodyExt;
use hyper::{Request, body::Incoming, server::conn, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::GracefulConnection,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, timeout},
};
use tower::ServiceExt;

use super::{
    Peer,
    stream::{StallGuard, Version, sniff},
    tls::Tls,
};
use crate::shutdown::{Phase, Shutdown};

/// How long a client may take nothing of an answer that waits for it.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection of HTTP/2 stays open without a new request; those under way are answered.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// The most bytes that the headers of a request may have.
const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Requests under way at the same time on one connection of HTTP/2.
const MAX_STREAMS: u32 = 128;

/// Streams that a client has reset before anybody looked at them: more of them is an attack.
const MAX_RESET_STREAMS: usize = 32;

/// Where connections come in.
pub(super) struct Door {
    pub(super) router: Router,
    pub(super) tls: Option<Arc<Tls>>,
    /// How long a client may take for the headers of a request, or for the handshake before it; a connection without
    /// requests closes after it as well.
    pub(super) header_timeout: Duration,
    /// How long after its last request a connection may still be busy with answers.
    pub(super) answer_timeout: Duration,
    pub(super) shutdown: Shutdown,
}

impl Door {
    /// Serves a connection to its end.
    pub(super) async fn serve(&self, stream: TcpStream, address: SocketAddr) {
        // Answers are small, and each goes out as soon as it is there.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY can't be set");
        }
        let stream = StallGuard::new(stream, STALL_TIMEOUT);
        let Some(tls) = &self.tls else {
            return self.speak(stream, Peer { address, is_tls: false }).await;
        };
        let handshake = timeout(self.header_timeout, tls.acceptor().accept(stream));
        if let Some(stream) = self.unless_hung_up(handshake).await {
            self.speak(stream, Peer { address, is_tls: true }).await;
        }
    }

    /// Speaks the version of HTTP that the first bytes are of: with encryption it is what both agreed on, without it
    /// is HTTP/2 for a client that knows beforehand.
    async fn speak(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: Peer) {
        let Some((version, stream)) = self.unless_hung_up(timeout(self.header_timeout, sniff(stream))).await else {
            return;
        };
        let activity = Activity::default();
        let (router, asked) = (self.router.clone(), activity.clone());
        let service =
            service_fn(move |request: Request<Incoming>| answer(router.clone(), request, peer, asked.begin()));
        let hang_up = self.shutdown.reached(Phase::HangingUp);
        match version {
            Version::Http1 => {
                let connection = conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(self.header_timeout)
                    .max_header_size(MAX_HEADER_BYTES)
                    .serve_connection(TokioIo::new(stream), service);
                log_end(drive(connection, hang_up, self.answer_timeout).await);
            }
            Version::Http2 => {
                let connection = conn::http2::Builder::new(TokioExecutor::new())
                    .timer(TokioTimer::new())
                    .keep_alive_interval(Duration::from_secs(20))
                    .keep_alive_timeout(Duration::from_secs(10))
                    .max_concurrent_streams(MAX_STREAMS)
                    .max_header_list_size(MAX_HEADER_BYTES as u32)
                    .max_pending_accept_reset_streams(MAX_RESET_STREAMS)
                    .max_local_error_reset_streams(MAX_RESET_STREAMS)
                    .serve_connection(TokioIo::new(stream), service);
                let hang_up = async {
                    tokio::select! {
                        () = hang_up => {}
                        () = activity.idle() => {}
                    }
                };
                log_end(drive(connection, hang_up, self.answer_timeout).await);
            }
        }
    }

    /// What `step` comes to, if it does in time and before the server stops.
    async fn unless_hung_up<T>(
        &self,
        step: impl Future<Output = Result<io::Result<T>, tokio::time::error::Elapsed>>,
    ) -> Option<T> {
        tokio::select! {
            outcome = step => match outcome {
                Ok(Ok(done)) => Some(done),
                Ok(Err(error)) => {
                    tracing::debug!(%error, "a connection ended before its first request");
                    None
                }
                Err(_) => {
                    tracing::debug!("a connection said nothing in time");
                    None
                }
            },
            () = self.shutdown.reached(Phase::HangingUp) => None,
        }
    }
}

async fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: Peer,
    under_way: UnderWay,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    let response = router.oneshot(request).await?;
    // Until the last byte is out, or the client has gone.
    Ok(response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _until_the_end = &under_way;
            frame
        }))
    }))
}

/// Runs a connection to its end; from `hang_up` on it takes no new requests.
/// Who hasn't taken the answers `patience` later never will.
async fn drive<C: GracefulConnection>(
    connection: C,
    hang_up: impl Future<Output = ()>,
    patience: Duration,
) -> Result<(), C::Error> {
    let mut connection = pin!(connection);
    tokio::select! {
        end = connection.as_mut() => return end,
        () = hang_up => {}
    }
    connection.as_mut().graceful_shutdown();
    timeout(patience, connection).await.unwrap_or(Ok(()))
}

/// What goes on on a connection.
#[derive(Clone, Default)]
struct Activity(Arc<Mutex<Requests>>);

struct Requests {
    under_way: u32,
    /// When there was one last.
    last: Instant,
}

impl Default for Requests {
    fn default() -> Self {
        Self { under_way: 0, last: Instant::now() }
    }
}

/// A request that is being answered, until this is dropped.
struct UnderWay(Activity);

impl Activity {
    fn begin(&self) -> UnderWay {
        self.requests().under_way += 1;
        UnderWay(self.clone())
    }

    /// Ready when the last request was answered long ago.
    async fn idle(&self) {
        loop {
            let until = {
                let requests = self.requests();
                let last = if requests.under_way > 0 { Instant::now() } else { requests.last };
                last + IDLE_TIMEOUT
            };
            if Instant::now() >= until {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut requests = self.0.requests();
        requests.under_way -= 1;
        requests.last = Instant::now();
    }
}

fn log_end(end: Result<(), impl Display>) {
    if let Err(error) = end {
        tracing::debug!(%error, "a connection ended early");
    }
}
