//! Arbitrary tabs and the leads of their spreadsheet, as the pure part of a sync sees them.

use std::collections::HashSet;

use chrono::DateTime;
use proptest::prelude::*;
use warmsheet::flow::ports::{LeadView, Parsed, SheetLead, Source, Spending};
use warmsheet::flow::sheet::columns::{Columns, Own};
use warmsheet::flow::sheet::grid::{CellValue, Grid};
use warmsheet::flow::sheet::join::TabRead;
use warmsheet::flow::story::Guard;
use warmsheet::lead::money::Limit;
use warmsheet::lead::{BatchId, CompanyDomain, LeadId, RequestOptions, Status};

/// Ids of leads; those after [`LEADS`] are nobody's here.
pub const IDS: [&str; 8] = [
    "L000000000001",
    "L000000000002",
    "L000000000003",
    "L000000000004",
    "L000000000005",
    "L000000000006",
    "LZZZZZZZZZZZZ",
    "LYYYYYYYYYYYY",
];
const LEADS: usize = 6;

const DOMAINS: [&str; 6] = [
    "acme.com",
    "globex.com",
    "initech.com",
    "https://www.Acme.com/",
    "not a domain",
    "acme.com/about",
];

const HEADERS: [&str; 18] = [
    "Domain",
    "Website",
    "Lead ID",
    "lead id ",
    "Status",
    "Status",
    "Message",
    "Run ID",
    "Credits",
    "Updated",
    "Report",
    "Action",
    "Run",
    "ICP",
    "Drafts",
    "Warmsheet ID",
    "Owner",
    "",
];

const TEXTS: [&str; 16] = [
    "",
    " ",
    "Approve",
    "Cancel all",
    "aprove",
    "Done, 3 rows",
    "Copy",
    "=1+1",
    "TRUE",
    "x",
    "vertical-saas",
    "saas",
    "2",
    "9",
    "note",
    "\u{200b}",
];

fn cell() -> impl Strategy<Value = CellValue> {
    let text = |text: &str| CellValue::text(text);
    prop_oneof![
        3 => prop::sample::select(&IDS[..]).prop_map(text),
        4 => prop::sample::select(&DOMAINS[..]).prop_map(text),
        3 => prop::sample::select(&TEXTS[..]).prop_map(text),
        1 => Just(CellValue::Text(String::new())),
        2 => Just(CellValue::Empty),
        1 => any::<f64>().prop_filter("a sheet has none", |n| n.is_finite()).prop_map(CellValue::Number),
        1 => (0..9_u8).prop_map(|n| CellValue::Number(n.into())),
        1 => any::<bool>().prop_map(CellValue::Bool),
    ]
}

/// Ragged, with columns in any order, twice, or missing; a header somewhere near the top.
fn grid() -> impl Strategy<Value = Grid> {
    let header = prop::collection::vec(prop::sample::select(&HEADERS[..]), 0..14);
    let rows = prop::collection::vec(prop::collection::vec(cell(), 0..15), 0..12);
    (header, any::<prop::sample::Index>(), 0..3_usize, rows).prop_map(
        |(mut header, domain, above, rows)| {
            header.insert(domain.index(header.len() + 1), "Domain");
            let header: Vec<CellValue> = header.into_iter().map(CellValue::text).collect();
            let titles = vec![vec![CellValue::text("Campaign")]; above];
            let rows = rows.into_iter().map(|cells| put_right(cells, &header));
            let rows: Vec<_> = rows.collect();
            Grid {
                rows: titles.into_iter().chain([header]).chain(rows).collect(),
            }
        },
    )
}

/// Cells where they make sense, more often than chance would put them there: every other one.
fn put_right(mut cells: Vec<CellValue>, header: &[CellValue]) -> Vec<CellValue> {
    let is_id = |cell: &CellValue| IDS.contains(&&*cell.shown());
    let is_domain = |cell: &CellValue| DOMAINS.contains(&&*cell.shown());
    for (column, name) in header.iter().enumerate() {
        let found = match &*name.shown() {
            "Domain" => cells.iter().position(is_domain),
            "Lead ID" => cells.iter().position(is_id),
            _ => None,
        };
        if let Some(found) = found
            && column < cells.len()
        {
            cells.swap(found, column);
        }
    }
    cells
}

