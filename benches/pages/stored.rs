//! A service on a database that has been in use for months.

use chrono::Utc;

use crate::engine::{Beside, Engine};
use crate::known::{AGENT, FIRST, ORIGIN};
use crate::seed;
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

/// Batches that wait for a person; the shares of all leads that they hold, per mille.
const HELD: [u64; 6] = [1, 1, 2, 4, 5, 10];
/// The queue's share, per mille.
const QUEUED: u64 = 30;
/// Batch ids are of one length; those of the seed begin lower.
const BATCHES: u64 = FIRST * 2;
/// The number of the batch that a tenth of all leads came in.
const LARGE: u64 = 900_000;
/// Attempts of the lead whose story is long.
const ATTEMPTS: u64 = 8;

/// The service, and what in its database is worth a look.
pub struct Stored {
    pub service: Warmsheet,
    /// A sandbox that the service's key belongs to.
    _world: World,
    pub leads: u64,
    /// Of 25 leads.
    pub small: String,
    /// A tenth of all leads.
    pub large: String,
    /// The largest that waits for a person.
    pub held: String,
    pub completed: String,
    pub queued: String,
    /// With a long story.
    pub told: String,
}

impl Stored {
    /// Makes and fills a database and serves it, with this said in the log.
    pub async fn new(engine: &Engine, leads: u64, name: &str, log: &str) -> Self {
        let mut world = World::slow().await;
        let url = engine.database(&format!("{name}_{leads}")).await;
        world.set("DATABASE_URL", url.clone());
        // Nothing is bought while something is measured.
        world.set("WARMSHEET_DAILY_CREDITS", "40");
        world.set("RUST_LOG", log);
        let first = at_home(&world).await;
        first.terminate().await;
        let mut beside = engine.beside(&url).await;
        let added = leads * (HELD.iter().sum::<u64>() + QUEUED) / 1_000;
        let old = leads - added;
        seed::fill(&mut beside, old).await;
        belong_to(&mut beside, &world).await;
        widen(&mut beside, old, leads).await;
        remember(&mut beside, old).await;
        beside.settle().await;
        let lead = |number: u64| format!("L{}", FIRST + number);
        let batch = |number: u64| format!("B{}", BATCHES + number);
        Self {
            service: at_home(&world).await,
            _world: world,
            leads,
            // The first paste of the first thousand.
            small: format!("B{}", FIRST + 2),
            large: batch(LARGE),
            held: batch(LARGE + HELD.len() as u64),
            completed: lead(old / 4 / 100 * 100 + 1),
            queued: lead(leads),
            told: lead(told(old)),
        }
    }
}

/// A completed lead with a long story.
fn told(old: u64) -> u64 {
    old / 3 / 100 * 100 + 2
}

/// A running service that knows whose key it has.
async fn at_home(world: &World) -> Warmsheet {
    let service = world.serve().await;
    eventually("the account is known", || async {
        let status = service.status().await;
        let balance = status["credits"]["balance"].as_i64();
        balance.map(drop).ok_or_else(|| status.to_string())
    })
    .await;
    service
}

/// The reports were bought by the account that the service has a key of; what is still under way
/// stays another's, so that nobody looks at it meanwhile.
async fn belong_to(beside: &mut Beside, world: &World) {
    let origin = world.sandbox.url.trim_end_matches('/');
    let agent = "(SELECT MAX(value) FROM setting WHERE name LIKE 'agent:%')";
    for (table, ended) in [
        ("lead", "finished_at IS NOT NULL"),
        (
            "attempt",
            "outcome = 'started' AND lead_seq IN (SELECT lead_seq FROM result)",
        ),
    ] {
        beside
            .run(format!(
                "UPDATE {table} SET origin = '{origin}', agent = {agent}
                 WHERE origin = '{ORIGIN}' AND agent = '{AGENT}' AND {ended}"
            ))
            .await;
    }
}

