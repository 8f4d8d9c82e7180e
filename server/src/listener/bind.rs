//! Takes the port.

use std::{io, net::SocketAddr};

use anyhow::{Context, anyhow};
use tokio::net::{TcpListener, TcpSocket};

/// Connections that the system holds until they are accepted.
const BACKLOG: u32 = 1024;

/// A port that is taken. Whoever connects is refused until somebody listens.
pub(crate) struct BoundPort {
    socket: TcpSocket,
    named: String,
}

/// Takes `port` of `host`; of a name's addresses the first that works, IPv4 before IPv6.
pub(crate) async fn bind(host: &str, port: u16) -> anyhow::Result<BoundPort> {
    let name = host.trim_matches(['[', ']']);
    let addresses = tokio::net::lookup_host((name, port)).await;
    let mut addresses: Vec<SocketAddr> = addresses.with_context(|| format!("--host {host} has no address"))?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    let named = format!("--host {host} --port {port}");
    let mut failure = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address");
    for address in addresses {
        match bind_address(address) {
            Ok(socket) => return Ok(BoundPort { socket, named }),
            Err(error) => failure = error,
        }
    }
    Err(explain(&failure, &named))
}

impl BoundPort {
    /// The address, with the port that the system chose where any was asked for.
    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Takes connections from now on.
    pub(crate) fn listen(self) -> anyhow::Result<TcpListener> {
        // Who took the port at the same moment is found out only here.
        self.socket.listen(BACKLOG).map_err(|error| explain(&error, &self.named))
    }
}

fn bind_address(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of a server that has just stopped linger, and are in nobody's way.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn explain(error: &io::Error, named: &str) -> anyhow::Error {
    if error.kind() == io::ErrorKind::AddrInUse {
        return anyhow!(
            "{named} is taken by another program; choose another port with --port, or --port 0 for any free one"
        );
    }
    anyhow!("it is not possible to listen on {named}: {error}")
}
