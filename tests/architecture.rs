//! The layers hold: `lead ← flow ← {adapters, http, worker} ← app ← cli ← main`, and the
//! sandbox knows nothing of the rest. A rule that nothing enforces is a wish.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms whose names may stand in its code.
const MAY_USE: [(&str, &[&str]); 9] = [
    ("lead", &["lead"]),
    ("flow", &["flow", "lead"]),
    ("adapters", &["adapters", "flow", "lead"]),
    ("http", &["http", "flow", "lead"]),
    ("worker", &["worker", "flow", "lead"]),
    ("config", &["config", "lead"]),
    (
        "app",
        &[
            "app", "adapters", "http", "worker", "config", "flow", "lead",
        ],
    ),
    (
        "cli",
        &[
            "cli", "app", "adapters", "config", "sandbox", "flow", "lead",
        ],
    ),
    ("sandbox", &["sandbox"]),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

/// The rooms that a piece of code names: `crate::flow::…`, `use crate::{flow, lead}`.
fn rooms_named(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for part in code.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            Some(group) => {
                let mut depth = 0;
                let mut name = String::new();
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => rooms.push(std::mem::take(&mut name)),
                        c if depth == 0 => name.push(c),
                        _ => {}
                    }
                }
                rooms.push(name);
            }
            None => rooms.push(part.to_owned()),
        }
    }
    rooms
        .iter()
        .map(|text| {
            let word: String = text
                .trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            word
        })
        .filter(|word| !word.is_empty())
        .collect()
}

fn faults_in(room: &str, file: &str, code: &str) -> Vec<String> {
    let allowed = MAY_USE
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, allowed)| *allowed);
    let Some(allowed) = allowed else {
        return vec![format!("{file}: the room {room} has no rule")];
    };
    rooms_named(code)
        .into_iter()
        .filter(|named| !allowed.contains(&named.as_str()))
        .map(|named| format!("{file}: {room} may not use {named}"))
        .collect()
}

#[test]
fn no_room_uses_a_room_that_it_must_not_know() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for path in files(&src) {
        let inside = path.strip_prefix(&src).expect("below src");
        let first = inside.components().next().expect("a name");
        let room = Path::new(first.as_os_str()).with_extension("");
        let room = room.to_string_lossy();
        if room == "main" || room == "lib" {
            continue;
        }
        let code = fs::read_to_string(&path).expect("a file");
        faults.extend(faults_in(&room, &inside.display().to_string(), &code));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_forbidden_use_is_seen_however_it_is_written() {
    for code in [
        "use crate::adapters::store::SqliteStore;",
        "use crate::{lead::Status, adapters::{store, files}};",
        "fn f() { crate::adapters::files::read_list() }",
    ] {
        assert_eq!(faults_in("flow", "x.rs", code).len(), 1, "{code}");
    }
    assert!(faults_in("flow", "x.rs", "use crate::{flow::Flow, lead};").is_empty());
}
