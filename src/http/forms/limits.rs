//! How often posts are taken. In memory, each instance for itself.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::http::access::slow_down::network;

const WINDOW: Duration = Duration::from_secs(60);
/// Addresses and forms that are remembered; a flood of addresses must not fill the memory.
const MOST: usize = 10_000;

/// Whose posts are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whose {
    Form(String),
    /// One address at one form.
    Address(String, IpAddr),
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
        self.make_room(&whose, now);
        let (since, count) = self.0.entry(whose).or_insert((now, 0));
        let age = now.saturating_duration_since(*since);
        if age >= WINDOW {
            (*since, *count) = (now, 0);
        }
        if *count >= most {
            return Err((WINDOW.saturating_sub(age)).as_secs() + 1);
        }
        *count += 1;
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
        let of_address = |(whose, _): &(&Whose, _)| matches!(whose, Whose::Address(..));
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
