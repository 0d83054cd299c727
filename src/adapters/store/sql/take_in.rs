//! New rows become leads, many in one statement.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Row};

use super::intake::insert_batch;
use super::nameless::nameless_leads;
use super::{Db, Tx, json, lead_id, lead_status, queue_delivery, text};
use crate::flow::ports::{Accepted, AcceptedLead, NewBatch, NewLead, Parsed, StoreError};
use crate::lead::{BatchId, Forgotten, RequestOptions, Status};

/// Rows of one statement: a long list must not hold up others for a round trip a row.
pub const AT_ONCE: usize = 500;

/// Takes in some leads of a batch, which is made when the first new one is found. Those of
/// forgotten companies are rejected, without a word of which company it is.
pub async fn take_in(
    tx: &mut Tx<'_>,
    batch: &NewBatch,
    leads: &[NewLead],
    forgotten: &Forgotten,
    batch_seq: &mut Option<i64>,
    accepted: &mut Accepted,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let leads = nameless_leads(leads, forgotten);
    let leads: &[NewLead] = &leads;
    let known = known_leads(tx, leads).await?;
    let from = accepted.leads.len();
    let new = tell_apart(leads, known, accepted)?;
    if new.is_empty() {
        return Ok(());
    }
    let seq = match *batch_seq {
        Some(seq) => seq,
        None => {
            let id = BatchId::random();
            let seq = insert_batch(tx, batch.source, &batch.source_name, &id, now).await?;
            accepted.batch = Some(id);
            *batch_seq.insert(seq)
        }
    };
    let seqs = insert_leads(tx, seq, batch, &new, now).await?;
    for answer in &mut accepted.leads[from..] {
        if let Some(seq) = seqs.get(answer.id.as_str()) {
            answer.seq = *seq;
            if answer.is_new && answer.status.is_end() {
                queue_delivery(tx, *seq, now).await?;
            }
        }
    }
    Ok(())
}

/// Answers each row; those that become leads now come back, in their order.
fn tell_apart<'a>(
    leads: &'a [NewLead],
    mut known: HashMap<String, Known>,
    accepted: &mut Accepted,
) -> Result<Vec<&'a NewLead>, StoreError> {
    let mut new = Vec::new();
    for lead in leads {
        let key = stored_key(lead);
        let before = key.as_ref().and_then(|key| known.get(key.as_ref()));
        let answer = match before {
            Some(before) => {
                before.expect_same(lead)?;
                accepted.known += 1;
                AcceptedLead {
                    is_new: false,
                    ..before.lead.clone()
                }
            }
            None => {
                let known_as = Known::new(lead);
                let answer = known_as.lead.clone();
                if let Some(key) = key {
                    known.insert(key.into_owned(), known_as);
                }
                match answer.status {
                    Status::Rejected => accepted.rejected += 1,
                    _ => accepted.queued += 1,
                }
                new.push(lead);
                answer
            }
        };
        accepted.leads.push(answer);
    }
    Ok(new)
}

/// What a row became when it was read before, perhaps a moment ago.
struct Known {
    lead: AcceptedLead,
    external_hash: Option<String>,
}

impl Known {
    /// The lead that a row becomes now; its number is not known yet.
    fn new(lead: &NewLead) -> Self {
        let (domain, status, reason) = match &lead.parsed {
            Parsed::Good(domain, _) => (Some(domain.as_str()), Status::Queued, ""),
            Parsed::Bad(reason) => (None, Status::Rejected, reason.as_str()),
        };
        Self {
            lead: AcceptedLead {
                seq: 0,
                id: lead.id.clone(),
                status,
                domain: domain.map(str::to_owned),
                reason: reason.to_owned(),
                is_new: true,
            },
            external_hash: lead.external.as_ref().map(|external| external.hash.clone()),
        }
    }

