//! What those who run the service see of it: metrics, logs, and the description of its API.

#[path = "../support/google/mod.rs"]
mod google;
#[path = "../support/mod.rs"]
mod support;

mod document;
mod examples;
mod exposition;
mod logs;
mod metrics;
