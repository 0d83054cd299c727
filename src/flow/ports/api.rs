use async_trait::async_trait;

use super::{ReportFormat, WebhookDelivery, WebhookEndpoint};
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

    /// Citedy's own export of a run that has ended, at most 20 MiB, and looked at enough to know
    /// that it is of this format. Free, but counted against the rate limit.
    async fn export_run(&self, run_id: &str, format: ReportFormat) -> Result<Vec<u8>, ApiFault>;

    /// The endpoints registered for this key. Free, but counted against the rate limit.
    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, ApiFault>;

    /// The newest deliveries to them, newest first as Citedy lists them. Free, but counted
    /// against the rate limit.
    async fn newest_deliveries(&self, most: u32) -> Result<Vec<WebhookDelivery>, ApiFault>;
}
