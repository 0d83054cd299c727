//! What a change costs the database while one and while many look at the dashboard.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::MANY;
use crate::engine::Engine;
use crate::stored::Stored;
use crate::support::eventually;
use crate::support::viewer::Viewer;

const CHANGES: usize = 20;
const VIEWERS: usize = 100;
/// sqlx says so in a line of the log for each statement.
const STATEMENT: &str = "\"db.statement\"";
const LOG: &str = "warn,warmsheet::cli=info,sqlx::query=debug";
/// How long nothing is done, to know what the service asks by itself.
const QUIET: Duration = Duration::from_secs(5);

pub async fn measure(engine: &Engine) {
    let stored = Stored::new(engine, MANY, "live", LOG).await;
    let one = run(&stored, 1).await;
    let many = run(&stored, VIEWERS).await;
    println!(
        "\n{}: statements a change, {CHANGES} changes: {one:.1} with 1 viewer, {many:.1} with \
         {VIEWERS}, ratio {:.2} (goal: about 1)",
        engine.name(),
        many / one
    );
}

/// Statements a change, less those that are asked without any.
async fn run(stored: &Stored, viewers: usize) -> f64 {
    let viewers: Vec<Viewer> = (0..viewers)
        .map(|_| Viewer::open(&stored.service, "/", ""))
        .collect();
    eventually("all listen", || async {
        let listen = viewers.iter().filter(|viewer| viewer.seen().listens);
        let count = listen.count();
        (count == viewers.len())
            .then_some(())
            .ok_or(count.to_string())
    })
    .await;
    change(stored, &viewers, "first").await;
    let before = statements(stored);
    tokio::time::sleep(QUIET).await;
    let idle = (statements(stored) - before) as f64 / QUIET.as_secs_f64();
    let (before, started) = (statements(stored), Instant::now());
    for n in 0..CHANGES {
        change(stored, &viewers, &n.to_string()).await;
    }
    let asked = (statements(stored) - before) as f64;
    (asked - idle * started.elapsed().as_secs_f64()) / CHANGES as f64
}

/// Adds a lead and waits until every viewer sees it.
async fn change(stored: &Stored, viewers: &[Viewer], name: &str) {
    let domain = format!("seen-by-{}-{name}.com", viewers.len());
    let body = json!({"leads": [{"domain": domain}]});
    let (status, answer) = stored.service.post("/api/v1/leads", &body).await;
    assert!(status.is_success(), "{answer}");
    eventually("all see the lead", || async {
        let blind = viewers
            .iter()
            .filter(|viewer| !viewer.seen().page.contains(&domain))
            .count();
        (blind == 0).then_some(()).ok_or(format!("{blind} do not"))
    })
    .await;
}

fn statements(stored: &Stored) -> usize {
    stored.service.log().matches(STATEMENT).count()
}
