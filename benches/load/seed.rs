//! A database as it looks after 90 days: most leads are done, and what is under way is what a key
//! can drive, however much is stored.

use chrono::Utc;

use crate::engine::Beside;
use crate::known::{AGENT, FIRST, ORIGIN};

const EVENTS: u64 = 3_000;
const DAYS: u64 = 90;
/// The youngest leads, all of today.
const TODAY: u64 = 600;

/// Fills an empty database with so many leads.
pub async fn fill(db: &mut Beside, leads: u64) {
    let numbers = numbers(leads);
    let created = db.time(&seconds(leads));
    let due = db.time(&format!("{} + {leads} - i", Utc::now().timestamp()));
    db.run("BEGIN".to_owned()).await;
    db.run(format!(
        "INSERT INTO batch (seq, id, source, source_name, created_at)
         {numbers} SELECT {BATCH}, 'B' || ({FIRST} + {BATCH}), MIN({SOURCE}), MIN({NAME}),
             MIN({created})
         FROM n GROUP BY 1"
    ))
    .await;
    db.run(leads_sql(leads, &created, &due)).await;
    db.run(attempts_sql(&db.day("created_at"))).await;
    for statement in results_sql() {
        db.run(statement).await;
    }
    db.run(deliveries_sql(leads)).await;
    db.run(events_sql(leads, &created)).await;
    db.run("COMMIT".to_owned()).await;
    db.settle().await;
}

fn numbers(most: u64) -> String {
    format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most})")
}

// Of each thousand leads 500 came as one file, 300 in pastes of 25 and 200 one by one.
const BATCH: &str = "((i - 1) / 1000 * 213 + CASE WHEN (i - 1) % 1000 < 500 THEN 1
    WHEN (i - 1) % 1000 < 800 THEN 2 + ((i - 1) % 1000 - 500) / 25
    ELSE 14 + (i - 1) % 1000 - 800 END)";
const SOURCE: &str = "CASE WHEN i <= 100 THEN 'run' WHEN (i - 1) % 1000 < 500 THEN 'folder'
    WHEN (i - 1) % 1000 < 800 THEN 'sheet' WHEN i % 2 = 0 THEN 'api' ELSE 'form' END";
const NAME: &str = "CASE WHEN (i - 1) % 1000 < 500 THEN 'companies-' || (i / 1000) || '.csv'
    WHEN (i - 1) % 1000 < 800 THEN 'spreadsheet' ELSE '' END";

/// Evenly over the days before today; those of today ten seconds apart.
fn seconds(leads: u64) -> String {
    let now = Utc::now().timestamp();
    let apart = (DAYS - 1) * 86_400 / leads;
    format!(
        "{now} - CASE WHEN {leads} - i < {TODAY} THEN ({leads} - i) * 10
             ELSE 86400 + ({leads} - i) * {apart} END"
    )
}

/// 500 wait, 40 are held, 5 parked and 4 starting, however many there are; of the others one in a
/// hundred is queued, a third of those not ready.
fn status(leads: u64) -> String {
    format!(
        "CASE WHEN {leads} - i < 500 THEN 'waiting' WHEN {leads} - i < 540 THEN 'held'
             WHEN {leads} - i < 545 THEN 'parked' WHEN {leads} - i < 549 THEN 'starting'
             WHEN i % 100 = 0 THEN 'queued' WHEN i % 50 = 7 THEN 'failed'
             WHEN i % 25 = 9 THEN 'blocked' WHEN i % 100 = 11 THEN 'rejected'
             WHEN i % 100 = 13 THEN 'cancelled' ELSE 'completed' END"
    )
}

