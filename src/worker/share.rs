//! Instances tell each other how they and their spreadsheets are doing, so that the pages of each
//! show all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use crate::flow::Flow;
use crate::flow::health::{GONE_AFTER, InstanceHealth, Sheets};
use crate::flow::ports::StoreError;
use crate::flow::{lease, look_now};

const EVERY: Duration = Duration::from_secs(2);
/// An instance of which nothing is new says at least so often that it is there.
const STILL_HERE: TimeDelta = TimeDelta::minutes(1);
/// Numbers that move all the time are told this often.
const NUMBERS: TimeDelta = TimeDelta::seconds(10);

pub async fn run(flow: Arc<Flow>, stop: CancellationToken) {
    let mut told = Shared::default();
    while !stop.is_cancelled() {
        if let Err(error) = step(&flow, &mut told).await {
            tracing::warn!(%error, "what the other instances tell is not known");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// What the others know already.
#[derive(Debug, Default)]
pub struct Shared {
    sheets: Sheets,
    own: Option<(InstanceHealth, DateTime<Utc>)>,
}

/// Tells what is news of this instance and its sheets, and learns of the sheets that others keep.
pub async fn step(flow: &Flow, told: &mut Shared) -> Result<(), StoreError> {
    look_now::listen(flow).await?;
    tell_sheets(flow, &mut told.sheets).await?;
    let (now, health) = (flow.clock.now(), flow.instance_health());
    let is_news = told.own.as_ref().is_none_or(|(last, at)| {
        let quiet = now - *at;
        quiet >= STILL_HERE
            || *last != health && (quiet >= NUMBERS || differs_in_words(last, &health))
    });
    if is_news {
        flow.store
            .tell_instance(&flow.instance, &health, now)
            .await?;
        flow.store.forget_instances(now - GONE_AFTER).await?;
        told.own = Some((health, now));
    }
    Ok(())
}

/// A fault came or went, or a key did.
fn differs_in_words(one: &InstanceHealth, other: &InstanceHealth) -> bool {
    let words = |health: &InstanceHealth| {
        let problems = health.parts.values().map(|part| part.problem.clone());
        (problems.collect::<Vec<_>>(), health.budget.is_some())
    };
    words(one) != words(other)
}

async fn tell_sheets(flow: &Flow, told: &mut Sheets) -> Result<(), StoreError> {
    let leases = flow.store.leases().await?;
    let holders: HashMap<&str, &str> = leases
        .iter()
        .map(|lease| (lease.name.as_str(), lease.holder.as_str()))
        .collect();
    for (spreadsheet, health) in flow.health.sheets() {
        let name = lease::of_sheet(&spreadsheet);
        if holders.get(name.as_str()) == Some(&flow.instance.as_str()) {
            if told.get(&spreadsheet) != Some(&health) {
                flow.store.share_health(&spreadsheet, &health).await?;
                told.insert(spreadsheet, health);
            }
        } else if let Some(theirs) = flow.store.shared_health(&spreadsheet).await? {
            flow.health.sheet(&spreadsheet, |health| *health = theirs);
        }
    }
    Ok(())
}
