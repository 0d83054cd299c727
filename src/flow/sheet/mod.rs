//! A spreadsheet as a place where leads come from and go to: read once, joined with the leads,
//! and only the difference written.

pub mod action;
pub mod columns;
pub mod connect;
pub mod decide_changes;
pub mod grid;
pub mod join;
mod moved;
pub mod plan;
pub mod repair;
pub mod results;
mod send;
pub mod setup;
pub mod size;
pub mod sync;
pub mod wanted;
