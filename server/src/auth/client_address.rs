//! The address that a request comes from, proxies taken away.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use ipnet::IpNet;

use crate::{listener::Peer, state::AppState};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Tells callers from proxies.
pub(crate) struct ClientAddresses {
    trusted: Vec<IpNet>,
}

impl ClientAddresses {
    /// Believes proxies of these networks and nobody else.
    pub(super) fn new(trusted: Vec<IpNet>) -> Self {
        Self { trusted }
    }

    /// The address that `peer` speaks for: its own, unless it is a trusted proxy. Of the addresses that were forwarded
    /// the rightmost counts that no trusted proxy has: each proxy adds on the right whom it heard, and what is further
    /// left anybody can have made up.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.is_trusted(peer) {
            return peer;
        }
        let list = self.rightmost(peer, values(headers, &X_FORWARDED_FOR).map(parse_address).collect());
        let standard = values(headers, &header::FORWARDED).filter_map(forwarded_for).map(parse_address).collect();
        let standard = self.rightmost(peer, standard);
        match (list == peer, standard == peer) {
            // A proxy that writes one of the headers passes the other on as a client made it up. Nobody knows which.
            (false, false) if list != standard => peer,
            (true, _) => standard,
            _ => list,
        }
    }

    fn rightmost(&self, peer: IpAddr, forwarded: Vec<Option<IpAddr>>) -> IpAddr {
        let mut client = peer;
        for address in forwarded.into_iter().rev() {
            // Who can't be read is known by the proxy that heard them.
            let Some(address) = address else { break };
            client = address;
            if !self.is_trusted(address) {
                break;
            }
        }
        client
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }
}

/// The address that a request comes from, as limits count it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientGroup(pub(crate) IpAddr);

impl FromRequestParts<AppState> for ClientGroup {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().expect("the listener knows its peers. This is a bug.");
        Ok(Self(group(state.access.addresses.client(peer.address.ip(), &parts.headers))))
    }
}

/// The address that stands for all that one customer of a network is given: IPv6 by its first 64 bits.
pub(crate) fn group(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// The comma-separated values of all headers of this name, in their order.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).into_iter().flat_map(|value| value.to_str().unwrap_or("?").split(',').map(str::trim))
}

/// An address with or without brackets and a port.
fn parse_address(text: &str) -> Option<IpAddr> {
    let plain = text.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let address = plain.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

/// The `for` of an element of `Forwarded`; an element that has none speaks of nobody.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::headers, *};

    fn client(peer: &str, forwarded: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap()).into();
        ClientAddresses::new(trusted).client(peer.parse().unwrap(), &headers(forwarded)).to_string()
    }

    #[test]
    fn nobody_but_a_trusted_proxy_is_believed() {
        assert_eq!(client("203.0.113.7", &[("x-forwarded-for", "198.51.100.1")]), "203.0.113.7");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "198.51.100.1")]), "198.51.100.1");
        assert_eq!(client("::1", &[("x-forwarded-for", "198.51.100.1")]), "198.51.100.1");
        assert_eq!(client("::ffff:10.0.0.1", &[("x-forwarded-for", "198.51.100.1")]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn rightmost_address_that_is_no_proxy_counts() {
        let forwarded = |value| client("10.0.0.1", &[("x-forwarded-for", value)]);
        assert_eq!(forwarded("1.1.1.1, 198.51.100.1"), "198.51.100.1");
        assert_eq!(forwarded("1.1.1.1, 198.51.100.1, 10.0.0.2"), "198.51.100.1");
        assert_eq!(forwarded("1.1.1.1, unknown, 10.0.0.2"), "10.0.0.2");
        assert_eq!(forwarded("10.0.0.3, 10.0.0.2"), "10.0.0.3");
        assert_eq!(forwarded("198.51.100.1:5000"), "198.51.100.1");
        assert_eq!(forwarded("[2001:db8::1]:5000"), "2001:db8::1");
        assert_eq!(forwarded("nonsense"), "10.0.0.1");
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.1")];
        assert_eq!(client("10.0.0.1", &lines), "198.51.100.1");
    }

    #[test]
    fn standard_header_is_read_too() {
        let forwarded = |value| client("10.0.0.1", &[("forwarded", value)]);
        assert_eq!(forwarded("for=1.1.1.1, for=198.51.100.1;proto=https"), "198.51.100.1");
        assert_eq!(forwarded("proto=https;For=\"[2001:db8::1]:5000\""), "2001:db8::1");
        assert_eq!(forwarded("for=_hidden"), "10.0.0.1");
        assert_eq!(forwarded("for=198.51.100.1, proto=https"), "198.51.100.1");
    }

    #[test]
    fn headers_that_contradict_each_other_count_for_nothing() {
        let both = |list, standard| client("10.0.0.1", &[("x-forwarded-for", list), ("forwarded", standard)]);
        assert_eq!(both("198.51.100.1", "for=198.51.100.1"), "198.51.100.1");
        assert_eq!(both("198.51.100.1", "for=1.1.1.1"), "10.0.0.1");
    }

    #[test]
    fn neighbours_in_a_network_are_one() {
        let same = |left: &str, right: &str| group(left.parse().unwrap()) == group(right.parse().unwrap());
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }
}
