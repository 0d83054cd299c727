//! What a typed text becomes, and how a cell looks.

use super::tab::Cell;

/// What Google makes of a text that somebody types (`USER_ENTERED`).
pub fn typed(text: &str) -> Cell {
    if let Some(literal) = text.strip_prefix('\'') {
        return Cell::text(literal);
    }
    if let Some(number) = number(text) {
        return Cell::Number(number);
    }
    match text.trim() {
        word if word.eq_ignore_ascii_case("true") => Cell::Bool(true),
        word if word.eq_ignore_ascii_case("false") => Cell::Bool(false),
        formula if formula.len() > 1 && formula.starts_with('=') => computed(formula.to_owned()),
        formula if formula.len() > 1 && formula.starts_with(['+', '-', '@']) => {
            computed(format!("={formula}"))
        }
        _ => Cell::text(text),
    }
}

fn number(text: &str) -> Option<f64> {
    let plain = text.trim();
    // `inf` and `nan` are words to Google, and so is `1_000`.
    if !plain
        .chars()
        .all(|c| c.is_ascii_digit() || "+-.eE".contains(c))
    {
        return None;
    }
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The stand-in computes literals and links only; every other formula shows an error.
fn computed(formula: String) -> Cell {
    let body = formula[1..].trim();
    let shows = number(body)
        .map(Cell::Number)
        .or_else(|| quoted(body))
        .or_else(|| label(body))
        .unwrap_or_else(|| Cell::Text("#NAME?".to_owned()));
    Cell::formula(formula, shows)
}

fn quoted(body: &str) -> Option<Cell> {
    let inner = body.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.replace("\"\"", "").contains('"')).then(|| Cell::text(inner.replace("\"\"", "\"")))
}

/// The label of `HYPERLINK("address","label")`, or its address when it has none.
fn label(body: &str) -> Option<Cell> {
    let inner = body
        .strip_prefix("HYPERLINK(")
        .or_else(|| body.strip_prefix("hyperlink("))?
        .strip_suffix(')')?;
    let label = inner
        .rsplit_once("\",")
        .map_or(inner, |(_, label)| label.trim());
    quoted(label)
}

/// What a cell looks like.
pub fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Bool(true) => "TRUE".to_owned(),
        Cell::Bool(false) => "FALSE".to_owned(),
        Cell::Formula { shows, .. } => shown(shows),
    }
}
