//! Access tokens that nobody gave out, each by name. None of them opens anything.

use std::net::TcpListener;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{
    people::{Instance, text_of},
    program::Answer,
};

/// Somebody who has seen a token of theirs, and whose tools are as good as the server's: with its secret they sign as it
/// does.
pub(crate) struct Forger {
    token: String,
    claims: Value,
    secret: Vec<u8>,
}

impl Forger {
    /// Somebody whose token this is.
    pub(crate) async fn of(instance: &Instance, token: &str) -> Self {
        let secret = instance.database().signing_key([0; 32], OffsetDateTime::now_utc()).await.expect("there is a key");
        let body = URL_SAFE_NO_PAD.decode(part(token, 1)).expect("a token is base64");
        let claims = serde_json::from_slice(&body).expect("a token's middle is JSON");
        Self { token: token.to_owned(), claims, secret }
    }

    /// The token with another claim, under the server's own secret.
    pub(crate) fn with(&self, claim: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[claim] = value;
        self.sign(&claims.to_string())
    }

    /// The token without a claim, under the server's own secret.
    fn without(&self, claim: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().expect("claims are an object").remove(claim);
        self.sign(&claims.to_string())
    }

    /// These claims as the server would sign them.
    fn sign(&self, claims: &str) -> String {
        token(HEADER, claims, &self.secret, Algorithm::HS256)
    }

    /// The right claims under another header and key.
    fn under(&self, header: &str, secret: &[u8], algorithm: Algorithm) -> String {
        token(header, &self.claims.to_string(), secret, algorithm)
    }
}

const HEADER: &str = r#"{"alg":"HS256","typ":"at+jwt"}"#;

fn token(header: &str, claims: &str, secret: &[u8], algorithm: Algorithm) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = crypto::sign(message.as_bytes(), &EncodingKey::from_secret(secret), algorithm);
    format!("{message}.{}", signature.expect("it can be signed"))
}

fn part(token: &str, place: usize) -> &str {
    token.split('.').nth(place).expect("a token has three parts")
}

