use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::flow::guard::Guard;
use crate::flow::ports::{LeadView, Removed, ReusedFrom, Source};
use crate::flow::story::tell;
use crate::lead::{RequestOptions, Status};

/// Whether every destination has a lead's news.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    Pending,
    Done,
}

/// A lead as the API tells it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeadJson {
    pub id: String,
    pub batch_id: String,
    pub status: Status,
    /// What a queued lead waits for, or why a lead is where it is.
    pub reason: String,
    /// The same in words for people, and what to do.
    pub story: String,
    pub message: String,
    /// As typed.
    pub domain: String,
    pub normalized_domain: Option<String>,
    #[serde(flatten)]
    pub options: RequestOptions,
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver_to: Option<String>,
    pub source: Source,
    pub source_name: String,
    pub row: Option<u32>,
    pub attempt: i64,
    pub run_id: Option<String>,
    pub run_status: Option<String>,
    pub credits: i64,
    /// The lead that the report was bought for, and when it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reused_from: Option<ReusedFrom>,
    /// Its result is no longer kept: since when, and after how many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<Removed>,
    /// Its company was forgotten then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forgotten_at: Option<DateTime<Utc>>,
    /// `pending` while a destination does not have the news, else `done`.
    pub delivery: Delivery,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl LeadJson {
    pub fn new(lead: LeadView, guard: &Guard) -> Self {
        let story = tell(&lead, guard);
        let delivered = lead.status.is_end() && lead.undelivered == 0;
        Self {
            id: lead.id.into(),
            batch_id: lead.batch.into(),
            status: lead.status,
            reason: story.reason,
            story: story.status,
            message: story.message,
            domain: lead.input,
            normalized_domain: lead.domain,
            options: lead.options,
            external_id: lead.external_id,
            deliver_to: lead.deliver_to,
            source: lead.source,
            source_name: lead.source_name,
            row: lead.row,
            attempt: lead.attempt,
            run_id: lead.run_id,
            run_status: lead.run_status,
            credits: lead.credits,
            reused_from: lead.reused_from,
            removed: lead.removed,
            forgotten_at: lead.forgotten_at,
            delivery: if delivered {
                Delivery::Done
            } else {
                Delivery::Pending
            },
            created_at: lead.created_at,
            updated_at: lead.updated_at,
            finished_at: lead.finished_at,
        }
    }
}
