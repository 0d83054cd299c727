//! Google Sheets and Drive behind the flow's port.

mod account;
mod client;
mod drive;
mod faults;
mod pace;
mod requests;
mod wire;

pub use account::{AccountError, ServiceAccount};
pub use client::{ClientConfig, GoogleSheets};
