//! What connects the flow to the world: files, the Citedy API, the database.

pub mod citedy;
pub mod files;
pub mod notify;
pub mod sheets;
pub mod store;
