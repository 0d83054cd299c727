//! A list of companies on its way through the service.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row};
use warmsheet::sandbox::SandboxConfig;

use crate::support::World;
use crate::support::warmsheet::Warmsheet;

/// After this something is wrong.
const TOO_LONG: Duration = Duration::from_secs(600);

/// A world whose sandbox is so configured; the service may buy what it wants.
pub async fn world(config: SandboxConfig, webhooks: bool) -> World {
    let mut world = World::with(config).await;
    world.settings.clear();
    let database = world.path("pace.db");
    world.set("DATABASE_URL", format!("sqlite://{}", database.display()));
    world.set("WARMSHEET_DAILY_CREDITS", "unlimited");
    world.set("WARMSHEET_APPROVE_ABOVE", "unlimited");
    world.set("RUST_LOG", "warn,warmsheet::cli=info");
    if webhooks {
        world.with_webhooks().await;
    }
    world
}

/// Posts that many companies and waits for the last report; answers when they were posted.
pub async fn finish(service: &Warmsheet, leads: usize) -> DateTime<Utc> {
    let domains: Vec<String> = (0..leads).map(|n| format!("company-{n}.com")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    let posted = Utc::now();
    let began = Instant::now();
    service.add(&domains).await;
    loop {
        let status = service.status().await;
        let open: u64 = ["queued", "starting", "waiting"]
            .iter()
            .filter_map(|state| status["leads"][*state].as_u64())
            .sum();
        if open == 0 {
            return posted;
        }
        assert!(began.elapsed() < TOO_LONG, "{status}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What a run took, and when its result was there.
pub struct Reported {
    pub took: Duration,
    pub at: DateTime<Utc>,
}

/// In the order of the list.
pub async fn reported(world: &World) -> Vec<Reported> {
    let mut database = SqliteConnectOptions::new()
        .filename(world.path("pace.db"))
        .connect()
        .await
        .expect("the database");
    let rows = sqlx::query(
        "SELECT a.took_ms, l.finished_at FROM lead l JOIN attempt a ON a.lead_seq = l.seq
         ORDER BY l.seq",
    )
    .fetch_all(&mut database)
    .await
    .expect("rows");
    rows.iter()
        .map(|row| Reported {
            took: Duration::from_millis(row.get::<i64, _>("took_ms").unsigned_abs()),
            at: row.get("finished_at"),
        })
        .collect()
}
