//! Rows become leads. Everything that a row says is parsed here, once; a row that cannot be
//! used becomes a lead too, which says why.

use std::collections::HashMap;

use super::Flow;
use super::ports::{Accepted, ExternalId, HoldRule, NewBatch, NewLead, Parsed, Source, StoreError};
use crate::lead::{CompanyDomain, LeadId, RawOptions, RequestOptions};

/// Rows that came together.
#[derive(Debug, Clone)]
pub struct Intake {
    pub source: Source,
    /// The file's name, or empty.
    pub source_name: String,
    pub hold: HoldRule,
    pub rows: Vec<IntakeRow>,
}

/// One row as it came in.
#[derive(Debug, Clone, Default)]
pub struct IntakeRow {
    pub domain: String,
    pub options: RawOptions,
    /// 1-based line or row in its file.
    pub row: Option<u32>,
    /// `Some`: the same row read again is the same lead. Rows are told apart by this scope
    /// (a file, a file and a generation, one form), their domain and their occurrence.
    pub scope: Option<String>,
    /// The caller's own name for this row; takes the place of the scope.
    pub external: Option<ExternalId>,
}

/// Parses and stores a batch; what is queued may start from then on.
pub async fn accept(flow: &Flow, intake: Intake) -> Result<Accepted, StoreError> {
    let batch = new_batch(intake);
    let source = batch.source.as_str();
    let accepted = flow.store.accept(batch, flow.clock.now()).await?;
    if let Some(batch) = &accepted.batch {
        tracing::info!(
            %batch, source, queued = accepted.queued, held = accepted.held,
            rejected = accepted.rejected, known = accepted.known, "accepted"
        );
        flow.wake.notify_waiters();
    }
    Ok(accepted)
}

fn new_batch(intake: Intake) -> NewBatch {
    let mut occurrences: HashMap<String, u32> = HashMap::new();
    let leads = intake
        .rows
        .into_iter()
        .map(|row| {
            let parsed = parse(&row);
            let name = match &parsed {
                Parsed::Good(domain, _) => domain.as_str().to_owned(),
                Parsed::Bad(_) => bad_row_name(&row),
            };
            let source_key = source_key(&row, &name, &mut occurrences);
            NewLead {
                id: LeadId::random(),
                input: row.domain,
                row: row.row,
                source_key,
                external: row.external,
                parsed,
            }
        })
        .collect();
    NewBatch {
        source: intake.source,
        source_name: intake.source_name,
        hold: intake.hold,
        leads,
    }
}

fn parse(row: &IntakeRow) -> Parsed {
    let domain = match CompanyDomain::parse(&row.domain) {
        Ok(domain) => domain,
        Err(error) => return Parsed::Bad(error.to_string()),
    };
    match RequestOptions::parse(&row.options) {
        Ok(options) => Parsed::Good(domain, options),
        Err(error) => Parsed::Bad(error.to_string()),
    }
}

/// A bad row is told from others by all it says: once a mistake in it is mended it is a new row.
fn bad_row_name(row: &IntakeRow) -> String {
    format!("{}\u{1f}{:?}", row.domain.trim(), row.options)
}

fn source_key(
    row: &IntakeRow,
    name: &str,
    occurrences: &mut HashMap<String, u32>,
) -> Option<String> {
    if let Some(external) = &row.external {
        return Some(format!("external\u{1f}{}", external.id));
    }
    let key = format!("{}\u{1f}{name}", row.scope.as_ref()?);
    let occurrence = occurrences.entry(key.clone()).or_default();
    *occurrence += 1;
    Some(format!("{key}\u{1f}{occurrence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intake(domains: &[&str]) -> Intake {
        Intake {
            source: Source::Folder,
            source_name: "companies.csv".into(),
            hold: HoldRule::Never,
            rows: domains
                .iter()
                .map(|domain| IntakeRow {
                    domain: (*domain).to_owned(),
                    scope: Some("folder\u{1f}companies.csv".into()),
                    ..IntakeRow::default()
                })
                .collect(),
        }
    }

    fn keys(domains: &[&str]) -> Vec<String> {
        let batch = new_batch(intake(domains));
        batch
            .leads
            .into_iter()
            .filter_map(|lead| lead.source_key)
            .collect()
    }

    #[test]
    fn a_sorted_list_has_the_same_rows() {
        let mut before = keys(&["acme.com", "globex.com", "initech.com"]);
        let mut after = keys(&["initech.com", "https://www.acme.com/", "globex.com"]);
        before.sort();
        after.sort();
        assert_eq!(before, after);
    }

    #[test]
    fn the_second_row_of_one_company_is_a_row_of_its_own() {
        let keys = keys(&["acme.com", "ACME.com"]);
        assert_eq!(keys.len(), 2);
        assert_ne!(keys[0], keys[1]);
    }

    #[test]
    fn a_mended_row_is_a_new_row() {
        assert_ne!(keys(&["acme.com/about"]), keys(&["acme.com"]));
    }
}
