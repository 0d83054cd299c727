use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;
use url::Url;

use super::shown::HIDDEN;
use super::sources::RawSettings;
use super::tables::Table;
use super::{ConfigFaults, SheetsConfig};
use crate::lead::form::{Field, Form, FormKey, Mapping, Provider, Redirects};
use crate::lead::spreadsheet::parse_sheet;
use crate::lead::{RawOptions, RequestOptions};

pub(super) const TOKEN: &str = "WARMSHEET_FORM_TOKEN";
/// Of a table `[[forms]]`.
pub(super) const KEYS: [&str; 17] = [
    "provider",
    "name",
    "secret",
    "previous_secret",
    "token",
    "fields",
    "icp",
    "buyer_roles",
    "max_contacts",
    "drafts",
    "freshness_days",
    "deliver_to",
    "redirects",
    "honeypot",
    "per_minute",
    "per_address_per_minute",
    "hold",
];
const HONEYPOT: &str = "website_confirm";
const PER_MINUTE: u32 = 60;
const LONGEST_NAME: usize = 60;

/// Every `[[forms]]`, and the form that `WARMSHEET_FORM_TOKEN` alone makes.
pub(super) fn read(
    raw: &RawSettings,
    sheets: Option<&SheetsConfig>,
    faults: &mut ConfigFaults,
) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut known = BTreeSet::new();
    for table in raw.tables("forms") {
        let Some(form) = form(table, raw, sheets, faults) else {
            continue;
        };
        if known.insert(form.id()) {
            forms.push(form);
        } else {
            table.fault(
                faults,
                format!(
                    "there is another form {}; give each a name of its own",
                    form.id()
                ),
            );
        }
    }
    forms.extend(of_token(raw, &known, faults));
    forms
}

/// The form that the token makes, unless a table has its address.
pub(super) fn of_token(
    raw: &RawSettings,
    known: &BTreeSet<String>,
    faults: &mut ConfigFaults,
) -> Option<Form> {
    let token = raw.get(TOKEN).map(SecretString::from)?;
    match FormKey::new(Provider::Generic, Vec::new(), Some(token)) {
        Ok(key) => (!known.contains(Provider::Generic.as_str())).then(|| plain(key)),
        Err(problem) => {
            faults.add(TOKEN, problem);
            None
        }
    }
}

/// What counts for a form whatever its table leaves out, its address first.
pub(super) fn in_force(form: &Form, public_url: Option<&Url>) -> Vec<(&'static str, String)> {
    let base = public_url.map_or("", |url| url.as_str().trim_end_matches('/'));
    let mut known = vec![
        ("address", format!("{base}/forms/{}", form.id())),
        ("provider", form.provider.as_str().to_owned()),
        ("per_minute", form.per_minute.to_string()),
        ("hold", form.hold.to_string()),
    ];
    if form.provider == Provider::Generic {
        let usual = form.most_of_address(None);
        known.extend([
            ("token", format!("{HIDDEN}, of {TOKEN}")),
            ("honeypot", form.honeypot.clone()),
            (
                "per_address_per_minute",
                match form.per_address_per_minute {
                    Some(most) => most.to_string(),
                    None => format!("{usual}; as per_minute with the token as Bearer"),
                },
            ),
        ]);
    }
    known
}

fn plain(key: FormKey) -> Form {
    Form {
        provider: Provider::Generic,
        name: String::new(),
        key,
        mapping: Mapping::default(),
        defaults: RawOptions::default(),
        deliver_to: None,
        redirects: Redirects::default(),
        honeypot: HONEYPOT.to_owned(),
        per_minute: PER_MINUTE,
        per_address_per_minute: None,
        hold: false,
    }
}

