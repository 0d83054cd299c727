//! Where rows and columns of one read stood in an earlier one, by what people have in them.

use std::collections::HashMap;

use super::columns::Columns;
use super::grid::{CellValue, Grid};

/// Rows that may be meant by one value before that value is taken to say nothing.
const TELLING: usize = 20;
/// So many formulas in common tell less than one value.
const VALUE: usize = 1000;

/// Two reads of one tab, side by side.
pub struct Moved<'a> {
    before: &'a Grid,
    now: &'a Grid,
    before_columns: &'a Columns,
    now_columns: &'a Columns,
    /// Columns of people's under the same header: before, now.
    shared: Vec<(usize, usize)>,
    /// By row now.
    origins: Vec<Option<usize>>,
    /// By row before.
    places: Vec<Option<usize>>,
}

impl<'a> Moved<'a> {
    pub fn between(
        (before, before_columns): (&'a Grid, &'a Columns),
        (now, now_columns): (&'a Grid, &'a Columns),
    ) -> Self {
        let mut moved = Self {
            before,
            now,
            before_columns,
            now_columns,
            shared: shared((before, before_columns), (now, now_columns)),
            origins: vec![None; now.rows.len().max(before.rows.len())],
            places: vec![None; now.rows.len().max(before.rows.len())],
        };
        moved.at_their_place();
        moved.alike();
        moved.edited();
        moved
    }

    /// The row before that is this row now; `None` for one that is new, or says nothing.
    pub fn row_before(&self, row: usize) -> Option<usize> {
        self.origins.get(row).copied().flatten()
    }

    /// Where a row before is now; `None` when it is gone.
    pub fn row_now(&self, row: usize) -> Option<usize> {
        self.places.get(row).copied().flatten()
    }

    /// Where the column that is here now stood before; `None` for a new one.
    pub fn column_before(&self, column: usize) -> Option<usize> {
        if let Some(own) = self.now_columns.own_at(column) {
            return self.before_columns.own(own);
        }
        let titled = self.shared.iter().find(|(_, now)| *now == column);
        if let Some((before, _)) = titled {
            return Some(*before);
        }
        let header = self.now.cell(self.now_columns.header, column);
        // A title that was not there before is a new column's.
        header.is_empty().then(|| self.by_contents(column))?
    }

    /// Where a column before is now; `None` when it is gone, or cannot be told.
    pub fn column_now(&self, column: usize) -> Option<usize> {
        match self.before_columns.own_at(column) {
            Some(own) => self.now_columns.own(own),
            None => self
                .shared
                .iter()
                .find(|(before, _)| *before == column)
                .map(|(_, now)| *now),
        }
    }

    /// Columns without a title that are nobody's but people's.
    pub fn untitled_now(&self) -> impl Iterator<Item = usize> {
        let header = self.now_columns.header;
        (0..self.now.width()).filter(move |column| {
            self.now_columns.own_at(*column).is_none() && self.now.cell(header, *column).is_empty()
        })
    }

    /// A column without a title, by what else it shows.
    fn by_contents(&self, column: usize) -> Option<usize> {
        let alike = |before: usize| {
            let same = |(row, origin): (usize, &Option<usize>)| {
                let cell = self.now.cell(row, column);
                !cell.is_empty()
                    && origin.is_some_and(|origin| cell.same(self.before.cell(origin, before)))
            };
            self.origins
                .iter()
                .enumerate()
                .filter(|pair| same(*pair))
                .count()
        };
        let header = self.before_columns.header;
        (0..self.before.width())
            .filter(|before| {
                self.before_columns.own_at(*before).is_none()
                    && self.before.cell(header, *before).is_empty()
            })
            .map(|before| (before, alike(before)))
            .filter(|(_, alike)| *alike > 0)
            .max_by_key(|(before, alike)| (*alike, std::cmp::Reverse(before.abs_diff(column))))
            .map(|(before, _)| before)
    }

    fn join(&mut self, before: usize, now: usize) {
        self.places[before] = Some(now);
        self.origins[now] = Some(before);
    }

    /// Most rows say what they said.
    fn at_their_place(&mut self) {
        for row in 0..self.origins.len() {
            let mut pairs = self.shared.iter();
            let same = pairs.all(|(b, n)| self.before.cell(row, *b).same(self.now.cell(row, *n)));
            if same {
                self.join(row, row);
            }
        }
    }

    /// The others are found by what they have in common, the most telling first.
    fn alike(&mut self) {
        let mut index: HashMap<(usize, String), Vec<usize>> = HashMap::new();
        for row in (0..self.places.len()).filter(|row| self.places[*row].is_none()) {
            for (place, (before, _)) in self.shared.iter().enumerate() {
                if let Some(text) = word(self.before.cell(row, *before)) {
                    index.entry((place, text)).or_default().push(row);
                }
            }
        }
        if index.is_empty() {
            return;
        }
        let mut found: Vec<(usize, bool, usize, usize)> = Vec::new();
        for row in (0..self.origins.len()).filter(|row| self.origins[*row].is_none()) {
            let mut scores: HashMap<usize, usize> = HashMap::new();
            for (place, (_, now)) in self.shared.iter().enumerate() {
                let text = word(self.now.cell(row, *now));
                let rows = text.and_then(|text| index.get(&(place, text)));
                // It is rewritten when rows move, and may read as another row's did.
                let tells = if self.now.cell(row, *now).is_formula() {
                    1
                } else {
                    VALUE
                };
                for before in rows.into_iter().flatten().take(TELLING) {
                    *scores.entry(*before).or_default() += tells;
                }
            }
            found.extend(
                scores
                    .into_iter()
                    .map(|(b, score)| (score, b == row, b, row)),
            );
        }
        found.sort_by_key(|(score, same, before, now)| {
            (std::cmp::Reverse(*score), !*same, *now, *before)
        });
        for (_, _, before, now) in found {
            if self.places[before].is_none() && self.origins[now].is_none() {
                self.join(before, now);
            }
        }
    }

    /// What is found nowhere else has been typed over where it stands.
    fn edited(&mut self) {
        for row in 0..self.origins.len() {
            if self.origins[row].is_none() && self.places[row].is_none() && self.says_anything(row)
            {
                self.join(row, row);
            }
        }
    }

    fn says_anything(&self, row: usize) -> bool {
        let mut shared = self.shared.iter();
        shared.any(|(_, now)| !self.now.cell(row, *now).is_empty())
    }
}

fn word(cell: &CellValue) -> Option<String> {
    (!cell.is_empty()).then(|| cell.shown().into_owned())
}

/// Columns of people's by their titles; the second one with a title is known by nothing.
fn shared(
    (before, before_columns): (&Grid, &Columns),
    (now, now_columns): (&Grid, &Columns),
) -> Vec<(usize, usize)> {
    let mut titles: HashMap<String, usize> = HashMap::new();
    for (column, title) in now.texts(now_columns.header).into_iter().enumerate() {
        if !title.is_empty() && now_columns.own_at(column).is_none() {
            titles.entry(title).or_insert(column);
        }
    }
    let mut shared = Vec::new();
    for (column, title) in before.texts(before_columns.header).into_iter().enumerate() {
        if before_columns.own_at(column).is_none()
            && let Some(now) = titles.remove(&title)
        {
            shared.push((column, now));
        }
    }
    shared
}
