//! The fields of one object of a result, taken out by name one after the other: what nobody took
//! is left, so that nothing is lost.

use std::borrow::Cow;

use serde_json::Value;

use super::shown::{Others, Room, Text, is_blank, scalar_text};
use super::words::{Share, When, plain, short};

/// Longer texts are no heading, characters.
const LONGEST_HEADING: usize = 200;
/// Longer texts are no badge, characters.
const LONGEST_BADGE: usize = 40;
/// Entries of one list that a page shows at most; the raw JSON has all of them.
const MOST_ENTRIES: usize = 50;

/// Names are given as [`plain`] makes them, the best first. A value that cannot be what is asked
/// for stays where it is.
pub struct Fields<'a> {
    left: Vec<(&'a str, String, &'a Value)>,
}

impl<'a> Fields<'a> {
    /// Of an object; anything else counts as an object with this one `value`.
    pub fn of(value: &'a Value) -> Self {
        let left = match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.as_str(), plain(name), value))
                .collect(),
            other => vec![("value", "value".to_owned(), other)],
        };
        Self { left }
    }

    /// The first of these names whose value `read` makes something of.
    pub fn find<T>(&mut self, names: &[&str], read: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let (place, found) = names.iter().find_map(|wanted| {
            self.left
                .iter()
                .enumerate()
                .filter(|(_, (_, name, _))| name == wanted)
                .find_map(|(place, (_, _, value))| Some((place, read(value)?)))
        })?;
        self.left.remove(place);
        Some(found)
    }

    /// A value of any kind that says something.
    pub fn any(&mut self, names: &[&str]) -> Option<&'a Value> {
        let place = names.iter().find_map(|wanted| {
            self.left
                .iter()
                .position(|(_, name, value)| name == wanted && !is_blank(value))
        })?;
        Some(self.left.remove(place).2)
    }

    /// Every value under one of these names that says something, those of the best name first.
    pub fn all(&mut self, names: &[&str]) -> Vec<&'a Value> {
        let mut found = Vec::new();
        self.left.retain(|(_, name, value)| {
            let rank = names.iter().position(|wanted| name == wanted);
            let rank = rank.filter(|_| !is_blank(value));
            found.extend(rank.map(|rank| (rank, *value)));
            rank.is_none()
        });
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// What it holds under a name, left out of what is shown.
    pub fn leave_out(&mut self, names: &[&str], when: impl Fn(&Value) -> bool) {
        self.left
            .retain(|(_, name, value)| !(names.contains(&name.as_str()) && when(value)));
    }

    /// One line for a heading.
    pub fn heading(&mut self, names: &[&str]) -> Option<String> {
        self.find(names, |value| short(value, LONGEST_HEADING))
    }

    /// A word or two for a badge.
    pub fn badge(&mut self, names: &[&str]) -> Option<String> {
        self.find(names, |value| short(value, LONGEST_BADGE))
    }

    pub fn truth(&mut self, names: &[&str]) -> Option<bool> {
        self.find(names, Value::as_bool)
    }

    pub fn when(&mut self, names: &[&str]) -> Option<When> {
        self.find(names, When::of)
    }

    pub fn share(&mut self, names: &[&str]) -> Option<Share> {
        self.find(names, Share::of)
    }

    /// A text of any length.
    pub fn text(&mut self, room: &mut Room, names: &[&str]) -> Option<Text> {
        let text: Cow<'a, str> = self.find(names, |value| {
            scalar_text(value).filter(|text| !text.trim().is_empty())
        })?;
        Some(room.text(&text))
    }

    /// All that nobody took.
    pub fn others(self, room: &mut Room) -> Others {
        room.others(self.left.into_iter().map(|(name, _, value)| (name, value)))
    }
}

/// What a list holds, each entry read.
pub struct Listed<T> {
    pub items: Vec<T>,
    /// How many more there are than a page shows.
    pub left_out: usize,
}

// Not derived: an empty list needs no default of what it would hold.
impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            left_out: 0,
        }
    }
}

impl<T> Listed<T> {
    /// Each entry of a list with its number from 1; a value that is no list is its only entry.
    /// Entries that say nothing are left out.
    pub fn read(
        value: Option<&Value>,
        room: &mut Room,
        read: impl Fn(&Value, usize, &mut Room) -> T,
    ) -> Self {
        Self::entries(value.as_slice(), MOST_ENTRIES, room, read)
    }

    /// The entries of several lists within an entry of another list, as if they were one list.
    pub fn read_within(
        values: &[&Value],
        room: &mut Room,
        read: impl Fn(&Value, usize, &mut Room) -> T,
    ) -> Self {
        let listed = Self::entries(values, MOST_ENTRIES.min(room.entries), room, read);
        room.entries -= listed.items.len();
        listed
    }

    fn entries(
        values: &[&Value],
        most: usize,
        room: &mut Room,
        read: impl Fn(&Value, usize, &mut Room) -> T,
    ) -> Self {
        let entries = values.iter().flat_map(|value| match value {
            Value::Array(entries) => entries.as_slice(),
            other => std::slice::from_ref(*other),
        });
        let mut telling = entries.filter(|entry| !is_blank(entry));
        let items = telling
            .by_ref()
            .take(most)
            .zip(1..)
            .map(|(entry, number)| read(entry, number, room))
            .collect();
        Self {
            items,
            left_out: telling.count(),
        }
    }

    /// Tells of the entries that are not shown.
    pub fn more(&self) -> Option<String> {
        match self.left_out {
            0 => None,
            1 => Some("1 more is in the raw JSON.".to_owned()),
            more => Some(format!("{more} more are in the raw JSON.")),
        }
    }
}
