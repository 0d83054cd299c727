//! Which columns with names of ours are ours.

use super::columns::Own;
use super::grid::Grid;
use crate::lead::LeadId;
use crate::lead::headers::folded;

/// A header row, looked at for columns of ours.
pub struct Names<'a> {
    pub grid: &'a Grid,
    pub header: usize,
    pub folded: Vec<String>,
}

impl Names<'_> {
    fn places(&self, name: &str) -> impl Iterator<Item = usize> {
        let wanted = folded(name);
        let fits = move |(place, name): (usize, &String)| (*name == wanted).then_some(place);
        self.folded.iter().enumerate().filter_map(fits)
    }

    /// Ids of ours in a column, and other texts.
    fn ids_in(&self, column: usize) -> (usize, usize) {
        let (mut ids, mut others) = (0, 0);
        for row in self.header + 1..self.grid.rows.len() {
            let text = self.grid.cell(row, column).shown();
            if LeadId::fits(&text) {
                ids += 1;
            } else if !text.is_empty() {
                others += 1;
            }
        }
        (ids, others)
    }

    /// A column called `Lead ID` that holds something else is a person's, and without a column of
    /// ids every name of ours is: the sheet was never ours.
    pub fn theirs(&self) -> Vec<Own> {
        let plain = |own: Own| self.places(own.header()).next().is_some();
        let other = |own: Own| self.places(own.other_header()).next().is_some();
        let foreign = |column: usize| {
            let (ids, others) = self.ids_in(column);
            ids == 0 && others > 0
        };
        let ids_theirs = plain(Own::LeadId)
            && (other(Own::LeadId) || self.places(Own::LeadId.header()).all(foreign));
        let prepared = (plain(Own::LeadId) && !ids_theirs) || other(Own::LeadId);
        Own::ALL
            .into_iter()
            .filter(|own| match own {
                Own::LeadId => ids_theirs,
                own => plain(*own) && (!prepared || other(*own)),
            })
            .collect()
    }

    /// Of several columns of that name the one with most ids.
    pub fn ids(&self, theirs: &[Own]) -> Option<usize> {
        let places: Vec<usize> = self.places(Own::LeadId.named(theirs)).collect();
        if let [only] = places[..] {
            return Some(only);
        }
        let ids = |column: &usize| (self.ids_in(*column).0, std::cmp::Reverse(*column));
        places.into_iter().max_by_key(ids)
    }

    /// Of several columns of that name the one next to the ids, or to where they will be added:
    /// people add columns of their own.
    pub fn nearest(&self, name: &str, ids: Option<usize>) -> Option<usize> {
        let ids = ids.unwrap_or_else(|| self.grid.width());
        self.places(name).min_by_key(|column| column.abs_diff(ids))
    }
}
