//! Lists of companies in, reports out.

mod atomic;
mod folder;
mod harmless;
mod ledger;
mod list;
mod path;
mod report;
mod reports;

pub use atomic::AtomicFile;
pub use folder::WatchedFolder;
pub use ledger::{write_ledger, write_ledger_file};
pub use list::{List, ListError, ListRow, Lists, read_list_from};
pub use path::check_path_length;
pub use report::{Contents, LeadLine, ReportRow, Summary, write_report};
pub use reports::{StoreReports, write_report_file};

/// Excel takes a CSV file for UTF-8 only with this in front.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
