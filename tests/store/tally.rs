//! The numbers that triggers keep are those that counting would give, whatever happens to leads and
//! attempts.

use chrono::{NaiveDate, Utc};
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};
use warmsheet::flow::ports::{DayFigures, LeadFilter, Store};
use warmsheet::lead::Status;

use crate::fixture::{Fixture, Place};
use crate::support::postgres;

const STEPS: u32 = 400;

/// A connection beside the store's own.
enum Db {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Db {
    /// Does not wait for the disk: nothing here is about a crash.
    async fn beside(place: &Place) -> Self {
        match place {
            Place::File(folder) => {
                let options = SqliteConnectOptions::new().filename(folder.path().join("test.db"));
                let options = options.pragma("synchronous", "OFF");
                Self::Sqlite(options.connect().await.expect("the database"))
            }
            Place::Database { url, .. } => Self::postgres(url).await,
        }
    }

    async fn postgres(url: &str) -> Self {
        Self::Postgres(PgConnection::connect(url).await.expect("the database"))
    }

    async fn run(&mut self, statement: String) {
        let query = sqlx::raw_sql(AssertSqlSafe(statement.clone()));
        let done = match self {
            Self::Sqlite(connection) => query.execute(connection).await.map(drop),
            Self::Postgres(connection) => query.execute(connection).await.map(drop),
        };
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// Day, leads finished and credits spent on it, as counting gives them.
    async fn days(&mut self) -> Vec<(String, i64, i64)> {
        const SQLITE: &str =
            "SELECT day, CAST(SUM(finished) AS BIGINT), CAST(SUM(spent) AS BIGINT) FROM (
                 SELECT substr(finished_at, 1, 10) AS day, 1 AS finished, 0 AS spent FROM lead
                     WHERE finished_at IS NOT NULL
                 UNION ALL SELECT day, 0, charged FROM attempt WHERE charged <> 0) d
             GROUP BY day ORDER BY day";
        const POSTGRES: &str =
            "SELECT day, CAST(SUM(finished) AS BIGINT), CAST(SUM(spent) AS BIGINT) FROM (
                 SELECT CAST(CAST(finished_at AT TIME ZONE 'UTC' AS DATE) AS TEXT) AS day,
                     1 AS finished, 0 AS spent FROM lead WHERE finished_at IS NOT NULL
                 UNION ALL SELECT CAST(day AS TEXT), 0, charged FROM attempt WHERE charged <> 0) d
             GROUP BY day ORDER BY day";
        match self {
            Self::Sqlite(connection) => sqlx::query_as(SQLITE).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_as(POSTGRES).fetch_all(connection).await,
        }
        .expect("days")
    }

