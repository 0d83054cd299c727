//! The database engines behind the flow's store ports. Each engine's module opens it and says what
//! is its own; the statements are the same for both and stand in `sql/`.

pub mod portable;
mod postgres;
mod sqlite;

pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgDatabaseError;

use crate::flow::ports::StoreError;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                StoreError::Corrupt(error.to_string())
            }
            sqlx::Error::Database(inner) if is_lasting(&*inner) => {
                StoreError::Corrupt(inner.to_string())
            }
            other => StoreError::Unavailable(Box::new(other)),
        }
    }
}

/// A broken constraint, or a value that the engine does not take, is a fault of ours and does not
/// go away by trying again.
fn is_lasting(error: &dyn DatabaseError) -> bool {
    // PostgreSQL's classes: data exception, program limit exceeded.
    const LASTING: [&str; 2] = ["22", "54"];
    let class = error
        .try_downcast_ref::<PgDatabaseError>()
        .and_then(|error| error.code().get(..2));
    error.kind() != ErrorKind::Other || class.is_some_and(|class| LASTING.contains(&class))
}
