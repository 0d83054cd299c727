//! What is removed is gone, what it cost stays, and nothing of it is bought again.

mod forgotten;
mod retention;

use sqlx::{Connection as _, Row as _};
use warmsheet::flow::ports::{AttemptRef, NewLead, Scrubbed, Source};
use warmsheet::lead::CompanyDomain;

use crate::fixture::{Fixture, Place, at, batch, new_lead, row};

/// What must not be found anywhere.
const PLANTED: [&str; 3] = ["acme.com", "Zebedee Quillfeather", "zebedee@"];

fn acme() -> CompanyDomain {
    CompanyDomain::parse("acme.com").expect("a domain")
}

fn report() -> Vec<warmsheet::lead::FlatRow> {
    vec![
        row(&[
            ("contact", "Zebedee Quillfeather"),
            ("email", "zebedee@acme.com"),
        ]),
        row(&[("zebedee@ as a key", "x")]),
    ]
}

/// Everything that a database holds: of a file all its bytes, the log's included; of a server every
/// row of every table as text.
async fn everything(place: &Place) -> Vec<u8> {
    match place {
        Place::File(folder) => {
            let mut all = Vec::new();
            for entry in std::fs::read_dir(folder.path()).expect("the folder") {
                all.extend(std::fs::read(entry.expect("an entry").path()).expect("a file"));
            }
            all
        }
        Place::Database { url, .. } => {
            let mut connection = sqlx::PgConnection::connect(url).await.expect("the server");
            let tables = sqlx::query(
                "SELECT table_name::text AS name FROM information_schema.tables
                 WHERE table_schema = 'public'",
            );
            let mut all = Vec::new();
            for table in tables.fetch_all(&mut connection).await.expect("tables") {
                let name: String = table.get("name");
                let rows = sqlx::AssertSqlSafe(format!("SELECT t::text AS t FROM {name} t"));
                for row in sqlx::query(rows)
                    .fetch_all(&mut connection)
                    .await
                    .expect("rows")
                {
                    all.extend(row.get::<String, _>("t").into_bytes());
                }
            }
            all
        }
    }
}

async fn found(place: &Place) -> Vec<&'static str> {
    which_of(place, &PLANTED).await
}

/// Which of these words a database holds.
pub async fn which_of<'w>(place: &Place, words: &[&'w str]) -> Vec<&'w str> {
    let all = String::from_utf8_lossy(&everything(place).await).to_lowercase();
    let is_there = |word: &&str| {
        let word = word.to_lowercase();
        all.contains(&word) || all.contains(&hex::encode(&word))
    };
    words.iter().copied().filter(is_there).collect()
}

/// Forgets with nothing under way.
async fn forget(fixture: &Fixture, minute: i64) -> Scrubbed {
    let (store, now) = (&fixture.store, at(minute));
    store.stop_company(&acme(), now).await.expect("stored");
    let scrubbed = store.scrub(&acme(), 100, now, now).await.expect("scrubbed");
    store.scrub_mentions(&acme(), now).await.expect("scrubbed");
    scrubbed
}

/// Another lead for the same company, to be bought whatever is there.
async fn add_forced(fixture: &Fixture) -> AttemptRef {
    let lead = NewLead {
        force: true,
        ..new_lead("acme.com")
    };
    fixture.accept(batch(Source::Api, "", vec![lead])).await[0]
}

async fn nothing_is_found_once_scoured(fixture: &Fixture) {
    fixture.store.scour().await.expect("scoured");
    assert_eq!(found(&fixture.place).await, [] as [&str; 0]);
}
