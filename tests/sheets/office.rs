use std::ops::{Deref, DerefMut};

use crate::google::{Book, GoogleStandIn, Tab};
use crate::support::warmsheet::{Warmsheet, call, words};
use crate::support::{DEADLINE, World, eventually, within};

/// The spreadsheet of most tests, and its input tab.
pub const SHEET: &str = "1Sheet-for_tests";
pub const TAB: &str = "Companies";
pub const RESULTS: &str = "Warm leads";

/// A sandbox, a Google with one shared spreadsheet, and the settings of a service on both.
pub struct Office {
    pub world: World,
    pub google: GoogleStandIn,
}

impl Deref for Office {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Office {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Office {
    /// Quick runs, and a sheet with these rows.
    pub async fn with_rows(rows: &[&[&str]]) -> Self {
        Self::of(World::new().await, rows).await
    }

    pub async fn of(mut world: World, rows: &[&[&str]]) -> Self {
        world.with_webhooks().await;
        let google = GoogleStandIn::start().await;
        google.add_book(SHEET, "Campaign", vec![Tab::with_rows(0, TAB, rows)]);
        world.settings.extend(google.settings(world.dir.path()));
        world.set("GOOGLE_SHEETS_LATE_SECONDS", "2");
        world.set("WARMSHEET_SHEETS", SHEET);
        Self { world, google }
    }

    pub fn book<T>(&self, look: impl FnOnce(&mut Book) -> T) -> T {
        self.google.book(SHEET, look)
    }

    /// What the column with this header shows beside a domain; empty where there is none.
    pub fn shown(&self, domain: &str, header: &str) -> String {
        self.book(|book| shown(book, domain, header))
    }

    /// Waits until a row's cell begins so.
    pub async fn until_shown(&self, domain: &str, header: &str, begins: &str) -> String {
        eventually(&format!("{header} of {domain} is {begins}"), || async {
            let seen = self.shown(domain, header);
            if seen.starts_with(begins) {
                Ok(seen)
            } else {
                Err(format!(
                    "{seen:?} in {:#?}",
                    self.book(|book| book.rows(TAB))
                ))
            }
        })
        .await
    }

    /// Chooses something in the `Action` cell of a domain's row.
    pub fn choose(&self, domain: &str, action: &str) {
        self.book(|book| {
            let column = book.column(TAB, "Action").expect("an Action column");
            let row = row_of(book, domain).expect("a row");
            book.type_cell(TAB, row, column, action);
        });
    }

    /// The domains in the results tab, a row each, in their order.
    pub fn results(&self) -> Vec<String> {
        self.book(|book| {
            if !book.has_tab(RESULTS) {
                return Vec::new();
            }
            let rows = book.rows(RESULTS);
            let column = book.column(RESULTS, "domain").expect("a domain column");
            rows.iter().skip(1).map(|row| row[column].clone()).collect()
        })
    }

    /// Waits until the results tab has so many rows of a domain.
    pub async fn until_results(&self, domain: &str, rows: usize) {
        eventually(&format!("{rows} results of {domain}"), || async {
            let all = self.results();
            let seen = all.iter().filter(|of| *of == domain).count();
            if seen == rows {
                Ok(())
            } else {
                Err(format!("{all:?}"))
            }
        })
        .await;
    }

    /// Waits until a fault that was set has been met.
    pub async fn after_fault(&self) {
        eventually("the fault is met", || async {
            match self.google.waiting_faults() {
                0 => Ok(()),
                left => Err(left.to_string()),
            }
        })
        .await;
    }

    /// Waits until the service has looked at the sheet again, with what was done before in view.
    pub async fn after_syncs(&self, service: &Warmsheet, syncs: usize) {
        for _ in 0..syncs {
            let before = last_ok(service).await;
            // Several faults in a row, and the back-off is a minute and more.
            within(DEADLINE * 3, "another look at the sheet", || async {
                let seen = last_ok(service).await;
                if seen > before { Ok(()) } else { Err(seen) }
            })
            .await;
        }
    }
}

impl Office {
    /// Runs a command beside the service; answers what it printed.
    pub async fn run(&self, arguments: &[&str]) -> String {
        words(&call(&self.world, arguments).await)
    }
}

async fn last_ok(service: &Warmsheet) -> String {
    let status = service.status().await;
    status["sheets"][SHEET]["lastOk"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

pub fn row_of(book: &Book, domain: &str) -> Option<usize> {
    let column = book.column(TAB, "Domain")?;
    book.row_of(TAB, column, domain)
}

pub fn shown(book: &Book, domain: &str, header: &str) -> String {
    let (Some(row), Some(column)) = (row_of(book, domain), book.column(TAB, header)) else {
        return String::new();
    };
    book.shown(TAB, row, column)
}

/// A sheet with three companies that are done.
pub async fn three_done() -> (Office, Warmsheet) {
    let office = Office::with_rows(&[&["Domain", "Owner"]]).await;
    let service = office.serve().await;
    office.after_syncs(&service, 1).await;
    office.book(paste_three);
    for domain in ["acme.com", "globex.com", "initech.com"] {
        office.until_shown(domain, "Status", "Done").await;
    }
    (office, service)
}

/// Every row shows the id of its own domain's lead, and nothing was bought twice.
pub async fn in_order(office: &Office, service: &Warmsheet, domains: &[&str]) {
    for domain in domains {
        let id = service.lead_of(domain).await["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        office.until_shown(domain, "Lead ID", &id).await;
    }
    let mut charged = office.charged().await;
    charged.sort();
    let mut wanted: Vec<&str> = domains.to_vec();
    wanted.sort_unstable();
    assert_eq!(charged, wanted);
}

/// Three companies below the header, each with its owner.
pub fn paste_three(book: &mut Book) {
    let rows: [&[&str]; 3] = [
        &["acme.com", "Kim"],
        &["globex.com", "Lee"],
        &["initech.com", "Max"],
    ];
    book.paste(TAB, 1, 0, &rows);
}
