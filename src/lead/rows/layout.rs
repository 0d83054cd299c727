use std::collections::HashMap;

/// Which keys stand in which column of one report, and where the values of each row shape go.
/// Rows are stored as values alone; their shape names the keys.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    columns: Vec<String>,
    places: HashMap<i64, Vec<usize>>,
}

impl Layout {
    /// From the shapes of a report's rows in first-seen order: a key that only a later shape
    /// has becomes a column further to the right.
    pub fn new(shapes: impl IntoIterator<Item = (i64, Vec<String>)>) -> Self {
        let mut layout = Self::default();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (shape, keys) in shapes {
            let places = keys
                .into_iter()
                .map(|key| {
                    let next = layout.columns.len();
                    *known.entry(key).or_insert_with_key(|key| {
                        layout.columns.push(key.clone());
                        next
                    })
                })
                .collect();
            layout.places.insert(shape, places);
        }
        layout
    }

    /// The keys in the order of their columns, without the leading four.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The column of each value of a row with this shape; `None` for a shape that is not part
    /// of this report.
    pub fn place(&self, shape: i64) -> Option<&[usize]> {
        self.places.get(&shape).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_becomes_a_new_column_at_the_right() {
        let keys = |keys: &[&str]| keys.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>();
        let layout = Layout::new([(7, keys(&["a", "b"])), (9, keys(&["c", "a"]))]);
        assert_eq!(layout.columns(), ["a", "b", "c"]);
        assert_eq!(layout.place(9), Some(&[2, 0][..]));
        assert_eq!(layout.place(8), None);
    }
}
