//! What hangs on ranges goes along when rows and columns come, go and move.

use std::ops::Range;

use serde_json::Value;

/// Rows or columns that come, go or move.
#[derive(Clone, Debug)]
pub enum Shift {
    Insert {
        at: usize,
        count: usize,
    },
    Delete(Range<usize>),
    /// Before the row or column that is at `to` now.
    Move {
        which: Range<usize>,
        to: usize,
    },
}

/// Along which side of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    Rows,
    Columns,
}

impl Axis {
    fn names(self) -> [&'static str; 2] {
        match self {
            Self::Rows => ["startRowIndex", "endRowIndex"],
            Self::Columns => ["startColumnIndex", "endColumnIndex"],
        }
    }
}

impl Shift {
    /// Where a range lies afterwards; nowhere when all of it is gone.
    pub fn apply(&self, range: Range<usize>) -> Option<Range<usize>> {
        let shifted = match self {
            Self::Insert { at, count } if *at <= range.start => {
                range.start + count..range.end.saturating_add(*count)
            }
            Self::Insert { at, count } if *at < range.end => {
                range.start..range.end.saturating_add(*count)
            }
            Self::Insert { .. } => range,
            Self::Delete(gone) => {
                let before =
                    |place: usize| place - gone.len().min(place.saturating_sub(gone.start));
                before(range.start)..if range.end == usize::MAX {
                    range.end
                } else {
                    before(range.end)
                }
            }
            Self::Move { which, to } => moved(range, which, *to),
        };
        (shifted.start < shifted.end).then_some(shifted)
    }
}

/// A range moves with what it lies in, or makes room; one that is torn apart stays.
fn moved(range: Range<usize>, which: &Range<usize>, to: usize) -> Range<usize> {
    let inside = which.start <= range.start && range.end <= which.end;
    let (from, count, room) = if to > which.end {
        (which.end..to, which.len(), to - which.end)
    } else if to < which.start {
        (to..which.start, which.len(), which.start - to)
    } else {
        return range;
    };
    let passed = from.start <= range.start && range.end <= from.end;
    match (inside, passed, to > which.start) {
        (true, _, true) => range.start + room..range.end + room,
        (true, _, false) => range.start - room..range.end - room,
        (_, true, true) => range.start - count..range.end - count,
        (_, true, false) => range.start + count..range.end + count,
        _ => range,
    }
}

/// Shifts what stands under `range` or `ranges`; forgets what has no range left.
pub fn shift_all(entries: &mut Vec<Value>, axis: Axis, shift: &Shift) {
    entries.retain_mut(|entry| {
        if let Some(ranges) = entry.get_mut("ranges").and_then(Value::as_array_mut) {
            ranges.retain_mut(|range| shift_one(range, axis, shift));
            return !ranges.is_empty();
        }
        entry
            .get_mut("range")
            .is_none_or(|range| shift_one(range, axis, shift))
    });
}

fn shift_one(range: &mut Value, axis: Axis, shift: &Shift) -> bool {
    let [start, end] = axis.names();
    let (from, to) = (number(&range[start]), number(&range[end]));
    // A range without an end goes on for as long as the grid.
    match shift.apply(from.unwrap_or(0)..to.unwrap_or(usize::MAX)) {
        None => false,
        Some(shifted) => {
            if from.is_some() {
                range[start] = shifted.start.into();
            }
            if to.is_some() {
                range[end] = shifted.end.into();
            }
            true
        }
    }
}

/// Whether a range holds a cell.
pub fn holds(range: &Value, row: usize, col: usize) -> bool {
    [(Axis::Rows, row), (Axis::Columns, col)]
        .into_iter()
        .all(|(axis, place)| {
            let [start, end] = axis.names();
            number(&range[start]).unwrap_or(0) <= place
                && number(&range[end]).is_none_or(|end| place < end)
        })
}

fn number(value: &Value) -> Option<usize> {
    value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
}