fn leads_sql(leads: u64, created: &str, due: &str) -> String {
    let numbers = numbers(leads);
    let status = status(leads);
    let sent = "s IN ('waiting', 'parked', 'starting', 'completed', 'blocked', 'failed')";
    let run = format!(
        "CASE WHEN {sent} AND s <> 'starting' THEN '00000000-0000-4000-8000-' || ({FIRST} + i) END"
    );
    let ended = "s IN ('completed', 'blocked', 'failed')";
    let options = warmsheet::lead::RequestOptions::default().key();
    format!(
        "INSERT INTO lead (seq, id, batch_seq, source, source_name, source_key, source_row, input,
             domain, options, status, origin, agent, run_id, run_status, run_since, due_at,
             hinted, credits, result_attempt, result_run_id, created_at, updated_at, finished_at,
             ready, to_buy, options_key)
         {numbers}, l AS (SELECT i, {status} AS s, {created} AS at FROM n)
         SELECT i, 'L' || ({FIRST} + i), {BATCH}, {SOURCE}, {NAME}, 'bench ' || i, i % 1000,
             'https://www.company-' || i || '.com/', 'company-' || i || '.com', '{{}}', s,
             CASE WHEN {sent} THEN '{ORIGIN}' END, CASE WHEN {sent} THEN '{AGENT}' END,
             {run}, CASE WHEN {sent} THEN 'finding_contacts' END,
             CASE WHEN s = 'waiting' THEN at END,
             CASE WHEN s IN ('waiting', 'starting') THEN {due} END,
             s = 'waiting' AND i % 100 = 0, CASE WHEN {ended} OR s = 'waiting' THEN 40 ELSE 0 END,
             CASE WHEN {ended} THEN 1 END, CASE WHEN {ended} THEN {run} END, at, at,
             CASE WHEN {ended} THEN at END, s <> 'queued' OR i % 300 <> 0, s = 'queued',
             '{options}'
         FROM l"
    )
}

fn attempts_sql(day: &str) -> String {
    format!(
        "INSERT INTO attempt (key, lead_seq, number, origin, agent, day, reserved, charged, sends,
             first_sent_at, outcome, run_id)
         SELECT 'ws-' || id || '-1', seq, 1, origin, agent, {day}, 40,
             CASE WHEN status NOT IN ('parked', 'starting') THEN 40 END, 1, created_at,
             CASE status WHEN 'parked' THEN 'unknown' WHEN 'starting' THEN 'open'
                 ELSE 'started' END,
             run_id
         FROM lead WHERE origin IS NOT NULL"
    )
}

fn results_sql() -> [String; 3] {
    let keys = r#"["company","contact","role","email","why_now"]"#;
    let cells = format!(
        r#"["Company","A. Person","Head of Sales","a@example.com","{}"]"#,
        "y".repeat(120)
    );
    let run = format!(
        r#"{{"status":"completed","summary":"{}"}}"#,
        "z".repeat(1_000)
    );
    [
        format!("INSERT INTO row_shape (id, keys) VALUES (1, '{keys}')"),
        format!(
            "INSERT INTO result (lead_seq, attempt, run_id, stored_at, run, status)
             SELECT seq, 1, run_id, finished_at, '{run}', status
             FROM lead WHERE result_attempt = 1"
        ),
        format!(
            "INSERT INTO result_row (lead_seq, attempt, row, shape_id, cells)
             SELECT seq, 1, r.place, 1, '{cells}' FROM lead CROSS JOIN
                 (SELECT 1 AS place UNION ALL SELECT 2 UNION ALL SELECT 3) r
             WHERE status = 'completed'"
        ),
    ]
}

/// The last twenty or so are not delivered yet.
fn deliveries_sql(leads: u64) -> String {
    format!(
        "INSERT INTO delivery (lead_seq, attempt, destination, state, since, done_at)
         SELECT seq, 1, source || ':' || source_name,
             CASE WHEN {leads} - seq < 570 THEN 'pending' ELSE 'done' END, updated_at,
             CASE WHEN {leads} - seq >= 570 THEN updated_at END
         FROM lead WHERE result_attempt = 1 AND source IN ('folder', 'sheet')"
    )
}

fn events_sql(leads: u64, created: &str) -> String {
    let numbers = numbers(EVENTS);
    let lead = format!("({leads} - i % {leads})");
    format!(
        "INSERT INTO webhook_event (event_id, event_type, run_id, body, received_at)
         {numbers} SELECT 'evt_seeded_' || i, 'warm_lead.run.completed',
             '00000000-0000-4000-8000-' || ({FIRST} + {lead}), '{{}}', {created} FROM n"
    )
}