/// One batch of a tenth of all leads, batches that wait for a person, and a queue.
async fn widen(beside: &mut Beside, old: u64, leads: u64) {
    let now = beside.time(&Utc::now().timestamp().to_string());
    let batch = |number: u64, source: &str| {
        format!(
            "INSERT INTO batch (seq, id, source, source_name, created_at)
             VALUES ({number}, 'B{}', '{source}', 'companies.csv', {now})",
            BATCHES + number
        )
    };
    beside.run("BEGIN".to_owned()).await;
    beside.run(batch(LARGE, "folder")).await;
    beside
        .run(format!(
            "UPDATE lead SET batch_seq = {LARGE} WHERE seq > {} AND seq <= {}",
            old * 4 / 10,
            old * 4 / 10 + leads / 10
        ))
        .await;
    let mut next = old + 1;
    let held = HELD.iter().map(|share| (share, "held", "folder"));
    let queue = [(&QUEUED, "queued", "api")];
    for (number, (share, status, source)) in (LARGE + 1..).zip(held.chain(queue)) {
        let many = (leads * share / 1_000).max(1);
        beside.run(batch(number, source)).await;
        beside
            .run(added(number, next, many, (status, source), &now))
            .await;
        next += many;
    }
    beside.run("COMMIT".to_owned()).await;
}

/// Every fifth asks for a company that an old lead is of.
fn added(batch: u64, first: u64, many: u64, (status, source): (&str, &str), now: &str) -> String {
    let last = first + many - 1;
    let options = warmsheet::lead::RequestOptions::default().key();
    let company = "'company-' || (CASE WHEN i % 5 = 0 THEN i / 5 + 1 ELSE i END) || '.com'";
    format!(
        "INSERT INTO lead (seq, id, batch_seq, source, source_name, source_key, input, domain,
             options, status, credits, created_at, updated_at, ready, to_buy, options_key)
         WITH RECURSIVE n (i) AS
             (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
         SELECT i, 'L' || ({FIRST} + i), {batch}, '{source}', 'companies.csv', 'bench ' || i,
             {company}, {company}, '{{}}', '{status}', 0, {now}, {now}, TRUE,
             '{status}' = 'queued', '{options}'
         FROM n"
    )
}

/// Each lead's story in the order in which it happened, and a long one of one lead.
async fn remember(beside: &mut Beside, old: u64) {
    let steps = "(SELECT 1 AS n, 'state' AS kind, 'starting' AS word UNION ALL
         SELECT 2, 'state', 'waiting' UNION ALL SELECT 3, 'look', 'researching' UNION ALL
         SELECT 4, 'look', 'finding_contacts' UNION ALL SELECT 5, 'look', 'completed' UNION ALL
         SELECT 6, 'state', '' UNION ALL SELECT 7, 'delivered', 'folder:companies.csv')";
    let columns = "lead_event (lead_seq, attempt, kind, word, reason, at, times, last_at)";
    let sent = "l.origin IS NOT NULL AND l.finished_at IS NOT NULL";
    let told = told(old);
    for statement in [
        "BEGIN".to_owned(),
        "DELETE FROM lead_event".to_owned(),
        format!(
            "INSERT INTO {columns}
             SELECT l.seq, 1, s.kind, CASE WHEN s.word = '' THEN l.status ELSE s.word END, '',
                 l.updated_at, CASE s.kind WHEN 'look' THEN 4 ELSE 1 END, l.updated_at
             FROM lead l CROSS JOIN {steps} s WHERE {sent} ORDER BY l.seq, s.n"
        ),
        format!(
            "INSERT INTO {columns}
             WITH RECURSIVE t (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM t WHERE i < {ATTEMPTS})
             SELECT l.seq, t.i, s.kind, CASE WHEN s.word = '' THEN 'failed' ELSE s.word END, '',
                 l.updated_at, 1, l.updated_at
             FROM t CROSS JOIN lead l CROSS JOIN {steps} s
             WHERE l.seq = {told} ORDER BY t.i, s.n"
        ),
        format!(
            "INSERT INTO attempt (key, lead_seq, number, origin, agent, day, reserved, charged,
                 sends, first_sent_at, outcome, run_id)
             WITH RECURSIVE t (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM t WHERE i < {ATTEMPTS})
             SELECT 'ws-' || l.id || '-' || t.i, l.seq, t.i, a.origin, a.agent, a.day, 40, 40, 1,
                 a.first_sent_at, 'started', a.run_id
             FROM t CROSS JOIN lead l JOIN attempt a ON a.lead_seq = l.seq AND a.number = 1
             WHERE l.seq = {told}"
        ),
        "COMMIT".to_owned(),
    ] {
        beside.run(statement).await;
    }
}
