use async_trait::async_trait;
use secrecy::SecretString;

use super::{Store, Tx};
use crate::flow::ports::{OwnSecret, SecretStore, StoreError};

#[async_trait]
impl SecretStore for Store {
    async fn own_secret(&self, which: OwnSecret) -> Result<SecretString, StoreError> {
        let mut tx = self.write().await?;
        make(&mut tx, which).await?;
        let kept: String = sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
            .bind(which.setting())
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(kept.into())
    }
}

/// Makes a secret unless there is one.
pub async fn make(tx: &mut Tx<'_>, which: OwnSecret) -> Result<(), StoreError> {
    let offered: [u8; 32] = rand::random();
    sqlx::query("INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
        .bind(which.setting())
        .bind(hex::encode(offered))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
