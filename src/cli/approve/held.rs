use crate::flow::finish_day::finish_day;
use crate::flow::guard::Guard;
use crate::flow::ports::{LeadFilter, LeadView, Source, Store, StoreError};
use crate::lead::money::{Price, grouped};
use crate::lead::printable::printable;
use crate::lead::{BatchId, Status};

/// Leads of a batch that are named one by one.
const NAMED: usize = 5;
const LEADS_A_PAGE: u32 = 1000;

/// A batch that waits for a person.
pub struct HeldBatch {
    pub id: BatchId,
    pub held: u64,
    /// Approved one by one before, and not started yet.
    pub queued: u64,
    source: Source,
    source_name: String,
    /// The first of its held leads, with what was typed.
    named: Vec<String>,
}

/// Every batch with held leads, oldest first.
pub async fn read(store: &dyn Store) -> Result<Vec<HeldBatch>, StoreError> {
    let filter = LeadFilter {
        status: Some(Status::Held),
        ..LeadFilter::default()
    };
    let mut batches: Vec<HeldBatch> = Vec::new();
    let mut after = 0;
    loop {
        let page = store.oldest_leads(&filter, after, LEADS_A_PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.seq;
        for lead in page {
            // Leads of a batch stand together: it is among the last.
            match batches.iter_mut().rfind(|batch| batch.id == lead.batch) {
                Some(batch) => batch.add(&lead),
                None => batches.push(HeldBatch::of(lead)),
            }
        }
    }
    for batch in &mut batches {
        batch.queued = queued(store, &batch.id).await?;
    }
    Ok(batches)
}

/// The leads of a batch that wait.
pub fn held_of(batch: &BatchId) -> LeadFilter {
    LeadFilter {
        batch: Some(batch.clone()),
        status: Some(Status::Held),
        ..LeadFilter::default()
    }
}

async fn queued(store: &dyn Store, batch: &BatchId) -> Result<u64, StoreError> {
    let filter = LeadFilter {
        batch: Some(batch.clone()),
        status: Some(Status::Queued),
        ..LeadFilter::default()
    };
    let counts = store.counts(&filter).await?;
    Ok(counts.iter().map(|(_, leads)| leads).sum())
}

impl HeldBatch {
    fn of(lead: LeadView) -> Self {
        let mut batch = Self {
            id: lead.batch.clone(),
            held: 0,
            queued: 0,
            source: lead.source,
            source_name: lead.source_name.clone(),
            named: Vec::new(),
        };
        batch.add(&lead);
        batch
    }

    fn add(&mut self, lead: &LeadView) {
        self.held += 1;
        if self.named.len() < NAMED {
            let company = lead.domain.as_ref().unwrap_or(&lead.input);
            self.named
                .push(format!("{}  {}", lead.id, printable(company)));
        }
    }

    /// The batch in a line: where it comes from, what it costs, when it would be finished.
    pub fn line(&self, price: Price, guard: &Guard) -> String {
        let name = printable(self.source.shown_name(&self.source_name));
        let blank = if name.is_empty() { "" } else { " " };
        let mut line = format!(
            "{}  {}{blank}{name}: {price}",
            self.id,
            self.source.as_str(),
        );
        if let Some(day) = finish_day(price.bought(), guard) {
            line.push_str(&format!(", under the daily cap finished on {day}"));
        }
        line
    }

    /// Its first leads, and how many more there are.
    pub fn leads(&self) -> Vec<String> {
        let mut lines = self.named.clone();
        let more = self.held - self.named.len() as u64;
        if more > 0 {
            lines.push(format!("and {} more", grouped(more)));
        }
        lines
    }
}
