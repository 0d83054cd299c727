//! Where other things quote a company's name: rows that could not be used, reasons, webhooks.

use sqlx::{QueryBuilder, Row};

use super::{Db, Pool, Tx, list};
use crate::flow::ports::StoreError;
use crate::lead::forgotten::names;

/// Where other things quote a domain. What only holds it as a part of another name is left alone.
pub struct Mentions {
    pub rejected: Vec<i64>,
    reasons: Vec<i64>,
    events: Vec<i64>,
    webhooks: Vec<i64>,
    files: Vec<(String, String)>,
}

impl Mentions {
    pub fn count(&self) -> u64 {
        let files = self.files.len();
        (self.rejected.len() + self.reasons.len() + self.events.len() + self.webhooks.len() + files)
            as u64
    }
}

/// Looks for them; goes through whole tables, so outside of any transaction that writes.
pub async fn mentions(readers: &Pool, domain: &str) -> Result<Mentions, StoreError> {
    Ok(Mentions {
        rejected: quoting(
            readers,
            "lead",
            "input",
            "domain IS NULL AND forgotten_at IS NULL",
            domain,
        )
        .await?,
        reasons: quoting(readers, "lead", "reason", "reason <> ''", domain).await?,
        events: quoting(readers, "lead_event", "reason", "reason <> ''", domain).await?,
        webhooks: quoting(
            readers,
            "webhook_event",
            body_words!(),
            "length(body) > 0",
            domain,
        )
        .await?,
        files: files(readers, domain).await?,
    })
}

async fn quoting(
    readers: &Pool,
    table: &'static str,
    text: &'static str,
    only: &'static str,
    domain: &str,
) -> Result<Vec<i64>, StoreError> {
    let mut query = QueryBuilder::<Db>::new("SELECT seq, ");
    query.push(text).push(" AS words FROM ").push(table);
    query.push(" WHERE ").push(only);
    query.push(concat!(" AND ", place_in!(), "(lower("));
    query.push(text).push("), ").push_bind(domain.to_owned());
    query.push(") > 0");
    let rows = query.build().persistent(false).fetch_all(readers).await?;
    let mut found = Vec::new();
    for row in &rows {
        let words: String = row.try_get("words")?;
        if names(&words, domain) {
            found.push(row.try_get("seq")?);
        }
    }
    Ok(found)
}

async fn files(readers: &Pool, domain: &str) -> Result<Vec<(String, String)>, StoreError> {
    let rows =
        sqlx::query("SELECT folder, name, problem FROM watched_file WHERE problem IS NOT NULL")
            .fetch_all(readers)
            .await?;
    let mut found = Vec::new();
    for row in &rows {
        let problem: String = row.try_get("problem")?;
        if names(&problem, domain) {
            found.push((row.try_get("folder")?, row.try_get("name")?));
        }
    }
    Ok(found)
}

/// Takes the name out of what was found.
pub async fn drop_mentions(tx: &mut Tx<'_>, found: &Mentions) -> Result<(), StoreError> {
    sqlx::query(concat!(
        "UPDATE lead SET reason = '' WHERE seq IN ",
        each!("$1")
    ))
    .bind(list(&found.reasons))
    .execute(&mut **tx)
    .await?;
    sqlx::query(concat!(
        "UPDATE lead_event SET reason = '' WHERE seq IN ",
        each!("$1")
    ))
    .bind(list(&found.events))
    .execute(&mut **tx)
    .await?;
    sqlx::query(concat!(
        "UPDATE webhook_event SET body = $2 WHERE seq IN ",
        each!("$1")
    ))
    .bind(list(&found.webhooks))
    .bind(Vec::<u8>::new())
    .execute(&mut **tx)
    .await?;
    for (folder, name) in &found.files {
        sqlx::query("UPDATE watched_file SET problem = '' WHERE folder = $1 AND name = $2")
            .bind(folder)
            .bind(name)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
