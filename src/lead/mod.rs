//! The pure part: what a lead is, which values it may hold, how its rows look.
//! Nothing here does input or output.

pub mod backoff;
pub mod domain;
pub mod forgotten;
pub mod form;
pub mod headers;
pub mod id;
pub mod json;
pub mod money;
pub mod naming;
pub mod notice;
pub mod printable;
pub mod public_address;
pub mod request;
pub mod rows;
pub mod run;
pub mod signing;
pub mod spreadsheet;
pub mod status;
pub mod transport;
pub mod webhook;

pub use domain::{CompanyDomain, DomainError};
pub use forgotten::{FORGOTTEN, Forgotten};
pub use id::{BatchId, LeadId};
pub use naming::{Named, Naming};
pub use request::{OptionError, RawOptions, RequestOptions};
pub use rows::{Cell, FlatRow, Layout, StoredCells};
pub use status::{Decision, Status};
