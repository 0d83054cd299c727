//! A person who works with rows of the input tab.

use super::person::{Edit, NEW, choose, icp, pick};
use super::truth::{Truth, column, shown, tab, text, title};
use crate::google::{Book, Cell};

/// Fills a row in: a domain, and texts that no other row has.
pub fn add(book: &mut Book, truth: &mut Truth, row: usize, domain: u8, option: u8) {
    let domain = NEW[usize::from(domain) % NEW.len()];
    fill(book, truth, row, domain);
    // One in four has something in its options.
    if option > 191 {
        truth.set(book, row, "ICP", icp(option));
    }
    truth.set(book, row, "Run", Cell::Bool(true));
    truth.log.push(format!("    row {row}: {domain}, new"));
}

pub fn fill(book: &mut Book, truth: &mut Truth, row: usize, domain: &str) {
    let number = truth.unique();
    truth.set(book, row, "Domain", Cell::text(domain));
    truth.set(book, row, "Owner", Cell::text(format!("Owner {number}")));
    truth.set(book, row, "Notes", Cell::text(format!("Note {number}")));
    let link = format!("=HYPERLINK(\"https://crm/{number}\",\"link {number}\")");
    let shows = Cell::text(format!("link {number}"));
    truth.set(book, row, "Link", Cell::formula(link, shows));
    truth.entitle(domain);
}

pub fn insert(book: &mut Book, truth: &mut Truth, at: usize) {
    let place = at - truth.header - 1;
    book.insert_rows(&title(book), at, 1);
    truth.rows(|cells| cells.insert(place, Cell::Empty));
    truth.log.push(format!("    insert row at {at}"));
}

/// Edits of rows that are there.
pub fn act(edit: &Edit, book: &mut Book, truth: &mut Truth, first: usize, end: usize) {
    let tab_title = title(book);
    let row = |number| pick(number, first, end);
    match *edit {
        Edit::Domain { row: at, domain } => {
            let Some(row) = row(at) else { return };
            let domain = NEW[usize::from(domain) % NEW.len()];
            truth.set(book, row, "Domain", Cell::text(domain));
            truth.entitle(domain);
            truth.log.push(format!("    row {row}: now {domain}"));
        }
        Edit::ClearDomain { row: at } => {
            let Some(row) = row(at) else { return };
            if shown(tab(book), truth.header, row, "Lead ID").is_empty() {
                return;
            }
            truth.set(book, row, "Domain", Cell::Empty);
            truth.log.push(format!("    row {row}: no domain"));
        }
        Edit::Note { row: at } => {
            let Some(row) = row(at) else { return };
            let note = format!("Note {}", truth.unique());
            truth.log.push(format!("    row {row}: {note}"));
            truth.set(book, row, "Notes", Cell::text(note));
        }
        Edit::Icp { row: at, icp: to } => {
            let Some(row) = row(at) else { return };
            truth.set(book, row, "ICP", icp(to));
        }
        Edit::Tick { row: at, on } => {
            let Some(row) = row(at) else { return };
            truth.set(book, row, "Run", Cell::Bool(on));
        }
        Edit::Sort { by, down } => sort(book, truth, by, down, None),
        Edit::SortPart { by, from, count } => sort(book, truth, by, false, Some((from, count))),
        Edit::DeleteRow { at } => {
            let Some(at) = row(at) else { return };
            let place = at - first;
            book.delete_rows(&tab_title, at, 1);
            truth.rows(|cells| drop(cells.remove(place)));
            truth.log.push(format!("    delete row {at}"));
        }
        Edit::MoveRow { from, to } => {
            let (Some(from), Some(to)) = (row(from), row(to)) else {
                return;
            };
            if to == from || to == from + 1 {
                return;
            }
            book.move_rows(&tab_title, from..from + 1, to);
            let to_place = if to > from { to - 1 } else { to } - first;
            truth.rows(|cells| {
                let cell = cells.remove(from - first);
                cells.insert(to_place, cell);
            });
            truth.log.push(format!("    move row {from} before {to}"));
        }
        Edit::Duplicate { row: at } => {
            let Some(row) = row(at) else { return };
            if shown(tab(book), truth.header, row, "Lead ID").is_empty() {
                let domain = shown(tab(book), truth.header, row, "Domain");
                truth.entitle(&domain);
            }
            book.duplicate_row(&tab_title, row);
            truth.rows(|cells| cells.insert(row - first + 1, cells[row - first].clone()));
            truth.log.push(format!("    duplicate row {row}"));
        }
        Edit::CutPaste { row: at } => {
            let Some(row) = row(at) else { return };
            let to = end + 1;
            book.cut_paste_row(&tab_title, row, to);
            truth.rows(|cells| cells.swap(row - first, to - first));
            truth.log.push(format!("    cut row {row}, paste at {to}"));
        }
        Edit::ClearId { row: at } => {
            let Some(row) = row(at) else { return };
            let Some(id) = column(book, truth.header, "Lead ID") else {
                return;
            };
            let domain = shown(tab(book), truth.header, row, "Domain");
            if domain.is_empty() {
                // Without both, a row tells of nothing, and is left as it is.
                return;
            }
            truth.entitle(&domain);
            book.set_cell(&tab_title, row, id, Cell::Empty);
            truth.log.push(format!("    row {row}: no Lead ID"));
        }
        Edit::ForeignId { row: at } => {
            let Some(row) = row(at) else { return };
            if let Some(id) = column(book, truth.header, "Lead ID") {
                book.set_cell(&tab_title, row, id, Cell::text("LFOREGNFOREGN"));
                truth.log.push(format!("    row {row}: a foreign Lead ID"));
            }
        }
        Edit::Action { row: at, choice } => {
            if let Some(row) = row(at) {
                choose(book, truth, row, choice);
            }
        }
        _ => {}
    }
}

