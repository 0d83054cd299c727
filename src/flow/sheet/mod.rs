//! A spreadsheet as a place where leads come from and go to: read once, joined with the leads,
//! and only the difference written.

pub mod action;
mod append;
mod cells;
pub mod columns;
pub mod connect;
pub mod decide_changes;
pub mod fault;
mod formula;
pub mod grid;
mod held;
pub mod join;
mod moved;
mod names;
pub mod plan;
mod read;
mod realign;
pub mod repair;
pub mod results;
mod saying;
mod send;
pub mod setup;
pub mod size;
pub mod sync;
pub mod takeover;
pub mod wanted;
