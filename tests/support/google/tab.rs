use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::a1::Area;
use super::refusal::Refusal;
use super::shifts::{self, Axis, Shift};

/// What a cell holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    Bool(bool),
    Formula {
        text: String,
        shows: Box<Cell>,
    },
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        match text.into() {
            text if text.is_empty() => Self::Empty,
            text => Self::Text(text),
        }
    }

    pub fn formula(text: impl Into<String>, shows: Cell) -> Self {
        Self::Formula {
            text: text.into(),
            shows: Box::new(shows),
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::Empty
    }
}

/// What the service account may not edit: a part of a tab, or all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    pub id: i32,
    pub area: Option<Area>,
}

/// A row is shared until it changes, so that a copy of a large tab costs little.
type Row = Arc<Vec<Cell>>;

static EMPTY: Cell = Cell::Empty;

/// One tab of a spreadsheet. Rows and columns count from 0.
#[derive(Clone, Debug)]
pub struct Tab {
    pub sheet_id: i32,
    pub title: String,
    pub row_count: usize,
    pub column_count: usize,
    pub frozen_rows: usize,
    pub hidden: bool,
    /// `setDataValidation` as it was asked for, and `repeatCell` with a data validation.
    pub validations: Vec<Value>,
    /// The rules of `addConditionalFormatRule`.
    pub conditional_formats: Vec<Value>,
    /// `repeatCell` as it was asked for, and what `updateCells` said beside values.
    pub formats: Vec<Value>,
    pub protected: Vec<Protected>,
    /// Rows that were never written to are missing at the end, and so are cells of a row.
    rows: Vec<Row>,
}

