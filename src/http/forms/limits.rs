//! How often posts are taken. In memory, each instance for itself.
//!
//! Posts are counted, and a post has one submission: only who signs, or brings the token of a
//! `generic` form in the `Authorization` header, may send several at once, and those are held by
//! the approval of big batches and the cap like any other batch. Every post of a form counts
//! against the form; every one of a `generic` form against its address as well, because its token
//! can stand in a page; and every post that is refused, at whichever form, against the address
//! that it comes from. Providers send for many people from few addresses, so nothing that is
//! taken counts there.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Forms;
use crate::http::access::slow_down::network;
use crate::http::problem::Problem;

const WINDOW: Duration = Duration::from_secs(60);
/// Addresses and forms that are remembered; a flood of addresses must not fill the memory.
const MOST: usize = 10_000;
/// Refused posts of one address in a minute; then none of its posts is looked at.
const MOST_REFUSED: u32 = 30;
/// Lines that refused posts write into the log in a minute, from wherever they come.
const MOST_LINES: u32 = 60;

/// Whose posts are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whose {
    Form(String),
    /// One address at one form.
    Address(String, IpAddr),
    /// One address's refused posts at all forms.
    Refused(IpAddr),
    /// The log.
    Lines,
}

impl Whose {
    /// One IPv6 subscriber has a whole /64 to choose addresses from.
    pub fn address(form: String, address: IpAddr) -> Self {
        Whose::Address(form, network(address))
    }
}

/// The posts of the running minute of each.
#[derive(Debug, Default)]
pub struct Limits(HashMap<Whose, (Instant, u32)>);

impl Limits {
    /// Counts a post; `Err` if it is one too many, with the seconds until the next is taken.
    pub fn count(&mut self, whose: Whose, most: u32, now: Instant) -> Result<(), u64> {
        if most == 0 {
            return Ok(());
        }
        self.left(&whose, most, now)?;
        self.make_room(&whose, now);
        let (since, count) = self.0.entry(whose).or_insert((now, 0));
        if now.saturating_duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        Ok(())
    }

    /// The same without counting.
    fn left(&self, whose: &Whose, most: u32, now: Instant) -> Result<(), u64> {
        let Some((since, count)) = self.0.get(whose) else {
            return Ok(());
        };
        let age = now.saturating_duration_since(*since);
        if age < WINDOW && *count >= most {
            return Err((WINDOW - age).as_secs() + 1);
        }
        Ok(())
    }

    fn make_room(&mut self, whose: &Whose, now: Instant) {
        if self.0.len() < MOST || self.0.contains_key(whose) {
            return;
        }
        self.0
            .retain(|_, (since, _)| now.saturating_duration_since(*since) < WINDOW);
        if self.0.len() < MOST {
            return;
        }
        let of_address =
            |(whose, _): &(&Whose, _)| matches!(whose, Whose::Address(..) | Whose::Refused(_));
        let oldest = self
            .0
            .iter()
            .filter(of_address)
            .min_by_key(|(_, (since, _))| *since);
        if let Some(oldest) = oldest.map(|(whose, _)| whose.clone()) {
            self.0.remove(&oldest);
        }
    }
}

impl Forms {
    /// Counts a post; a problem if it is one too many.
    pub fn count(&self, whose: Whose, most: u32, now: Instant) -> Result<(), Problem> {
        let counted = self.limits().count(whose, most, now);
        counted.map_err(Problem::TooManyPosts)
    }

    /// A problem if too many posts of this address were refused.
    pub fn may_try(&self, address: IpAddr, now: Instant) -> Result<(), Problem> {
        let whose = Whose::Refused(network(address));
        let left = self.limits().left(&whose, MOST_REFUSED, now);
        left.map_err(Problem::TooManyPosts)
    }

    /// Counts a refused post against its address; whether the log has room for a line about it.
    pub fn refused(&self, address: IpAddr, now: Instant) -> bool {
        let mut limits = self.limits();
        let whose = Whose::Refused(network(address));
        // One too many is not looked at, so it is none.
        let _ = limits.count(whose, MOST_REFUSED, now);
        limits.count(Whose::Lines, MOST_LINES, now).is_ok()
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::form::PostNames;

    #[test]
    fn so_many_a_minute_are_taken_and_then_told_when_to_come_back() {
        let mut limits = Limits::default();
        let start = Instant::now();
        let form = || Whose::Form("generic".to_owned());
        for _ in 0..3 {
            assert_eq!(limits.count(form(), 3, start), Ok(()));
        }
        let later = start + Duration::from_secs(20);
        assert_eq!(limits.count(form(), 3, later), Err(41));
        assert_eq!(limits.count(form(), 3, start + WINDOW), Ok(()));
        for _ in 0..100 {
            assert_eq!(limits.count(Whose::Form("x".to_owned()), 0, start), Ok(()));
        }
    }

    #[test]
    fn a_flood_of_addresses_does_not_fill_the_memory_nor_forget_a_form() {
        let mut limits = Limits::default();
        let start = Instant::now();
        assert_eq!(limits.count(Whose::Form("x".to_owned()), 1, start), Ok(()));
        for n in 0..(MOST as u32 + 500) {
            let address = IpAddr::from(n.to_be_bytes());
            let at = start + Duration::from_micros(n.into());
            let _ = limits.count(Whose::address("x".to_owned(), address), 1, at);
        }
        assert!(limits.0.len() <= MOST);
        assert!(limits.count(Whose::Form("x".to_owned()), 1, start).is_err());
    }

    #[test]
    fn what_is_refused_counts_against_its_network_and_the_log_has_an_end() {
        let forms = Forms::new(Vec::new(), PostNames::new("secret".into()));
        let now = Instant::now();
        let guesser = |n: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, n]);
        for n in 0..30 {
            assert!(forms.may_try(guesser(n), now).is_ok(), "{n}");
            assert!(forms.refused(guesser(n), now), "{n}");
        }
        assert!(forms.may_try(guesser(99), now).is_err());
        assert!(forms.may_try(guesser(99), now + WINDOW).is_ok());
        let others = (0..100u32).map(|n| IpAddr::from(n.to_be_bytes()));
        let lines = others.filter(|other| forms.refused(*other, now)).count();
        assert_eq!(lines, 30);
    }
}
