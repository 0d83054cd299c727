//! Other companies' results that name a company. They are only read: what a page of an export costs,
//! each costs here, and a report is never in memory with more than a few others.

use futures_util::TryStreamExt as _;
use sqlx::Row;

use super::{Pool, parsed};
use crate::flow::ports::{QuotedBy, QuotingLead, QuotingLeads, StoreError};
use crate::lead::{CompanyDomain, LeadId, Named, Naming};

/// Results of one statement; each may have some megabytes.
const PAGE: i64 = 10;

/// Goes through all stored results, also those that newer ones took the place of: what a lead's rows
/// say is in them.
pub async fn quoted_by(
    readers: &Pool,
    domain: &CompanyDomain,
    most: usize,
) -> Result<QuotedBy, StoreError> {
    let naming = Naming::of(domain);
    let mut found = QuotedBy::default();
    // The lead that is being looked through, and the strongest of what its results say.
    let mut last: Option<(QuotingLead, Named)> = None;
    let mut after = (0_i64, 0_i64);
    loop {
        let mut page = sqlx::query(
            "SELECT r.lead_seq, r.attempt, l.id, l.domain, r.run
             FROM result r JOIN lead l ON l.seq = r.lead_seq
             WHERE (r.lead_seq, r.attempt) > ($1, $2) AND l.seq >= $1 AND l.domain <> $3
             ORDER BY r.lead_seq, r.attempt LIMIT $4",
        )
        .bind(after.0)
        .bind(after.1)
        .bind(domain.as_str())
        .bind(PAGE)
        .fetch(readers);
        let mut read = 0;
        while let Some(row) = page.try_next().await? {
            read += 1;
            after = (row.try_get("lead_seq")?, row.try_get("attempt")?);
            let Some(named) = naming.in_json(row.try_get("run")?) else {
                continue;
            };
            let id: LeadId = parsed(LeadId::try_from(row.try_get::<String, _>("id")?))?;
            match &mut last {
                Some((lead, strongest)) if lead.id == id => *strongest = named.max(*strongest),
                _ => {
                    let domain = parsed(CompanyDomain::from_stored(row.try_get("domain")?))?;
                    let lead = QuotingLead { id, domain };
                    note(&mut found, last.replace((lead, named)), most);
                }
            }
        }
        if read < PAGE {
            break;
        }
    }
    note(&mut found, last, most);
    Ok(found)
}

fn note(found: &mut QuotedBy, lead: Option<(QuotingLead, Named)>, most: usize) {
    let Some((lead, named)) = lead else {
        return;
    };
    let QuotingLeads { leads, count } = match named {
        Named::Address => &mut found.addresses,
        Named::Quoted => &mut found.mentions,
    };
    *count += 1;
    if leads.len() < most {
        leads.push(lead);
    }
}
