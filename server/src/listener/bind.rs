//! Takes the port.

use std::{io, net::SocketAddr};

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;

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
