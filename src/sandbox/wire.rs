//! Bodies of answers, with exactly the fields of the contract.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// The contract's `WarmLeadRun`. Moments are RFC 3339 texts.
#[derive(Debug, Clone, Serialize)]
pub(super) struct WarmLeadRun {
    pub(super) id: Uuid,
    pub(super) status: &'static str,
    pub(super) domain: String,
    pub(super) normalized_domain: String,
    pub(super) credits_charged: i64,
    pub(super) blocked_reason: Option<&'static str>,
    pub(super) error_message: Option<&'static str>,
    /// A `WarmLeadResult`, or null.
    pub(super) result: Value,
    pub(super) provider_counters: Value,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) completed_at: Option<String>,
}

/// The contract's `CreateWarmLeadRunResponse`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct StartAnswer {
    pub(super) run: WarmLeadRun,
    /// What this very request charged: 0 when it only found an existing run.
    pub(super) credits_charged: i64,
    pub(super) idempotent: bool,
}

/// Answer to a fetch of one run.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RunAnswer {
    pub(super) run: WarmLeadRun,
}
