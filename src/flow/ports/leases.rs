use async_trait::async_trait;
use chrono::TimeDelta;

use super::StoreError;

/// The right to drive one key (`agent:<fingerprint>`) or to write one spreadsheet (`sheet:<id>`),
/// as the database gave it. The token is higher than that of every holder before: what a holder
/// that was replaced would begin is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseTerm {
    pub name: String,
    pub token: i64,
}

/// A lease as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseView {
    pub name: String,
    /// The instance that holds it or held it last.
    pub holder: String,
    /// Not positive: it is over, and anybody may take it.
    pub ends_in: TimeDelta,
    /// The last stop by a person after which its holder has no paid call under way.
    pub stop_seen: i64,
}

impl LeaseView {
    /// Somebody holds it now.
    pub fn is_held(&self) -> bool {
        self.ends_in > TimeDelta::zero()
    }
}

/// Which instance does what. Time is the database's, so that clocks of instances may differ.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// Whether several instances may work on this database.
    fn is_shared(&self) -> bool;

    /// On an engine for one instance: makes this process that one, or answers `false`. On a
    /// shared one there is nothing to claim.
    fn claim(&self) -> Result<bool, StoreError>;

    /// Takes a lease that nobody holds.
    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        lasts: TimeDelta,
    ) -> Result<Option<LeaseTerm>, StoreError>;

    /// `false`: it is over, even if nobody else has taken it since.
    async fn renew_lease(&self, term: &LeaseTerm, lasts: TimeDelta) -> Result<bool, StoreError>;

    /// Gives it back before its time.
    async fn release_lease(&self, term: &LeaseTerm) -> Result<(), StoreError>;

    /// Every lease that was ever taken.
    async fn leases(&self) -> Result<Vec<LeaseView>, StoreError>;

    /// The holder has no paid call under way that was begun before this stop.
    async fn confirm_stop(&self, term: &LeaseTerm, stop: i64) -> Result<(), StoreError>;
}
