use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use serde_json::Number;

/// One flat value of a report; as JSON it is null, a boolean, a number or a string.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
}

/// The values of one row as they are stored: a JSON array. An export reads millions of them, so
/// they stay one text until they are written, and the cells borrow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCells(String);

impl StoredCells {
    pub fn new(cells: &[Cell<'_>]) -> Result<Self, serde_json::Error> {
        serde_json::to_string(cells).map(Self)
    }

    /// Takes what the database holds; [`StoredCells::read`] tells whether it is well formed.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn read(&self) -> Result<Vec<Cell<'_>>, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Empty => serializer.serialize_unit(),
            Cell::Bool(value) => serializer.serialize_bool(*value),
            Cell::Number(number) => number.serialize(serializer),
            Cell::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// By hand, because a derived untagged enum tries one variant after the other and makes an
/// error text for each that does not fit: that was half the time of an export.
impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

impl From<Cell<'_>> for serde_json::Value {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Empty => Self::Null,
            Cell::Bool(value) => value.into(),
            Cell::Number(number) => number.into(),
            Cell::Text(text) => text.into_owned().into(),
        }
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a boolean, a number or a string")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Cell<'de>, E> {
        Ok(Cell::Empty)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Cell<'de>, E> {
        Ok(Cell::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Cell<'de>, E> {
        Ok(Cell::Number(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Cell<'de>, E> {
        Ok(Cell::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Cell<'de>, E> {
        Ok(Number::from_f64(value).map_or(Cell::Empty, Cell::Number))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_cell_survives_the_way_through_json() {
        let json = r#"[null,true,-5,18446744073709551615,1.5,"text \" ü",""]"#;
        let stored = StoredCells::from_stored(json.to_owned());
        let cells = stored.read().expect("cells");
        assert_eq!(StoredCells::new(&cells).expect("JSON"), stored);
        assert_eq!(cells[0], Cell::Empty);
        assert!(serde_json::from_str::<Cell>("[1]").is_err());
    }
}
