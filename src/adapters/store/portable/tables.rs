//! What a file holds, table by table: a table stands behind those that it refers to.

/// What a column holds. Any may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Integer,
    Text,
    Boolean,
    /// A moment, to the microsecond.
    Time,
    Day,
    Bytes,
}

#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
}

#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// The first of them, as many as `key` says, are the primary key.
    pub columns: &'static [Column],
    pub key: usize,
    /// The first column is a number that the engine gives out.
    pub numbered: bool,
    /// A column that refers to a row of the same table, perhaps a later one.
    pub refers_to_itself: Option<&'static str>,
    /// Triggers write rows of it while other tables are filled in: those give way to what the file has.
    pub written_by_triggers: bool,
    /// Which rows are contents.
    pub only: &'static str,
}

const ALL: &str = "TRUE";

macro_rules! columns {
    ($($name:ident $kind:ident),* $(,)?) => {
        &[$(Column { name: stringify!($name), kind: Kind::$kind }),*]
    };
}

const fn table(name: &'static str, key: usize, columns: &'static [Column]) -> Table {
    Table {
        name,
        columns,
        key,
        numbered: false,
        refers_to_itself: None,
        written_by_triggers: false,
        only: ALL,
    }
}

const fn numbered(name: &'static str, columns: &'static [Column]) -> Table {
    Table {
        numbered: true,
        ..table(name, 1, columns)
    }
}

/// Every table but those that say who works on the database now or is signed in, what was asked of
/// Citedy in passing, who is told of it by the configuration, and the counts that triggers keep of
/// what is filled in.
pub const TABLES: &[Table] = &[
    Table {
        // Where the engine keeps the database, that it can be written to, and a secret that
        // only its own pages need.
        only: "name NOT IN ('home', 'ping', 'form secret')",
        ..table("setting", 1, columns![name Text, value Text])
    },
    table("forgotten", 1, columns![hash Text, since Time]),
    numbered(
        "batch",
        columns![seq Integer, id Text, source Text, source_name Text, created_at Time,
            cap_lifted Boolean],
    ),
    Table {
        refers_to_itself: Some("reused_from"),
        ..numbered(
            "lead",
            columns![seq Integer, id Text, batch_seq Integer, source Text, source_name Text,
                source_key Text, source_row Integer, external_id Text, external_hash Text,
                input Text, domain Text, options Text, status Text, reason Text,
                attempt Integer, origin Text, agent Text, run_id Text, run_status Text,
                run_since Time, due_at Time, hinted Boolean, failed_looks Integer,
                misses Integer, missing_since Time, buy_if_missing Boolean, credits Integer,
                result_attempt Integer, result_run_id Text, created_at Time, updated_at Time,
                finished_at Time, ready Boolean, deliver_to Text, force Boolean,
                options_key Text, to_buy Boolean, reused_from Integer,
                cap_lifted Boolean, hints Integer, looked_at Time, seen_at Time, forgotten_at Time,
                forgotten_as Text, removed_at Time, removed_after Integer],
        )
    },
    table(
        "attempt",
        1,
        columns![key Text, lead_seq Integer, number Integer, origin Text, agent Text, day Day,
            reserved Integer, charged Integer, sends Integer, first_sent_at Time, outcome Text,
            run_id Text, settled_at Time, refusals Integer, took_ms Integer, named Boolean,
            ended_at Time],
    ),
    table(
        "result",
        2,
        columns![lead_seq Integer, attempt Integer, run_id Text, stored_at Time, run Text,
            status Text],
    ),
    numbered("row_shape", columns![id Integer, keys Text]),
    table(
        "result_row",
        3,
        columns![lead_seq Integer, attempt Integer, row Integer, shape_id Integer, cells Text],
    ),
    table(
        "delivery",
        3,
        columns![lead_seq Integer, attempt Integer, destination Text, state Text, since Time,
            done_at Time, mark Integer],
    ),
    numbered(
        "webhook_event",
        columns![seq Integer, event_id Text, event_type Text, run_id Text, body Bytes,
            received_at Time],
    ),
    Table {
        // The other database is the one that goes on.
        only: "kind <> 'moved'",
        ..table(
            "pause",
            1,
            columns![kind Text, message Text, link Text, since Time],
        )
    },
    table(
        "watched_file",
        2,
        columns![folder Text, name Text, held Boolean, size Integer, modified_at Time,
            problem Text, read_at Time],
    ),
    table(
        "sheet",
        1,
        columns![spreadsheet Text, results_tab Integer, mark Integer, open_mark Integer,
            open_tab Integer, open_sent_at Time],
    ),
    table(
        "sheet_tab",
        2,
        columns![spreadsheet Text, wanted Text, tab Integer, bound_at Time, first_read Time,
            theirs Text, with_run Boolean],
    ),
    table(
        "sheet_row",
        1,
        columns![lead_seq Integer, spreadsheet Text, misses Integer, revive_to Text,
            put_aside Text, counted Text, note Text, note_state Text, warned Boolean,
            cut Boolean],
    ),
    Table {
        written_by_triggers: true,
        ..numbered(
            "lead_event",
            columns![seq Integer, lead_seq Integer, attempt Integer, kind Text, word Text,
                reason Text, at Time, times Integer, last_at Time],
        )
    },
    numbered(
        "notice",
        columns![seq Integer, id Text, kind Text, subject Text, lead_seq Integer,
            attempt Integer, batch_seq Integer, status Text, detail Text, at Time],
    ),
    table(
        "notice_send",
        2,
        columns![notice_seq Integer, target Text, state Text, attempts Integer, due_at Time,
            tried_at Time, error Text],
    ),
];
