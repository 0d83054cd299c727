//! Why a spreadsheet and its leads are not in step, in words for the person who can mend it.

use crate::flow::ports::{SheetFault, StoreError};

/// Why a sync did not do all of its work.
#[derive(Debug, thiserror::Error)]
pub enum SyncFault {
    #[error(transparent)]
    Sheet(#[from] SheetFault),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "another installation runs this sheet, so nothing of it is started here. If that one is \
         gone for good: warmsheet sheet takeover ID"
    )]
    OtherInstallation,
    #[error(
        "there is no tab \u{201c}{wanted}\u{201d}; the tabs are: {}. Name one of them in \
         WARMSHEET_SHEETS, as ID#Tab name", tabs.join(", ")
    )]
    NoSuchTab { wanted: String, tabs: Vec<String> },
    #[error(
        "the tab that leads were read from is gone; the tabs are: {}. Name another one in \
         WARMSHEET_SHEETS, as ID#Tab name", tabs.join(", ")
    )]
    InputGone { tabs: Vec<String> },
    #[error("WARMSHEET_SHEETS names a tab twice, once as \u{201c}{wanted}\u{201d}; once is enough")]
    NamedTwice { wanted: String },
    #[error(
        "the tab named in WARMSHEET_SHEETS is the one that results are written to; name the one \
         with the domains, as ID#Tab name"
    )]
    ResultsAsInput,
    #[error(
        "the tab \u{201c}{tab}\u{201d} has no column of domains. Its headers are: {}. Call one of \
         its columns Domain, in one of the first ten rows",
        said(headers)
    )]
    NoDomainColumn { tab: String, headers: Vec<String> },
}

fn said(headers: &[String]) -> String {
    if headers.is_empty() {
        "none, the tab is empty".to_owned()
    } else {
        headers.join(", ")
    }
}
