//! The section of how much one caller may ask for.

use std::net::IpAddr;

use clap::Args;
use ipnet::IpNet;

use super::RateLimit;

/// How often one caller may ask, and whose word is taken for who is calling.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitsConfig {
    /// Requests of one key, or of one address that shows none, such as `600/min`, `10/s` or `off`. One more is answered
    /// with status 429 and told when to come back.
    #[arg(long, env = "VASARI_RATE_LIMIT", value_name = "RATE", default_value = "600/min")]
    pub(crate) rate_limit: RateLimit,

    /// Requests of one address, whatever keys it shows, written alike. IPv6 addresses count by their first 64 bits. Of a
    /// dataset's pictures and thumbnails there may be 20 times as many, and they count here alone.
    #[arg(long, env = "VASARI_ADDRESS_RATE_LIMIT", value_name = "RATE", default_value = "1200/min")]
    pub(crate) address_rate_limit: RateLimit,

    /// The address or network of a proxy before the server, such as `127.0.0.1` or `10.0.0.0/8`; may be given several
    /// times. What it says in X-Forwarded-For is believed. Left out: nobody's is, and all callers behind a proxy share
    /// one limit.
    #[arg(long, env = "VASARI_TRUSTED_PROXY", value_name = "NETWORK", value_delimiter = ',',
        value_parser = parse_network)]
    pub(crate) trusted_proxy: Vec<IpNet>,
}

fn parse_network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| "it must be an address such as 127.0.0.1 or a network such as 10.0.0.0/8".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_addresses_or_networks() {
        assert_eq!(parse_network("10.1.0.0/16"), Ok("10.1.0.0/16".parse().unwrap()));
        assert_eq!(parse_network("127.0.0.1"), Ok("127.0.0.1/32".parse().unwrap()));
        assert_eq!(parse_network(" ::1 "), Ok("::1/128".parse().unwrap()));
        for wrong in ["", "localhost", "10.0.0.0/40", "*"] {
            assert!(parse_network(wrong).is_err(), "{wrong}");
        }
    }
}
