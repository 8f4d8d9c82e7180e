//! How often somebody may ask, and how they are told.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32, time::Duration};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

use crate::{
    api::problem::{Problem, ProblemKind},
    config::{LimitsConfig, RateLimit},
};

/// The limits of one server.
pub(crate) struct RateLimits {
    /// By address, before anybody asks for keys: guesses count.
    pub(crate) address: Limiter<IpAddr>,
    /// By the name of the caller.
    pub(crate) caller: Limiter<String>,
    /// Pictures, by address: a page shows many, and each is little work.
    pub(crate) pictures: Limiter<IpAddr>,
}

/// How many pictures count as one other request.
const PICTURES_PER_REQUEST: u32 = 20;

impl RateLimits {
    /// The limits that `config` sets.
    pub(crate) fn new(config: &LimitsConfig) -> Self {
        let clock = DefaultClock::default();
        Self {
            address: Limiter::new("address", config.address_rate_limit, clock.clone()),
            caller: Limiter::new("caller", config.rate_limit, clock.clone()),
            pictures: Limiter::new("pictures", config.address_rate_limit.times(PICTURES_PER_REQUEST), clock),
        }
    }

    /// Forgets, every now and then and forever, who hasn't asked for long enough to count as new.
    pub(crate) async fn forget(&self, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            self.address.forget();
            self.caller.forget();
            self.pictures.forget();
        }
    }
}

/// One limit, kept for each key by itself.
pub(crate) struct Limiter<K: Clone + Eq + Hash, C: Clock = DefaultClock> {
    name: &'static str,
    limited: Option<Limited<K, C>>,
}

struct Limited<K: Clone + Eq + Hash, C: Clock> {
    requests: NonZeroU32,
    window: Duration,
    /// After how long one more request is allowed.
    period: Duration,
    limiter: RateLimiter<K, DefaultKeyedStateStore<K>, C, StateInformationMiddleware>,
}

/// Where somebody stands with a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    name: &'static str,
    requests: NonZeroU32,
    window: Duration,
    /// Requests that are allowed at once.
    remaining: u32,
    /// When there is one more of them: seconds, at least 1.
    seconds: u64,
}

/// Somebody asked too often, and may come back when the seconds of the standing have passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exceeded(pub(crate) Standing);

impl<K: Clone + Eq + Hash, C: Clock> Limiter<K, C> {
    fn new(name: &'static str, limit: RateLimit, clock: C) -> Self {
        let RateLimit::Limited { requests, window } = limit else { return Self { name, limited: None } };
        let period = (window / requests.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(period).expect("the period is no zero. This is a bug.").allow_burst(requests);
        let limiter = RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock);
        Self { name, limited: Some(Limited { requests, window, period, limiter }) }
    }

    /// Counts a request of `key`. `None` where there is no limit.
    pub(crate) fn check(&self, key: &K) -> Result<Option<Standing>, Exceeded> {
        let Some(limited) = &self.limited else { return Ok(None) };
        let Limited { requests, window, .. } = *limited;
        let standing = |remaining, wait: Duration| {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Standing { name: self.name, requests, window, remaining, seconds: seconds.max(1) }
        };
        match limited.limiter.check_key(key) {
            Ok(state) => Ok(Some(standing(state.remaining_burst_capacity(), limited.period))),
            Err(refused) => {
                let wait = refused.wait_time_from(limited.limiter.clock().now());
                Err(Exceeded(standing(0, wait)))
            }
        }
    }

    fn forget(&self) {
        if let Some(Limited { limiter, .. }) = &self.limited {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

impl Standing {
    /// Writes the standing into an answer, as the IETF's draft on rate limit headers has it.
    pub(crate) fn write_into(&self, headers: &mut HeaderMap) {
        let Self { name, requests, remaining, seconds, .. } = self;
        let window = self.window.as_secs();
        let policy = format!("\"{name}\";q={requests};w={window}");
        let standing = format!("\"{name}\";r={remaining};t={seconds}");
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", standing)] {
            let value = HeaderValue::try_from(value).expect("names and numbers are plain ASCII. This is a bug.");
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

impl IntoResponse for Exceeded {
    fn into_response(self) -> Response {
        metrics::counter!("vasari_rejections_total", "reason" => "rate_limited").increment(1);
        let Standing { name, requests, seconds, window, .. } = self.0;
        let window = window.as_secs();
        let detail = format!("One {name} may ask {requests} times in {window} s. Try again in {seconds} s.");
        let problem = Problem::new(ProblemKind::RateLimited, detail).with_retry_after(Duration::from_secs(seconds));
        let mut response = problem.into_response();
        self.0.write_into(response.headers_mut());
        response
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limiter(limit: &str) -> (Limiter<u8, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Limiter::new("caller", limit.parse().unwrap(), clock.clone()), clock)
    }

    fn headers(standing: &Standing) -> [String; 2] {
        let mut headers = HeaderMap::new();
        standing.write_into(&mut headers);
        ["ratelimit-policy", "ratelimit"].map(|name| headers[name].to_str().unwrap().to_owned())
    }

    #[test]
    fn callers_are_told_where_they_stand() {
        let (limiter, _clock) = limiter("600/min");
        for _ in 0..6 {
            limiter.check(&1).unwrap();
        }
        let standing = limiter.check(&1).unwrap().unwrap();
        assert_eq!(headers(&standing), ["\"caller\";q=600;w=60", "\"caller\";r=593;t=1"]);
        assert_eq!(headers(&limiter.check(&2).unwrap().unwrap())[1], "\"caller\";r=599;t=1");
    }

    #[test]
    fn who_comes_back_when_told_to_is_answered() {
        for limit in ["2/min", "7/min", "3/s", "1/s", "5/hour"] {
            let (limiter, clock) = limiter(limit);
            while limiter.check(&1).is_ok() {}
            for _ in 0..10 {
                let Exceeded(standing) = limiter.check(&1).unwrap_err();
                assert_eq!(standing.remaining, 0);
                clock.advance(Duration::from_secs(standing.seconds));
                assert!(limiter.check(&1).is_ok(), "{limit}: {standing:?}");
                while limiter.check(&1).is_ok() {}
            }
        }
    }

    #[test]
    fn waiting_less_is_not_enough() {
        let (limiter, clock) = limiter("2/min");
        while limiter.check(&1).is_ok() {}
        assert_eq!(limiter.check(&1).unwrap_err().0.seconds, 30);
        clock.advance(Duration::from_secs(29));
        assert_eq!(limiter.check(&1).unwrap_err().0.seconds, 1);
    }

    #[test]
    fn who_stays_away_is_forgotten() {
        let (limiter, clock) = limiter("10/s");
        for key in 0..200 {
            limiter.check(&key).unwrap();
        }
        let kept = || limiter.limited.as_ref().unwrap().limiter.len();
        assert_eq!(kept(), 200);
        clock.advance(Duration::from_secs(5));
        limiter.forget();
        assert_eq!(kept(), 0);
    }

    #[test]
    fn no_limit_is_none() {
        let (limiter, _clock) = limiter("off");
        assert!((0..1000).all(|_| limiter.check(&1) == Ok(None)));
    }
}
