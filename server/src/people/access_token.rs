//! Access tokens: short-lived JWTs that name a session.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long an access token is good for.
pub(crate) const ACCESS_TOKEN_LIFETIME: Duration = Duration::minutes(10);

/// How far the clocks of two servers may differ.
const LEEWAY: Duration = Duration::seconds(5);

const ISSUER: &str = "vasari";
const AUDIENCE: &str = "vasari-api";

/// What the header calls the token, so that no other kind of JWT passes for one (RFC 9068).
const TYPE: &str = "at+jwt";

/// Signs and reads access tokens, with HMAC-SHA-256 and nothing else.
pub(crate) struct AccessTokens {
    signing: EncodingKey,
    reading: DecodingKey,
    rules: Validation,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The user.
    sub: Uuid,
    /// The session.
    sid: Uuid,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

/// What a token says that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccessGrant {
    /// Whose it is.
    pub(crate) user: Uuid,
    /// The session that it belongs to, which may have ended meanwhile.
    pub(crate) session: Uuid,
}

impl AccessTokens {
    /// Tokens under a secret of 32 bytes or more.
    pub(crate) fn new(secret: &[u8]) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Compared with the time that the caller tells, in `read`.
        rules.validate_exp = false;
        // No token of ours has it, so that one that is not valid yet is none.
        rules.validate_nbf = true;
        rules.leeway = LEEWAY.whole_seconds().unsigned_abs();
        Self { signing: EncodingKey::from_secret(secret), reading: DecodingKey::from_secret(secret), rules }
    }

    /// A token for this session of this user.
    pub(crate) fn issue(&self, grant: AccessGrant, now: OffsetDateTime) -> String {
        let claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: grant.user,
            sid: grant.session,
            jti: Uuid::now_v7(),
            iat: now.unix_timestamp(),
            exp: (now + ACCESS_TOKEN_LIFETIME).unix_timestamp(),
        };
        let header = Header { typ: Some(TYPE.into()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &self.signing).expect("claims are plain JSON. This is a bug.")
    }

    /// What a token says, if it is one of ours and `now` is within its time.
    pub(crate) fn read(&self, token: &str, now: OffsetDateTime) -> Option<AccessGrant> {
        let data = decode::<Claims>(token, &self.reading, &self.rules).ok()?;
        let is_in_time = (now - LEEWAY).unix_timestamp() < data.claims.exp;
        let is_access = data.header.typ.as_deref() == Some(TYPE);
        (is_in_time && is_access).then_some(AccessGrant { user: data.claims.sub, session: data.claims.sid })
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn grant() -> AccessGrant {
        AccessGrant { user: Uuid::from_u128(1), session: Uuid::from_u128(2) }
    }

    fn claims(now: OffsetDateTime) -> Value {
        let exp = now.unix_timestamp() + 60;
        json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": grant().user, "sid": grant().session, "jti": Uuid::nil(),
            "iat": exp - 60, "exp": exp })
    }

    fn signed(algorithm: Algorithm, kind: &str, claims: &Value, secret: &[u8]) -> String {
        let header = Header { typ: Some(kind.into()), ..Header::new(algorithm) };
        encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    #[test]
    fn token_holds_for_ten_minutes() {
        let (tokens, now) = (AccessTokens::new(&SECRET), OffsetDateTime::now_utc());
        let token = tokens.issue(grant(), now);
        assert_eq!(tokens.read(&token, now), Some(grant()));
        assert_eq!(tokens.read(&token, now + Duration::minutes(10)), Some(grant()), "clocks differ a little");
        assert_eq!(tokens.read(&token, now + Duration::minutes(10) + Duration::seconds(6)), None);
    }

    #[test]
    fn forged_tokens_say_nothing() {
        let (tokens, now) = (AccessTokens::new(&SECRET), OffsetDateTime::now_utc());
        let good = signed(Algorithm::HS256, TYPE, &claims(now), &SECRET);
        assert_eq!(tokens.read(&good, now), Some(grant()));
        let mut forged = vec![
            signed(Algorithm::HS256, TYPE, &claims(now), &[8; 32]),
            signed(Algorithm::HS384, TYPE, &claims(now), &SECRET),
            signed(Algorithm::HS256, "JWT", &claims(now), &SECRET),
            "a.b.c".into(),
            String::new(),
        ];
        for claim in ["iss", "aud", "sub", "sid", "jti", "exp"] {
            let mut without = claims(now);
            without.as_object_mut().unwrap().remove(claim);
            forged.push(signed(Algorithm::HS256, TYPE, &without, &SECRET));
        }
        for (claim, other) in [("iss", "other"), ("aud", "other"), ("sub", "root")] {
            let mut with = claims(now);
            with[claim] = other.into();
            forged.push(signed(Algorithm::HS256, TYPE, &with, &SECRET));
        }
        let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#);
        let body = good.split('.').nth(1).unwrap();
        forged.push(format!("{unsigned}.{body}."));
        forged.push(format!("{unsigned}.{body}.{}", good.split('.').nth(2).unwrap()));
        for token in forged {
            assert_eq!(tokens.read(&token, now), None, "{token}");
        }
    }
}
