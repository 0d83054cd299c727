//! Reads Prometheus' text format as strictly as it is written down, and a little stricter.

use std::collections::{BTreeMap, BTreeSet};

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// All that a scrape told.
#[derive(Debug, Default)]
pub struct Exposition {
    /// Families by name, with their types.
    pub families: BTreeMap<String, String>,
    pub samples: Vec<Sample>,
}

impl Exposition {
    /// Panics at anything that does not belong.
    pub fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line ends");
        let mut seen = Self::default();
        let (mut helped, mut closed) = (BTreeSet::new(), BTreeSet::new());
        let mut family = String::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            assert_eq!(line.trim(), line, "no blanks around: {line:?}");
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect("a help text");
                assert!(help.ends_with('.'), "a sentence: {line}");
                assert!(helped.insert(name.to_owned()), "HELP once: {line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                assert!(helped.contains(name), "HELP comes first: {line}");
                closed.insert(std::mem::replace(&mut family, name.to_owned()));
                assert!(
                    !closed.contains(name),
                    "a family stands in one piece: {line}"
                );
                check_name(name, kind);
                let before = seen.families.insert(name.to_owned(), kind.to_owned());
                assert_eq!(before, None, "TYPE once: {line}");
            } else {
                assert!(!line.starts_with('#'), "no other comment: {line}");
                let sample = sample(line);
                let kind = seen.families.get(&family).expect("a TYPE before");
                let part = sample.name.strip_prefix(&family).expect("of its family");
                let allowed: &[&str] = match kind.as_str() {
                    "histogram" => &["_bucket", "_sum", "_count"],
                    _ => &[""],
                };
                assert!(allowed.contains(&part), "{line} in a {kind}");
                let known = |one: &Sample| one.name == sample.name && one.labels == sample.labels;
                assert!(!seen.samples.iter().any(known), "told twice: {line}");
                seen.samples.push(sample);
            }
        }
        seen.check_histograms();
        seen
    }

    /// The value of the one sample of this name that has these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let fits = |one: &&Sample| {
            let has = |(label, value): &(&str, &str)| {
                one.labels.get(*label).is_some_and(|told| told == value)
            };
            one.name == name && labels.iter().all(has)
        };
        let mut found = self.samples.iter().filter(fits);
        let first = found.next()?;
        assert!(found.next().is_none(), "several {name} {labels:?}");
        Some(first.value)
    }

    fn check_histograms(&self) {
        for (name, _) in self
            .families
            .iter()
            .filter(|(_, kind)| *kind == "histogram")
        {
            let part = |part: &str| {
                let whole = format!("{name}{part}");
                self.samples.iter().filter(move |one| one.name == whole)
            };
            for count in part("_count") {
                let same = |one: &&Sample| {
                    let mut labels = one.labels.clone();
                    labels.remove("le");
                    labels == count.labels
                };
                let buckets: Vec<f64> = part("_bucket").filter(same).map(|b| b.value).collect();
                assert!(buckets.is_sorted(), "{name} rises: {buckets:?}");
                assert_eq!(buckets.last(), Some(&count.value), "{name} ends with all");
                assert_eq!(part("_sum").filter(same).count(), 1, "{name} has a sum");
            }
        }
    }
}

/// The naming rules of Prometheus.
fn check_name(name: &str, kind: &str) {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    assert!(name.starts_with("warmsheet_"), "{name} says whose it is");
    assert!(name.chars().all(plain), "{name} is a name");
    assert_eq!(
        name.ends_with("_total"),
        kind == "counter",
        "{name}: {kind}"
    );
    for unit in [
        "_ms",
        "_millis",
        "_milliseconds",
        "_minutes",
        "_count",
        "_sum",
        "_bucket",
    ] {
        assert!(!name.ends_with(unit), "{name} is in base units");
    }
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').expect("a value");
    let value: f64 = value.parse().expect("a number");
    let Some((name, rest)) = series.split_once('{') else {
        return Sample {
            name: series.to_owned(),
            labels: BTreeMap::new(),
            value,
        };
    };
    let mut rest = rest.strip_suffix('}').expect("labels end");
    let mut labels = BTreeMap::new();
    while !rest.is_empty() {
        let (label, after) = rest.split_once("=\"").expect("a label");
        assert!(
            label.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{line}"
        );
        let (value, after) = quoted(after);
        assert!(labels.insert(label.to_owned(), value).is_none(), "{line}");
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    Sample {
        name: name.to_owned(),
        labels,
        value,
    }
}

/// A quoted text, and what follows its end.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => match characters.next().expect("an escape").1 {
                'n' => value.push('\n'),
                c @ ('"' | '\\') => value.push(c),
                c => panic!("\\{c} is no escape"),
            },
            c => value.push(c),
        }
    }
    panic!("a label that does not end: {text}")
}

#[test]
fn the_parser_refuses_what_prometheus_would() {
    let good = "# HELP warmsheet_x_total Sentence.\n# TYPE warmsheet_x_total counter\n\
                warmsheet_x_total{a=\"b\\\"c,d\"} 3\n";
    let seen = Exposition::parse(good);
    assert_eq!(
        seen.value("warmsheet_x_total", &[("a", "b\"c,d")]),
        Some(3.0)
    );
    for bad in [
        good.replace("counter", "gauge"),
        good.replace("# HELP warmsheet_x_total Sentence.\n", ""),
        format!("{good}warmsheet_x_total{{a=\"b\\\"c,d\"}} 4\n"),
        format!("{good}warmsheet_y 4\n"),
        good.replace(" 3", " three"),
    ] {
        let parsed = std::panic::catch_unwind(|| Exposition::parse(&bad));
        assert!(parsed.is_err(), "{bad}");
    }
}