impl Tab {
    pub fn new(sheet_id: i32, title: &str) -> Self {
        Self {
            sheet_id,
            title: title.to_owned(),
            row_count: 1000,
            column_count: 26,
            frozen_rows: 0,
            hidden: false,
            validations: Vec::new(),
            conditional_formats: Vec::new(),
            formats: Vec::new(),
            protected: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// A tab with texts in it, as if typed.
    pub fn with_rows<S: AsRef<str>>(sheet_id: i32, title: &str, rows: &[&[S]]) -> Self {
        let mut tab = Self::new(sheet_id, title);
        for (row, cells) in rows.iter().enumerate() {
            for (col, text) in cells.iter().enumerate() {
                tab.grow_to(row + 1, col + 1);
                tab.set(row, col, super::entered::typed(text.as_ref()));
            }
        }
        tab
    }

    pub fn get(&self, row: usize, col: usize) -> &Cell {
        self.rows
            .get(row)
            .and_then(|cells| cells.get(col))
            .unwrap_or(&EMPTY)
    }

    /// Sets a cell within the grid; who may ask for more grows it first.
    pub fn set(&mut self, row: usize, col: usize, cell: Cell) {
        assert!(
            row < self.row_count && col < self.column_count,
            "cell {row}/{col} of a grid of {}x{}",
            self.row_count,
            self.column_count
        );
        if cell.is_empty() && self.get(row, col).is_empty() {
            return;
        }
        while self.rows.len() <= row {
            self.rows.push(Row::default());
        }
        let cells = Arc::make_mut(&mut self.rows[row]);
        if cells.len() <= col {
            cells.resize(col + 1, Cell::Empty);
        }
        cells[col] = cell;
    }

    pub fn grow_to(&mut self, rows: usize, columns: usize) {
        self.row_count = self.row_count.max(rows);
        self.column_count = self.column_count.max(columns);
    }

    /// How many rows there are up to the last one with data.
    pub fn used_rows(&self) -> usize {
        self.rows
            .iter()
            .rposition(|cells| cells.iter().any(|cell| !cell.is_empty()))
            .map_or(0, |last| last + 1)
    }

    /// How many columns there are up to the last one with data.
    pub fn used_columns(&self) -> usize {
        self.rows
            .iter()
            .filter_map(|cells| cells.iter().rposition(|cell| !cell.is_empty()))
            .max()
            .map_or(0, |last| last + 1)
    }

    pub fn insert_rows(&mut self, at: usize, count: usize) {
        self.row_count += count;
        self.shift(Axis::Rows, &Shift::Insert { at, count });
        if at < self.rows.len() {
            self.rows
                .splice(at..at, std::iter::repeat_n(Row::default(), count));
        }
    }

    pub fn delete_rows(&mut self, which: Range<usize>) {
        self.row_count -= which.len();
        self.shift(Axis::Rows, &Shift::Delete(which.clone()));
        let end = which.end.min(self.rows.len());
        if which.start < end {
            self.rows.drain(which.start..end);
        }
        self.frozen_rows -= which
            .start
            .min(self.frozen_rows)
            .abs_diff(which.end.min(self.frozen_rows));
    }

    /// Moves rows before the row that is at `to` now.
    pub fn move_rows(&mut self, which: Range<usize>, to: usize) {
        self.rows
            .resize(self.rows.len().max(self.row_count), Row::default());
        move_within(&mut self.rows, which.clone(), to);
        self.shift(Axis::Rows, &Shift::Move { which, to });
        let used = self.used_rows();
        self.rows.truncate(used);
    }

    pub fn insert_columns(&mut self, at: usize, count: usize) {
        self.column_count += count;
        self.shift(Axis::Columns, &Shift::Insert { at, count });
        for cells in self.rows.iter_mut().filter(|cells| at < cells.len()) {
            Arc::make_mut(cells).splice(at..at, std::iter::repeat_n(Cell::Empty, count));
        }
    }

    pub fn delete_columns(&mut self, which: Range<usize>) {
        self.column_count -= which.len();
        self.shift(Axis::Columns, &Shift::Delete(which.clone()));
        for cells in self
            .rows
            .iter_mut()
            .filter(|cells| which.start < cells.len())
        {
            let end = which.end.min(cells.len());
            Arc::make_mut(cells).drain(which.start..end);
        }
    }

    /// Moves columns before the column that is at `to` now.
    pub fn move_columns(&mut self, which: &Range<usize>, to: usize) {
        let columns = self.column_count;
        let which_moved = which.clone();
        self.shift(
            Axis::Columns,
            &Shift::Move {
                which: which_moved,
                to,
            },
        );
        for cells in self.rows.iter_mut().filter(|cells| !cells.is_empty()) {
            let cells = Arc::make_mut(cells);
            cells.resize(columns, Cell::Empty);
            move_within(cells, which.clone(), to);
        }
    }

    fn shift(&mut self, axis: Axis, shift: &Shift) {
        shifts::shift_all(&mut self.validations, axis, shift);
        shifts::shift_all(&mut self.conditional_formats, axis, shift);
        shifts::shift_all(&mut self.formats, axis, shift);
        self.protected.retain_mut(|protected| {
            let Some(area) = &mut protected.area else {
                return true;
            };
            let side = match axis {
                Axis::Rows => &mut area.rows,
                Axis::Columns => &mut area.cols,
            };
            match shift.apply(side.clone()) {
                None => false,
                Some(shifted) => {
                    *side = shifted;
                    true
                }
            }
        });
    }

    /// The rule of the data validation that a cell has.
    pub fn validation(&self, row: usize, col: usize) -> Option<&Value> {
        self.validations
            .iter()
            .rfind(|validation| shifts::holds(&validation["range"], row, col))?
            .get("rule")
            .filter(|rule| !rule.is_null())
    }

    /// Whether the service account may edit these cells.
    pub fn may_edit(&self, area: &Area) -> Result<(), Refusal> {
        let hit = self.protected.iter().any(|protected| {
            protected
                .area
                .as_ref()
                .is_none_or(|protected| protected.meets(area))
        });
        if hit {
            Err(Refusal::protected())
        } else {
            Ok(())
        }
    }

    /// Whether the service account may change the tab as such.
    pub fn may_edit_tab(&self) -> Result<(), Refusal> {
        let whole = |protected: &Protected| protected.area.is_none();
        if self.protected.iter().any(whole) {
            return Err(Refusal::protected());
        }
        Ok(())
    }

    /// The cells of a row, as many as the grid is wide.
    pub fn row(&self, row: usize) -> Vec<Cell> {
        (0..self.column_count)
            .map(|col| self.get(row, col).clone())
            .collect()
    }
}

fn move_within<T>(items: &mut [T], which: Range<usize>, to: usize) {
    if to < which.start {
        items[to..which.end].rotate_right(which.len());
    } else if to > which.end {
        items[which.start..to].rotate_left(which.len());
    }
}
