//! Examples at the end of each command's help. A test parses every one of them.

use clap::Command;

/// Words, and what they do.
type Example = (&'static str, &'static str);

/// The examples of each command, by its path.
const EXAMPLES: &[(&[&str], &[Example])] = &[
    (
        &["demo"],
        &[
            (
                "warmsheet demo",
                "everything in ./warmsheet-demo, on the usual port",
            ),
            (
                "warmsheet demo --dir /tmp/demo --bind 127.0.0.1:9000",
                "elsewhere",
            ),
        ],
    ),
    (
        &["serve"],
        &[
            (
                "warmsheet serve",
                "with the settings of the environment and warmsheet.toml",
            ),
            (
                "warmsheet serve --watch-dir lists --daily-credits 400",
                "ten reports a day",
            ),
        ],
    ),
    (
        &["run"],
        &[
            (
                "warmsheet run companies.csv -o report.xlsx",
                "one list, one report",
            ),
            (
                "warmsheet run - -o report.csv --yes",
                "domains from standard input, without a question",
            ),
            (
                "warmsheet run companies.csv -o try.xlsx --sandbox",
                "invented results, no cost",
            ),
        ],
    ),
    (
        &["approve"],
        &[
            ("warmsheet approve", "what waits, and what it costs"),
            (
                "warmsheet approve --all --yes",
                "all of it, without a question",
            ),
            (
                "warmsheet approve L7K3QF9XM2TDA --cancel",
                "take one lead back",
            ),
        ],
    ),
    (
        &["ledger"],
        &[
            ("warmsheet ledger", "every attempt, as a table"),
            (
                "warmsheet ledger --from 2026-11-01 --to 2026-11-30 -o november.csv",
                "one month",
            ),
        ],
    ),
    (
        &["forget"],
        &[
            (
                "warmsheet forget acme.com --dry-run",
                "what is known of it, and where it stands",
            ),
            (
                "warmsheet forget acme.com",
                "remove it here; never buy it again",
            ),
            (
                "warmsheet forget acme.com --undo",
                "let it be bought again; nothing comes back",
            ),
        ],
    ),
    (
        &["check"],
        &[("warmsheet check", "every fault, with its remedy")],
    ),
    (
        &["health"],
        &[
            (
                "warmsheet health",
                "whether serve can work, by the exit code",
            ),
            (
                "warmsheet health --wait 30",
                "gives it half a minute to start",
            ),
        ],
    ),
    (
        &["db", "migrate"],
        &[(
            "warmsheet db migrate",
            "brings the schema up to date, before new instances start",
        )],
    ),
    (
        &["notify", "test"],
        &[
            ("warmsheet notify test", "a test message to every target"),
            ("warmsheet notify test team", "to the target called team"),
        ],
    ),
    (
        &["config"],
        &[
            (
                "warmsheet config",
                "what is in force, and where it comes from",
            ),
            ("warmsheet config --json", "the same for programs"),
            (
                "warmsheet config --example > warmsheet.toml",
                "a file to begin with",
            ),
        ],
    ),
    (
        &["completions"],
        &[
            ("warmsheet completions bash", "print what bash needs"),
            (
                "warmsheet completions fish > ~/.config/fish/completions/warmsheet.fish",
                "for fish",
            ),
        ],
    ),
    (
        &["webhook", "register"],
        &[
            ("warmsheet webhook register", "at WARMSHEET_PUBLIC_URL"),
            (
                "warmsheet webhook register https://leads.example.com/webhooks/citedy",
                "named",
            ),
        ],
    ),
    (
        &["webhook", "list"],
        &[("warmsheet webhook list", "the endpoints of this agent")],
    ),
    (
        &["webhook", "delete"],
        &[("warmsheet webhook delete wh_123", "by its id")],
    ),
    (
        &["webhook", "deliveries"],
        &[(
            "warmsheet webhook deliveries --status dead_lettered",
            "what never arrived",
        )],
    ),
    (
        &["sheet", "setup"],
        &[
            (
                "warmsheet sheet setup 1AbC",
                "headers, results tab and drop-down of the first tab",
            ),
            (
                "warmsheet sheet setup 1AbC#Companies --run --options",
                "with all columns",
            ),
        ],
    ),
    (
        &["sheet", "takeover"],
        &[("warmsheet sheet takeover 1AbC", "run it from here")],
    ),
    (
        &["sheet", "resend"],
        &[(
            "warmsheet sheet resend 1AbC",
            "after its results tab was deleted",
        )],
    ),
    (
        &["db", "backup"],
        &[(
            "warmsheet db backup /backups/warmsheet.db",
            "also while serve runs",
        )],
    ),
    (
        &["db", "export"],
        &[("warmsheet db export everything.jsonl", "to move elsewhere")],
    ),
    (
        &["db", "import"],
        &[(
            "warmsheet db import everything.jsonl --database-url postgres://localhost/leads",
            "there",
        )],
    ),
    (
        &["db", "restored"],
        &[(
            "warmsheet db restored",
            "before serve starts on an older copy",
        )],
    ),
    (
        &["db", "resume"],
        &[("warmsheet db resume", "buy again after a restore")],
    ),
    (
        &["sandbox"],
        &[(
            "warmsheet sandbox",
            "Citedy\u{2019}s contract on a local port",
        )],
    ),
];

