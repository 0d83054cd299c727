//! From one engine to the other and back, everything arrives as it was.

use serde_json::{Value, json};

use crate::support::postgres::Postgres;
use crate::support::{World, eventually};
use crate::{done, sql, sqlite};

/// What no service of a test can bring about beside the rest: sheets, odd texts and times.
const REST: &str = r#"
INSERT INTO sheet VALUES ('1AbC', 7, 12, 13, 7, '2026-02-28T23:59:59.999999+00:00');
INSERT INTO sheet_tab VALUES
    ('1AbC', '', 0, '2026-01-01T00:00:00+00:00', NULL, NULL, FALSE),
    ('1AbC', 'Übersicht 💼', 4, '2026-01-01T00:00:00.100+00:00', '2026-01-01T00:00:00.000001+00:00',
     'Status,Updated', TRUE);
INSERT INTO sheet_row SELECT seq, '1AbC', 1, 'held', NULL, 'Approve', 'a ''note''
in two lines', 'held', TRUE, FALSE FROM lead ORDER BY seq LIMIT 1;
INSERT INTO pause VALUES ('credits', 'empty', 'https://www.citedy.com/billing',
    '2026-03-29T01:00:00.000010+00:00');
INSERT INTO webhook_event (event_id, event_type, run_id, body, received_at) VALUES
    ('evt_bytes', NULL, NULL, X'00FF0A22', '2026-02-28T00:00:00+00:00');
INSERT INTO delivery SELECT seq, 1, 'sheet:1AbC', 'unknown', '2026-02-28T12:00:00+00:00', NULL, 13
    FROM lead ORDER BY seq LIMIT 1;
UPDATE lead SET reused_from = (SELECT MAX(seq) FROM lead), reason = char(10) || '"é' || char(8232)
    WHERE seq = (SELECT MIN(seq) FROM lead);
UPDATE attempt SET settled_at = '2026-02-28T12:00:00.123+00:00';
INSERT INTO forgotten VALUES ('0a1b', '2026-02-28T12:00:00.000001+00:00');
UPDATE lead SET removed_at = '2026-02-28T12:00:00.5+00:00', removed_after = 30,
    forgotten_at = '2026-02-28T12:00:00.000001+00:00', forgotten_as = '0a1b' WHERE input = 'acme';
INSERT INTO notify_target (name, kind, host, events, place)
    VALUES ('crm', 'webhook', 'https://hooks.example.com', ',paused,', 1);
INSERT INTO notice (kind, subject, lead_seq, attempt, batch_seq, status, detail, at)
    SELECT 'paused', 'paused once', seq, 1, batch_seq, 'person', '{}',
        '2026-02-28T12:00:00.500+00:00' FROM lead ORDER BY seq LIMIT 1;
UPDATE notice_send SET attempts = 1, tried_at = '2026-02-28T12:00:01+00:00', error = 'it answered 500';
"#;

/// The lines of an export but for the first, which names its time, and the last, its checksum.
fn contents(world: &World, file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(world.path(file)).expect("the file");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[1..lines.len() - 1].to_vec()
}

fn header(world: &World, file: &str) -> Value {
    let text = std::fs::read_to_string(world.path(file)).expect("the file");
    let first = text.lines().next().expect("a header");
    serde_json::from_str::<Value>(first).expect("JSON")["warmsheet"].clone()
}

