//! The form as sent, and the rows that it holds.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::flow::deliver_to;
use crate::flow::health::Sheets;
use crate::flow::intake::IntakeRow;
use crate::flow::preview::Agreed;
use crate::http::pages::paste;
use crate::lead::money::grouped;
use crate::lead::{CompanyDomain, RawOptions, RequestOptions};

/// Domains in one form.
pub const MOST: usize = 10_000;
/// The longest form id that is believed.
const LONGEST_FORM_ID: usize = 64;

/// The form as sent; what is blank was left to Citedy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SubmitForm {
    /// Random, one a shown form. The rows of one form are known by it, so that a double click
    /// or a reload buys nothing twice.
    pub form_id: String,
    pub domains: String,
    /// The name of the file whose rows are carried along.
    pub file_name: String,
    /// The rows of that file as JSON, a [`FileRow`] each: a browser does not send a file twice, and
    /// nothing is kept here in between.
    pub rows: String,
    /// Ticked: the rows that are carried along are still meant.
    pub keep_file: Option<String>,
    pub icp: String,
    pub buyer_roles: String,
    pub max_contacts: String,
    pub drafts: String,
    pub freshness_days: String,
    /// A connected spreadsheet that gets the rows as well.
    pub deliver_to: String,
    /// Ticked: no stored report serves.
    pub force: Option<String>,
    /// What the preview said when it was confirmed; blank where there was none.
    pub agreed: String,
    /// Pressed: rows that are mistyped become what was probably meant.
    pub mend: Option<String>,
}

/// A row of a file: its place, its domain cell, and its own options and destination if it has any.
#[derive(Debug, Serialize, Deserialize)]
struct FileRow(u32, String, Option<RawOptions>, Option<String>);

impl SubmitForm {
    pub fn fresh() -> Self {
        Self {
            form_id: new_form_id(),
            ..Self::default()
        }
    }

    /// The options that hold where a row has none of its own.
    pub fn options(&self) -> RawOptions {
        RawOptions {
            icp: given(&self.icp),
            buyer_roles: given(&self.buyer_roles).into_iter().collect(),
            max_contacts: given(&self.max_contacts),
            drafts: given(&self.drafts),
            freshness_days: given(&self.freshness_days),
        }
    }

    /// What was agreed to, if a preview was confirmed; to what cannot be read, nobody agreed.
    pub fn agreed(&self) -> Option<Agreed> {
        let nothing = Agreed {
            bought: 0,
            held: true,
        };
        let told = given(&self.agreed)?;
        Some(Agreed::parse(&told).unwrap_or(nothing))
    }

    /// The scope that this form's rows are known by.
    pub fn scope(&self) -> String {
        let id = self.form_id.trim();
        let believed = !id.is_empty() && id.len() <= LONGEST_FORM_ID;
        let id = if believed {
            id.to_owned()
        } else {
            new_form_id()
        };
        format!("form\u{1f}{id}")
    }

    /// Carries the rows of a file along, in place of those of another.
    pub fn carry(&mut self, name: &str, rows: Vec<IntakeRow>) {
        let rows = rows.into_iter().map(|row| {
            let own = (row.options != RawOptions::default()).then_some(row.options);
            FileRow(row.row.unwrap_or(0), row.domain, own, row.deliver_to)
        });
        self.set_carried(rows.collect());
        self.file_name = name.to_owned();
    }

    pub fn forget_file(&mut self) {
        self.file_name.clear();
        self.rows.clear();
    }

    fn set_carried(&mut self, rows: Vec<FileRow>) {
        // Numbers and texts always have a JSON.
        self.rows = serde_json::to_string(&rows).unwrap_or_default();
    }

    fn carried(&self) -> Result<Vec<FileRow>, String> {
        self.carried_as()
    }

    fn carried_as<T: DeserializeOwned>(&self) -> Result<Vec<T>, String> {
        if self.rows.is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_str(&self.rows)
            .map_err(|_| "The rows of the file were lost on the way; choose it again.".to_owned())
    }

