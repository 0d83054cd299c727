//! Questions to Citedy that whoever drives the key asks for others.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Payer, ReportFormat, StoreError};

/// A free question to Citedy that a person asked on a page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Errand {
    /// Citedy's own export of a run that has ended.
    Export {
        format: ReportFormat,
        run_id: String,
    },
    /// The endpoints that are registered for the key.
    Webhooks,
    /// The newest deliveries to them.
    WebhookDeliveries,
}

impl Errand {
    /// What it is kept under: `export csv <run id>`, `webhooks`, `webhook deliveries`.
    pub fn name(&self) -> String {
        match self {
            Errand::Export { format, run_id } => format!("export {} {run_id}", format.ending()),
            Errand::Webhooks => "webhooks".to_owned(),
            Errand::WebhookDeliveries => "webhook deliveries".to_owned(),
        }
    }

    /// The errand of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "webhooks" => Some(Errand::Webhooks),
            "webhook deliveries" => Some(Errand::WebhookDeliveries),
            _ => {
                let (format, run_id) = name.strip_prefix("export ")?.split_once(' ')?;
                Some(Errand::Export {
                    format: ReportFormat::of_ending(format)?,
                    run_id: run_id.to_owned(),
                })
            }
        }
    }
}

/// Until when what is known already will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    pub now: DateTime<Utc>,
    /// An answer from before is asked for anew.
    pub answered_since: DateTime<Utc>,
    /// The same of one that is a problem.
    pub failed_since: DateTime<Utc>,
    /// An open question from before is one that nobody listens to any more: it is asked again.
    pub open_since: DateTime<Utc>,
}

/// A question as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrandView {
    pub asked_at: DateTime<Utc>,
    /// `None`: it is open.
    pub answered_at: Option<DateTime<Utc>>,
    /// Why there is no answer, for a person.
    pub problem: Option<String>,
    /// The answer; where it is open or failed, the one before, if there was one.
    pub body: Option<ErrandBody>,
}

/// What came back, as it is handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrandBody {
    pub bytes: Vec<u8>,
}

/// The run behind a stored result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoughtRun {
    pub run_id: String,
    /// The account that paid for it; `None` if no attempt tells.
    pub payer: Option<Payer>,
}

/// An endpoint that Citedy calls. Its secret is no part of this.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookEndpoint {
    pub id: String,
    pub url: String,
    /// Empty means every event.
    pub event_types: Vec<String>,
    pub created_at: Option<DateTime<Utc>>,
    /// Whether it is called at all; `None` where Citedy does not tell.
    pub enabled: Option<bool>,
}

/// One event on its way to an endpoint. What Citedy does not tell is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookDelivery {
    pub event_type: Option<String>,
    /// Published are `queued`, `delivering`, `delivered`, `failed` and `dead_lettered`.
    pub status: Option<String>,
    pub attempts: Option<u64>,
    pub created_at: Option<DateTime<Utc>>,
    /// What the last attempt met, in words.
    pub last_error: Option<String>,
}

/// Questions to Citedy between whoever was asked and the instance that drives the key.
#[async_trait]
pub trait ErrandStore: Send + Sync {
    /// Asks for an account. An open question stays the one it is, and so does an answer that
    /// will do.
    async fn ask(&self, errand: &Errand, payer: &Payer, asking: &Asking) -> Result<(), StoreError>;

    /// Open questions of an account that were asked since then, the oldest first. Those that this
    /// version does not know are left out.
    async fn open_errands(
        &self,
        payer: &Payer,
        asked_since: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<Errand>, StoreError>;

    /// Stores an answer, or why there is none; nothing if nobody asks for this account now.
    async fn answer(
        &self,
        errand: &Errand,
        payer: &Payer,
        answer: Result<ErrandBody, String>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// A question and its answer, if it was asked for this account.
    async fn errand(
        &self,
        errand: &Errand,
        payer: &Payer,
    ) -> Result<Option<ErrandView>, StoreError>;

    /// Drops what was asked before that time and, oldest first, answers that take up more than
    /// `most_bytes` together.
    async fn sweep_errands(
        &self,
        asked_before: DateTime<Utc>,
        most_bytes: i64,
    ) -> Result<(), StoreError>;

    /// The run that a lead's stored result came from, its own or a reused one.
    async fn bought_run(&self, lead_seq: i64) -> Result<Option<BoughtRun>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_is_read_back_from_its_name() {
        let export = |format| Errand::Export {
            format,
            run_id: "run 1".to_owned(),
        };
        for errand in [
            export(ReportFormat::Json),
            export(ReportFormat::Csv),
            export(ReportFormat::Xlsx),
            Errand::Webhooks,
            Errand::WebhookDeliveries,
        ] {
            assert_eq!(Errand::parse(&errand.name()), Some(errand));
        }
        for nonsense in ["", "export", "export csv", "export pdf run-1", "exports"] {
            assert_eq!(Errand::parse(nonsense), None, "{nonsense}");
        }
    }
}
