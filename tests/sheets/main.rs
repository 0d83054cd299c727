//! `warmsheet serve` with a Google Sheet: the real binary, the sandbox for Citedy, a stand-in
//! for Google, and a person who works in the sheet meanwhile.

#[path = "../support/google/mod.rs"]
mod google;
#[path = "../support/mod.rs"]
mod support;

mod forget;
mod identity;
mod installations;
mod money;
mod office;
mod people;
mod person;
mod restores;
mod results;
mod reuse;
mod rows;
mod setup;
