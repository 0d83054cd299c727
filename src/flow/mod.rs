//! How a lead moves from one state to the next. Knows the outside only through [`ports`].

pub mod ports;
