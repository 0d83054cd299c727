//! warmsheet turns a list of company domains into warm-lead reports.
//!
//! The rooms, from the inside out: [`lead`] is pure, [`flow`] moves a lead from one state to
//! the next through ports, [`adapters`], [`http`] and [`worker`] connect the flow to the
//! world, and [`app`] picks the adapters; the command line starts it all. [`sandbox`] is a
//! stand-in for the Citedy API and knows nothing of the rest.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod flow;
pub mod http;
pub mod lead;
pub mod sandbox;
pub mod worker;
