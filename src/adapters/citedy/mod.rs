//! The Citedy API as a client sees it: one request a call, every published answer a typed
//! outcome, nothing repeated and no redirect followed, because sending can cost money.

mod answer;
mod client;
mod export;
mod metered;
mod outcome;
mod webhooks;
mod wire;

pub use client::{CitedyClient, ClientConfig, ClientError};
pub use webhooks::{DeliveryPage, RegisteredWebhook};
