//! Names, dates and shares as people read them.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde_json::Value;

use super::shown::scalar_text;

/// Longer names are cut, characters.
const LONGEST_LABEL: usize = 120;
/// Longer names are no identifiers, bytes.
const LONGEST_IDENTIFIER: usize = 240;
/// Longer texts are no date, no share and no label, characters.
const LONGEST_WORD: usize = 60;
/// Words that are written in capitals.
const CAPITALS: [&str; 9] = [
    "url", "icp", "id", "seo", "crm", "api", "ceo", "cta", "linkedin",
];

/// A name for comparing, whatever its case style: `jobTitle`, `job_title` and `Job Title` are
/// the same.
pub fn plain(name: &str) -> String {
    // Nothing that is looked for has so long a name.
    if name.len() > LONGEST_IDENTIFIER {
        return name.to_owned();
    }
    if name.is_ascii() {
        let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
        return letters
            .map(|b| char::from(b.to_ascii_lowercase()))
            .collect();
    }
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// A key as a label: `jobTitle` and `job_title` become "Job title". What is no identifier stays
/// as it is.
pub fn label(key: &str) -> String {
    if key.trim().is_empty() {
        return "(no name)".to_owned();
    }
    let is_identifier = key.len() <= LONGEST_IDENTIFIER
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !is_identifier {
        return cut(key);
    }
    let mut spaced = String::new();
    let mut before = ' ';
    for c in key.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            spaced.push(' ');
        }
        spaced.push(if c == '_' || c == '-' { ' ' } else { c });
        before = c;
    }
    let words: Vec<String> = spaced.split_whitespace().map(word).collect();
    let mut text = words.join(" ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    cut(if text.is_empty() { key } else { &text })
}

fn word(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    if lower == "linkedin" {
        "LinkedIn".to_owned()
    } else if CAPITALS.contains(&lower.as_str()) {
        lower.to_ascii_uppercase()
    } else if word
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    {
        word.to_owned()
    } else {
        lower
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_LABEL) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value short enough for a label or a badge, on one line.
pub fn short(value: &Value, most: usize) -> Option<String> {
    let text = scalar_text(value)?;
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().nth(most).is_none() && !text.contains(['\n', '\r']);
    fits.then(|| text.to_owned())
}

/// A day or a moment.
pub struct When {
    /// "25 Feb 2026", or what came if it is no date.
    pub text: String,
    /// For programs, if it is one.
    pub machine: Option<String>,
}

impl When {
    /// `None` if the value can be no date at all.
    pub fn of(value: &Value) -> Option<Self> {
        let text = short(value, LONGEST_WORD)?;
        let seconds = value.as_f64().and_then(epoch_seconds);
        let moment = seconds
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .map(|moment| moment.naive_utc())
            .or_else(|| moment(&text));
        Some(if let Some(moment) = moment {
            Self {
                text: moment.format("%-d %b %Y, %H:%M").to_string(),
                machine: Some(moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
            }
        } else if let Ok(day) = NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
            Self {
                text: day.format("%-d %b %Y").to_string(),
                machine: Some(day.to_string()),
            }
        } else {
            Self {
                text,
                machine: None,
            }
        })
    }
}

/// UTC; a time without a zone is taken as that.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let zoned = DateTime::parse_from_rfc3339(text).ok();
    zoned.map(|time| time.naive_utc()).or_else(|| {
        [
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%d %H:%M",
        ]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
    })
}

/// Seconds or milliseconds since the epoch, if it is a time of our days (2000 to 2100).
fn epoch_seconds(number: f64) -> Option<i64> {
    const OURS: std::ops::Range<f64> = 946_684_800.0..4_102_444_800.0;
    [number, number / 1000.0]
        .into_iter()
        .find(|seconds| OURS.contains(seconds))
        .map(|seconds| seconds as i64)
}

/// A confidence, strength or score.
pub struct Share {
    /// "87 %", or what came if it is no share.
    pub text: String,
    /// 0 to 100, for a bar.
    pub bar: Option<u8>,
}

impl Share {
    /// A share written as 0 to 1, as 0 to 100, or with a per cent sign; `None` if the value can
    /// be none of these, nor a word like "high".
    pub fn of(value: &Value) -> Option<Self> {
        let text = short(value, LONGEST_WORD)?;
        let (digits, sign) = match text.strip_suffix('%') {
            Some(digits) => (digits.trim_end(), true),
            None => (text.as_str(), false),
        };
        let number = match value {
            Value::Bool(_) => None,
            _ => digits.parse::<f64>().ok(),
        };
        let per_cent = number.map(|n| if n <= 1.0 && !sign { n * 100.0 } else { n });
        Some(match per_cent.filter(|n| (0.0..=100.0).contains(n)) {
            Some(per_cent) => Self {
                text: format!("{} %", per_cent.round()),
                bar: Some(per_cent.round() as u8),
            },
            None => Self { text, bar: None },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_of_every_case_style_become_one_label() {
        for key in [
            "jobTitle",
            "job_title",
            "job-title",
            "JobTitle",
            "job_Title",
        ] {
            assert_eq!(label(key), "Job title", "{key}");
            assert_eq!(plain(key), "jobtitle", "{key}");
        }
        for (key, expected) in [
            ("profile_url", "Profile URL"),
            ("ICP", "ICP"),
            ("linkedinUrl", "LinkedIn URL"),
            ("<b>key</b>", "<b>key</b>"),
            ("", "(no name)"),
            ("__", "__"),
            ("\u{e4}rger_1", "\u{e4}rger_1"),
        ] {
            assert_eq!(label(key), expected);
        }
        assert!(label(&"k".repeat(5000)).chars().count() <= LONGEST_LABEL + 1);
    }

    #[test]
    fn dates_are_read_however_they_are_written_and_others_stay() {
        for (written, text) in [
            (json!("2026-02-25"), "25 Feb 2026"),
            (json!("2026-02-25T10:00:00.000Z"), "25 Feb 2026, 10:00"),
            (json!("2026-02-25T10:00:00+02:00"), "25 Feb 2026, 08:00"),
            (json!("2026-02-25 10:00:00"), "25 Feb 2026, 10:00"),
            (json!(1_772_013_600), "25 Feb 2026, 10:00"),
            (json!(1_772_013_600_000_i64), "25 Feb 2026, 10:00"),
            (json!("last week"), "last week"),
            (json!("2026-02-30"), "2026-02-30"),
            (json!(7), "7"),
        ] {
            assert_eq!(When::of(&written).expect("a date").text, text, "{written}");
        }
        for no_date in [json!(null), json!([1]), json!(""), json!("x".repeat(61))] {
            assert!(When::of(&no_date).is_none(), "{no_date}");
        }
    }

    #[test]
    fn a_share_is_per_cent_whether_it_comes_as_a_fraction_or_not() {
        for (written, text) in [
            (json!(0.87), "87 %"),
            (json!(1), "100 %"),
            (json!(0), "0 %"),
            (json!(87), "87 %"),
            (json!("0.5"), "50 %"),
            (json!("1 %"), "1 %"),
            (json!("high"), "high"),
            (json!(-3), "-3"),
            (json!(250), "250"),
            (json!(true), "yes"),
        ] {
            assert_eq!(
                Share::of(&written).expect("a share").text,
                text,
                "{written}"
            );
        }
        assert!(Share::of(&json!({"value": 1})).is_none());
    }
}
