use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::Value as Json;

use super::tables::Kind;

/// One cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Boolean(Option<bool>),
    Time(Option<DateTime<Utc>>),
    Day(Option<NaiveDate>),
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// Nothing, of a kind: an engine wants to know what is not there.
    pub fn none(kind: Kind) -> Self {
        match kind {
            Kind::Integer => Value::Integer(None),
            Kind::Text => Value::Text(None),
            Kind::Boolean => Value::Boolean(None),
            Kind::Time => Value::Time(None),
            Kind::Day => Value::Day(None),
            Kind::Bytes => Value::Bytes(None),
        }
    }

    pub fn to_json(&self) -> Json {
        match self {
            Value::Integer(number) => Json::from(*number),
            Value::Text(text) => Json::from(text.as_deref()),
            Value::Boolean(truth) => Json::from(*truth),
            Value::Time(time) => {
                Json::from(time.map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true)))
            }
            Value::Day(day) => Json::from(day.map(|day| day.to_string())),
            Value::Bytes(bytes) => Json::from(bytes.as_ref().map(|bytes| STANDARD.encode(bytes))),
        }
    }

    /// `None`: it is not of this kind.
    pub fn from_json(json: Json, kind: Kind) -> Option<Self> {
        Some(match (kind, json) {
            (kind, Json::Null) => Value::none(kind),
            (Kind::Integer, Json::Number(number)) => Value::Integer(Some(number.as_i64()?)),
            (Kind::Text, Json::String(text)) => Value::Text(Some(text)),
            (Kind::Boolean, Json::Bool(truth)) => Value::Boolean(Some(truth)),
            (Kind::Time, Json::String(text)) => {
                Value::Time(Some(DateTime::parse_from_rfc3339(&text).ok()?.to_utc()))
            }
            (Kind::Day, Json::String(text)) => Value::Day(Some(text.parse().ok()?)),
            (Kind::Bytes, Json::String(text)) => Value::Bytes(Some(STANDARD.decode(text).ok()?)),
            _ => return None,
        })
    }

    /// Roughly what it takes in memory.
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + match self {
                Value::Text(Some(text)) => text.len(),
                Value::Bytes(Some(bytes)) => bytes.len(),
                _ => 0,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_the_file() {
        let time = DateTime::from_timestamp_micros(1_800_000_000_000_001);
        for (kind, value) in [
            (Kind::Integer, Value::Integer(Some(i64::MIN))),
            (Kind::Text, Value::Text(Some("a\n\u{0}\u{2028}\"".into()))),
            (Kind::Text, Value::Text(Some(String::new()))),
            (Kind::Boolean, Value::Boolean(Some(false))),
            (Kind::Time, Value::Time(time)),
            (Kind::Day, Value::Day(NaiveDate::from_ymd_opt(2026, 2, 28))),
            (Kind::Bytes, Value::Bytes(Some(vec![0, 255, 10]))),
            (Kind::Bytes, Value::none(Kind::Bytes)),
        ] {
            let read = Value::from_json(value.to_json(), kind);
            assert_eq!(read, Some(value));
        }
    }

    #[test]
    fn a_value_of_another_kind_is_refused() {
        assert_eq!(Value::from_json(Json::from("7"), Kind::Integer), None);
        assert_eq!(Value::from_json(Json::from(1.5), Kind::Integer), None);
        assert_eq!(Value::from_json(Json::from("yesterday"), Kind::Time), None);
    }
}
