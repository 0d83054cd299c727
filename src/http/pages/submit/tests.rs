use super::*;

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
