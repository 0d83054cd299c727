//! The sandbox as its users see it: over HTTP.
#![allow(
    clippy::unwrap_used,
    reason = "helpers are tests as well, which the lint sees only in functions marked as such"
)]

mod access;
mod faults;
mod restart;
mod runs;
mod support;
mod webhooks;
