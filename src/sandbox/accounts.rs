//! Balance and rate limit of each key. A key has an account from its first request on.

use std::collections::HashMap;

use super::answers::{RUN_CREDITS, Refusal};
use super::clock::Moment;
use super::keys::KeyHash;
use super::rate::Window;

#[derive(Debug)]
pub(super) struct Accounts {
    opening_balance: i64,
    by_key: HashMap<KeyHash, Account>,
}

#[derive(Debug)]
struct Account {
    balance: i64,
    window: Window,
}

impl Accounts {
    pub(super) fn new(opening_balance: i64) -> Self {
        Self {
            opening_balance,
            by_key: HashMap::new(),
        }
    }

    fn of(&mut self, key: &KeyHash) -> &mut Account {
        let balance = self.opening_balance;
        self.by_key.entry(key.clone()).or_insert_with(|| Account {
            balance,
            window: Window::default(),
        })
    }

    /// Counts a request of this key, and refuses it when it is over the limit.
    pub(super) fn admit(
        &mut self,
        key: &KeyHash,
        rate_limit: u32,
        now: Moment,
    ) -> Result<(), Refusal> {
        let window = &mut self.of(key).window;
        window
            .admit(rate_limit, now)
            .map_err(Refusal::TooManyRequests)
    }

    pub(super) fn balance(&mut self, key: &KeyHash) -> i64 {
        self.of(key).balance
    }

    /// Takes the price of one run.
    pub(super) fn charge(&mut self, key: &KeyHash) {
        self.of(key).balance -= RUN_CREDITS;
    }

    /// Sets the balance of every key, known or yet to come.
    pub(super) fn set_all(&mut self, credits: i64) {
        self.opening_balance = credits;
        for account in self.by_key.values_mut() {
            account.balance = credits;
        }
    }
}