/// Every fault of the table is noted, whichever comes first.
pub(super) fn form(
    table: &Table,
    raw: &RawSettings,
    sheets: Option<&SheetsConfig>,
    faults: &mut ConfigFaults,
) -> Option<Form> {
    table.tell_unknown(&KEYS, faults);
    let provider = provider(table, faults);
    let name = name(table, faults);
    let key = provider.and_then(|provider| key(table, provider, raw, faults));
    let mapping = mapping(table, faults);
    let defaults = defaults(table, faults);
    let deliver_to = deliver_to(table, sheets, faults);
    let places = table.list("redirects", faults);
    let redirects = noted(table, Redirects::parse(&places), faults);
    let honeypot = table.text("honeypot", faults);
    let per_minute = number(table, "per_minute", faults);
    let per_address = number(table, "per_address_per_minute", faults);
    if provider.is_some_and(|provider| provider != Provider::Generic) {
        let set = [
            ("redirects", !places.is_empty()),
            ("honeypot", honeypot.is_some()),
            ("per_address_per_minute", per_address.flatten().is_some()),
        ];
        // Whoever sets what does nothing believes that it does something.
        for (key, _) in set.into_iter().filter(|(_, is_set)| *is_set) {
            table.fault(faults, format!("{key} is only for generic; take it out"));
        }
    }
    let hold = table.flag("hold", faults).unwrap_or(false);
    Some(Form {
        provider: provider?,
        name: name?,
        key: key?,
        mapping: mapping?,
        defaults: defaults?,
        deliver_to,
        redirects: redirects?,
        honeypot: honeypot.unwrap_or_else(|| HONEYPOT.to_owned()),
        per_minute: per_minute?.unwrap_or(PER_MINUTE),
        per_address_per_minute: per_address?,
        hold,
    })
}

fn noted<T>(table: &Table, value: Result<T, String>, faults: &mut ConfigFaults) -> Option<T> {
    value.map_err(|problem| table.fault(faults, problem)).ok()
}

fn provider(table: &Table, faults: &mut ConfigFaults) -> Option<Provider> {
    let all = Provider::ALL.map(Provider::as_str).join(", ");
    let found = match table.text("provider", faults) {
        None => Err(format!("provider is not set; it is one of {all}")),
        Some(text) => Provider::parse(&text.to_lowercase())
            .ok_or_else(|| format!("provider \u{201c}{text}\u{201d} is not one of {all}")),
    };
    noted(table, found, faults)
}

fn name(table: &Table, faults: &mut ConfigFaults) -> Option<String> {
    let name = table.text("name", faults).unwrap_or_default();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let fine = name.len() <= LONGEST_NAME && name.chars().all(fits);
    let found = fine.then_some(name).ok_or_else(|| {
        format!("name is part of an address: at most {LONGEST_NAME} of a to z, 0 to 9, - and _")
    });
    noted(table, found, faults)
}

fn key(
    table: &Table,
    provider: Provider,
    raw: &RawSettings,
    faults: &mut ConfigFaults,
) -> Option<FormKey> {
    let before = faults.0.len();
    let secrets = ["secret", "previous_secret"].map(|name| table.secret(name, faults));
    let secrets: Vec<SecretString> = secrets.into_iter().flatten().collect();
    let mut token = table.secret("token", faults);
    if faults.0.len() > before {
        return None;
    }
    if token.is_none() && provider == Provider::Generic {
        token = raw.get(TOKEN).map(SecretString::from);
    }
    noted(table, FormKey::new(provider, secrets, token), faults)
}

fn mapping(table: &Table, faults: &mut ConfigFaults) -> Option<Mapping> {
    let mut named = BTreeMap::new();
    let mut fine = true;
    for (key, names) in table.inner("fields", faults) {
        match Field::parse(&key) {
            Some(field) => {
                named.insert(field, names);
            }
            None => {
                let all = Field::ALL.map(Field::as_str).join(", ");
                table.fault(
                    faults,
                    format!("fields has {key}, which is not one of {all}"),
                );
                fine = false;
            }
        }
    }
    fine.then(|| Mapping::new(named))
}

fn defaults(table: &Table, faults: &mut ConfigFaults) -> Option<RawOptions> {
    let options = RawOptions {
        icp: table.text("icp", faults),
        buyer_roles: table.list("buyer_roles", faults),
        max_contacts: table.text("max_contacts", faults),
        drafts: table.text("drafts", faults),
        freshness_days: table.text("freshness_days", faults),
    };
    let checked = RequestOptions::parse(&options).map_err(|error| error.to_string());
    noted(table, checked.map(|_| options), faults)
}

