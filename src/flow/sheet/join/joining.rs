//! How rows find their leads: each pass gives roles to rows that have none yet.

use std::collections::HashMap;

use super::{Join, JoinedRow, Place, Role, TabRead};
use crate::flow::ports::{Parsed, SheetLead};
use crate::flow::sheet::columns::Own;
use crate::flow::sheet::grid::CellValue;
use crate::flow::sheet::saying::{
    agrees, lead_key, parse, raw_options, row_key, same_domain, unchanged,
};
use crate::lead::forgotten::refusal;
use crate::lead::headers::is_ticked;
use crate::lead::{FORGOTTEN, Forgotten};

/// A row on its way to its role.
struct Open<'a> {
    row: JoinedRow,
    /// Empty: none.
    id: std::borrow::Cow<'a, str>,
    /// The lead that the id names.
    own_lead: Option<usize>,
    role: Option<Role>,
}

/// The passes in which rows find their leads, the surest first.
pub(super) struct Joining<'a> {
    tabs: &'a [TabRead],
    leads: &'a [SheetLead],
    by_id: HashMap<&'a str, usize>,
    forgotten: &'a Forgotten,
    rows: Vec<Open<'a>>,
    /// Leads that have their row.
    taken: Vec<bool>,
}

impl<'a> Joining<'a> {
    pub(super) fn new(
        tabs: &'a [TabRead],
        leads: &'a [SheetLead],
        forgotten: &'a Forgotten,
    ) -> Self {
        let by_id = leads
            .iter()
            .enumerate()
            .map(|(index, lead)| (lead.lead.id.as_str(), index))
            .collect();
        Self {
            tabs,
            leads,
            by_id,
            forgotten,
            rows: Vec::with_capacity(tabs.iter().map(|tab| tab.grid.rows.len()).sum()),
            taken: vec![false; leads.len()],
        }
    }

    pub(super) fn read(&mut self, number: usize, tab: &'a TabRead) {
        let id_column = tab.columns.own(Own::LeadId);
        for row in tab.columns.header + 1..tab.grid.rows.len() {
            let domain = tab.grid.cell(row, tab.columns.input.domain).shown();
            let id = id_column.map_or_else(Default::default, |c| tab.grid.cell(row, c).shown());
            let about_nothing = domain.is_empty() && id.is_empty();
            if about_nothing && !is_told(tab, row) {
                continue;
            }
            let options = raw_options(tab, row);
            let own_lead = self.by_id.get(&*id).copied();
            let known = own_lead.and_then(|lead| unchanged(&self.leads[lead], &domain, &options));
            let parsed = match known {
                Some(parsed) => Some(parsed),
                None => (!domain.is_empty()).then(|| parse(&domain, &options)),
            };
            let company = match &parsed {
                Some(Parsed::Good(domain, _)) => self.forgotten.company(domain),
                Some(Parsed::Bad(_)) => self.forgotten.mentioned(&domain),
                None => None,
            };
            let (domain, parsed) = match &company {
                Some((_, since)) => (FORGOTTEN.into(), Some(Parsed::Bad(refusal(*since)))),
                None => (domain, parsed),
            };
            let run = tab.columns.input.run;
            let ticked = run.is_none_or(|c| is_ticked(&tab.grid.cell(row, c).shown()));
            self.rows.push(Open {
                row: JoinedRow {
                    place: Place { tab: number, row },
                    role: Role::New,
                    domain: domain.into_owned(),
                    parsed,
                    forgotten: company,
                    ticked,
                    id_shown: false,
                },
                id,
                own_lead,
                role: about_nothing.then_some(Role::Stray),
            });
        }
    }

    /// An id beside its own domain and options is that lead's row; the second one is a copy. An
    /// id beside its own domain with other options comes next.
    pub(super) fn by_id(&mut self) {
        self.own(agrees, Role::Lead);
        self.own(same_domain, Role::Changed);
    }

    /// Rows whose own lead says the same as they do.
    fn own(&mut self, same: fn(&JoinedRow, &SheetLead) -> bool, role: fn(usize) -> Role) {
        for open in self.rows.iter_mut().filter(|open| open.role.is_none()) {
            let Some(lead) = open.own_lead else {
                continue;
            };
            if same(&open.row, &self.leads[lead]) {
                let taken = std::mem::replace(&mut self.taken[lead], true);
                open.role = Some(if taken { Role::Copy(lead) } else { role(lead) });
            }
        }
    }

