//! `warmsheet serve` as its users see it: the real binary, real sockets, real files.

#[path = "../support/google/mod.rs"]
mod google;
#[path = "../support/mod.rs"]
mod support;

mod access;
mod answers;
mod api;
mod balance;
mod errands;
mod exports;
mod folder;
mod forms;
mod guard;
mod happy;
mod health;
mod ledger;
mod live;
mod notify;
mod pace;
mod preview;
mod protection;
mod report;
mod restart;
mod retention;
mod reuse;
mod sheets;
mod sign_in;
mod system;
mod webhooks;