/// Rows for a spreadsheet that is not connected would wait for ever.
fn deliver_to(
    table: &Table,
    sheets: Option<&SheetsConfig>,
    faults: &mut ConfigFaults,
) -> Option<String> {
    let text = table.text("deliver_to", faults)?;
    let (id, _) = noted(table, parse_sheet(&text), faults)?;
    let connected = sheets.is_none_or(|s| s.sheets.iter().any(|sheet| sheet.spreadsheet == id));
    if !connected {
        table.fault(
            faults,
            format!("deliver_to: {id} is not connected; add it to WARMSHEET_SHEETS"),
        );
    }
    Some(id)
}

/// `None` is a fault, `Some(None)` is not set.
fn number(table: &Table, key: &str, faults: &mut ConfigFaults) -> Option<Option<u32>> {
    let Some(text) = table.text(key, faults) else {
        return Some(None);
    };
    let read = text.parse().map(Some).map_err(|_| {
        format!("{key} is a whole number of posts, or 0 for no limit; not \u{201c}{text}\u{201d}")
    });
    noted(table, read, faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn config(toml: &str) -> Result<Config, String> {
        let raw = RawSettings::of_toml(toml).map_err(|faults| faults.to_string())?;
        Config::from_raw(&raw).map_err(|faults| faults.to_string())
    }

    #[test]
    fn forms_are_read_with_what_is_usual_where_they_say_nothing() {
        let toml = "form_token = \"0123456789abcdef\"\n\
            [[forms]]\nprovider = \"tally\"\nname = \"contact\"\nsecret = \"planted\"\ndrafts = 2\n\
            fields = { domain = \"Where?\" }\nper_minute = 0\nhold = true\n";
        let config = config(toml).expect("two forms");
        let ids: Vec<String> = config.forms.iter().map(Form::id).collect();
        assert_eq!(ids, ["tally/contact", "generic"]);
        let form = &config.forms[0];
        assert_eq!((form.per_minute, form.per_address_per_minute), (0, None));
        let usual = &config.forms[1];
        let [none, wrong, right] = [None, Some("wrong"), Some("0123456789abcdef")]
            .map(|bearer| usual.most_of_address(bearer));
        assert_eq!((none, wrong, right), (10, 10, 60));
        assert_eq!(form.honeypot, "website_confirm");
        assert_eq!(form.defaults.drafts.as_deref(), Some("2"));
        assert!(form.hold);
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("planted") && !shown.contains("0123456789"),
            "{shown}"
        );
    }

    #[test]
    fn every_fault_of_every_form_is_told_at_once() {
        let toml = "[[forms]]\nprovider = \"tally\"\nfields = { website = \"x\" }\n\
            [[forms]]\nprovider = \"jotform\"\nname = \"A B\"\ndrafts = 9\nper_minute = \"many\"\n\
            deliver_to = \"1AbC\"\nredirects = [\"acme.com\"]\nsecrets = \"x\"\n\
            [[forms]]\nprovider = \"generic\"\ntoken = \"0123456789abcdef\"\n\
            [[forms]]\nprovider = \"generic\"\ntoken = \"0123456789abcdef\"\n\
            [[forms]]\nprovider = \"typeform\"\nsecret = \"s\"\nhoneypot = \"x\"\n\
            redirects = [\"https://acme.com/\"]\nper_address_per_minute = 5\n";
        let faults = config(toml).expect_err("many faults");
        for told in [
            "number 1: secret is not set",
            "number 1: fields has website",
            "number 2: provider \u{201c}jotform\u{201d} is not one of tally",
            "number 2: name is part",
            "number 2: per_minute",
            "number 2: deliver_to: 1AbC is not connected",
            "number 2: redirects",
            "number 2: secrets is no setting here; the nearest is secret",
            "number 4: there is another form generic",
            "number 5: honeypot is only for generic",
            "number 5: redirects is only for generic",
            "number 5: per_address_per_minute is only for generic",
        ] {
            assert!(faults.contains(told), "{told}: {faults}");
        }
    }
}
