use async_trait::async_trait;

use crate::lead::run::{Account, ApiFault, IdempotencyKey, LookOutcome, StartOutcome};
use crate::lead::{CompanyDomain, RequestOptions};

/// The Citedy calls that a lead's story needs. Each makes at most one request and never
/// repeats it: whether to send again is the flow's decision, because sending costs money.
#[async_trait]
pub trait CitedyApi: Send + Sync {
    /// Scheme, host and port that the requests go to.
    fn origin(&self) -> String;

    /// First 12 hex digits of the key's SHA-256: tells keys apart without telling the key.
    fn key_fingerprint(&self) -> String;

    /// The paid call.
    async fn start_run(
        &self,
        domain: &CompanyDomain,
        options: &RequestOptions,
        key: &IdempotencyKey,
    ) -> StartOutcome;

    /// Free, but counted against the rate limit.
    async fn fetch_run(&self, run_id: &str) -> LookOutcome;

    /// Free, but counted against the rate limit.
    async fn account(&self) -> Result<Account, ApiFault>;
}
