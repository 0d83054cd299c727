use super::*;

fn journal(before: Grid, sent: Vec<(usize, usize, CellValue)>) -> Journal {
    let columns = Columns::find(&before, None).expect("columns");
    Journal::new(0, Arc::new(before), columns, sent)
}

#[test]
fn a_cell_is_put_back_although_columns_and_rows_moved_under_the_repair_too() {
    let before = Grid::of(&[
        &["Domain", "Owner", "Lead ID"],
        &["acme.com", "Kim", ""],
        &["globex.com", "Lee", "L2"],
    ]);
    let mut journal = journal(before, vec![(1, 2, CellValue::text("L1"))]);
    // A column was inserted, and the id landed on Owner.
    let hit = Grid::of(&[
        &["", "Domain", "Owner", "Lead ID"],
        &["", "acme.com", "L1", ""],
        &["", "globex.com", "Lee", "L2"],
    ]);
    let columns = Columns::find(&hit, None).expect("columns");
    let kim = CellValue::text("Kim");
    assert_eq!(
        journal.to_put_back(&hit, &columns, false),
        [(1, 2, kim.clone())]
    );
    let mut mended = hit;
    mended.set(1, 2, kim.clone());
    journal.latest = Some((Arc::new(mended), columns));
    journal.wrong = vec![(1, 2, CellValue::text("L1"))];
    // The repair landed elsewhere: somebody sorted, and moved a column.
    let moved = Grid::of(&[
        &["Owner", "", "Domain", "Lead ID"],
        &["Lee", "", "globex.com", "L2"],
        &["L1", "", "acme.com", ""],
    ]);
    let columns = Columns::find(&moved, None).expect("columns");
    assert_eq!(
        journal.to_put_back(&moved, &columns, false),
        [(2, 0, kim.clone())]
    );
    // What was wrong is right by now: the same was meant for it.
    let mut meant = journal.clone();
    meant.follow(&[Journal::new(
        0,
        Arc::new(Grid::default()),
        journal.latest.clone().expect("a read").1,
        vec![(1, 2, CellValue::text("L1"))],
    )]);
    assert_eq!(meant.to_put_back(&moved, &columns, false), []);
    // It arrived.
    let mut right = moved;
    right.set(2, 0, kim);
    assert_eq!(journal.to_put_back(&right, &columns, false), []);
}

#[test]
fn what_lay_under_a_moved_column_is_put_back() {
    let before = Grid::of(&[
        &["Domain", "Owner", "Lead ID", "Status"],
        &["acme.com", "Kim", "", ""],
        &["globex.com", "=A3", "", ""],
    ]);
    // Somebody inserted a column at the left; then our write of two ids landed on Owner.
    let now = Grid::of(&[
        &["", "Domain", "Owner", "Lead ID", "Status"],
        &["", "acme.com", "L1", "Queued"],
        &["", "globex.com", "L2", "Queued"],
    ]);
    let journal = journal(
        before,
        vec![
            (1, 2, CellValue::text("L1")),
            (1, 3, CellValue::text("Queued")),
            (2, 2, CellValue::text("L2")),
            (2, 3, CellValue::text("Queued")),
        ],
    );
    let columns = Columns::find(&now, None).expect("columns");
    assert_eq!(
        repairs(&journal, &now, &columns),
        [
            (1, 2, CellValue::text("Kim")),
            (1, 3, CellValue::Empty),
            (2, 2, CellValue::text("=A3")),
            (2, 3, CellValue::Empty),
        ]
    );
}

const ONE: &str = "L000000000001";
const OTHER: &str = "L000000000002";

#[test]
fn a_row_that_was_sent_as_it_stood_is_put_back_with_the_others() {
    let before = Grid::of(&[
        &["Domain", "", "Lead ID"],
        &["acme.com", "", ONE],
        &["globex.com", "", ""],
    ]);
    let now = Grid::of(&[
        &["", "Domain", "", "Lead ID"],
        &["", "acme.com", ONE, ONE],
        &["", "globex.com", OTHER, ""],
    ]);
    let sent = |id: &str, row| (row, 2, CellValue::text(id));
    let columns = Columns::find(&now, None).expect("columns");
    let wrong = |journal: Journal| repairs(&journal, &now, &columns);
    let both = journal(before.clone(), vec![sent(ONE, 1), sent(OTHER, 2)]);
    let empty = |row| (row, 2, CellValue::Empty);
    assert_eq!(wrong(both), [empty(1), empty(2)]);
    let alone = journal(before, vec![sent(ONE, 1)]);
    assert_eq!(wrong(alone), [], "somebody's copy, for all that is known");
}

