//! Where each setting comes from.

use std::collections::BTreeMap;
use std::path::Path;

use super::sources::{NAMES, toml_key};

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Environment,
    File {
        path: String,
        /// From 1; `None` where the key is written in an unusual way.
        line: Option<usize>,
    },
}

/// Where each setting comes from that is set anywhere.
pub(super) fn origins(
    path: &Path,
    environment: &BTreeMap<String, String>,
    flags: &BTreeMap<String, &String>,
) -> BTreeMap<&'static str, Origin> {
    // What cannot be read is told by whoever reads it for its contents.
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let origin = |name: &&'static str| {
        let key = toml_key(name);
        if flags.contains_key(&key) {
            Origin::Flag
        } else if environment.contains_key(&key) {
            Origin::Environment
        } else {
            Origin::File {
                path: path.display().to_string(),
                line: line_of(&text, &key),
            }
        }
    };
    NAMES.iter().map(|name| (*name, origin(name))).collect()
}

fn line_of(text: &str, key: &str) -> Option<usize> {
    let sets = |line: &str| {
        let rest = line.trim_start().trim_start_matches('"').strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with('='))
    };
    text.lines().position(sets).map(|line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_in_the_line_that_sets_it() {
        let text = "# bind = \"no\"\n\nbind_to = 1\n  bind= \"x\"\n\"port\" = 1\n";
        assert_eq!(line_of(text, "bind"), Some(4));
        assert_eq!(line_of(text, "port"), Some(5));
        assert_eq!(line_of(text, "watch_dir"), None);
    }
}
