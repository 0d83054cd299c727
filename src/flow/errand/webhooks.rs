//! What Citedy tells of its webhooks, for the page about the system.

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ask;
use crate::flow::Flow;
use crate::flow::account::known_payer;
use crate::flow::ports::{Errand, ErrandView, Payer, StoreError, WebhookDelivery, WebhookEndpoint};

/// An answer older than this is asked for anew when somebody looks.
const LASTS: TimeDelta = TimeDelta::minutes(10);
/// And a failure older than this: the page that shows it looks again whenever anything changes.
const FAILURE_LASTS: TimeDelta = TimeDelta::minutes(1);

/// An answer as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredAnswer<T> {
    pub told_at: DateTime<Utc>,
    pub told: Vec<T>,
}

/// How Citedy's webhooks are doing, as it told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookState {
    /// `None`: not told yet.
    pub endpoints: Option<Vec<WebhookEndpoint>>,
    /// The newest first; `None`: not told yet.
    pub deliveries: Option<Vec<WebhookDelivery>>,
    /// When the older of the two was told; `None` before there is any.
    pub told_at: Option<DateTime<Utc>>,
    /// Why the last question has no answer, in words for a person.
    pub problem: Option<String>,
    /// An answer is awaited: what is here is from before.
    pub asking: bool,
}

/// The last stored answers; `None` while nothing was ever asked, or the account is not known yet.
pub async fn webhook_state(flow: &Flow) -> Result<Option<WebhookState>, StoreError> {
    let Some(payer) = known_payer(flow).await? else {
        return Ok(None);
    };
    let endpoints = read(flow, &Errand::Webhooks, &payer).await?;
    let deliveries = read(flow, &Errand::WebhookDeliveries, &payer).await?;
    if endpoints.is_none() && deliveries.is_none() {
        return Ok(None);
    }
    let views = [&endpoints, &deliveries];
    let views = views.into_iter().flatten();
    let asking = views.clone().any(|view| view.answered_at.is_none());
    let problem = views.filter_map(|view| view.problem.clone()).next();
    let endpoints = endpoints.as_ref().and_then(told);
    let deliveries = deliveries.as_ref().and_then(told);
    let times = [
        endpoints.as_ref().map(|told| told.told_at),
        deliveries.as_ref().map(|told| told.told_at),
    ];
    Ok(Some(WebhookState {
        told_at: times.into_iter().flatten().min(),
        endpoints: endpoints.map(|told| told.told),
        deliveries: deliveries.map(|told| told.told),
        problem,
        asking,
    }))
}

/// Asks anew if the last answers are older than ten minutes; does not wait for them.
pub async fn refresh_webhooks(flow: &Flow) -> Result<(), StoreError> {
    let Some(payer) = known_payer(flow).await? else {
        return Ok(());
    };
    for errand in [Errand::Webhooks, Errand::WebhookDeliveries] {
        ask(flow, &errand, &payer, LASTS, FAILURE_LASTS).await?;
    }
    Ok(())
}

async fn read(
    flow: &Flow,
    errand: &Errand,
    payer: &Payer,
) -> Result<Option<ErrandView>, StoreError> {
    flow.store.errand(errand, payer).await
}

/// What another version of the program has stored in its own way counts as not told.
fn told<T: DeserializeOwned>(view: &ErrandView) -> Option<StoredAnswer<T>> {
    serde_json::from_slice(&view.body.as_ref()?.bytes).ok()
}
