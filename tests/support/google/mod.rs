//! A stand-in for Google: the Sheets API, the one Drive call that is asked for, and the token
//! endpoint, over real sockets and with a memory, beside what a person does to a spreadsheet.
//!
//! It is as strict as Google: a field or a parameter Google does not know is refused, a batch
//! of requests holds as a whole or not at all, and rows and cells are counted, limited and
//! left out as Google does.
//!
//! What is not known from Google's documentation or from answers others have published, and
//! therefore guessed here:
//! - the wording that refuses a repeated developer metadata id or too much metadata;
//! - an update or a removal of developer metadata that finds nothing succeeds;
//! - the Drive version grows by one with each change.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test target uses a part of this"
)]

mod a1;
mod answer;
mod auth;
mod book;
mod call;
mod cells;
mod dimensions;
mod entered;
mod faults;
mod fields;
mod honest;
mod mask;
mod metadata;
mod person;
mod refusal;
mod requests;
mod routes;
mod server;
mod sheets;
mod shifts;
mod state;
mod tab;
mod values;

pub use a1::Area;
pub use auth::{ACCOUNT, PROJECT};
pub use book::{Book, Metadata, Role};
pub use call::Recorded;
pub use faults::{Calls, Fault};
pub use server::GoogleStandIn;
pub use state::Hook;
pub use tab::{Cell, Protected, Tab};
