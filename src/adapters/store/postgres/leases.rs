use async_trait::async_trait;
use chrono::TimeDelta;
use sqlx::Row;

use super::{PostgresStore, sql};
use crate::flow::ports::{LeaseStore, LeaseTerm, LeaseView, StoreError};

#[async_trait]
impl LeaseStore for PostgresStore {
    fn is_shared(&self) -> bool {
        true
    }

    fn claim(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        lasts: TimeDelta,
    ) -> Result<Option<LeaseTerm>, StoreError> {
        let token: Option<i64> = sqlx::query_scalar(
            "INSERT INTO lease (name, holder, token, taken_at, expires_at, stop_seen)
             SELECT $1, $2, 1, clock_timestamp(), clock_timestamp() + $3 * interval '1 ms',
                 COALESCE((SELECT CAST(value AS BIGINT) FROM setting WHERE name = 'stop'), 0)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,
                 token = lease.token + 1, taken_at = excluded.taken_at,
                 expires_at = excluded.expires_at, stop_seen = excluded.stop_seen
             WHERE lease.expires_at <= clock_timestamp()
             RETURNING token",
        )
        .bind(name)
        .bind(holder)
        .bind(lasts.num_milliseconds())
        .fetch_optional(&self.urgent)
        .await?;
        Ok(token.map(|token| LeaseTerm {
            name: name.to_owned(),
            token,
        }))
    }

    async fn renew_lease(&self, term: &LeaseTerm, lasts: TimeDelta) -> Result<bool, StoreError> {
        // One that is over stays so: a stop by a person may have counted on that.
        let renewed = sqlx::query(
            "UPDATE lease SET expires_at = clock_timestamp() + $3 * interval '1 ms'
             WHERE name = $1 AND token = $2 AND expires_at > clock_timestamp()",
        )
        .bind(&term.name)
        .bind(term.token)
        .bind(lasts.num_milliseconds())
        .execute(&self.urgent)
        .await?;
        Ok(renewed.rows_affected() == 1)
    }

    async fn release_lease(&self, term: &LeaseTerm) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE lease SET expires_at = clock_timestamp() WHERE name = $1 AND token = $2",
        )
        .bind(&term.name)
        .bind(term.token)
        .execute(&self.urgent)
        .await?;
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<LeaseView>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, holder, stop_seen,
                 CAST(extract(epoch FROM expires_at - clock_timestamp()) * 1000 AS BIGINT)
                     AS ends_in
             FROM lease ORDER BY name",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let ends_in = TimeDelta::milliseconds(row.try_get("ends_in")?);
                sql::leases::lease_view(row, ends_in)
            })
            .collect()
    }

    async fn confirm_stop(&self, term: &LeaseTerm, stop: i64) -> Result<(), StoreError> {
        sql::leases::confirm_stop(&self.urgent, term, stop).await
    }
}
