//! Which URLs may be fetched: whose, over what, and where they lead.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::{ImageUrlError, address::is_public};

/// Which URLs may be fetched. By default none.
#[derive(Debug, Clone, Default)]
pub(crate) struct ImageUrlPolicy {
    hosts: Vec<HostRule>,
    /// Lets tests ask at any port.
    #[cfg(test)]
    permits_ports: bool,
    /// Lets tests fetch from servers of their own.
    #[cfg(test)]
    permits_loopback: bool,
}

/// A host, or every host below one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HostRule {
    Exact(Host),
    /// The domain, for all that end in a dot and it.
    Below(String),
}

/// Longer addresses than browsers take.
const MAX_URL_BYTES: usize = 8 * 1024;

impl HostRule {
    /// Reads `images.example.org`, `*.example.org`, or an address; other alphabets are written as DNS does.
    ///
    /// # Errors
    ///
    /// A sentence about what would be right.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no host; write it as images.example.org, or as *.example.org for all below");
        let host = |text: &str| match Host::parse(text.trim_end_matches('.')) {
            Ok(host) if !text.contains('*') => Ok(host),
            _ => Err(wrong()),
        };
        if let Some(domain) = text.trim().strip_prefix("*.") {
            return match host(domain)? {
                Host::Domain(domain) => Ok(Self::Below(domain)),
                Host::Ipv4(_) | Host::Ipv6(_) => Err(wrong()),
            };
        }
        host(text.trim()).map(Self::Exact)
    }

    fn covers(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Exact(allowed), host) => allowed == host,
            (Self::Below(domain), Host::Domain(host)) => {
                host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            (Self::Below(_), _) => false,
        }
    }
}

impl ImageUrlPolicy {
    /// Pictures may be fetched from these hosts, and from no others.
    pub(crate) fn new(hosts: Vec<HostRule>) -> Self {
        Self {
            hosts,
            #[cfg(test)]
            permits_ports: false,
            #[cfg(test)]
            permits_loopback: false,
        }
    }

    /// As [`Self::new`], with servers of a test.
    #[cfg(test)]
    pub(super) fn permitting_loopback(hosts: Vec<HostRule>) -> Self {
        Self { hosts, permits_ports: true, permits_loopback: true }
    }

    /// As [`Self::new`], at any port, so that a test's canary hears of it.
    #[cfg(test)]
    pub(super) fn permitting_ports(hosts: Vec<HostRule>) -> Self {
        Self { hosts, permits_ports: true, permits_loopback: false }
    }

    /// The URL, if it is one that may be asked.
    pub(super) fn check_url(&self, text: &str) -> Result<Url, ImageUrlError> {
        if self.hosts.is_empty() {
            return Err(ImageUrlError::Off);
        }
        if text.len() > MAX_URL_BYTES {
            return Err(ImageUrlError::NotAUrl);
        }
        let url = Url::parse(text.trim()).map_err(|_| ImageUrlError::NotAUrl)?;
        self.check(url)
    }

    /// The URL that a redirect leads to, if it is one that may be asked.
    pub(super) fn check_redirect(&self, from: &Url, location: &str) -> Result<Url, ImageUrlError> {
        self.check(from.join(location).map_err(|_| ImageUrlError::Unreachable)?)
    }