    fn expect_same(&self, lead: &NewLead) -> Result<(), StoreError> {
        match &lead.external {
            Some(external) if self.external_hash.as_ref() != Some(&external.hash) => {
                Err(StoreError::ExternalIdReused(external.id.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// A row's key as it is stored.
pub fn stored_key(lead: &NewLead) -> Option<Cow<'_, str>> {
    lead.source_key.as_deref().map(text)
}

/// The leads that these rows became when they were read before, by their keys.
async fn known_leads(
    tx: &mut Tx<'_>,
    leads: &[NewLead],
) -> Result<HashMap<String, Known>, StoreError> {
    let keys: Vec<Cow<'_, str>> = leads.iter().filter_map(stored_key).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = QueryBuilder::<Db>::new(
        "SELECT source_key, seq, id, status, domain, reason, external_hash FROM lead
         WHERE source_key IN (",
    );
    let mut list = query.separated(", ");
    for key in &keys {
        list.push_bind(key);
    }
    query.push(")");
    let rows = query.build().fetch_all(&mut **tx).await?;
    rows.iter()
        .map(|row| {
            let lead = AcceptedLead {
                seq: row.try_get("seq")?,
                id: lead_id(row)?,
                status: lead_status(row)?,
                domain: row.try_get("domain")?,
                reason: row.try_get("reason")?,
                is_new: false,
            };
            let external_hash = row.try_get("external_hash")?;
            Ok((
                row.try_get("source_key")?,
                Known {
                    lead,
                    external_hash,
                },
            ))
        })
        .collect()
}

/// The caller's name of a lead; that of a forgotten company's is kept as a hash only.
fn external_id(lead: &NewLead) -> Option<Cow<'_, str>> {
    let external = lead
        .external
        .as_ref()
        .filter(|_| lead.forgotten.is_none())?;
    Some(text(&external.id))
}

/// Stores new leads, in their order; answers their numbers by their ids.
async fn insert_leads(
    tx: &mut Tx<'_>,
    batch_seq: i64,
    batch: &NewBatch,
    leads: &[&NewLead],
    now: DateTime<Utc>,
) -> Result<HashMap<String, i64>, StoreError> {
    let no_options = RequestOptions::default();
    let mut rows = Vec::with_capacity(leads.len());
    for lead in leads {
        let options = match &lead.parsed {
            Parsed::Good(_, options) => options,
            Parsed::Bad(_) => &no_options,
        };
        rows.push((lead, json(options)?, options.key(), Known::new(lead).lead));
    }
    let mut query = QueryBuilder::<Db>::new(
        "INSERT INTO lead (id, batch_seq, source, source_name, source_key, source_row,
             external_id, external_hash, deliver_to, input, domain, options, options_key, force,
             status, reason, created_at, updated_at, finished_at, forgotten_as, forgotten_at) ",
    );
    query.push_values(&rows, |mut row, (lead, options, options_key, accepted)| {
        row.push_bind(lead.id.as_str())
            .push_bind(batch_seq)
            .push_bind(batch.source.as_str())
            .push_bind(text(&batch.source_name))
            .push_bind(stored_key(lead))
            .push_bind(lead.row.map(i64::from))
            .push_bind(external_id(lead))
            .push_bind(lead.external.as_ref().map(|external| &external.hash))
            .push_bind(&lead.deliver_to)
            .push_bind(text(&lead.input))
            .push_bind(&accepted.domain)
            .push_bind(options)
            .push_bind(options_key)
            .push_bind(lead.force)
            .push_bind(accepted.status.as_str())
            .push_bind(text(&accepted.reason))
            .push_bind(now)
            .push_bind(now)
            .push_bind(accepted.status.is_end().then_some(now))
            .push_bind(lead.forgotten.as_ref().map(|(hash, _)| hash))
            .push_bind(lead.forgotten.as_ref().map(|(_, since)| since));
    });
    query.push(" RETURNING seq, id");
    let stored = query.build().fetch_all(&mut **tx).await?;
    stored
        .iter()
        .map(|row| Ok((row.try_get("id")?, row.try_get("seq")?)))
        .collect()
}
