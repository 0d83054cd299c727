//! Where other things quote a company's name: rows that could not be used, reasons, webhooks. The
//! texts are looked through here and not by the engines: neither compares letters as Unicode does,
//! and what a webhook says may be escaped. Nothing is locked while they are read.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use sqlx::Row;

use super::forget::{forgotten, scrub};
use super::{DbRow, Store, Tx};
use crate::flow::ports::StoreError;
use crate::lead::{CompanyDomain, Naming};

/// Texts of one statement that reads; a webhook may have a megabyte.
const PAGE: i64 = 100;
/// Texts of one transaction that writes.
const AT_ONCE: usize = 50;

/// What may quote a company, in the order in which it is gone through: a row that could not be used
/// takes the words about it along.
#[derive(Clone, Copy)]
enum Kind {
    Unusable,
    Reason,
    Event,
    Webhook,
}

/// A text that does.
struct Quote {
    seq: i64,
    text: String,
}

/// Takes a company's name out of whatever quotes it; answers how much did. What only holds it as a
/// part of another name is left alone.
pub async fn drop_mentions(
    store: &Store,
    domain: &CompanyDomain,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let naming = Naming::of(domain);
    let mut dropped = 0;
    for kind in [Kind::Unusable, Kind::Reason, Kind::Event, Kind::Webhook] {
        let mut after = Some(0);
        while let Some(seq) = after {
            let (quotes, next) = page(store, kind, seq, &naming).await?;
            for quotes in quotes.chunks(AT_ONCE) {
                dropped += drop_some(store, kind, quotes, domain, now).await?;
            }
            after = next;
        }
    }
    Ok(dropped + drop_files(store, &naming).await?)
}

/// What quotes the company among the next texts, and the last one's number if there may be more.
async fn page(
    store: &Store,
    kind: Kind,
    after: i64,
    naming: &Naming,
) -> Result<(Vec<Quote>, Option<i64>), StoreError> {
    let statement = match kind {
        Kind::Unusable => {
            // As a condition it would have all such rows found and sorted for every page.
            "SELECT seq, CASE WHEN domain IS NULL AND forgotten_at IS NULL THEN input ELSE '' END
             FROM lead WHERE seq > $1 ORDER BY seq LIMIT $2"
        }
        Kind::Reason => {
            "SELECT seq, reason FROM lead WHERE reason <> '' AND seq > $1 ORDER BY seq LIMIT $2"
        }
        Kind::Event => {
            "SELECT seq, reason FROM lead_event
             WHERE reason <> '' AND seq > $1 ORDER BY seq LIMIT $2"
        }
        Kind::Webhook => {
            "SELECT seq, body FROM webhook_event
             WHERE length(body) > 0 AND seq > $1 ORDER BY seq LIMIT $2"
        }
    };
    let rows = sqlx::query(statement).bind(after).bind(PAGE);
    let mut rows = rows.fetch(&store.readers);
    let (mut quotes, mut read, mut last) = (Vec::new(), 0, after);
    while let Some(row) = rows.try_next().await? {
        read += 1;
        last = row.try_get(0)?;
        let text = kind.text(&row)?;
        let named = match kind {
            Kind::Webhook => naming.in_json(&text),
            Kind::Unusable | Kind::Reason | Kind::Event => naming.in_text(&text),
        };
        if named.is_some() {
            quotes.push(Quote { seq: last, text });
        }
    }
    Ok((quotes, Some(last).filter(|_| read == PAGE)))
}

impl Kind {
    fn text(self, row: &DbRow) -> Result<String, StoreError> {
        Ok(match self {
            Self::Webhook => String::from_utf8_lossy(row.try_get(1)?).into_owned(),
            Self::Unusable | Self::Reason | Self::Event => row.try_get(1)?,
        })
    }
}

/// In one transaction; nothing once the company may be bought again.
async fn drop_some(
    store: &Store,
    kind: Kind,
    quotes: &[Quote],
    domain: &CompanyDomain,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let mut tx = store.write().await?;
    let known = forgotten(&mut tx).await?;
    let Some(since) = known.since(domain.as_str()) else {
        return Ok(0);
    };
    let mut dropped = 0;
    for quote in quotes {
        if !matches!(kind, Kind::Unusable) {
            dropped += drop_text(&mut tx, kind, quote).await?;
        } else if is_still_unusable(&mut tx, quote).await? {
            scrub(&mut tx, quote.seq, domain.as_str(), since, &known, now).await?;
            dropped += 1;
        }
    }
    tx.commit().await?;
    Ok(dropped)
}

/// A person may have corrected the row since it was read.
async fn is_still_unusable(tx: &mut Tx<'_>, quote: &Quote) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM lead WHERE seq = $1 AND input = $2
             AND domain IS NULL AND forgotten_at IS NULL)",
    )
    .bind(quote.seq)
    .bind(&quote.text)
    .fetch_one(&mut **tx)
    .await?)
}

/// Empties a text, unless another one has taken its place. A webhook's body never changes.
async fn drop_text(tx: &mut Tx<'_>, kind: Kind, quote: &Quote) -> Result<u64, StoreError> {
    let emptied = match kind {
        Kind::Webhook => sqlx::query("UPDATE webhook_event SET body = $2 WHERE seq = $1")
            .bind(quote.seq)
            .bind(Vec::<u8>::new()),
        Kind::Event => {
            sqlx::query("UPDATE lead_event SET reason = '' WHERE seq = $1 AND reason = $2")
                .bind(quote.seq)
                .bind(&quote.text)
        }
        Kind::Reason | Kind::Unusable => {
            sqlx::query("UPDATE lead SET reason = '' WHERE seq = $1 AND reason = $2")
                .bind(quote.seq)
                .bind(&quote.text)
        }
    };
    Ok(emptied.execute(&mut **tx).await?.rows_affected())
}

/// What files could not be read for.
async fn drop_files(store: &Store, naming: &Naming) -> Result<u64, StoreError> {
    let mut quoting: Vec<(String, String, String)> = Vec::new();
    let mut rows =
        sqlx::query("SELECT folder, name, problem FROM watched_file WHERE problem <> ''")
            .fetch(&store.readers);
    while let Some(row) = rows.try_next().await? {
        let problem: String = row.try_get(2)?;
        if naming.in_text(&problem).is_some() {
            quoting.push((row.try_get(0)?, row.try_get(1)?, problem));
        }
    }
    drop(rows);
    let mut dropped = 0;
    for (folder, name, problem) in &quoting {
        let emptied = sqlx::query(
            "UPDATE watched_file SET problem = '' WHERE folder = $1 AND name = $2 AND problem = $3",
        )
        .bind(folder)
        .bind(name)
        .bind(problem)
        .execute(&store.writer)
        .await?;
        dropped += emptied.rows_affected();
    }
    Ok(dropped)
}
