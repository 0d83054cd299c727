//! Instances tell each other how their spreadsheets are doing, so that the pages of each show all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::flow::Flow;
use crate::flow::health::Sheets;
use crate::flow::lease;
use crate::flow::ports::StoreError;

const EVERY: Duration = Duration::from_secs(2);

pub async fn run(flow: Arc<Flow>, stop: CancellationToken) {
    let mut told = Sheets::new();
    while !stop.is_cancelled() {
        if let Err(error) = step(&flow, &mut told).await {
            tracing::warn!(%error, "the other instances\u{2019} sheets are not known");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Tells what is news of our own sheets since `told`, and learns of those that others keep.
pub async fn step(flow: &Flow, told: &mut Sheets) -> Result<(), StoreError> {
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
