use std::collections::BTreeMap;

use super::auth::ACCOUNT;
use super::refusal::Refusal;
use super::tab::Tab;

/// What a spreadsheet's owner lets somebody do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Reader,
    Writer,
}

/// Developer metadata of the spreadsheet itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    pub id: i32,
    pub key: String,
    pub value: String,
    pub visibility: String,
}

/// One spreadsheet.
#[derive(Clone, Debug)]
pub struct Book {
    pub id: String,
    pub title: String,
    /// In the order in which they are shown.
    pub tabs: Vec<Tab>,
    pub metadata: Vec<Metadata>,
    /// What Drive calls the version; grows with every change.
    pub version: u64,
    pub shared_with: BTreeMap<String, Role>,
}

impl Book {
    /// A spreadsheet that is shared with the service account.
    pub fn new(id: &str, title: &str, tabs: Vec<Tab>) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            tabs,
            metadata: Vec::new(),
            version: 1,
            shared_with: BTreeMap::from([(ACCOUNT.to_owned(), Role::Writer)]),
        }
    }

    pub fn share_with(&mut self, email: &str, role: Role) {
        self.shared_with.insert(email.to_owned(), role);
    }

    pub fn unshare(&mut self, email: &str) {
        self.shared_with.remove(email);
    }

    /// The developer metadata with this key.
    pub fn metadata_value(&self, key: &str) -> Option<&str> {
        self.metadata
            .iter()
            .find(|metadata| metadata.key == key)
            .map(|metadata| metadata.value.as_str())
    }

    pub fn may_read(&self, email: &str) -> Result<(), Refusal> {
        match self.shared_with.get(email) {
            Some(_) => Ok(()),
            None => Err(Refusal::forbidden()),
        }
    }

    pub fn may_write(&self, email: &str) -> Result<(), Refusal> {
        match self.shared_with.get(email) {
            Some(Role::Writer) => Ok(()),
            _ => Err(Refusal::forbidden()),
        }
    }

    /// Where the tab with this number stands; a number that is not given is 0, as in Google's
    /// wire format.
    pub fn at(&self, sheet_id: Option<i32>) -> Result<usize, Refusal> {
        let id = sheet_id.unwrap_or(0);
        self.tabs
            .iter()
            .position(|tab| tab.sheet_id == id)
            .ok_or_else(|| Refusal::invalid(format!("No grid with id: {id}")))
    }

    pub fn index_of(&self, title: &str) -> Option<usize> {
        self.tabs.iter().position(|tab| tab.title == title)
    }

    pub fn cells(&self) -> usize {
        self.tabs
            .iter()
            .map(|tab| tab.row_count * tab.column_count)
            .sum()
    }
}
