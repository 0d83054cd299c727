//! The other subcommands, as a person or a script calls them.

#[path = "../support/google/mod.rs"]
mod google;
#[path = "../support/mod.rs"]
mod support;

mod approve;
mod check;
mod health;
mod config;
mod forget;
mod ledger;
mod run;
mod webhook;
