//! Rows on their way to a results tab.

use warmsheet::flow::ports::{AttemptRef, OpenAppend, SentRows, SheetLead, Source};

use super::{SHEET, leads, ready};
use crate::fixture::{Fixture, at, batch, new_lead, row};
use crate::on_both;

/// Ends the runs of these leads, a minute after each other, with a row each.
async fn end_all(fixture: &Fixture, leads: &[SheetLead]) {
    for (lead, minute) in leads.iter().zip(10..) {
        let attempt = AttemptRef {
            lead: lead.lead.seq,
            number: 1,
        };
        let run = format!("run-{}", lead.lead.seq);
        fixture.start(attempt, &run).await;
        fixture
            .end(
                attempt,
                &run,
                vec![row(&[("name", "A"), ("odd\0", "\0")])],
                minute,
            )
            .await;
    }
}

fn sent(leads: &[SheetLead]) -> Vec<SentRows> {
    let sent = |lead: &SheetLead| SentRows {
        lead_seq: lead.lead.seq,
        attempt: 1,
        cut: true,
    };
    leads.iter().map(sent).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn results_wait_for_their_mark_and_are_delivered_once() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let names = ["a-one.com", "a-two.com", "a-three.com"];
        let all = ready(fixture, &names).await;
        end_all(fixture, &all).await;
        let due = async |most| {
            let due = store.due_rows(SHEET, most).await.expect("read");
            due.into_iter().map(|due| due.domain).collect::<Vec<_>>()
        };
        assert_eq!(due(9).await, names);
        assert_eq!(due(2).await, names[..2]);
        let append = OpenAppend {
            mark: i32::MIN,
            tab: 40,
            sent_at: at(20),
        };
        let begin = async |rows: &[SentRows]| {
            let begun = store.begin_append(&fixture.lease, SHEET, &append, rows);
            begun.await.expect("stored");
        };
        let settle = async |applied| {
            let settled = store.settle_append(SHEET, append.mark, applied, at(21));
            settled.await.expect("stored");
        };
        begin(&sent(&all[..2])).await;
        assert_eq!(due(9).await, names[2..]);
        assert_eq!(store.sheet(SHEET).await.expect("read").open, Some(append));
        let open = store.open_rows(SHEET, append.mark).await.expect("read");
        assert_eq!(open.len(), 2);
        assert_eq!(*open[0].rows[0].0, ["name", "odd\0"]);
        assert_eq!(leads(fixture).await[0].lead.undelivered, 1, "not there yet");
        settle(false).await;
        assert_eq!(due(9).await, names, "never was applied");
        begin(&sent(&all[..2])).await;
        settle(true).await;
        settle(false).await;
        assert_eq!(due(9).await, names[2..], "what was settled stays so");
        let state = store.sheet(SHEET).await.expect("read");
        assert_eq!((state.open, state.mark), (None, Some(append.mark)));
        assert!(leads(fixture).await[0].cut);
        let nothing = [(all[2].lead.seq, 1)];
        let empty = store.mark_empty(SHEET, &nothing, at(22));
        empty.await.expect("stored");
        assert_eq!(due(9).await, [""; 0]);
        assert_eq!(store.redeliver(SHEET, at(23)).await.expect("stored"), 3);
        assert_eq!(due(9).await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_from_elsewhere_brings_its_rows_to_the_sheet_that_it_names() {
    on_both(async |fixture| {
        let mut lead = new_lead("acme.com");
        lead.deliver_to = Some(SHEET.to_owned());
        let lead = fixture.accept(batch(Source::Api, "", vec![lead]));
        let lead = lead.await[0];
        fixture.start(lead, "run-1").await;
        let mark = fixture.store.sheet_mark(SHEET).await.expect("read");
        fixture
            .end(lead, "run-1", vec![row(&[("name", "A")])], 5)
            .await;
        assert_ne!(fixture.store.sheet_mark(SHEET).await.expect("read"), mark);
        let due = fixture.store.due_rows(SHEET, 9).await.expect("read");
        assert_eq!(
            (due.len(), due[0].lead_seq, due[0].run_id.as_str()),
            (1, lead.lead, "run-1")
        );
        assert!(leads(fixture).await.is_empty(), "it has no row there");
    })
    .await;
}
