//! Questions to Citedy and their answers.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{DbRow, Store, text};
use crate::flow::ports::{
    Asking, BoughtRun, Errand, ErrandBody, ErrandStore, ErrandView, Payer, StoreError,
};

/// What stands in the table need not be asked for anew: it is open, answered or failed since these
/// times.
macro_rules! will_do {
    ($open:literal, $answered:literal, $failed:literal) => {
        concat!(
            "(CASE WHEN errand.answered_at IS NULL THEN errand.asked_at >= ",
            $open,
            " WHEN errand.problem IS NULL THEN errand.answered_at >= ",
            $answered,
            " ELSE errand.answered_at >= ",
            $failed,
            " END)"
        )
    };
}

#[async_trait]
impl ErrandStore for Store {
    async fn ask(&self, errand: &Errand, payer: &Payer, asking: &Asking) -> Result<(), StoreError> {
        // A page that is looked at asks again and again: nothing is written while what is there will do,
        // because every write is news to all who follow.
        let will_do: bool = sqlx::query_scalar(concat!(
            "SELECT EXISTS (SELECT 1 FROM errand
             WHERE name = $1 AND origin = $2 AND agent = $3 AND ",
            will_do!("$4", "$5", "$6"),
            ")"
        ))
        .bind(errand.name())
        .bind(&payer.origin)
        .bind(&payer.agent)
        .bind(asking.open_since)
        .bind(asking.answered_since)
        .bind(asking.failed_since)
        .fetch_one(&self.readers)
        .await?;
        if will_do {
            return Ok(());
        }
        // The answer before stays until there is another one: it is still worth showing.
        sqlx::query(concat!(
            "INSERT INTO errand (name, origin, agent, asked_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name, origin, agent) DO UPDATE SET
                 asked_at = $4, answered_at = NULL, problem = NULL
             WHERE NOT ",
            will_do!("$5", "$6", "$7"),
        ))
        .bind(errand.name())
        .bind(&payer.origin)
        .bind(&payer.agent)
        .bind(asking.now)
        .bind(asking.open_since)
        .bind(asking.answered_since)
        .bind(asking.failed_since)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn open_errands(
        &self,
        payer: &Payer,
        asked_since: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<Errand>, StoreError> {
        let rows = sqlx::query(
            "SELECT name FROM errand
             WHERE answered_at IS NULL AND asked_at >= $1 AND origin = $2 AND agent = $3
             ORDER BY asked_at, name LIMIT $4",
        )
        .bind(asked_since)
        .bind(&payer.origin)
        .bind(&payer.agent)
        .bind(i64::from(most))
        .fetch_all(&self.readers)
        .await?;
        let names = rows.iter().map(|row| row.try_get::<String, _>("name"));
        let names = names.collect::<Result<Vec<_>, _>>()?;
        // What another version of the program asks is for that one to do.
        Ok(names
            .iter()
            .filter_map(|name| Errand::parse(name))
            .collect())
    }

    async fn answer(
        &self,
        errand: &Errand,
        payer: &Payer,
        answer: Result<ErrandBody, String>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (body, problem) = match &answer {
            Ok(body) => (Some(body), None),
            Err(problem) => (None, Some(text(problem))),
        };
        sqlx::query(
            "UPDATE errand SET answered_at = $4, problem = $5,
                 body = COALESCE($6, body)
             WHERE name = $1 AND origin = $2 AND agent = $3",
        )
        .bind(errand.name())
        .bind(&payer.origin)
        .bind(&payer.agent)
        .bind(now)
        .bind(problem)
        .bind(body.map(|body| body.bytes.as_slice()))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn errand(
        &self,
        errand: &Errand,
        payer: &Payer,
    ) -> Result<Option<ErrandView>, StoreError> {
        let row = sqlx::query(
            "SELECT asked_at, answered_at, problem, body FROM errand
             WHERE name = $1 AND origin = $2 AND agent = $3",
        )
        .bind(errand.name())
        .bind(&payer.origin)
        .bind(&payer.agent)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(view).transpose()
    }

    async fn sweep_errands(
        &self,
        asked_before: DateTime<Utc>,
        most_bytes: i64,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM errand WHERE asked_at < $1")
            .bind(asked_before)
            .execute(&self.writer)
            .await?;
        sqlx::query(
            "DELETE FROM errand WHERE answered_at IS NOT NULL AND (name, origin, agent) IN (
                 SELECT name, origin, agent FROM (
                     SELECT name, origin, agent, SUM(LENGTH(body))
                         OVER (ORDER BY asked_at DESC, name, origin, agent) AS so_far
                     FROM errand WHERE body IS NOT NULL) AS kept
                 WHERE so_far > $1)",
        )
        .bind(most_bytes)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn bought_run(&self, lead_seq: i64) -> Result<Option<BoughtRun>, StoreError> {
        let row = sqlx::query(
            "SELECT l.result_run_id AS run_id, a.origin, a.agent FROM lead l
             LEFT JOIN attempt a
                 ON a.lead_seq IN (l.seq, l.reused_from) AND a.run_id = l.result_run_id
             WHERE l.seq = $1 AND l.result_attempt IS NOT NULL AND l.result_run_id IS NOT NULL
                 AND l.removed_at IS NULL AND l.forgotten_at IS NULL
             LIMIT 1",
        )
        .bind(lead_seq)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            let origin: Option<String> = row.try_get("origin")?;
            let agent: Option<String> = row.try_get("agent")?;
            Ok(BoughtRun {
                run_id: row.try_get("run_id")?,
                payer: origin
                    .zip(agent)
                    .map(|(origin, agent)| Payer { origin, agent }),
            })
        })
        .transpose()
    }
}

fn view(row: &DbRow) -> Result<ErrandView, StoreError> {
    let bytes: Option<Vec<u8>> = row.try_get("body")?;
    Ok(ErrandView {
        asked_at: row.try_get("asked_at")?,
        answered_at: row.try_get("answered_at")?,
        problem: row.try_get("problem")?,
        body: bytes.map(|bytes| ErrandBody { bytes }),
    })
}
