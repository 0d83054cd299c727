//! The database engines behind the flow's store ports.

mod sqlite;

pub use sqlite::{SqliteStore, SqliteWorkerLease};