    /// How many rows of a file are carried along.
    pub fn carried_rows(&self) -> usize {
        self.carried_as::<IgnoredAny>().map_or(0, |rows| rows.len())
    }

    /// How many rows there are in all.
    fn count(&self) -> Result<usize, String> {
        let carried = self.carried_as::<IgnoredAny>()?.len();
        Ok(paste::split(&self.domains).count() + carried)
    }

    /// The rows to take in, pasted ones first, or what is wrong with the form as a whole.
    pub fn rows(&self, connected: &Sheets) -> Result<Vec<IntakeRow>, String> {
        let options = self.options();
        RequestOptions::parse(&options).map_err(|error| error.to_string())?;
        let deliver_to = given(&self.deliver_to);
        if let Some(text) = &deliver_to {
            deliver_to::parse(text, connected)
                .map_err(|reason| format!("Also write the rows to: {reason}"))?;
        }
        // Counted before any row is made: there may be millions.
        let count = self.count()?;
        if count == 0 {
            return Err(
                "Paste at least one company domain, like acme.com, or choose a file.".to_owned(),
            );
        }
        if count > MOST {
            return Err(format!(
                "{} domains are too many for one form; {} are possible. Send the rest in another, \
                 or put the list into the watched folder.",
                grouped(count as u64),
                grouped(MOST as u64)
            ));
        }
        let scope = self.scope();
        let row = |row, domain, options, to| IntakeRow {
            domain,
            options,
            row: Some(row),
            scope: Some(scope.clone()),
            deliver_to: to,
            force: self.force.is_some(),
            ..IntakeRow::default()
        };
        let pasted = paste::split(&self.domains).map(|typed| {
            row(
                typed.line,
                typed.domain.to_owned(),
                options.clone(),
                deliver_to.clone(),
            )
        });
        let carried = self.carried()?.into_iter();
        let carried = carried.map(|FileRow(place, domain, own, to)| {
            let options = filled_up(own.unwrap_or_default(), &options);
            row(place, domain, options, to.or_else(|| deliver_to.clone()))
        });
        Ok(pasted.chain(carried).collect())
    }

    /// Puts what was probably meant in the place of mistyped rows; answers how many there were.
    pub fn mend(&mut self) -> usize {
        if self.count().is_ok_and(|count| count > MOST) {
            return 0;
        }
        let mut mended = 0;
        let mut meant = |typed: String| match suggestion(&typed) {
            Some(meant) => {
                mended += 1;
                meant
            }
            None => typed,
        };
        let pasted = paste::split(&self.domains);
        let pasted: Vec<String> = pasted.map(|row| meant(row.domain.to_owned())).collect();
        let carried = self.carried().unwrap_or_default().into_iter();
        let carried: Vec<FileRow> = carried
            .map(|FileRow(place, domain, own, to)| FileRow(place, meant(domain), own, to))
            .collect();
        if mended > 0 {
            self.domains = pasted.join("\n");
            if !carried.is_empty() {
                self.set_carried(carried);
            }
        }
        mended
    }
}

/// The domain that a mistyped cell probably means.
pub fn suggestion(typed: &str) -> Option<String> {
    let error = CompanyDomain::parse(typed).err()?;
    error.suggestion().map(str::to_owned)
}

/// A row's own options; what it leaves blank is as chosen for all.
fn filled_up(own: RawOptions, chosen: &RawOptions) -> RawOptions {
    let roles = match own.buyer_roles.is_empty() {
        true => chosen.buyer_roles.clone(),
        false => own.buyer_roles,
    };
    RawOptions {
        icp: own.icp.or_else(|| chosen.icp.clone()),
        buyer_roles: roles,
        max_contacts: own.max_contacts.or_else(|| chosen.max_contacts.clone()),
        drafts: own.drafts.or_else(|| chosen.drafts.clone()),
        freshness_days: own.freshness_days.or_else(|| chosen.freshness_days.clone()),
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn new_form_id() -> String {
    Uuid::new_v4().simple().to_string()
}
