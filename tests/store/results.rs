//! The rows of results, by their shapes.

use std::collections::BTreeSet;

use warmsheet::flow::ports::LeadFilter;
use warmsheet::lead::{Cell, FlatRow};

use crate::fixture::{Fixture, row};
use crate::on_both;

/// Keys that no two calls share and that do not compress.
fn wide_row(salt: u64, keys: usize) -> FlatRow {
    let mut state = salt;
    let mut key = |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (format!("{n}-{state:x}"), Cell::Number(n.into()))
    };
    FlatRow {
        cells: (0..keys).map(&mut key).collect(),
    }
}

async fn ended(fixture: &Fixture, domain: &str, run: &str, rows: Vec<FlatRow>) {
    let lead = fixture.add(domain).await;
    fixture.start(lead, run).await;
    fixture.end(lead, run, rows, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shapes_of_thousands_of_keys_are_told_apart_and_come_in_first_seen_order() {
    on_both(async |fixture| {
        let store = &fixture.store;
        let small = || row(&[("name", "A"), ("mail", "a@a.com")]);
        let turned = row(&[("mail", "a@a.com"), ("name", "A")]);
        ended(
            fixture,
            "a-one.com",
            "run-1",
            vec![wide_row(1, 4000), small()],
        )
        .await;
        ended(
            fixture,
            "a-two.com",
            "run-2",
            vec![small(), turned, wide_row(2, 4000)],
        )
        .await;
        ended(fixture, "a-three.com", "run-3", vec![wide_row(1, 4000)]).await;
        let shapes = store.shapes(&LeadFilter::default()).await.expect("read");
        let lengths: Vec<usize> = shapes.iter().map(|shape| shape.keys.len()).collect();
        assert_eq!(lengths, [4000, 2, 2, 4000]);
        let distinct: BTreeSet<i64> = shapes.iter().map(|shape| shape.id).collect();
        assert_eq!(distinct.len(), 4);
        assert_eq!(shapes[1].keys, ["name", "mail"]);
        let (mut seen, mut after) = (Vec::new(), (0, 0));
        loop {
            let rows = store
                .result_rows(&LeadFilter::default(), after, 2)
                .await
                .expect("read");
            let Some(last) = rows.last() else { break };
            after = (last.lead_seq, last.row);
            seen.extend(
                rows.iter()
                    .map(|row| (row.run_id.clone(), row.row, row.shape)),
            );
        }
        let runs: Vec<_> = seen
            .iter()
            .map(|(run, row, _)| (run.as_str(), *row))
            .collect();
        let expected = [
            ("run-1", 1),
            ("run-1", 2),
            ("run-2", 1),
            ("run-2", 2),
            ("run-2", 3),
            ("run-3", 1),
        ];
        assert_eq!(runs, expected);
        assert_eq!(seen[5].2, seen[0].2, "the same keys are one shape");
        assert_eq!(
            store.credits(&LeadFilter::default()).await.expect("read"),
            120
        );
    })
    .await;
}