/// A stopped service's database with leads in every state and rows in every table.
async fn everything() -> World {
    let mut world = World::new().await;
    world.settings.retain(|(name, _)| *name != "DATABASE_URL");
    let lists = world.lists();
    std::fs::write(lists.join("list.csv"), "Domain\nlisted.com\n").expect("a list");
    world.with_webhooks().await;
    let service = world.serve().await;
    service
        .add(&["acme.com", "blocked-one.com", "failed-one.com", "acme"])
        .await;
    for status in ["completed", "blocked", "failed", "rejected", "held"] {
        service.until_count(status, 1).await;
    }
    eventually("a webhook was stored", || async {
        let lead = service.lead_of("acme.com").await;
        match lead["rows"].as_array().map(Vec::len) {
            Some(1..) => Ok(()),
            _ => Err(lead.to_string()),
        }
    })
    .await;
    service.terminate().await;
    sql(&world.path("warmsheet.db"), REST).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_survives_the_way_to_postgresql_and_back() {
    let world = everything().await;
    let cluster = Postgres::new().await;
    let postgres = cluster.create_database("leads").await;
    let back = sqlite(&world.path("back.db"));
    done(&world, None, &["db", "export", "1.jsonl"]).await;
    let said = done(&world, Some(&postgres), &["db", "import", "1.jsonl"]).await;
    assert!(said.contains("the old one must not"), "{said}");
    done(&world, Some(&postgres), &["db", "export", "2.jsonl"]).await;
    done(&world, Some(&back), &["db", "import", "2.jsonl"]).await;
    done(&world, Some(&back), &["db", "export", "3.jsonl"]).await;

    let rows = header(&world, "1.jsonl")["rows"].clone();
    for (table, rows) in rows.as_object().expect("tables") {
        assert!(rows.as_u64() > Some(0), "{table} is not tried by this test");
    }
    assert_eq!(contents(&world, "2.jsonl"), contents(&world, "1.jsonl"));
    assert_eq!(contents(&world, "3.jsonl"), contents(&world, "1.jsonl"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_engine_goes_on_where_the_first_one_stopped() {
    let mut world = everything().await;
    let cluster = Postgres::new().await;
    let postgres = cluster.create_database("leads").await;
    done(&world, None, &["db", "export", "all.jsonl"]).await;
    done(&world, Some(&postgres), &["db", "import", "all.jsonl"]).await;
    world.set("DATABASE_URL", postgres);
    let service = world.serve().await;
    assert_eq!(service.lead_of("acme.com").await["status"], "completed");
    let added = service.add(&["next.com"]).await;
    let id = added[0]["id"].as_str().expect("an id");
    service.until_status(id, "completed").await;
    let charged = world.charged().await;
    assert_eq!(charged.len(), 4, "nothing is bought twice: {charged:?}");
    service.terminate().await;

    // The numbers given out follow those that came along.
    let numbers = cluster
        .sql(
            &postgres_of(&world),
            "SELECT COUNT(*) = COUNT(DISTINCT seq) FROM lead",
        )
        .await;
    assert_eq!(numbers, "t");
}

fn postgres_of(world: &World) -> String {
    let mut settings = world.settings.iter().rev();
    let url = settings.find(|(name, _)| *name == "DATABASE_URL");
    url.expect("a database").1.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_up_of_postgresql_is_known_as_one_when_it_is_imported() {
    let mut world = World::new().await;
    world.with_webhooks().await;
    let cluster = Postgres::new().await;
    world.set("DATABASE_URL", cluster.create_database("leads").await);
    let service = world.serve().await;
    service.post("/api/v1/pause", &json!({})).await;
    service.add(&["acme.com"]).await;
    done(&world, None, &["db", "backup", "copy.jsonl"]).await;
    service.post("/api/v1/resume", &json!({})).await;
    service.until_count("completed", 1).await;
    service.terminate().await;

    world.set("DATABASE_URL", cluster.create_database("restored").await);
    done(&world, None, &["db", "import", "copy.jsonl"]).await;
    let service = world.serve().await;
    let status = service.status().await;
    assert_eq!(status["leads"]["held"], 1, "{status}");
    assert!(
        status["pauses"].to_string().contains("restored"),
        "{status}"
    );
    assert_eq!(world.charged().await, ["acme.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_postgresql_database_is_recognised() {
    let mut world = World::new().await;
    let cluster = Postgres::new().await;
    let first = cluster.create_database("leads").await;
    world.set("DATABASE_URL", first.clone());
    let service = world.serve().await;
    service.post("/api/v1/pause", &json!({})).await;
    service.add(&["acme.com"]).await;
    service.terminate().await;
    let service = world.serve().await;
    assert_eq!(
        service.status().await["leads"]["queued"],
        1,
        "a restart is no restore"
    );
    service.terminate().await;
    cluster
        .sql(&cluster.url(), "CREATE DATABASE copied TEMPLATE leads")
        .await;
    world.set("DATABASE_URL", first.replace("/leads", "/copied"));
    let service = world.serve().await;
    let status = service.status().await;
    assert_eq!(status["leads"]["held"], 1, "{status}");
    assert!(
        status["pauses"].to_string().contains("restored"),
        "{status}"
    );
}

/// Leads with their attempts, results and rows, made where they are needed.
const MANY: &str = r#"
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
INSERT INTO lead (id, batch_seq, source, source_name, input, domain, options, status, created_at,
    updated_at)
SELECT printf('LM%010d', n), (SELECT MIN(seq) FROM batch), 'api', '', 'many.com', 'many.com', '{}',
    'completed', '2026-02-28T12:00:00.5+00:00', '2026-02-28T12:00:00.5+00:00' FROM n;
INSERT INTO row_shape (keys) VALUES ('["a"]');
INSERT INTO result (lead_seq, attempt, run_id, stored_at, run, status)
SELECT seq, 1, 'run-' || seq, created_at, '{"id":"' || hex(randomblob(200)) || '"}', 'completed'
FROM lead WHERE domain = 'many.com';
INSERT INTO result_row (lead_seq, attempt, row, shape_id, cells)
SELECT seq, 1, r.value, (SELECT MAX(id) FROM row_shape), '["x"]'
FROM lead, json_each('[1,2,3]') r WHERE lead.domain = 'many.com';
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_database_arrives_whole() {
    let world = everything().await;
    sql(&world.path("warmsheet.db"), MANY).await;
    let cluster = Postgres::new().await;
    let postgres = cluster.create_database("leads").await;
    done(&world, None, &["db", "export", "1.jsonl"]).await;
    done(&world, Some(&postgres), &["db", "import", "1.jsonl"]).await;
    done(&world, Some(&postgres), &["db", "export", "2.jsonl"]).await;
    assert!(contents(&world, "1.jsonl").len() > 100_000);
    assert!(contents(&world, "2.jsonl") == contents(&world, "1.jsonl"));
}
