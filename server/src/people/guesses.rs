//! Wrong passwords, counted by the account that they were tried on.
//!
//! A limit for each address alone lets whoever has many addresses try many passwords on one name. A limit for each name
//! alone lets anybody lock anybody out. So there are two for each name: a tight one for what comes from one address, and a
//! wide one for all addresses together, which does not hold for those from which the right password has come before. Who
//! is under attack from everywhere signs in as ever where they have signed in lately.
//!
//! Names that nobody has count as well, so that nobody learns from it who has an account. Each server counts for itself.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many wrong passwords there may be at once, and after how long there may be one more.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    at_once: u32,
    period: Duration,
}

/// From one address.
const OF_PLACE: Allowance = Allowance { at_once: 10, period: Duration::from_secs(30) };

/// From all addresses together: at most 1,540 in the first day, for which no password of 12 characters is short enough that
/// is not on the first page of every list.
const OF_ACCOUNT: Allowance = Allowance { at_once: 100, period: Duration::from_mins(1) };

/// How long an address is known from which the right password has come. As long as a session lasts that nobody uses.
const MEMORY: Duration = Duration::from_hours(30 * 24);

/// What an account is known by here: nothing that somebody typed is kept.
pub(crate) type AccountKey = [u8; 32];

type Place = (AccountKey, IpAddr);

/// The wrong passwords of one server.
#[derive(Default)]
pub(crate) struct Guesses {
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    /// When all wrong passwords from an address will be forgotten.
    places: HashMap<Place, Instant>,
    /// The same for an account.
    accounts: HashMap<AccountKey, Instant>,
    /// When the right password has come last from an address.
    known: HashMap<Place, Instant>,
}

/// A password that is about to be checked. It counts as wrong until it is found to be right, so that many at once are no
/// way around.
#[derive(Debug)]
#[must_use]
pub(crate) struct Attempt {
    place: Place,
}

impl Guesses {
    /// Counts an attempt on an account from an address.
    ///
    /// # Errors
    ///
    /// How long to wait, in whole seconds, where there were too many.
    pub(crate) fn begin(&self, account: AccountKey, address: IpAddr, now: Instant) -> Result<Attempt, Duration> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let Books { places, accounts, known } = &mut *books;
        let place = (account, address);
        take(places, place, OF_PLACE, now)?;
        if !known.contains_key(&place)
            && let Err(wait) = take(accounts, account, OF_ACCOUNT, now)
        {
            give_back(places, &place, OF_PLACE);
            return Err(wait);
        }
        Ok(Attempt { place })
    }

    /// The password was right: it doesn't count, and its address is known from now on.
    #[expect(clippy::needless_pass_by_value, reason = "an attempt is right once")]
    pub(crate) fn was_right(&self, attempt: Attempt, now: Instant) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let Attempt { place } = attempt;
        give_back(&mut books.places, &place, OF_PLACE);
        if books.known.insert(place, now).is_none() {
            give_back(&mut books.accounts, &place.0, OF_ACCOUNT);
        }
    }

    /// Forgets, every now and then and forever, what counts no longer.
    pub(crate) async fn forget(&self, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            self.forget_at(Instant::now());
        }
    }

    fn forget_at(&self, now: Instant) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.places.retain(|_, until| *until > now);
        books.accounts.retain(|_, until| *until > now);
        books.known.retain(|_, since| now.saturating_duration_since(*since) < MEMORY);
    }
}

/// Takes one from an allowance, which fills up again by the time (the generic cell rate algorithm).
fn take<K: Eq + Hash>(
    book: &mut HashMap<K, Instant>,
    key: K,
    allowance: Allowance,
    now: Instant,
) -> Result<(), Duration> {
    let until = book.get(&key).copied().unwrap_or(now).max(now) + allowance.period;
    let most = allowance.period * allowance.at_once;
    let ahead = until - now;
    if ahead > most {
        let wait = ahead.saturating_sub(most);
        return Err(Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)));
    }
    book.insert(key, until);
    Ok(())
}

fn give_back<K: Eq + Hash>(book: &mut HashMap<K, Instant>, key: &K, allowance: Allowance) {
    if let Some(until) = book.get_mut(key) {
        *until = until.checked_sub(allowance.period).unwrap_or(*until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: AccountKey = [1; 32];
    const BERT: AccountKey = [2; 32];

    fn address(number: u8) -> IpAddr {
        IpAddr::from([198, 51, 100, number])
    }

    /// How many attempts in a row are let through.
    fn tries(guesses: &Guesses, account: AccountKey, address: IpAddr, now: Instant) -> usize {
        (0..1000).take_while(|_| guesses.begin(account, address, now).is_ok()).count()
    }

    #[test]
    fn one_address_tries_ten_and_then_two_a_minute() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        assert_eq!(tries(&guesses, ANNA, address(1), now), 10);
        assert_eq!(guesses.begin(ANNA, address(1), now).unwrap_err(), OF_PLACE.period);
        assert_eq!(tries(&guesses, BERT, address(1), now), 10, "of another account nobody has tried any");
        assert_eq!(tries(&guesses, ANNA, address(2), now), 10, "nor from another address");
        assert_eq!(tries(&guesses, ANNA, address(1), now + Duration::from_mins(1)), 2);
        assert_eq!(tries(&guesses, ANNA, address(1), now + Duration::from_hours(1)), 10);
    }

    #[test]
    fn many_addresses_share_what_one_account_allows() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        let tried: usize = (0..=255).map(|number| tries(&guesses, ANNA, address(number), now)).sum();
        assert_eq!(tried, 100);
        assert_eq!(guesses.begin(ANNA, IpAddr::from([203, 0, 113, 1]), now).unwrap_err(), OF_ACCOUNT.period);
        assert_eq!(guesses.books.lock().unwrap().places.values().filter(|until| **until > now).count(), 10);
    }

    #[test]
    fn nobody_is_locked_out_where_they_have_signed_in_before() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        let home = IpAddr::from([203, 0, 113, 1]);
        guesses.was_right(guesses.begin(ANNA, home, now).unwrap(), now);
        for number in 0..=255 {
            tries(&guesses, ANNA, address(number), now);
        }
        let later = now + Duration::from_hours(20);
        guesses.forget_at(later);
        for number in 0..=255 {
            tries(&guesses, ANNA, address(number), later);
        }
        assert!(guesses.begin(ANNA, address(7), later).is_err());
        assert_eq!(tries(&guesses, ANNA, home, later), 10);
    }

    #[test]
    fn right_passwords_do_not_count() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..1000 {
            guesses.was_right(guesses.begin(ANNA, address(1), now).unwrap(), now);
        }
        assert_eq!(tries(&guesses, ANNA, address(1), now), 10);
        assert_eq!(tries(&guesses, ANNA, address(2), now), 10);
    }

    #[test]
    fn what_counts_no_longer_takes_no_room() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for number in 0..=255 {
            drop(guesses.begin([number; 32], address(number), now));
        }
        guesses.was_right(guesses.begin(ANNA, address(1), now).unwrap(), now);
        guesses.forget_at(now + Duration::from_hours(2));
        let rooms = |guesses: &Guesses| {
            let books = guesses.books.lock().unwrap();
            [books.places.len(), books.accounts.len(), books.known.len()]
        };
        assert_eq!(rooms(&guesses), [0, 0, 1]);
        guesses.forget_at(now + MEMORY);
        assert_eq!(rooms(&guesses), [0, 0, 0]);
    }
}