#[test]
fn copies_of_what_arrived_are_a_persons_although_an_original_is_gone() {
    let before = Grid::of(&[
        &["Domain", "Lead ID"],
        &["acme.com", ""],
        &["globex.com", ""],
    ]);
    let now = Grid::of(&[
        &["Domain", "Old ID", "Lead ID"],
        &["acme.com", ONE, ""],
        &["globex.com", OTHER, OTHER],
    ]);
    let sent = |id: &str, row| (row, 1, CellValue::text(id));
    let columns = Columns::find(&now, None).expect("columns");
    let journal = journal(before, vec![sent(ONE, 1), sent(OTHER, 2)]);
    let found = repairs(&journal, &now, &columns);
    assert_eq!(found, [(1, 1, CellValue::Empty)]);
}

/// Sites of Acme and Globex before a put-back, and after it and a row that was inserted above both.
fn sites(before: [&str; 2], now: [&str; 3]) -> (Grid, Grid) {
    let cell = |text: &str| match text.starts_with('=') {
        true => CellValue::Formula(text.to_owned()),
        false => CellValue::text(text),
    };
    let mut grids = (
        Grid::of(&[
            &["Domain", "Site", "Lead ID"],
            &["acme.com", "", ONE],
            &["globex.com", "", OTHER],
        ]),
        Grid::of(&[
            &["Domain", "Site", "Lead ID"],
            &["initech.com", "", ""],
            &["acme.com", "", ONE],
            &["globex.com", "", OTHER],
        ]),
    );
    for (row, text) in (1..).zip(before) {
        grids.0.set(row, 1, cell(text));
    }
    for (row, text) in (1..).zip(now) {
        grids.1.set(row, 1, cell(text));
    }
    grids
}

/// What is put back where both sites had been put back.
fn of_both(before: [&str; 2], now: [&str; 3]) -> Vec<(usize, usize, CellValue)> {
    let (before, now) = sites(before, now);
    let sent = (1..=2).map(|row| (row, 1, before.cell(row, 1).clone()));
    let sent = sent.collect();
    let columns = Columns::find(&now, None).expect("columns");
    repairs(&journal(before, sent), &now, &columns)
}

#[test]
fn formulas_that_were_put_back_may_move_on_with_their_rows() {
    assert_eq!(of_both(["=A2", "=A3"], ["", "=A3", "=A4"]), []);
    // Somebody has filled it in for the new row too.
    assert_eq!(of_both(["=A2", "=A3"], ["=A2", "=A3", "=A4"]), []);
}

#[test]
fn formulas_that_landed_a_row_off_are_put_back() {
    let links = [
        "=HYPERLINK(\"https://a.com\")",
        "=HYPERLINK(\"https://b.com\")",
    ];
    let link = CellValue::Formula(links[0].to_owned());
    let empty = CellValue::Empty;
    assert_eq!(
        of_both(links, [links[0], links[1], ONE]),
        [(1, 1, empty.clone()), (2, 1, link.clone())]
    );
    // Somebody has mended the last one.
    assert_eq!(
        of_both(links, [links[0], links[1], links[1]])[0],
        (1, 1, empty)
    );
}

#[test]
fn what_a_formula_of_another_kind_was_written_over_is_put_back() {
    let found = of_both(["Kim", "=A3"], ["", "=A3", ONE]);
    assert_eq!(found, [(2, 1, CellValue::text("Kim"))]);
}

#[test]
fn what_a_person_has_typed_since_is_theirs() {
    let before = Grid::of(&[&["Domain", "Owner", "Lead ID"], &["acme.com", "Kim", ""]]);
    let now = Grid::of(&[
        &["", "Domain", "Owner", "Lead ID"],
        &["", "acme.com", "Lee", ""],
    ]);
    let journal = journal(before, vec![(1, 2, CellValue::text("L1"))]);
    let columns = Columns::find(&now, None).expect("columns");
    assert_eq!(repairs(&journal, &now, &columns), []);
}
