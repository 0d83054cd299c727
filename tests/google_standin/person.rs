use crate::google::{Book, Cell, Tab};
use crate::support::companies;

fn book() -> Book {
    Book::new("book", "Leads", vec![companies(), Tab::new(8, "Log")])
}

fn first_column(book: &Book) -> Vec<String> {
    let rows = book.rows("My leads");
    rows.into_iter().map(|row| row[0].clone()).collect()
}

#[test]
fn what_is_typed_becomes_what_google_makes_of_it() {
    let mut book = book();
    for (text, expected) in [
        ("acme.com", Cell::Text("acme.com".to_owned())),
        ("12.50", Cell::Number(12.5)),
        ("-3", Cell::Number(-3.0)),
        ("true", Cell::Bool(true)),
        ("'12", Cell::Text("12".to_owned())),
        ("", Cell::Empty),
        (
            "=\"a\"\"b\"",
            Cell::formula("=\"a\"\"b\"", Cell::Text("a\"b".to_owned())),
        ),
        (
            "+A1",
            Cell::formula("=+A1", Cell::Text("#NAME?".to_owned())),
        ),
        (
            "=HYPERLINK(\"https://acme.com\",\"acme.com\")",
            Cell::formula(
                "=HYPERLINK(\"https://acme.com\",\"acme.com\")",
                Cell::Text("acme.com".to_owned()),
            ),
        ),
    ] {
        book.type_cell("Log", 0, 0, text);
        assert_eq!(book.cell("Log", 0, 0), expected, "{text}");
    }
}

#[test]
fn sorting_moves_whole_rows_or_a_part_of_them_with_blanks_last() {
    let mut sorted = book();
    sorted.sort("My leads", 1, 0, true, None);
    assert_eq!(first_column(&sorted), ["Company", "Globex", "Acme", ""]);
    assert_eq!(sorted.rows("My leads")[3][1], "initech.com");
    sorted.sort("My leads", 1, 2, false, Some(2..3));
    let scores: Vec<_> = sorted.rows("My leads")[1..]
        .iter()
        .map(|row| row[2].clone())
        .collect();
    assert_eq!(scores, ["7.5", "12", ""]);
    assert_eq!(sorted.version, 3);
}

#[test]
fn rows_and_columns_move_with_all_they_hold() {
    let mut book = book();
    book.insert_rows("My leads", 1, 2);
    book.move_rows("My leads", 3..4, 5);
    assert_eq!(
        first_column(&book),
        ["Company", "", "", "Globex", "Acme", ""]
    );
    book.delete_rows("My leads", 1, 2);
    book.duplicate_row("My leads", 1);
    book.cut_paste_row("My leads", 3, 9);
    assert_eq!(book.row_of("My leads", 0, "Acme"), Some(9));
    book.move_column("My leads", 0, 2);
    book.insert_columns("My leads", 1, 1);
    assert_eq!(book.column("My leads", "Score"), Some(2));
    assert_eq!(book.column("My leads", "Company"), Some(3));
    assert_eq!(book.header_row("My leads", "Company"), Some(0));
    book.delete_columns("My leads", 0, 2);
    assert_eq!(book.rows("My leads")[0], ["Score", "Company"]);
    assert_eq!(book.rows("My leads")[9], ["12", "Acme"]);
    assert_eq!(book.tab("My leads").row_count, 1001);
    assert_eq!(book.tab("My leads").column_count, 25);
}

#[test]
fn tabs_are_added_renamed_reordered_and_removed() {
    let mut book = book();
    let id = book.add_tab("Third");
    book.reorder_tab("Third", 0);
    book.rename_tab("Third", "First");
    assert_eq!(book.tabs[0].sheet_id, id);
    book.delete_tab("My leads");
    assert!(!book.has_tab("My leads"));
    book.paste("First", 1200, 30, &[&["far", "away"]]);
    assert_eq!(book.shown("First", 1200, 31), "away");
    assert_eq!(book.version, 6);
}