fn lead(number: usize) -> impl Strategy<Value = SheetLead> {
    let domain = prop::sample::select(&DOMAINS[..]);
    let status = prop::sample::select(Status::ALL.to_vec());
    let counted = prop::option::weighted(0.2, Just("Approve".to_owned()));
    (domain, status, any::<[bool; 3]>(), 0..4_i64, counted).prop_map(
        move |(input, status, [settled, ready, row_gone], misses, counted)| {
            let parsed = CompanyDomain::parse(input);
            let reason = parsed.as_ref().err().map(ToString::to_string);
            let status = if reason.is_some() {
                Status::Rejected
            } else {
                status
            };
            let mut lead = new_lead(
                number,
                LeadId::try_from(IDS[number].to_owned()).expect("an id"),
            );
            lead.lead.input = input.to_owned();
            lead.lead.domain = parsed.ok().map(|domain| domain.as_str().to_owned());
            lead.lead.reason = reason.unwrap_or_default();
            lead.lead.status = status;
            SheetLead {
                settled,
                ready,
                row_gone,
                misses,
                counted,
                ..lead
            }
        },
    )
}

pub fn new_lead(number: usize, id: LeadId) -> SheetLead {
    let view = LeadView {
        seq: i64::try_from(number).expect("few"),
        id,
        batch: BatchId::try_from("B000000000001".to_owned()).expect("an id"),
        source: Source::Sheet,
        source_name: String::new(),
        row: None,
        external_id: None,
        deliver_to: None,
        input: String::new(),
        domain: None,
        options: RequestOptions::default(),
        status: Status::Queued,
        run_status: None,
        reason: String::new(),
        attempt: 1,
        run_id: None,
        payer: None,
        credits: 0,
        has_result: false,
        removed: None,
        forgotten_at: None,
        reused_from: None,
        same_report: None,
        cap_lifted: false,
        undelivered: 0,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
        finished_at: None,
    };
    SheetLead {
        lead: view,
        rows: 0,
        settled: false,
        ready: false,
        misses: 0,
        row_gone: false,
        counted: None,
        note: String::new(),
        cut: false,
    }
}

/// What a row was read as is what its lead is made of.
pub fn say(lead: &mut SheetLead, input: &str, parsed: &Parsed) {
    lead.lead.input = input.to_owned();
    match parsed {
        Parsed::Good(domain, options) => {
            lead.lead.domain = Some(domain.as_str().to_owned());
            lead.lead.options = options.clone();
            lead.lead.status = Status::Queued;
            lead.lead.reason = String::new();
        }
        Parsed::Bad(reason) => {
            lead.lead.domain = None;
            lead.lead.options = RequestOptions::default();
            lead.lead.status = Status::Rejected;
            lead.lead.reason.clone_from(reason);
        }
    }
}

/// A spreadsheet as it was read.
#[derive(Clone, Debug)]
pub struct Book {
    pub tabs: Vec<TabRead>,
    pub leads: Vec<SheetLead>,
}

fn tab(number: usize, grid: Grid, theirs: Option<&[Own]>, flags: [bool; 2]) -> TabRead {
    TabRead {
        tab: i32::try_from(number).expect("few"),
        title: format!("Tab {number}"),
        columns: Columns::find(&grid, theirs).expect("a domain column"),
        grid: grid.into(),
        was_read: flags[0],
        with_run: flags[1],
        mended: HashSet::new(),
    }
}

pub fn book() -> impl Strategy<Value = Book> {
    let tabs = prop::collection::vec((grid(), any::<[bool; 2]>()), 1..3);
    let leads = (0..LEADS).map(lead).collect::<Vec<_>>();
    (tabs, leads, 0..=LEADS).prop_map(|(grids, mut leads, known)| {
        leads.truncate(known);
        let tabs = grids.into_iter().enumerate();
        let tabs = tabs.map(|(number, (grid, flags))| tab(number, grid, None, flags));
        Book {
            tabs: tabs.collect(),
            leads,
        }
    })
}

/// The same tab at the next read.
pub fn again(read: &TabRead, grid: Grid) -> TabRead {
    let number = usize::try_from(read.tab).expect("few");
    let with_run = read.with_run || read.columns.input.run.is_some();
    tab(number, grid, Some(&read.columns.theirs), [true, with_run])
}

pub fn guard() -> Guard {
    Guard {
        pauses: Vec::new(),
        spending: Spending::default(),
        daily_credits: Limit::Unlimited,
        payer: None,
        reopens: DateTime::UNIX_EPOCH,
    }
}
