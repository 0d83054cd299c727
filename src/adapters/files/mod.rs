//! Lists of companies in, reports out.

mod atomic;
mod folder;
mod list;
mod report;
mod reports;

pub use folder::WatchedFolder;
pub use list::{List, ListError, ListRow, read_list_from};
pub use report::{LeadLine, ReportRow, ReportSource, Summary, write_report};
pub use reports::{StoreReports, write_report_file};