/// The command with the examples of all its subcommands.
pub fn add_to(mut command: Command) -> Command {
    for (path, examples) in EXAMPLES {
        command = add(command, path, examples);
    }
    command
}

fn add(command: Command, path: &[&'static str], examples: &[Example]) -> Command {
    match path.split_first() {
        Some((first, rest)) if command.find_subcommand(first).is_some() => {
            command.mut_subcommand(first, |found| add(found, rest, examples))
        }
        Some(_) => command,
        None => {
            let more = command.get_after_help().map(ToString::to_string);
            let more = more.map_or_else(String::new, |more| format!("\n\n{more}"));
            command.after_help(format!("{}{more}", told(examples)))
        }
    }
}

fn told(examples: &[Example]) -> String {
    let lines = examples
        .iter()
        .map(|(words, what)| format!("  {words}\n      {what}"));
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(command: &Command, path: &str) -> Vec<(String, Command)> {
        let own = command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help");
        let mut found = Vec::new();
        for sub in own {
            let name = format!("{path} {}", sub.get_name());
            if sub.get_subcommands().next().is_some() {
                found.extend(leaves(sub, &name));
            } else {
                found.push((name, sub.clone()));
            }
        }
        found
    }

    /// What a shell would hand over: without a redirection.
    fn arguments(line: &str) -> Vec<&str> {
        let line = line.split(" > ").next().unwrap_or_default();
        line.split_whitespace().collect()
    }

    #[test]
    fn every_command_has_examples_and_each_of_them_can_be_parsed() {
        let command = super::super::command();
        for (path, leaf) in leaves(&command, "warmsheet") {
            let help = leaf
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let examples: Vec<&str> = help
                .lines()
                .map(str::trim)
                .filter(|line| line.starts_with("warmsheet "))
                .collect();
            assert!(!examples.is_empty(), "{path} has no examples");
            for example in examples {
                assert!(example.starts_with(&path), "{path}: {example}");
                let parsed = command.clone().try_get_matches_from(arguments(example));
                assert!(
                    parsed.is_ok(),
                    "{example}: {}",
                    parsed.expect_err("a fault")
                );
            }
        }
    }

    #[test]
    fn no_example_is_of_a_command_that_is_not_there() {
        let command = super::super::command();
        for (path, _) in EXAMPLES {
            let mut at = &command;
            for name in *path {
                let found = at.find_subcommand(name);
                at = found.unwrap_or_else(|| panic!("{path:?}"));
            }
        }
    }
}
