//! Makes guessing slow: after a few wrong tokens an address must wait, ever longer, before
//! another one is looked at. (Elsewhere this is called login throttling.)

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Wrong tokens that cost no time: people mistype.
const FREE: u32 = 10;
/// The longest wait: of a token of twelve characters nobody guesses much at this pace, and whoever
/// shares the address with a guesser need not wait longer for their turn.
const LONGEST: Duration = Duration::from_secs(30);
/// An address that was quiet for so long begins anew.
const FORGOTTEN: Duration = Duration::from_secs(15 * 60);
/// Addresses that are remembered; the one that was quiet longest makes room.
const MOST: usize = 10_000;

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    Right,
    Wrong,
    /// Not looked at; the next one is in so long.
    TooSoon(Duration),
}

/// The wrong tokens of each address.
#[derive(Debug, Default)]
pub struct SlowDown(HashMap<IpAddr, Failures>);

#[derive(Debug, Clone, Copy)]
struct Failures {
    times: u32,
    last: Instant,
    /// A digest of the last wrong token.
    token: [u8; 32],
}

impl Failures {
    /// How long the address must wait after its last failure.
    fn wait(self) -> Duration {
        match self.times.checked_sub(FREE) {
            None => Duration::ZERO,
            Some(beyond) => Duration::from_secs(1 << beyond.min(16)).min(LONGEST),
        }
    }

    fn quiet(self, now: Instant) -> Duration {
        now.saturating_duration_since(self.last)
    }
}

impl SlowDown {
    /// Lets the address try the token with this digest, unless it must wait. The same wrong token
    /// again teaches nobody anything: a program with yesterday's token does not lock out those who
    /// share its address.
    pub fn attempt(
        &mut self,
        address: IpAddr,
        now: Instant,
        token: [u8; 32],
        is_right: impl FnOnce() -> bool,
    ) -> Attempt {
        let address = network(address);
        let known = self.0.get(&address).copied();
        let known = known.filter(|failures| failures.quiet(now) < FORGOTTEN);
        if let Some(failures) = known {
            if failures.token == token {
                return Attempt::Wrong;
            }
            let left = failures.wait().saturating_sub(failures.quiet(now));
            if !left.is_zero() {
                return Attempt::TooSoon(left);
            }
        }
        if is_right() {
            self.0.remove(&address);
            return Attempt::Right;
        }
        let times = known.map_or(0, |failures| failures.times).saturating_add(1);
        self.make_room(address, now);
        let failures = Failures {
            times,
            last: now,
            token,
        };
        self.0.insert(address, failures);
        Attempt::Wrong
    }

    fn make_room(&mut self, address: IpAddr, now: Instant) {
        if self.0.len() < MOST || self.0.contains_key(&address) {
            return;
        }
        self.0.retain(|_, failures| failures.quiet(now) < FORGOTTEN);
        if self.0.len() < MOST {
            return;
        }
        let oldest = self.0.iter().min_by_key(|(_, failures)| failures.last);
        if let Some(oldest) = oldest.map(|(address, _)| *address) {
            self.0.remove(&oldest);
        }
    }
}

/// One IPv6 subscriber has a whole /64 to choose addresses from.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// Another wrong token each time.
    fn wrong(slow: &mut SlowDown, address: &str, now: Instant) -> Attempt {
        slow.attempt(ip(address), now, rand::random(), || false)
    }

    fn soon(seconds: u64) -> Attempt {
        Attempt::TooSoon(Duration::from_secs(seconds))
    }

    #[test]
    fn after_ten_wrong_tokens_each_wait_is_twice_as_long_up_to_half_a_minute() {
        let mut slow = SlowDown::default();
        let mut now = Instant::now();
        for _ in 0..10 {
            assert_eq!(wrong(&mut slow, "192.0.2.1", now), Attempt::Wrong);
        }
        for wait in [1, 2, 4, 8, 16, 30, 30] {
            assert_eq!(wrong(&mut slow, "192.0.2.1", now), soon(wait));
            now += Duration::from_secs(wait);
            assert_eq!(wrong(&mut slow, "192.0.2.1", now), Attempt::Wrong);
        }
    }

    #[test]
    fn within_the_wait_not_even_the_right_token_is_looked_at() {
        let mut slow = SlowDown::default();
        let now = Instant::now();
        for _ in 0..10 {
            wrong(&mut slow, "192.0.2.1", now);
        }
        let looked = slow.attempt(ip("192.0.2.1"), now, [1; 32], || panic!("looked at"));
        assert_eq!(looked, soon(1));
        let other = slow.attempt(ip("192.0.2.2"), now, [1; 32], || true);
        assert_eq!(other, Attempt::Right, "another address waits for nothing");
    }

    #[test]
    fn a_right_token_and_a_quiet_quarter_of_an_hour_begin_anew() {
        let mut slow = SlowDown::default();
        let now = Instant::now();
        for _ in 0..10 {
            wrong(&mut slow, "192.0.2.1", now);
            wrong(&mut slow, "192.0.2.2", now);
        }
        let later = now + Duration::from_secs(1);
        let right = slow.attempt(ip("192.0.2.1"), later, [1; 32], || true);
        assert_eq!(right, Attempt::Right);
        assert_eq!(wrong(&mut slow, "192.0.2.1", later), Attempt::Wrong);
        assert_eq!(wrong(&mut slow, "192.0.2.1", later), Attempt::Wrong);

        let quiet = now + FORGOTTEN;
        assert_eq!(wrong(&mut slow, "192.0.2.2", quiet), Attempt::Wrong);
        assert_eq!(wrong(&mut slow, "192.0.2.2", quiet), Attempt::Wrong);
    }

    #[test]
    fn the_same_wrong_token_again_counts_once() {
        let mut slow = SlowDown::default();
        let now = Instant::now();
        for _ in 0..100 {
            let again = slow.attempt(ip("192.0.2.1"), now, [7; 32], || false);
            assert_eq!(again, Attempt::Wrong);
        }
        let right = slow.attempt(ip("192.0.2.1"), now, [1; 32], || true);
        assert_eq!(right, Attempt::Right);
    }

    #[test]
    fn neighbours_of_one_ipv6_network_count_as_one() {
        let mut slow = SlowDown::default();
        let now = Instant::now();
        for last in 1..=10 {
            wrong(&mut slow, &format!("2001:db8:0:1::{last}"), now);
        }
        assert_eq!(wrong(&mut slow, "2001:db8:0:1:ffff::", now), soon(1));
        assert_eq!(wrong(&mut slow, "2001:db8:0:2::1", now), Attempt::Wrong);
        for _ in 0..9 {
            wrong(&mut slow, "::ffff:192.0.2.1", now);
        }
        wrong(&mut slow, "192.0.2.1", now);
        assert_eq!(wrong(&mut slow, "192.0.2.1", now), soon(1));
    }

    #[test]
    fn no_more_addresses_are_remembered_than_there_is_room_for() {
        let mut slow = SlowDown::default();
        let start = Instant::now();
        let at = |n: usize| start + Duration::from_millis(n as u64);
        let address = |n: usize| format!("10.0.{}.{}", n / 256, n % 256);
        for _ in 0..10 {
            wrong(&mut slow, &address(0), start);
        }
        for n in 1..=MOST {
            wrong(&mut slow, &address(n), at(n));
        }
        assert_eq!(slow.0.len(), MOST);
        let oldest = wrong(&mut slow, &address(0), start);
        assert_eq!(oldest, Attempt::Wrong, "the oldest made room");
        assert!(slow.0.contains_key(&ip(&address(MOST))));
    }
}
