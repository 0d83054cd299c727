//! The stand-in for Google is as strict and as forgetful as Google is.

#[path = "../support/google/mod.rs"]
mod google;

mod faults;
mod metadata;
mod person;
mod reads;
mod support;
mod tokens;
mod writes;
