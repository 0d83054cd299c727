//! The published Citedy warm-lead contract as a server, for demonstrations and tests.
//!
//! It charges invented credits, walks invented runs through every status and answers with
//! invented reports, each of which says so. It can run inside a test or as a process of its
//! own, and it knows nothing of the rest of the program, so that both sides of the contract
//! are written down twice.
//!
//! # What decides a run's outcome
//! The beginning of the domain's first label, when it is one of these:
//!
//! | domain | outcome |
//! | --- | --- |
//! | `blocked-….com` | ends `blocked`, with a reason and a partial result |
//! | `failed-….com` | ends `failed`, with an error message and no result |
//! | `never-….com` | stays at `signals_running` for good |
//! | `slow-….com` | completes after ten times the usual time |
//! | `norows-….com` | completes without `exportRows` |
//! | `hostile-….com` | completes with markup, formulas, control characters, very long and nested values |
//!
//! Every other outcome, length and result follows from the domain and the seed, see
//! [`Outcomes`].
//!
//! # What is not published and therefore invented here
//! - The events `warm_lead.completed`, `warm_lead.blocked` and `warm_lead.failed`, with
//!   `data: {run_id, status, domain}`: Citedy publishes no event for warm leads.
//! - `GET …/{id}` wraps the run as `{"run": …}`; an export of a run that has no result is a 409.
//! - Webhook addresses may be plain `http` when they lead to loopback; Citedy takes `https` only.
//! - A delivery waits 10 s before its first retry and twice as long before each further one.
//!   Five retries follow the first attempt.
//! - A 429 counts as a request too, so who keeps hammering stays refused.
//!
//! # Faults
//! See [`Faults`]. Beside them the routes under `/sandbox/` let a test look into the ledger,
//! change faults and credits, end runs and revoke keys; they answer to loopback only.

mod accounts;
mod agenda;
mod answers;
mod clock;
mod config;
mod control;
mod courier;
mod domain;
mod endpoint;
mod export;
mod faults;
mod gate;
mod journal;
mod keys;
mod mailbox;
mod rate;
mod request;
mod results;
mod routes;
mod run;
mod server;
mod state;
mod story;
mod traffic;
mod wire;

pub use config::{Keys, Outcomes, SandboxConfig, SandboxError, WebhookChaos};
pub use faults::{FaultError, Faults};
pub use server::{Sandbox, start};

/// What a domain and a fault text can ask for, for the end of a command's `--help`.
pub const HELP: &str = "\
Domains whose name begins so end so: blocked-, failed-, never- (no end), slow- (ten times
the usual time), norows- (no exportRows), hostile- (a result full of markup and formulas).
All others end by chance, the same each time for the same domain and seed.

Faults are written FAULT=P for starts of runs, FAULT:get=P for fetches and FAULT:export=P for
exports, P from 0 to 1.
FAULT is 400, 401, 402, 403, 409, 429 or 500 (refused, not processed), lost (processed, then
the connection is cut), malformed (processed, nonsense answer) or hang (processed, no answer).";