    fn check(&self, mut url: Url) -> Result<Url, ImageUrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ImageUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ImageUrlError::Credentials);
        }
        if !self.permits_port(url.port_or_known_default()) {
            return Err(ImageUrlError::Port);
        }
        let host = url.host().ok_or(ImageUrlError::NotAUrl)?.to_owned();
        let host = match host {
            Host::Domain(name) => Host::Domain(name.trim_end_matches('.').to_owned()),
            address => address,
        };
        if !self.hosts.iter().any(|rule| rule.covers(&host)) {
            return Err(ImageUrlError::Forbidden);
        }
        url.set_fragment(None);
        Ok(url)
    }

    /// Whether every address of a host may be dialled. One that may not spoils the rest: what answers differently from
    /// one moment to the next isn't to be trusted.
    pub(super) fn permits_all(&self, addresses: &[SocketAddr]) -> bool {
        addresses.iter().all(|address| self.permits_address(address.ip()))
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests have a policy that permits more")]
    fn permits_address(&self, address: IpAddr) -> bool {
        is_public(address)
    }

    #[cfg(test)]
    fn permits_address(&self, address: IpAddr) -> bool {
        is_public(address) || (self.permits_loopback && address.is_loopback())
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests have a policy that permits more")]
    fn permits_port(&self, port: Option<u16>) -> bool {
        matches!(port, Some(80 | 443))
    }

    #[cfg(test)]
    fn permits_port(&self, port: Option<u16>) -> bool {
        matches!(port, Some(80 | 443)) || self.permits_ports
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> ImageUrlPolicy {
        let hosts = ["images.example.org", "*.example.com", "bücher.example", "127.0.0.1", "93.184.216.34"];
        ImageUrlPolicy::new(hosts.map(|host| HostRule::parse(host).unwrap()).into())
    }

    #[test]
    fn only_allowed_hosts_are_asked() {
        for url in [
            "https://images.example.org/a.png?b=c#d",
            "http://IMAGES.example.ORG./a",
            "https://a.b.example.com",
            "http://xn--bcher-kva.example/",
            "http://BÜCHER.example/",
            "http://images.example.org:443/",
            "http://0x5db8d822/",
        ] {
            assert!(policy().check_url(url).is_ok(), "{url}");
        }
        assert_eq!(
            policy().check_url("https://images.example.org/a#b").unwrap().as_str(),
            "https://images.example.org/a"
        );
        for url in [
            "https://example.org",
            "https://xexample.com",
            "https://example.com",
            "https://images.example.org.evil.test",
            "https://.example.com",
            "http://localhost",
            "http://[::1]/",
        ] {
            let refused = policy().check_url(url);
            assert!(matches!(refused, Err(ImageUrlError::Forbidden | ImageUrlError::NotAUrl)), "{url}: {refused:?}");
        }
    }

    #[test]
    fn scheme_port_and_credentials_are_checked() {
        for (url, expected) in [
            ("file:///etc/passwd", ImageUrlError::Scheme),
            ("ftp://images.example.org/a", ImageUrlError::Scheme),
            ("gopher://images.example.org", ImageUrlError::Scheme),
            ("https://user@images.example.org", ImageUrlError::Credentials),
            ("https://:secret@images.example.org", ImageUrlError::Credentials),
            ("https://images.example.org:8443", ImageUrlError::Port),
            ("http://images.example.org:22", ImageUrlError::Port),
            ("images.example.org/a", ImageUrlError::NotAUrl),
            ("https://", ImageUrlError::NotAUrl),
        ] {
            assert_eq!(policy().check_url(url).unwrap_err(), expected, "{url}");
        }
    }

    #[test]
    fn nothing_is_asked_unless_a_host_is_allowed() {
        let refused = ImageUrlPolicy::default().check_url("https://images.example.org");
        assert_eq!(refused.unwrap_err(), ImageUrlError::Off);
    }

    #[test]
    fn redirects_are_checked_like_what_was_asked_for() {
        let from = policy().check_url("https://images.example.org/a/b.png").unwrap();
        assert_eq!(policy().check_redirect(&from, "../c.png").unwrap().path(), "/c.png");
        assert!(policy().check_redirect(&from, "http://a.example.com/").is_ok());
        for location in ["http://10.0.0.1/", "//example.org/", "file:///etc/passwd", "http://images.example.org:8080"] {
            assert!(policy().check_redirect(&from, location).is_err(), "{location}");
        }
    }

    #[test]
    fn one_inner_address_spoils_all() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        assert!(policy().permits_all(&addresses(&["1.1.1.1:80", "[2606:4700::1111]:80"])));
        assert!(!policy().permits_all(&addresses(&["1.1.1.1:80", "127.0.0.1:80"])));
    }

    #[test]
    fn rules_are_hosts_alone() {
        assert_eq!(HostRule::parse("*.Example.org."), Ok(HostRule::Below("example.org".into())));
        for text in ["", "*", "*.", "https://example.org", "example.org:80", "a b", "*.1.2.3.4"] {
            assert!(HostRule::parse(text).is_err(), "{text}");
        }
    }
}
