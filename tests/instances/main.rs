//! Several instances on one PostgreSQL database: one drives the key, every one serves, and what
//! one of them is told holds for all.

#[path = "../support/google/mod.rs"]
mod google;
#[path = "../support/mod.rs"]
mod support;

mod errands;
mod folder;
mod handover;
mod notify;
mod pause;
mod sheets;
mod sign_in;
mod spending;
mod system;

use support::World;
use support::postgres::Postgres;
use support::warmsheet::{Warmsheet, holds_lease};

/// Short, so that no test waits long for a dead owner.
const LEASE_SECONDS: &str = "6";

/// A world whose services share a database, and the server that has it.
struct Shared {
    world: World,
    /// `None`: a server that was there before.
    _server: Option<Postgres>,
}

impl Shared {
    async fn of(mut world: World) -> Self {
        let (server, url) = support::postgres::database().await;
        world.set("DATABASE_URL", url);
        world.set("WARMSHEET_LEASE_SECONDS", LEASE_SECONDS);
        Self {
            world,
            _server: server,
        }
    }

    async fn serve(&self) -> Warmsheet {
        self.serve_as(&[]).await
    }

    /// An instance with settings of its own.
    async fn serve_as(&self, settings: &[(&'static str, &str)]) -> Warmsheet {
        Warmsheet::serve_as(&self.world, settings).await
    }

    /// Two instances: the one that drives the key, and another.
    async fn two(&self) -> (Warmsheet, Warmsheet) {
        let owner = self.serve().await;
        until_owner(&owner).await;
        (owner, self.serve().await)
    }

    /// Paid calls that have arrived at the sandbox.
    async fn paid_calls(&self) -> u64 {
        let ledger = self.world.ledger().await;
        ledger["requests"]["POST /api/agent/citedy-warm-lead"]
            .as_u64()
            .unwrap_or(0)
    }
}

/// Waits until this instance drives the key.
async fn until_owner(service: &Warmsheet) {
    support::eventually("this instance drives the key", || async {
        let status = service.status().await;
        if holds_lease(&status, "agent:") {
            return Ok(());
        }
        Err(status["leases"].to_string())
    })
    .await;
}
