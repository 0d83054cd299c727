//! The sandbox as its users see it: over HTTP.

mod access;
mod faults;
mod restart;
mod runs;
mod support;
mod webhooks;