/// Sorts all columns or a part of them, in the same order in both worlds.
fn sort(book: &mut Book, truth: &mut Truth, by: u8, down: bool, part: Option<(u8, u8)>) {
    let (header, first) = (truth.header, truth.header + 1);
    let now = tab(book).clone();
    let (width, end) = (now.used_columns(), now.used_rows());
    if width == 0 || end <= first {
        return;
    }
    let by = usize::from(by) % width;
    let columns = match part {
        None => 0..width,
        Some((from, count)) => {
            let from = usize::from(from) % width;
            from..(from + 1 + usize::from(count) % width).min(width)
        }
    };
    if part.is_some() && splits(&now, truth, &columns, end) {
        return;
    }
    let mut order: Vec<usize> = (first..end).collect();
    order.sort_by(|one, other| {
        let (one, other) = (text(now.get(*one, by)), text(now.get(*other, by)));
        let blanks = one.is_empty().cmp(&other.is_empty());
        let order = if down {
            other.cmp(&one)
        } else {
            one.cmp(&other)
        };
        blanks.then(order)
    });
    let title = title(book);
    for column in columns.clone() {
        for (to, from) in (first..end).zip(&order) {
            book.set_cell(&title, to, column, now.get(*from, column).clone());
        }
        let name = text(now.get(header, column));
        if let Some(cells) = truth.columns.get_mut(&name) {
            cells.resize(cells.len().max(end - first), Cell::Empty);
            let old = cells.clone();
            for (to, from) in order.iter().enumerate() {
                cells[to] = old[from - first].clone();
            }
        }
    }
    let name = text(now.get(header, by));
    truth
        .log
        .push(format!("    sort columns {columns:?} by {name}: {order:?}"));
}

/// Whether such a sort takes choices away from their rows, or ids from rows about which only
/// their id says that nothing is to be bought, or our texts to rows that are blank.
fn splits(
    now: &crate::google::Tab,
    truth: &Truth,
    columns: &std::ops::Range<usize>,
    end: usize,
) -> bool {
    let inside = |name: &str| {
        let column = super::truth::column_of(now, truth.header, name);
        column.map(|column| columns.contains(&column))
    };
    let rows = truth.header + 1..end;
    let shows = |row, name| shown(now, truth.header, row, name);
    let chosen = rows.clone().any(|row| !shows(row, "Action").is_empty());
    let by_id_only = rows.into_iter().any(|row| {
        let status = shows(row, "Status");
        ["Copy", "Bought for", "Reported for", "Handled"]
            .iter()
            .any(|known| status.starts_with(known))
    });
    // A blank row tells of nothing, so nobody looks for what else is in it.
    let blank = (truth.header + 1..end).any(|row| shows(row, "Domain").is_empty());
    let told = ["Status", "Message", "Run ID", "Credits", "Updated"];
    let apart = |one: &str, other: &str| {
        inside(one)
            .zip(inside(other))
            .is_some_and(|(one, other)| one != other)
    };
    blank && told.iter().any(|own| apart(own, "Lead ID"))
        || chosen && apart("Action", "Lead ID")
        || by_id_only && apart("Lead ID", "Domain")
}
