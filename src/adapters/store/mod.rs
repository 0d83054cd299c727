//! The database engines behind the flow's store ports. Each engine's module opens it and says what
//! is its own; the statements are the same for both and stand in `sql/`.

mod postgres;
mod sqlite;

pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;

use crate::flow::ports::StoreError;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                StoreError::Corrupt(error.to_string())
            }
            // A broken constraint is a fault of ours and does not go away by trying again.
            sqlx::Error::Database(inner) if inner.kind() != sqlx::error::ErrorKind::Other => {
                StoreError::Corrupt(inner.to_string())
            }
            other => StoreError::Unavailable(Box::new(other)),
        }
    }
}
