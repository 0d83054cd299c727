use std::collections::HashSet;

use super::held::{HeldBatch, held_of};
use crate::flow::ports::{LeadFilter, LeadView, Store};
use crate::lead::{BatchId, Decision, LeadId, Status};

/// What a decision is about.
pub enum Chosen {
    Batch(BatchCounts),
    Lead(Box<LeadView>),
}

/// The leads of a batch that a decision can change.
pub struct BatchCounts {
    pub id: BatchId,
    held: u64,
    queued: u64,
}

impl Chosen {
    /// The held leads that approving starts; `None` of a lead that is not held.
    pub fn held(&self) -> Option<LeadFilter> {
        match self {
            Chosen::Batch(batch) => Some(held_of(&batch.id)),
            Chosen::Lead(lead) if lead.status == Status::Held => Some(LeadFilter {
                seqs: Some(vec![lead.seq]),
                ..LeadFilter::default()
            }),
            Chosen::Lead(_) => None,
        }
    }

    /// Leads that the decision changes.
    pub fn leads(&self, decision: Decision) -> u64 {
        match (self, decision) {
            (Chosen::Lead(_), _) => 1,
            (Chosen::Batch(batch), Decision::Cancel) => batch.held + batch.queued,
            (Chosen::Batch(batch), _) => batch.held,
        }
    }
}

impl From<HeldBatch> for Chosen {
    fn from(batch: HeldBatch) -> Self {
        Chosen::Batch(BatchCounts {
            id: batch.id,
            held: batch.held,
            queued: batch.queued,
        })
    }
}

impl std::fmt::Display for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Chosen::Batch(batch) => batch.id.fmt(f),
            Chosen::Lead(lead) => lead.id.fmt(f),
        }
    }
}

/// Finds what the ids name; one that names nothing, or a lead that the decision does not fit,
/// is an error before anything is decided.
pub async fn find(
    store: &dyn Store,
    ids: &[String],
    decision: Decision,
) -> anyhow::Result<Vec<Chosen>> {
    let mut chosen = Vec::new();
    let mut seen = HashSet::new();
    for id in ids.iter().filter(|id| seen.insert(id.as_str())) {
        if let Ok(id) = BatchId::try_from(id.clone()) {
            chosen.push(Chosen::Batch(batch(store, id).await?));
        } else if let Ok(id) = LeadId::try_from(id.clone()) {
            chosen.push(Chosen::Lead(lead(store, id, decision).await?));
        } else {
            anyhow::bail!(
                "\u{201c}{id}\u{201d} is no id of a batch (B…) or a lead (L…); warmsheet approve \
                 alone lists them"
            );
        }
    }
    let whole: HashSet<BatchId> = chosen
        .iter()
        .filter_map(|one| match one {
            Chosen::Batch(batch) => Some(batch.id.clone()),
            Chosen::Lead(_) => None,
        })
        .collect();
    // A lead of a batch that is decided as a whole is decided with it.
    chosen.retain(|one| match one {
        Chosen::Lead(lead) => lead.status == Status::Cancelled || !whole.contains(&lead.batch),
        Chosen::Batch(_) => true,
    });
    Ok(chosen)
}

async fn batch(store: &dyn Store, id: BatchId) -> anyhow::Result<BatchCounts> {
    let filter = LeadFilter {
        batch: Some(id.clone()),
        ..LeadFilter::default()
    };
    let counts = store.counts(&filter).await?;
    anyhow::ensure!(
        !counts.is_empty(),
        "there is no batch {id}; `warmsheet approve` lists what waits"
    );
    let count = |wanted| {
        let found = counts.iter().find(|(status, _)| *status == wanted);
        found.map_or(0, |(_, leads)| *leads)
    };
    Ok(BatchCounts {
        held: count(Status::Held),
        queued: count(Status::Queued),
        id,
    })
}

async fn lead(store: &dyn Store, id: LeadId, decision: Decision) -> anyhow::Result<Box<LeadView>> {
    let found = store.lead(&id).await?;
    let lead = found.ok_or_else(|| {
        anyhow::anyhow!("there is no lead {id}; `warmsheet approve` lists what waits")
    })?;
    anyhow::ensure!(
        lead.status.allows(decision),
        "{id} is {} and cannot be {}; nothing was changed",
        lead.status,
        match decision {
            Decision::Cancel => "cancelled",
            _ => "approved",
        }
    );
    Ok(Box::new(lead))
}