type Named = (&'static str, String);

/// Other algorithms, and none.
fn algorithms(forger: &Forger) -> Vec<Named> {
    let Forger { token, secret, .. } = forger;
    let unsigned = |name: &str| URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":{name},"typ":"at+jwt"}}"#));
    let (body, signature) = (part(token, 1), part(token, 2));
    let bare = |name: &str| format!("{}.{body}.", unsigned(name));
    let with_header = |header: &str| forger.under(header, secret, Algorithm::HS256);
    vec![
        ("no algorithm, no signature", bare("\"none\"")),
        ("no algorithm, somebody's signature", format!("{}.{body}.{signature}", unsigned("\"none\""))),
        ("no algorithm in capitals", bare("\"NONE\"")),
        ("no algorithm in mixed case", bare("\"nOnE\"")),
        ("an empty algorithm", bare("\"\"")),
        ("an algorithm that is null", bare("null")),
        ("an algorithm that is a list", bare("[\"HS256\", \"none\"]")),
        ("our algorithm with an empty signature", format!("{}.{body}.", part(token, 0))),
        ("HS384 with the right secret", forger.under(r#"{"alg":"HS384","typ":"at+jwt"}"#, secret, Algorithm::HS384)),
        ("HS512 with the right secret", forger.under(r#"{"alg":"HS512","typ":"at+jwt"}"#, secret, Algorithm::HS512)),
        ("HS512 signed, HS256 claimed", forger.under(HEADER, secret, Algorithm::HS512)),
        ("RS256 claimed over our HMAC", with_header(r#"{"alg":"RS256","typ":"at+jwt"}"#)),
        ("PS256 claimed over our HMAC", with_header(r#"{"alg":"PS256","typ":"at+jwt"}"#)),
        ("ES256 claimed over our HMAC", with_header(r#"{"alg":"ES256","typ":"at+jwt"}"#)),
        ("EdDSA claimed over our HMAC", with_header(r#"{"alg":"EdDSA","typ":"at+jwt"}"#)),
        ("an algorithm that nobody knows", with_header(r#"{"alg":"HS257","typ":"at+jwt"}"#)),
        ("no word of an algorithm", with_header(r#"{"typ":"at+jwt"}"#)),
        ("another kind of token", with_header(r#"{"alg":"HS256","typ":"JWT"}"#)),
        ("an identity token", with_header(r#"{"alg":"HS256","typ":"id+jwt"}"#)),
        ("a token of no kind", with_header(r#"{"alg":"HS256"}"#)),
        ("a header that is a list", with_header(r#"["HS256"]"#)),
        ("a header that is no JSON", with_header("HS256")),
    ]
}

/// Other keys, and headers that say where to look for one.
fn keys(forger: &Forger, canary: &str) -> Vec<Named> {
    let foreign = |more: &str, secret: &[u8]| {
        forger.under(&format!(r#"{{"alg":"HS256","typ":"at+jwt"{more}}}"#), secret, Algorithm::HS256)
    };
    let own = URL_SAFE_NO_PAD.encode([7; 32]);
    let mut turned = forger.secret.clone();
    turned[0] ^= 1;
    vec![
        ("a key of zeros", foreign("", &[0; 32])),
        ("an empty key", foreign("", b"")),
        ("a key that everybody tries first", foreign("", b"secret")),
        ("our key but for a bit", foreign("", &turned)),
        ("half of our key", foreign("", &forger.secret[..forger.secret.len() / 2])),
        ("our key in hexadecimal", foreign("", hex(&forger.secret).as_bytes())),
        ("a key's name that is a path", foreign(r#","kid":"../../../../dev/null""#, b"")),
        ("a key's name that is a query", foreign(r#","kid":"x' UNION SELECT 'secret'--""#, b"secret")),
        ("a key's name that is a command", foreign(r#","kid":"|cat /etc/passwd""#, b"secret")),
        ("a key of its own", foreign(&format!(r#","jwk":{{"kty":"oct","k":"{own}"}}"#), &[7; 32])),
        ("a key's address", foreign(&format!(r#","jku":"{canary}""#), &[7; 32])),
        ("a certificate's address", foreign(&format!(r#","x5u":"{canary}""#), &[7; 32])),
        ("a certificate", foreign(r#","x5c":["AAAA"]"#, &[7; 32])),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Claims that are wrong, missing or of another type, under the server's own secret.
fn claims(forger: &Forger, other: &Forger) -> Vec<Named> {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let nobody = || json!("00000000-0000-0000-0000-000000000000");
    let own = &forger.claims;
    let twice = format!(r#"{{"sub":{},{}"#, other.claims["sub"], &own.to_string()[1..]);
    vec![
        ("expired", forger.with("exp", (now - 6).into())),
        ("expired long ago", forger.with("exp", 0.into())),
        ("expired before 1970", forger.with("exp", (-1).into())),
        ("an end that is a text", forger.with("exp", (now + 60).to_string().into())),
        ("an end that is no number", forger.with("exp", Value::Null)),
        ("an end beyond all numbers", forger.with("exp", json!(1e300))),
        ("no end", forger.without("exp")),
        ("not yet valid", forger.with("nbf", (now + 600).into())),
        ("valid from some text on", forger.with("nbf", "now".into())),
        ("another issuer", forger.with("iss", "other".into())),
        ("an issuer in capitals", forger.with("iss", "VASARI".into())),
        ("a list of issuers", forger.with("iss", json!(["vasari", "other"]))),
        ("no issuer", forger.without("iss")),
        ("another audience", forger.with("aud", "other".into())),
        ("a list of audiences", forger.with("aud", json!(["other", "vasari-api"]))),
        ("no audience", forger.without("aud")),
        ("another person", forger.with("sub", other.claims["sub"].clone())),
        ("nobody", forger.with("sub", nobody())),
        ("a person by name", forger.with("sub", "root".into())),
        ("a person by number", forger.with("sub", 1.into())),
        ("no person", forger.without("sub")),
        ("another person's session", forger.with("sid", other.claims["sid"].clone())),
        ("a session that never was", forger.with("sid", nobody())),
        ("no session", forger.without("sid")),
        ("no id", forger.without("jti")),
        ("the person twice", forger.sign(&twice)),
        ("claims that are a list", forger.sign("[]")),
        ("claims that are null", forger.sign("null")),
        ("claims that are no JSON", forger.sign("sub=root")),
    ]
}

/// Tokens that were cut, joined or written otherwise.
fn shapes(forger: &Forger, other: &Forger, refresh: &str) -> Vec<Named> {
    let token = &forger.token;
    let [head, body, signature] = [0, 1, 2].map(|place| part(token, place));
    let last = if token.ends_with('A') { 'Q' } else { 'A' };
    let short = &signature[..signature.len() - 4];
    vec![
        ("cut by a letter", token[..token.len() - 1].to_owned()),
        ("a signature of fewer bytes", format!("{head}.{body}.{short}")),
        ("another last letter", format!("{}{last}", &token[..token.len() - 1])),
        ("without its signature", format!("{head}.{body}")),
        ("its middle alone", body.to_owned()),
        ("four parts", format!("{token}.{signature}")),
        ("five parts, as encrypted ones have", format!("{token}.{body}.{signature}")),
        ("three empty parts", "..".to_owned()),
        ("somebody's claims under one's own signature", format!("{head}.{}.{signature}", part(&other.token, 1))),
        ("padded", format!("{token}=")),
        ("a letter that is none of base64's", format!("{head}.{body}.!{}", &signature[1..])),
        ("a refresh token", refresh.to_owned()),
        ("a key that was never made", "vas_0000000000000000000000000000000000000000000".to_owned()),
        ("words", "let me in".to_owned()),
        ("thousands of parts", "a.".repeat(4000)),
    ]
}

#[tokio::test]
async fn forged_tokens_open_nothing() {
    let instance = Instance::start(&["--address-rate-limit", "off"]).await;
    let (_, anna, refresh) = instance.invite("anna");
    let (forger, root) = (Forger::of(&instance, &anna).await, Forger::of(&instance, &instance.root).await);
    let canary = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    canary.set_nonblocking(true).expect("it can be asked without waiting");
    let address = format!("http://{}/keys.json", canary.local_addr().expect("it has an address"));
    let cookie = |token: &str| {
        let request = format!(
            "GET /api/v1/me HTTP/1.1\r\nhost: localhost\r\ncookie: vasari_access={token}\r\nconnection: close\r\n\r\n"
        );
        instance.server.exchange(request.as_bytes())
    };
    let signed = forger.sign(&forger.claims.to_string());
    assert_eq!([instance.get("/api/v1/me", &signed).status, cookie(&signed).status], [200, 200], "the tools work");
    assert_eq!(text_of(&instance.get("/api/v1/me", &anna).json()["user"], "name"), "anna");

    let tokens =
        [algorithms(&forger), keys(&forger, &address), claims(&forger, &root), shapes(&forger, &root, &refresh)];
    let tokens = tokens.concat();
    assert!(tokens.len() > 70, "{}", tokens.len());
    let is_refused = |answer: &Answer| {
        let kinds = ["/problems/unauthenticated", "/problems/invalid-api-key"].map(Value::from);
        answer.status == 401 && kinds.contains(&answer.json()["type"])
    };
    let mut let_in = Vec::new();
    for (name, token) in &tokens {
        for (way, answer) in [("header", instance.get("/api/v1/me", token)), ("cookie", cookie(token))] {
            if !is_refused(&answer) {
                let_in.push(format!("{name}, in a {way}: {} {}", answer.status, answer.text()));
            }
        }
    }
    assert!(let_in.is_empty(), "{}", let_in.join("\n"));
    assert!(canary.accept().is_err(), "nobody looks for keys where a token says");
    instance.end().await;
}
