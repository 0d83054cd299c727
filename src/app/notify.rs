//! Who is told of what happens.

use std::sync::Arc;
use std::time::Duration;

use super::{App, AppError, Parts};
use crate::adapters::notify::{HttpSender, SenderConfig};
use crate::config::{Config, TargetConfig};
use crate::flow::notify::LEASE;
use crate::flow::ports::NotifyTarget;
use crate::worker::notify::{Outbox, forget_targets, run};
use crate::worker::under_lease::under_lease;

/// The way to a configured target.
pub fn notice_sender(target: &TargetConfig) -> Result<HttpSender, AppError> {
    let sender = HttpSender::new(SenderConfig {
        url: target.url.clone(),
        key: target.key.clone(),
        allow_private: target.allow_private,
    });
    sender.map_err(|error| AppError::Client(error.without_url().to_string()))
}

/// Starts the part that tells the configured targets, while no other instance does.
pub fn start(app: &App, config: &Config, parts: &mut Parts) -> Result<(), AppError> {
    let (flow, stop) = (app.flow.clone(), parts.stop.clone());
    if config.notify.targets.is_empty() {
        parts.add("notify", async move {
            forget_targets(&flow, &stop).await;
            Ok(())
        });
        return Ok(());
    }
    let mut ways = Vec::new();
    for target in &config.notify.targets {
        ways.push((told_of(target), Arc::new(notice_sender(target)?)));
    }
    let public_url = config.server.public_url.clone();
    let work = move |lease| {
        let (flow, stop) = (flow.clone(), stop.clone());
        let outbox = |(target, sender): &(NotifyTarget, Arc<HttpSender>)| {
            let (flow, sender) = (flow.clone(), sender.clone());
            Outbox::new(flow, target.clone(), sender, public_url.clone())
        };
        let outboxes: Vec<Outbox> = ways.iter().map(outbox).collect();
        async move {
            let begun = async {
                // A database can be put back under a process that lives on: what waited in the
                // back-up may have been sent since.
                flow.store.past(flow.clock.now()).await?;
                run(flow, outboxes, lease, stop).await
            };
            if let Err(error) = begun.await {
                tracing::error!(%error, "notices cannot be sent; will try again");
            }
            Ok(())
        }
    };
    let (flow, stop) = (app.flow.clone(), parts.stop.clone());
    let working = under_lease(flow, LEASE.to_owned(), stop, Duration::ZERO, work);
    parts.add("notify", working);
    Ok(())
}

fn told_of(target: &TargetConfig) -> NotifyTarget {
    NotifyTarget {
        name: target.name.clone(),
        kind: target.kind,
        host: target.host.clone(),
        events: target.events.clone(),
    }
}
