//! What a change costs the database while one and while many look at the dashboard.

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
/// What only pages ask for: the rest goes on by itself, however many look.
const OF_PAGES: [&str; 2] = ["FROM lead l JOIN batch b", "FROM tally"];

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

/// Statements of pages, a change.
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
    for n in 0..CHANGES {
        change(stored, &viewers, &n.to_string()).await;
    }
    (statements(stored) - before) as f64 / CHANGES as f64
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
    let log = stored.service.log();
    let asked = log.lines().filter(|line| line.contains(STATEMENT));
    asked
        .filter(|line| OF_PAGES.iter().any(|words| line.contains(words)))
        .count()
}
