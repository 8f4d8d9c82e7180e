//! Addresses of pictures that lead inside, each by name. All are refused, also where the operator allowed the host, and
//! nobody is called.

use std::net::TcpListener;

use serde_json::json;

use crate::{
    form::Form,
    program::{Answer, Server},
};

/// Hosts that an operator allowed without thinking: what protects is the check of their addresses.
const ALLOWED: [&str; 39] = [
    "localhost",
    "*.localhost",
    "ip6-localhost",
    "images.example.org",
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[2001:db8::1]",
];

type Case = (&'static str, &'static str, u16);

/// This machine, however it is written. `PORT` is the canary's.
const LOOPBACK: [Case; 35] = [
    ("loopback", "http://127.0.0.1/", 422),
    ("loopback over TLS", "https://127.0.0.1/", 422),
    ("loopback at the other port", "http://127.0.0.1:443/", 422),
    ("another loopback", "http://127.1.2.3/", 422),
    ("localhost", "http://localhost/", 422),
    ("localhost in capitals", "http://LOCALHOST/", 422),
    ("localhost with a trailing dot", "http://localhost./", 422),
    ("a name below localhost", "http://a.localhost/", 422),
    ("localhost of IPv6", "http://ip6-localhost/", 422),
    ("localhost in percent signs", "http://loc%61lhost/", 422),
    ("localhost in circled letters", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", 422),
    ("an address with a trailing dot", "http://127.0.0.1./", 422),
    ("two parts", "http://127.1/", 422),
    ("three parts", "http://127.0.1/", 422),
    ("a decimal number", "http://2130706433/", 422),
    ("a hexadecimal number", "http://0x7f000001/", 422),
    ("hexadecimal parts", "http://0x7f.0x0.0x0.0x1/", 422),
    ("an octal number", "http://017700000001/", 422),
    ("octal parts", "http://0177.0.0.01/", 422),
    ("mixed parts", "http://0177.0x0.0.1/", 422),
    ("full-width digits", "http://１２７.０.０.１/", 422),
    ("circled digits", "http://①②⑦.⓪.⓪.①/", 422),
    ("ideographic dots", "http://127。0。0。1/", 422),
    ("digits in percent signs", "http://%31%32%37.0.0.1/", 422),
    ("zero", "http://0/", 422),
    ("the unspecified address", "http://0.0.0.0/", 422),
    ("IPv6 loopback", "http://[::1]/", 422),
    ("IPv6 loopback at full length", "http://[0:0:0:0:0:0:0:1]/", 422),
    ("the unspecified IPv6 address", "http://[::]/", 422),
    ("mapped into IPv6", "http://[::ffff:127.0.0.1]/", 422),
    ("mapped, in hexadecimal", "http://[::ffff:7f00:1]/", 422),
    ("compatible with IPv4", "http://[::127.0.0.1]/", 422),
    ("through NAT64", "http://[64:ff9b::127.0.0.1]/", 422),
    ("through 6to4", "http://[2002:7f00:1::]/", 422),
    ("through Teredo", "http://[2001:0:7f00:1::]/", 422),
];

/// Networks of nobody else's.
const INSIDE: [Case; 28] = [
    ("private 10", "http://10.0.0.1/", 422),
    ("private 172.16", "http://172.16.0.1/", 422),
    ("the end of private 172.16", "http://172.31.255.254/", 422),
    ("private 192.168", "http://192.168.0.1/", 422),
    ("metadata of clouds", "http://169.254.169.254/latest/meta-data/", 422),
    ("metadata as a number", "http://2852039166/latest/meta-data/", 422),
    ("metadata in hexadecimal", "http://0xa9fea9fe/latest/meta-data/", 422),
    ("metadata mapped into IPv6", "http://[::ffff:169.254.169.254]/", 422),
    ("metadata through NAT64", "http://[64:ff9b::169.254.169.254]/", 422),
    ("metadata through 6to4", "http://[2002:a9fe:a9fe::]/", 422),
    ("metadata over IPv6", "http://[fd00:ec2::254]/latest/meta-data/", 422),
    ("credentials of containers", "http://169.254.170.2/v2/credentials", 422),
    ("metadata within a carrier's range", "http://100.100.100.200/latest/meta-data/", 422),
    ("a carrier's customers", "http://100.64.0.1/", 422),
    ("protocol assignments", "http://192.0.0.192/", 422),
    ("documentation", "http://192.0.2.1/", 422),
    ("6to4 relays", "http://192.88.99.1/", 422),
    ("benchmarks", "http://198.18.0.1/", 422),
    ("more documentation", "http://203.0.113.1/", 422),
    ("multicast", "http://224.0.0.1/", 422),
    ("reserved", "http://240.0.0.1/", 422),
    ("broadcast", "http://255.255.255.255/", 422),
    ("link-local IPv6", "http://[fe80::1]/", 422),
    ("link-local IPv6 with its zone", "http://[fe80::1%25lo]/", 400),
    ("unique local IPv6", "http://[fc00::1]/", 422),
    ("multicast IPv6", "http://[ff02::1]/", 422),
    ("documentation in IPv6", "http://[2001:db8::1]/", 422),
    ("a local translator", "http://[64:ff9b:1::127.0.0.1]/", 422),
];

/// Hosts that only look like others.
const DISGUISES: [Case; 22] = [
    ("a host that nobody allowed", "http://evil.test/", 422),
    ("an allowed host in the query", "http://evil.test/?images.example.org", 422),
    ("an allowed host before another", "http://images.example.org.evil.test/", 422),
    ("a user", "http://user@127.0.0.1/", 422),
    ("an allowed host as the user", "http://images.example.org@127.0.0.1/", 422),
    ("an allowed host as user and password", "http://images.example.org:80@127.0.0.1/", 422),
    ("an address as the user", "http://127.0.0.1@images.example.org/", 422),
    ("an allowed host in the fragment", "http://127.0.0.1#@images.example.org/", 422),
    ("a backslash before the user", "http://127.0.0.1\\@images.example.org/", 422),
    ("backslashes", "http:\\\\127.0.0.1\\", 422),
    ("no slashes", "http:127.0.0.1/", 422),
    ("one slash", "http:/127.0.0.1/", 422),
    ("three slashes", "http:///127.0.0.1/", 422),
    ("no scheme", "//127.0.0.1/", 400),
    ("a leading blank", " http://127.0.0.1/", 422),
    ("a tab in the middle", "http://127.0.\t0.1/", 422),
    ("a line break in the middle", "http://127.0.\r\n0.1/", 422),
    ("a NUL before an allowed host", "http://127.0.0.1%00.images.example.org/", 400),
    ("a line break before an allowed host", "http://127.0.0.1%0d%0a.images.example.org/", 400),
    ("an empty part", "http://a..localhost/", 422),
    ("a path", "/etc/passwd", 400),
    ("nothing", "", 400),
];

/// Other ports, other schemes, and what is no address.
const OTHERS: [Case; 33] = [
    ("the canary", "http://127.0.0.1:PORT/", 422),
    ("the canary by name", "http://localhost:PORT/", 422),
    ("the canary over IPv6's loopback", "http://[::ffff:127.0.0.1]:PORT/", 422),
    ("the shell's port", "http://127.0.0.1:22/", 422),
    ("an allowed host's other port", "http://images.example.org:8080/", 422),
    ("port 0", "http://images.example.org:0/", 422),
    ("a port beyond all", "http://images.example.org:65536/", 400),
    ("a port below all", "http://images.example.org:-80/", 400),
    ("a file", "file:///etc/passwd", 422),
    ("a file of a host", "file://localhost/etc/passwd", 422),
    ("FTP", "ftp://127.0.0.1/", 422),
    ("Gopher", "gopher://127.0.0.1:PORT/_GET", 422),
    ("a dictionary", "dict://127.0.0.1:PORT/info", 422),
    ("a directory", "ldap://127.0.0.1:PORT/", 422),
    ("an archive", "jar:http://127.0.0.1:PORT!/", 422),
    ("a script", "javascript:alert(1)", 422),
    ("data", "data:text/html,<script>", 422),
    ("a blob", "blob:http://127.0.0.1/1", 422),
    ("a socket", "ws://127.0.0.1:PORT/", 422),
    ("a socket of this machine", "unix:/var/run/docker.sock", 422),
    ("such a socket as a host", "http+unix://%2Fvar%2Frun%2Fdocker.sock/", 422),
    ("no host", "http://", 400),
    ("no host but a port", "http://:80/", 400),
    ("an open bracket", "http://[::1/", 400),
    ("IPv6 with two gaps", "http://[1::1::1]/", 400),
    ("parts beyond a byte", "http://256.256.256.256/", 400),
    ("five parts", "http://127.0.0.1.1/", 400),
    ("a number beyond all addresses", "http://4294967296/", 400),
    ("a hexadecimal number beyond all", "http://0x100000000/", 400),
    ("an alphabet of nothing", "http://xn--/", 400),
    ("a host alone", "images.example.org/a.png", 400),
    ("words", "not a url", 400),
    ("quotes", "http://\"/", 422),
];

#[test]
fn addresses_of_the_inside_are_refused_and_nobody_is_called() {
    let allowed = ALLOWED.iter().flat_map(|host| ["--allow-image-host", host]);
    let limits = ["--rate-limit", "off", "--address-rate-limit", "off"];
    let server = Server::start(&limits.into_iter().chain(allowed).collect::<Vec<_>>());
    let canary = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    canary.set_nonblocking(true).expect("it can be asked without waiting");
    let port = canary.local_addr().expect("it has an address").port().to_string();
    let by_json = |url: &str| {
        let body = json!({ "image_url": url }).to_string();
        server.post("/caption", Some("application/json"), body.as_bytes())
    };
    let by_form = |url: &str| {
        let form = Form::new().field("image_url", url).finish();
        server.post("/detailed_caption", Some(&Form::content_type()), &form)
    };
    let mut wrong = Vec::new();
    for (name, url, status) in LOOPBACK.iter().chain(&INSIDE).chain(&DISGUISES).chain(&OTHERS) {
        let url = url.replace("PORT", &port);
        // A form's field that is empty is left out.
        let is_left_out = url.is_empty();
        let answers = [Some(by_json(&url)), (!is_left_out).then(|| by_form(&url))];
        for answer in answers.iter().flatten() {
            if !is_refusal(answer, *status) {
                wrong.push(format!("{name}: {url:?} is {} and not {status}: {}", answer.status, answer.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(canary.accept().is_err(), "the canary was called");
}

/// Whether an address is refused as it should be: for what it is, or where a name may be known here or not, because it
/// can't be reached. Nothing is said of what is there.
fn is_refusal(answer: &Answer, status: u16) -> bool {
    let kinds: &[&str] = if status == 400 { &["invalid-field"] } else { &["forbidden-url", "unreachable-url"] };
    let problem = answer.json();
    let detail = problem["detail"].as_str().unwrap_or_default();
    answer.status == status
        && kinds.iter().any(|kind| problem["type"] == format!("/problems/{kind}"))
        && problem["request_id"] == answer.header("x-request-id")
        && detail.starts_with("image_url: ")
        && !["127.", "::1", "refused", "resolve", "dns"].iter().any(|leak| detail.to_lowercase().contains(leak))
}
