//! Rows become leads. Everything that a row says is parsed here, once; a row that cannot be
//! used becomes a lead too, which says why.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::health::Sheets;
use super::ports::{Accepted, ExternalId, HoldRule, NewBatch, NewLead, Parsed, Source, StoreError};
use super::{Flow, deliver_to};
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
    /// A name that this row keeps whatever it says; takes the place of the scope.
    pub known_as: Option<String>,
    /// Why it cannot be used, where that is known already.
    pub refused: Option<String>,
    /// As typed: a connected spreadsheet that gets the lead's rows as well.
    pub deliver_to: Option<String>,
    /// Buy a report however lately the company was reported on.
    pub force: bool,
}

/// Parses and stores a batch; what is queued may start from then on.
pub async fn accept(flow: &Flow, intake: Intake) -> Result<Accepted, StoreError> {
    let batch = new_batch(intake, &flow.health.sheets());
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

/// Parses the rows of a batch and names each, so that the same row read again is known.
pub fn new_batch(intake: Intake, connected: &Sheets) -> NewBatch {
    let mut occurrences: HashMap<String, u32> = HashMap::new();
    let leads = intake
        .rows
        .into_iter()
        .map(|row| {
            let (parsed, deliver_to) = match parse(&row, connected) {
                Ok((domain, options, to)) => (Parsed::Good(domain, options), to),
                Err(reason) => (Parsed::Bad(reason), None),
            };
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
                deliver_to,
                force: row.force,
                parsed,
                forgotten: None,
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

/// What a row says, or why it cannot be used.
pub(super) fn parse(
    row: &IntakeRow,
    connected: &Sheets,
) -> Result<(CompanyDomain, RequestOptions, Option<String>), String> {
    if let Some(reason) = &row.refused {
        return Err(reason.clone());
    }
    let domain = CompanyDomain::parse(&row.domain).map_err(|error| error.to_string())?;
    let options = RequestOptions::parse(&row.options).map_err(|error| error.to_string())?;
    let to = row.deliver_to.as_deref();
    let to = to
        .map(|text| deliver_to::parse(text, connected))
        .transpose();
    let to = to.map_err(|reason| format!("Deliver to: {reason}"))?;
    Ok((domain, options, to))
}

/// A longer name of a row is no entry for a database's index; its hash serves then.
const LONGEST_NAME: usize = 256;

/// A bad row is told from others by all it says: once a mistake in it is mended it is a new row.
fn bad_row_name(row: &IntakeRow) -> String {
    let mut name = format!("{}\u{1f}{:?}", row.domain.trim(), row.options);
    if let Some(to) = &row.deliver_to {
        name.push('\u{1f}');
        name.push_str(to);
    }
    if name.len() > LONGEST_NAME {
        return format!("sha256:{}", hex::encode(Sha256::digest(&name)));
    }
    name
}

fn source_key(
    row: &IntakeRow,
    name: &str,
    occurrences: &mut HashMap<String, u32>,
) -> Option<String> {
    if let Some(external) = &row.external {
        return Some(format!("external\u{1f}{}", external.id));
    }
    if let Some(known_as) = &row.known_as {
        return Some(format!("known as\u{1f}{known_as}"));
    }
    let key = format!("{}\u{1f}{name}", row.scope.as_ref()?);
    let occurrence = occurrences.entry(key.clone()).or_default();
    *occurrence += 1;
    Some(format!("{key}\u{1f}{occurrence}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::health::SheetHealth;

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
        let batch = new_batch(intake(domains), &Sheets::new());
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

    #[test]
    fn a_long_row_has_a_short_name_of_its_own() {
        let long = "Acme and its friends ".repeat(500);
        let keys = keys(&[&long, &format!("{long}!")]);
        assert!(keys.iter().all(|key| key.len() < 200), "{keys:?}");
        assert_ne!(keys[0], keys[1]);
    }

    fn delivered_to(text: &str) -> NewLead {
        let mut intake = intake(&["acme.com"]);
        intake.rows[0].deliver_to = Some(text.to_owned());
        let connected = Sheets::from([("1AbC".to_owned(), SheetHealth::default())]);
        new_batch(intake, &connected).leads.remove(0)
    }

    #[test]
    fn a_row_for_a_sheet_that_is_not_connected_is_rejected_and_mended_it_is_a_new_row() {
        let wrong = delivered_to("1AbD");
        let Parsed::Bad(reason) = &wrong.parsed else {
            panic!("accepted: {wrong:?}");
        };
        assert!(
            reason.starts_with("Deliver to: \u{201c}1AbD\u{201d}"),
            "{reason}"
        );
        assert_eq!(wrong.deliver_to, None);
        let mended = delivered_to("1AbC#Companies");
        assert_eq!(mended.deliver_to.as_deref(), Some("1AbC"));
        assert!(matches!(mended.parsed, Parsed::Good(..)));
        assert_ne!(wrong.source_key, mended.source_key);
        assert_ne!(wrong.source_key, delivered_to("1AbE").source_key);
    }
}
