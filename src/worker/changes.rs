//! Tells listeners that something was written, and of which leads: asked once for all of them,
//! and not at all without any.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::flow::Flow;
use crate::flow::guard::Guard;
use crate::flow::live::Live;
use crate::flow::ports::{ChangedLead, Pause, Spending, StoreError};
use crate::lead::LeadId;

const EVERY: Duration = Duration::from_millis(500);

pub async fn run(flow: Arc<Flow>, live: Arc<Live>, stop: CancellationToken) {
    let mut watch = ChangeWatch::default();
    while !stop.is_cancelled() {
        if live.is_followed() {
            if let Err(error) = watch.step(&flow, &live).await {
                tracing::error!(%error, "changes could not be read");
            }
        } else {
            // What happens until somebody listens again is theirs to ask for.
            watch = ChangeWatch::default();
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// What every page tells besides its own.
type Common = (Vec<Pause>, Spending, Vec<String>);

/// What was seen last.
#[derive(Debug, Default)]
pub struct ChangeWatch {
    written: Option<i64>,
    happened: Option<i64>,
    /// Leads that the last answer named: it overlaps with the next one.
    named: Vec<ChangedLead>,
    common: Option<Common>,
}

impl ChangeWatch {
    /// Looks once, and tells what is new.
    pub async fn step(&mut self, flow: &Flow, live: &Live) -> Result<(), StoreError> {
        let written = flow.store.change_mark().await?;
        let problems = flow.health.problems();
        let known = self.common.as_ref().map(|(.., problems)| problems);
        if self.written == Some(written) && known == Some(&problems) {
            return Ok(());
        }
        let first = self.written.is_none();
        let changed = flow
            .store
            .changed_leads(self.happened, flow.clock.now())
            .await?;
        let guard = Guard::read(flow).await?;
        let common = Some((guard.pauses, guard.spending, problems));
        let news_for_all = self.common != common;
        self.written = Some(written);
        self.happened = Some(changed.mark);
        self.common = common;
        let leads = self.news(changed.leads).filter(|_| !first);
        live.tell(leads, news_for_all);
        Ok(())
    }

    /// Those that were not told of yet: a page must not be read anew because other leads changed.
    fn news(&mut self, changed: Option<Vec<ChangedLead>>) -> Option<Vec<LeadId>> {
        let all = changed.is_none();
        let before = std::mem::replace(&mut self.named, changed.unwrap_or_default());
        let news = self.named.iter().filter(|lead| !before.contains(lead));
        (!all).then(|| news.map(|lead| lead.id.clone()).collect())
    }
}
