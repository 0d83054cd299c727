//! Rows of forgotten companies as they are stored: without what names them.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::Tx;
use super::take_in::stored_key;
use crate::flow::ports::{ExternalId, NewLead, NewRow, Parsed, StoreError};
use crate::lead::forgotten::refusal;
use crate::lead::{FORGOTTEN, Forgotten};

/// The same rows, those of forgotten companies without what names them.
pub fn nameless_leads<'a>(leads: &'a [NewLead], forgotten: &Forgotten) -> Cow<'a, [NewLead]> {
    let refused = |lead: &NewLead| match &lead.parsed {
        Parsed::Good(domain, _) => forgotten.company(domain),
        Parsed::Bad(_) => forgotten.mentioned(&lead.input),
    };
    if forgotten.is_empty() || !leads.iter().any(|lead| refused(lead).is_some()) {
        return leads.into();
    }
    let nameless = |lead: &NewLead| {
        let Some(company) = refused(lead) else {
            return lead.clone();
        };
        let key = stored_key(lead).map(|key| forgotten.hash_of_key(&key));
        NewLead {
            input: FORGOTTEN.to_owned(),
            source_key: key,
            external: lead.external.as_ref().map(|external| ExternalId {
                id: external.id.clone(),
                hash: forgotten.hash_of_key(&external.hash),
            }),
            parsed: Parsed::Bad(refusal(company.1)),
            forgotten: Some(company),
            ..lead.clone()
        }
    };
    leads.iter().map(nameless).collect()
}

/// The hash of a forgotten company, and since when it is.
pub type Company = (String, DateTime<Utc>);

/// The row as it is stored: of a forgotten company without what names it.
pub fn nameless_row<'a>(
    row: &'a NewRow,
    forgotten: &Forgotten,
) -> (Cow<'a, NewRow>, Option<Company>) {
    if row.forgotten.is_some() {
        // The read knew it already.
        return (Cow::Borrowed(row), row.forgotten.clone());
    }
    let company = match &row.parsed {
        Parsed::Good(domain, _) => forgotten.company(domain),
        Parsed::Bad(_) => forgotten.mentioned(&row.input),
    };
    let Some(company) = company else {
        return (Cow::Borrowed(row), None);
    };
    let row = NewRow {
        input: FORGOTTEN.to_owned(),
        parsed: Parsed::Bad(refusal(company.1)),
        ..row.clone()
    };
    (Cow::Owned(row), Some(company))
}

/// A lead is of a forgotten company, or is so no longer.
pub async fn note_forgotten(
    tx: &mut Tx<'_>,
    seq: i64,
    company: Option<&Company>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE lead SET forgotten_as = $2, forgotten_at = $3 WHERE seq = $1")
        .bind(seq)
        .bind(company.map(|(hash, _)| hash))
        .bind(company.map(|(_, since)| since))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