    /// Rows without an id, and rows whose id belongs to another domain, find the lead that says
    /// the same and has no row.
    pub(super) fn by_contents(&mut self) {
        let mut free: HashMap<(String, String), Vec<usize>> = HashMap::new();
        for index in (0..self.leads.len())
            .rev()
            .filter(|index| !self.taken[*index])
        {
            free.entry(lead_key(&self.leads[index]))
                .or_default()
                .push(index);
        }
        if free.is_empty() {
            return;
        }
        for place in 0..self.rows.len() {
            if !self.may_be_found(place) {
                continue;
            }
            let Some(key) = row_key(&self.rows[place].row) else {
                continue;
            };
            if let Some(lead) = free.get_mut(&key).and_then(Vec::pop) {
                self.taken[lead] = true;
                self.rows[place].role = Some(Role::Lead(lead));
            }
        }
    }

    /// Domains that were sorted without the rest of their rows: the option cells stayed behind.
    pub(super) fn by_domain(&mut self) {
        let mut free: HashMap<&str, Vec<usize>> = HashMap::new();
        for index in (0..self.leads.len())
            .rev()
            .filter(|index| !self.taken[*index])
        {
            if let Some(domain) = &self.leads[index].lead.domain {
                free.entry(domain).or_default().push(index);
            }
        }
        for place in 0..self.rows.len() {
            // Only rows that had an id: one without was typed, and may want other options.
            if !self.may_be_found(place) || self.rows[place].own_lead.is_none() {
                continue;
            }
            let Some(Parsed::Good(domain, _)) = &self.rows[place].row.parsed else {
                continue;
            };
            if let Some(lead) = free.get_mut(domain.as_str()).and_then(Vec::pop) {
                self.taken[lead] = true;
                self.rows[place].role = Some(Role::Changed(lead));
            }
        }
    }

    /// Leads that have their row, by what they say.
    fn leads_with_rows(&self) -> HashMap<(String, String), usize> {
        let open = self
            .rows
            .iter()
            .any(|open| open.role.is_none() && !open.id.is_empty());
        if !open {
            return HashMap::new();
        }
        (0..self.leads.len())
            .filter(|index| self.taken[*index])
            .map(|index| (lead_key(&self.leads[index]), index))
            .collect()
    }

    pub(super) fn the_rest(&mut self) {
        let here = self.leads_with_rows();
        for place in 0..self.rows.len() {
            if self.rows[place].role.is_some() {
                continue;
            }
            // Ids that were sorted apart from their domains: the company has its row.
            let company = row_key(&self.rows[place].row).and_then(|key| here.get(&key).copied());
            let blank = self.rows[place].row.parsed.is_none();
            let role = match self.rows[place].own_lead {
                None if self.rows[place].id.is_empty() => Role::New,
                None => Role::Foreign,
                Some(lead) if self.taken[lead] => {
                    if let Some(company) = company {
                        Role::Copy(company)
                    } else if blank || self.repeats(place, lead) {
                        Role::Copy(lead)
                    } else {
                        Role::New
                    }
                }
                Some(lead) => {
                    self.taken[lead] = true;
                    if blank {
                        Role::Emptied(lead)
                    } else {
                        Role::Changed(lead)
                    }
                }
            };
            self.rows[place].role = Some(role);
        }
    }

    /// A row above has the same id and says the same company, which the lead does not: a row
    /// was changed and then copied.
    fn repeats(&self, place: usize, lead: usize) -> bool {
        let of = |row: &JoinedRow| match &row.parsed {
            Some(Parsed::Good(domain, _)) => domain.as_str().to_owned(),
            _ => row.domain.clone(),
        };
        self.rows[..place].iter().any(|open| {
            open.role == Some(Role::Changed(lead))
                && open.own_lead == Some(lead)
                && of(&open.row) == of(&self.rows[place].row)
        })
    }

    pub(super) fn end(self) -> Join {
        let tabs = self.tabs;
        let rows = self
            .rows
            .into_iter()
            .map(|open| {
                let role = open.role.unwrap_or(Role::New);
                let Place { tab, row } = open.row.place;
                let id_shown = matches!(role, Role::Lead(lead)
                    if open.own_lead == Some(lead) && !tabs[tab].mended.contains(&row));
                JoinedRow {
                    role,
                    id_shown,
                    ..open.row
                }
            })
            .collect();
        let missing = (0..self.leads.len()).filter(|index| !self.taken[*index]);
        Join {
            rows,
            missing: missing.collect(),
        }
    }

    /// A row that has no role yet and says which company it is about. An id of another
    /// installation is no reason to look further.
    fn may_be_found(&self, place: usize) -> bool {
        let open = &self.rows[place];
        open.role.is_none()
            && open.row.parsed.is_some()
            && (open.id.is_empty() || open.own_lead.is_some())
    }
}

/// A text and a time side by side as only we put them there.
fn is_told(tab: &TabRead, row: usize) -> bool {
    let cell = |own| {
        let column = tab.columns.own(own)?;
        Some(tab.grid.cell(row, column))
    };
    matches!(
        (cell(Own::Status), cell(Own::Updated)),
        (Some(CellValue::Text(_)), Some(CellValue::Number(_)))
    )
}