    async fn number(&mut self, query: &'static str) -> i64 {
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(query).fetch_one(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(query).fetch_one(connection).await,
        }
        .expect("a number")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_any_story_the_kept_numbers_are_the_counted_ones_in_sqlite() {
    let fixture = Fixture::sqlite().await;
    let mut db = Db::beside(&fixture.place).await;
    tell(&*fixture.store, &mut db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_any_story_the_kept_numbers_are_the_counted_ones_in_postgresql() {
    let fixture = Fixture::postgres().await;
    let mut db = Db::beside(&fixture.place).await;
    tell(&*fixture.store, &mut db).await;
    let rows = db.number("SELECT COUNT(*) FROM tally").await;
    // Every 64th row folds, unless what wrote it was taken back.
    assert!(rows < 500, "{rows} rows, but they are folded now and then");
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_beside_each_other_lose_no_count_in_postgresql() {
    const WRITERS: i64 = 4;
    const LEADS: i64 = 100;
    let fixture = Fixture::postgres().await;
    let mut db = Db::beside(&fixture.place).await;
    db.run(BATCH.to_owned()).await;
    db.run(leads(1, WRITERS * LEADS, Status::Queued)).await;
    let beside = (0..WRITERS).map(|_| Db::beside(&fixture.place));
    let beside = (0..WRITERS).zip(join_all(beside).await);
    let writers = beside.map(|(writer, mut db)| {
        tokio::spawn(async move {
            for lead in (1..=LEADS).map(|n| writer * LEADS + n) {
                for status in ["starting", "waiting", "completed"] {
                    let set = format!("UPDATE lead SET status = '{status}' WHERE seq = {lead}");
                    db.run(set).await;
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer");
    }
    let all = u64::try_from(WRITERS * LEADS).expect("a count");
    let counts = fixture.store.counts(&LeadFilter::default()).await;
    assert_eq!(counts.expect("counts"), [(Status::Completed, all)]);
}

/// Random changes, some of them taken back; looks after each.
async fn tell(store: &dyn Store, db: &mut Db) {
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    db.run(BATCH.to_owned()).await;
    let mut added = 0;
    for step in 0..STEPS {
        let change = change(&mut random, &mut added);
        let end = if random.random_bool(0.25) {
            "ROLLBACK"
        } else {
            "COMMIT"
        };
        db.run(format!("BEGIN; {change}; {end}")).await;
        compare(
            store,
            db,
            &format!("seed {seed}, step {step}: {change}; {end}"),
        )
        .await;
    }
}

const BATCH: &str = "INSERT INTO batch (seq, id, source, source_name, created_at)
    VALUES (1, 'B000000000000', 'api', '', '2026-01-01T00:00:00+00:00')";

fn leads(first: i64, last: i64, status: Status) -> String {
    format!(
        "INSERT INTO lead (seq, id, batch_seq, source, source_name, input, options, status,
             created_at, updated_at)
         WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
         SELECT i, 'L' || i, 1, 'api', '', '', '{{}}', '{}', '2026-01-01T00:00:00+00:00',
             '2026-01-01T00:00:00+00:00'
         FROM n",
        status.as_str()
    )
}

fn change(random: &mut StdRng, added: &mut i64) -> String {
    let some = |random: &mut StdRng, number: &str| {
        let of = random.random_range(1..8);
        format!("{number} % {of} = {}", random.random_range(0..of))
    };
    let status = Status::ALL[random.random_range(0..Status::ALL.len())];
    let charged = ["NULL", "0", "40", "7"][random.random_range(0..4)];
    let outcome = ["open", "started", "unknown"][random.random_range(0..3)];
    let day = random.random_range(1..6);
    let finished = match random.random_range(0..3) {
        0 => "NULL".to_owned(),
        _ => format!("'2026-01-0{day}T23:59:59+00:00'"),
    };
    match random.random_range(0..9) {
        0 | 1 => {
            let first = *added + 1;
            *added += random.random_range(1..20);
            leads(first, *added, status)
        }
        2 | 3 => {
            let which = some(random, "seq");
            format!(
                "UPDATE lead SET status = '{}', finished_at = {finished} WHERE {which}",
                status.as_str()
            )
        }
        4 => {
            let which = some(random, "seq");
            format!(
                "DELETE FROM lead WHERE {which}
                 AND NOT EXISTS (SELECT 1 FROM attempt WHERE lead_seq = seq)"
            )
        }
        5 => {
            let which = some(random, "seq");
            format!(
                "INSERT INTO attempt (key, lead_seq, number, origin, agent, day, reserved, charged,
                     sends, first_sent_at, outcome)
                 SELECT id, seq, 1, '', '', '2026-01-0{day}', 40, {charged}, 1, created_at, '{outcome}'
                 FROM lead WHERE {which}
                 ON CONFLICT (key) DO UPDATE SET charged = excluded.charged"
            )
        }
        6 => {
            let which = some(random, "lead_seq");
            format!("UPDATE attempt SET charged = {charged}, outcome = '{outcome}' WHERE {which}")
        }
        7 => {
            let which = some(random, "lead_seq");
            format!("UPDATE attempt SET day = '2026-01-0{day}' WHERE {which}")
        }
        _ => format!("DELETE FROM attempt WHERE {}", some(random, "lead_seq")),
    }
}

async fn compare(store: &dyn Store, db: &mut Db, story: &str) {
    let kept = store.counts(&LeadFilter::default()).await.expect("counts");
    // With a filter they are counted, and this one leaves nobody out.
    let all = LeadFilter {
        from: NaiveDate::from_ymd_opt(2000, 1, 1),
        ..LeadFilter::default()
    };
    let counted = store.counts(&all).await.expect("counts");
    assert_eq!(kept, counted, "{story}");
    let spending = store.spending(Utc::now().date_naive()).await;
    let spending = spending.expect("spending");
    let charged = db
        .number("SELECT CAST(COALESCE(SUM(charged), 0) AS BIGINT) FROM attempt")
        .await;
    assert_eq!(spending.charged, charged, "{story}");
    let unknown = db
        .number("SELECT COUNT(CASE WHEN outcome = 'unknown' THEN 1 END) FROM attempt")
        .await;
    assert_eq!(spending.unknown, unknown, "{story}");
    let january = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day");
    let days = store.days(january).await.expect("days");
    let by_day = |day: &DayFigures| (day.day.to_string(), day.finished, day.spent);
    let days: Vec<_> = days.iter().map(by_day).collect();
    assert_eq!(days, db.days().await, "{story}");
}

/// What an installation of before has.
const BEFORE: &str = "INSERT INTO attempt (key, lead_seq, number, origin, agent, day, reserved,
         charged, sends, first_sent_at, outcome)
     SELECT id, seq, 1, '', '', '2026-01-01', 40, 40, 1, created_at, 'started' FROM lead";

async fn upgrade(db: &mut Db, before: [&str; 2], then: &str) {
    for migration in before {
        db.run(migration.to_owned()).await;
    }
    db.run(BATCH.to_owned()).await;
    db.run(leads(1, 30, Status::Completed)).await;
    db.run(BEFORE.to_owned()).await;
    db.run(then.to_owned()).await;
    let leads = "SELECT CAST(SUM(amount) AS BIGINT) FROM tally WHERE name = 'leads completed'";
    assert_eq!(db.number(leads).await, 30);
    let charged = "SELECT CAST(SUM(amount) AS BIGINT) FROM tally WHERE name = 'charged'";
    assert_eq!(db.number(charged).await, 30 * 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgraded_sqlite_file_begins_with_what_it_holds() {
    let memory = SqliteConnectOptions::new().in_memory(true);
    let mut db = Db::Sqlite(memory.connect().await.expect("a database"));
    let before = [
        include_str!("../../migrations/sqlite/0001_start.sql"),
        include_str!("../../migrations/sqlite/0002_sheets.sql"),
    ];
    let then = include_str!("../../migrations/sqlite/0003_guard.sql");
    upgrade(&mut db, before, then).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgraded_postgresql_database_begins_with_what_it_holds() {
    let (_cluster, url) = postgres::database().await;
    let mut db = Db::postgres(&url).await;
    let before = [
        include_str!("../../migrations/postgres/0001_start.sql"),
        include_str!("../../migrations/postgres/0002_sheets.sql"),
    ];
    let then = include_str!("../../migrations/postgres/0003_guard.sql");
    upgrade(&mut db, before, then).await;
}
