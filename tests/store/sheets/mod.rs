//! What is kept of spreadsheets.

mod appends;
mod reads;

use warmsheet::flow::ports::{
    HoldRule, LeaseTerm, NewRow, OpenAppend, Parsed, SheetChanges, SheetLead, StoreError,
};
use warmsheet::flow::sheet::columns::Own;
use warmsheet::lead::{CompanyDomain, LeadId, RequestOptions};

use crate::fixture::{Fixture, at};
use crate::on_both;

const SHEET: &str = "1AbC-_9";

fn new_row(domain: &str, row: u32) -> NewRow {
    NewRow {
        id: LeadId::random(),
        input: domain.to_owned(),
        row,
        forgotten: None,
        parsed: match CompanyDomain::parse(domain) {
            Ok(domain) => Parsed::Good(domain, RequestOptions::default()),
            Err(error) => Parsed::Bad(error.to_string()),
        },
    }
}

fn rows(domains: &[&str]) -> Vec<NewRow> {
    domains
        .iter()
        .zip(2..)
        .map(|(domain, row)| new_row(domain, row))
        .collect()
}

fn changes() -> SheetChanges {
    SheetChanges::new(HoldRule::Never)
}

/// Applies what a read showed.
async fn apply(fixture: &Fixture, minute: i64, set: impl FnOnce(&mut SheetChanges)) {
    let mut changes = changes();
    set(&mut changes);
    let applied = fixture
        .store
        .apply_sheet(&fixture.lease, SHEET, changes, at(minute));
    applied.await.expect("applied");
}

async fn leads(fixture: &Fixture) -> Vec<SheetLead> {
    fixture.store.sheet_leads(SHEET).await.expect("read")
}

fn old_lease(fixture: &Fixture) -> LeaseTerm {
    LeaseTerm {
        token: fixture.lease.token - 1,
        ..fixture.lease.clone()
    }
}

/// Leads of these rows, read twice: they may start.
async fn ready(fixture: &Fixture, domains: &[&str]) -> Vec<SheetLead> {
    let new = rows(domains);
    apply(fixture, 1, |c| c.new = new).await;
    let ready = leads(fixture)
        .await
        .iter()
        .map(|lead| lead.lead.seq)
        .collect();
    apply(fixture, 2, |c| c.ready = ready).await;
    leads(fixture).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_is_bound_once_and_keeps_what_its_reads_told() {
    on_both(async |fixture| {
        let store = &fixture.store;
        assert_eq!(store.sheet(SHEET).await.expect("read"), Default::default());
        for (wanted, tab, minute) in [("", 7, 1), ("", 8, 2), ("Companies", -3, 3)] {
            let bound = store.bind_tab(SHEET, wanted, tab, at(minute));
            bound.await.expect("stored");
        }
        store.set_results_tab(SHEET, 40).await.expect("stored");
        store
            .set_results_tab(SHEET, i32::MAX)
            .await
            .expect("stored");
        let first_read = vec![(7, vec![Own::Status, Own::RunId]), (-3, Vec::new())];
        let with_run = vec![-3];
        apply(fixture, 4, |c| {
            c.first_read = first_read;
            c.with_run = with_run;
        })
        .await;
        let first_read = vec![(7, vec![Own::LeadId])];
        apply(fixture, 5, |c| c.first_read = first_read).await;
        let state = store.sheet(SHEET).await.expect("read");
        assert_eq!(
            state.theirs(7),
            Some(&[Own::Status, Own::RunId][..]),
            "only the first counts"
        );
        assert_eq!(state.results_tab, Some(i32::MAX));
        assert!(!state.tabs[0].with_run && state.tabs[1].with_run);
        let name = store.installation().await.expect("a name");
        let other = fixture.place.open().await;
        assert_eq!(other.installation().await.expect("a name"), name);
        state
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_lease_changes_nothing_of_a_sheet() {
    on_both(async |fixture| {
        let old = old_lease(fixture);
        let new = rows(&["acme.com"]);
        let changes = SheetChanges { new, ..changes() };
        let applied = fixture.store.apply_sheet(&old, SHEET, changes, at(1)).await;
        assert!(
            matches!(applied, Err(StoreError::LeaseLost(_))),
            "{applied:?}"
        );
        let append = OpenAppend {
            mark: 1,
            tab: 2,
            sent_at: at(1),
        };
        let begun = fixture.store.begin_append(&old, SHEET, &append, &[]).await;
        assert!(matches!(begun, Err(StoreError::LeaseLost(_))), "{begun:?}");
        assert!(leads(fixture).await.is_empty());
        assert_eq!(fixture.store.sheet(SHEET).await.expect("read").open, None);
    })
    .await;
}
