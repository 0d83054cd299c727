use super::*;
use crate::flow::intake::IntakeRow;
use crate::lead::RawOptions;

fn form(domains: &str) -> SubmitForm {
    SubmitForm {
        domains: domains.into(),
        ..SubmitForm::fresh()
    }
}

#[test]
fn the_rows_of_one_form_share_its_scope() {
    let form = form("acme.com\nglobex.com");
    let rows = form.rows(&Sheets::new()).expect("rows");
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row.scope == Some(format!("form\u{1f}{}", form.form_id)))
    );
    assert_ne!(SubmitForm::fresh().form_id, form.form_id);
}

#[test]
fn the_ticked_box_forces_every_row() {
    let forced = SubmitForm {
        force: Some("yes".into()),
        ..form("acme.com\nglobex.com")
    };
    let rows = forced.rows(&Sheets::new()).expect("rows");
    assert!(rows.iter().all(|row| row.force));
    let plain = form("acme.com").rows(&Sheets::new()).expect("rows");
    assert!(!plain[0].force);
}

#[test]
fn a_form_without_an_id_is_known_by_nothing_else() {
    let form = SubmitForm {
        form_id: String::new(),
        ..form("acme.com")
    };
    assert_ne!(form.scope(), form.scope());
}

#[test]
fn a_wrong_option_is_told_before_anything_is_stored() {
    let form = SubmitForm {
        freshness_days: "3".into(),
        ..form("acme.com")
    };
    assert!(
        form.rows(&Sheets::new())
            .expect_err("too few days")
            .contains("Freshness days")
    );
}

#[test]
fn an_empty_form_and_one_too_long_are_refused() {
    assert!(form(" \n ").rows(&Sheets::new()).is_err());
    assert!(form(&"a.com\n".repeat(MOST)).rows(&Sheets::new()).is_ok());
    let problem = form(&"a.com\n".repeat(MOST + 1))
        .rows(&Sheets::new())
        .expect_err("too many");
    assert!(problem.contains("10,001"), "{problem}");
}

#[test]
fn the_form_offers_the_connected_sheets_and_takes_no_other() {
    let titled = SheetHealth {
        title: "Campaign".into(),
        ..SheetHealth::default()
    };
    let connected = Sheets::from([
        ("1AbC".into(), titled),
        ("2DeF".into(), SheetHealth::default()),
    ]);
    let choices = sheet_choices(&connected).into_iter();
    let names: Vec<String> = choices.map(|choice| choice.name).collect();
    assert_eq!(names, ["Campaign", "2DeF"]);
    let to = |id: &str| SubmitForm {
        deliver_to: id.into(),
        ..form("acme.com")
    };
    let rows = to("1AbC").rows(&connected).expect("rows");
    assert_eq!(rows[0].deliver_to.as_deref(), Some("1AbC"));
    let rows = to("").rows(&connected).expect("rows");
    assert_eq!(rows[0].deliver_to, None);
    assert!(to("3GhI").rows(&connected).is_err());
}

/// A form that carries the rows of a file along.
fn carrying(rows: &[(&str, Option<&str>)]) -> SubmitForm {
    let row = |(place, (domain, drafts)): (u32, &(&str, Option<&str>))| IntakeRow {
        domain: (*domain).to_owned(),
        row: Some(place),
        options: RawOptions {
            drafts: drafts.map(str::to_owned),
            ..RawOptions::default()
        },
        ..IntakeRow::default()
    };
    let mut form = SubmitForm {
        drafts: "2".into(),
        max_contacts: "1".into(),
        ..form("hooli.com")
    };
    form.carry("list.csv", (2..).zip(rows).map(row).collect());
    form
}

#[test]
fn rows_of_a_file_follow_the_pasted_ones_and_their_own_options_go_first() {
    let form = carrying(&[("acme.com", Some("3")), ("globex.com", None)]);
    assert_eq!(form.carried_rows(), 2);
    let rows = form.rows(&Sheets::new()).expect("rows");
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.domain.as_str(), row.row, row.options.drafts.as_deref()))
        .collect();
    let expected = [
        ("hooli.com", Some(1), Some("2")),
        ("acme.com", Some(2), Some("3")),
        ("globex.com", Some(3), Some("2")),
    ];
    assert_eq!(seen, expected);
    let contacts = |row: &IntakeRow| row.options.max_contacts.as_deref() == Some("1");
    assert!(
        rows.iter().all(contacts),
        "blank in the file, chosen in the form"
    );
    assert!(rows.iter().all(|row| row.scope == Some(form.scope())));
}

#[test]
fn rows_that_were_lost_on_the_way_are_not_left_out_silently() {
    let lost = SubmitForm {
        rows: "[[1,\"acme.com\"".into(),
        ..form("globex.com")
    };
    assert!(lost.rows(&Sheets::new()).is_err());
}

#[test]
fn to_an_agreement_that_cannot_be_read_nobody_agreed() {
    let agreed = |text: &str| {
        let form = SubmitForm {
            agreed: text.into(),
            ..form("acme.com")
        };
        form.agreed().map(|agreed| (agreed.bought, agreed.held))
    };
    assert_eq!(agreed(" "), None);
    assert_eq!(agreed("3 held"), Some((3, true)));
    assert_eq!(agreed("99999999999999999999999"), Some((0, true)));
    assert_eq!(agreed("all"), Some((0, true)));
}

#[test]
fn mending_puts_what_was_meant_in_the_place_of_what_was_mistyped() {
    let mut form = SubmitForm {
        domains: "acme.com/about, globex.com\nAcme Inc".into(),
        ..carrying(&[("initech.com:80", Some("3"))])
    };
    form.carry(
        "list.csv",
        form.rows(&Sheets::new()).expect("rows").split_off(3),
    );
    assert_eq!(form.mend(), 2);
    assert_eq!(form.domains, "acme.com\nglobex.com\nAcme Inc");
    let rows = form.rows(&Sheets::new()).expect("rows");
    assert_eq!(rows[3].domain, "initech.com");
    assert_eq!(rows[3].options.drafts.as_deref(), Some("3"));
    assert_eq!(form.mend(), 0);
}

#[test]
fn a_form_of_millions_of_rows_is_refused_by_their_number_before_any_is_made() {
    let words = |result: Result<Vec<IntakeRow>, String>| result.map(|rows| rows.len());
    let pasted = form(&"a.b,".repeat(2_000_000));
    let refused = words(pasted.rows(&Sheets::new())).expect_err("too many");
    assert!(
        refused.starts_with("2,000,000 domains are too many"),
        "{refused}"
    );
    // None of them is a row of a file, and nobody looks before they are counted.
    let carried = SubmitForm {
        rows: format!("[{}0]", "0,".repeat(1_999_999)),
        ..form("acme.com")
    };
    let refused = words(carried.rows(&Sheets::new())).expect_err("too many");
    assert!(
        refused.starts_with("2,000,001 domains are too many"),
        "{refused}"
    );
    let mut pasted = form(&"https://a.com/x\n".repeat(MOST + 1));
    assert_eq!(pasted.mend(), 0);
    assert_eq!(pasted.domains.lines().count(), MOST + 1, "nothing is lost");
}
