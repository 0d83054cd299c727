//! Everything that comes from outside, fed with what nobody would send on purpose: texts, files,
//! bodies and grids that are built to be nearly right, and valid ones whose bytes were changed.
//!
//! `FUZZ_CASES` says how many cases each property gets, `FUZZ_SEED` where the random numbers
//! begin; `./scripts/fuzz` sets both. What a property has once failed at is kept in `found/`
//! and tried first ever after; beside that each found fault has a test with a name.

mod answers;
mod domains;
mod exports;
mod form_posts;
mod forms;
mod grids;
mod lists;
mod mutate;
mod reports;
mod run;
#[path = "../support/mod.rs"]
mod support;
mod tabs;
mod webhooks;
mod workbooks;
