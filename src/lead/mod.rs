//! The pure part: what a lead is, which values it may hold, how its rows look.
//! Nothing here does input or output.

pub mod domain;
pub mod request;
pub mod rows;

pub use domain::{CompanyDomain, DomainError};
pub use request::{OptionError, RawOptions, RequestOptions};
pub use rows::{Cell, FlatRow, Layout};
