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

/// What a piece of code names right below a path: with `crate::` the rooms in
/// `crate::flow::…` and `use crate::{flow, lead}`; everything at once is `*`.
fn named_below(path: &str, code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for part in code.split(path).skip(1) {
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
                .take_while(|c| c.is_alphanumeric() || "_*".contains(*c))
                .collect();
            word
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// How many modules lead to a file: `flow/start.rs` and `flow/ports/mod.rs` are two deep.
fn depth(inside: &Path) -> usize {
    let folders = inside.components().count() - 1;
    folders + usize::from(!inside.ends_with("mod.rs"))
}

/// The faults of a file, given by its path below `src`.
fn faults_in(inside: &Path, code: &str) -> Vec<String> {
    let file = inside.display();
    let first = inside.components().next().expect("a name");
    let room = Path::new(first.as_os_str()).with_extension("");
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| room == Path::new(name)) else {
        return vec![format!("{file}: the room {} has no rule", room.display())];
    };
    // As many `super` as the file is deep lead to the root, too; from a module inside the file
    // they lead only to its own room, where no other room's name is found.
    let climbed = named_below(&"super::".repeat(depth(inside)), code)
        .into_iter()
        .filter(|named| MAY_USE.iter().any(|(room, _)| named == room));
    named_below("crate::", code)
        .into_iter()
        .chain(climbed)
        .filter(|named| !allowed.contains(&named.as_str()))
        .map(|named| format!("{file}: {} may not use {named}", room.display()))
        .collect()
}

#[test]
fn no_room_uses_a_room_that_it_must_not_know() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for path in files(&src) {
        let inside = path.strip_prefix(&src).expect("below src");
        if inside == Path::new("main.rs") || inside == Path::new("lib.rs") {
            continue;
        }
        let code = fs::read_to_string(&path).expect("a file");
        faults.extend(faults_in(inside, &code));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_forbidden_use_is_seen_however_it_is_written() {
    let file = Path::new("flow/start.rs");
    for code in [
        "use crate::adapters::store::SqliteStore;",
        "use crate::{lead::Status, adapters::{store, files}};",
        "use crate::*;",
        "use super::super::adapters::files;",
        "fn f() { crate::adapters::files::read_list() }",
        "#[cfg(test)] mod tests { use crate::adapters::files; }",
    ] {
        assert_eq!(faults_in(file, code).len(), 1, "{code}");
    }
    for code in ["use crate::{flow::Flow, lead};", "use super::Flow;"] {
        assert!(faults_in(file, code).is_empty(), "{code}");
    }
}

#[test]
fn a_room_without_a_rule_is_a_fault() {
    assert_eq!(faults_in(Path::new("cellar/mod.rs"), "").len(), 1);
}
