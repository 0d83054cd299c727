//! The other subcommands, as a person or a script calls them.

#[path = "../support/google/mod.rs"]
mod google;
#[path = "../support/mod.rs"]
mod support;

mod approve;
mod check;
mod config;
mod forget;
mod health;
mod ledger;
mod run;
mod webhook;
