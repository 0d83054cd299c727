//! A tab's cells as one read showed them. Rows and columns count from 0.

use super::formula::shape;

/// One cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum CellValue {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    Bool(bool),
    /// Only where a cell of a person's is put back as it was: nothing of ours is calculated.
    Formula(String),
}

/// Serial numbers of dates come back rounded to a few microseconds.
const SAME_NUMBER: f64 = 1e-6;

impl CellValue {
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(text)
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.is_empty(),
            Self::Number(_) | Self::Bool(_) | Self::Formula(_) => false,
        }
    }

    /// Whether both show the same.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Number(one), Self::Number(other)) => (one - other).abs() < SAME_NUMBER,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Formula(one), Self::Formula(other)) => one == other,
            (one, other) => one.is_empty() && other.is_empty(),
        }
    }

    /// As a person reads it, without blanks around; whole numbers without a point.
    pub fn shown(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Empty => "".into(),
            Self::Text(text) | Self::Formula(text) => text.trim().into(),
            Self::Number(number) => number.to_string().into(),
            Self::Bool(true) => "TRUE".into(),
            Self::Bool(false) => "FALSE".into(),
        }
    }

    /// Whether both are one formula, but for the rows that it refers to.
    pub fn same_shape(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Formula(one), Self::Formula(other)) => shape(one) == shape(other),
            _ => false,
        }
    }

    pub fn is_formula(&self) -> bool {
        matches!(self, Self::Formula(_))
    }

    /// A formula, or a text that looks like one: only its calculated value can tell.
    pub fn may_be_formula(&self) -> bool {
        matches!(self, Self::Text(text) if text.starts_with('='))
    }
}

const EMPTY: CellValue = CellValue::Empty;

/// The used part of a tab; what lies outside is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grid {
    pub rows: Vec<Vec<CellValue>>,
}

impl Grid {
    pub fn cell(&self, row: usize, column: usize) -> &CellValue {
        self.rows
            .get(row)
            .and_then(|cells| cells.get(column))
            .unwrap_or(&EMPTY)
    }

    /// Sets a cell, inside the used part or outside.
    pub fn set(&mut self, row: usize, column: usize, value: CellValue) {
        if self.rows.len() <= row {
            self.rows.resize(row + 1, Vec::new());
        }
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            cells.resize(column + 1, CellValue::Empty);
        }
        cells[column] = value;
    }

    /// Columns in use.
    pub fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Texts as cells, for tests.
    #[cfg(test)]
    pub fn of(rows: &[&[&str]]) -> Self {
        let cells = |row: &&[&str]| row.iter().map(|text| CellValue::text(*text)).collect();
        Self {
            rows: rows.iter().map(cells).collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.iter().flatten().all(CellValue::is_empty)
    }

    /// One row as people read it.
    pub fn texts(&self, row: usize) -> Vec<String> {
        self.rows.get(row).map_or_else(Vec::new, |cells| {
            cells.iter().map(|cell| cell.shown().into_owned()).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_is_an_empty_cell() {
        assert!(CellValue::Text(String::new()).same(&CellValue::Empty));
        assert!(!CellValue::Bool(false).same(&CellValue::Empty));
    }

    #[test]
    fn what_lies_outside_is_empty() {
        let grid = Grid::default();
        assert!(grid.cell(7, 7).is_empty());
        assert_eq!(grid.width(), 0);
    }
}
