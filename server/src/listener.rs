//! Accepts connections, with a deadline for their headers, and stops in good order.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use anyhow::{Context, anyhow};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};

/// How long a client may take to send a request's headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// Listens on `host` and `port`; of a name's addresses the first that works, IPv4 before IPv6.
pub(crate) async fn bind(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    let name = host.trim_matches(['[', ']']);
    let addresses = tokio::net::lookup_host((name, port)).await;
    let mut addresses: Vec<SocketAddr> = addresses.with_context(|| format!("--host {host} has no address"))?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    TcpListener::bind(&*addresses).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow!("port {port} is taken by another program; choose another with --port, or --port 0 for any free one")
        }
        _ => anyhow!("it is not possible to listen on --host {host} --port {port}: {error}"),
    })
}

/// Serves until `stop` is ready; then takes no more connections and waits up to `patience` for the requests under way.
/// Whether they were all answered.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    patience: Duration,
) -> bool {
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _peer)) => serve_connection(stream, router.clone(), &graceful),
            Err(error) => wait_after(&error).await,
        }
    }
    drop(listener);
    tokio::time::timeout(patience, graceful.shutdown()).await.is_ok()
}

fn serve_connection(stream: TcpStream, router: Router, graceful: &GracefulShutdown) {
    // Answers are small, and each goes out as soon as it is there.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY can't be set");
    }
    let service = TowerToHyperService::new(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
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
