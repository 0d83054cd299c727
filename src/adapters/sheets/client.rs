use std::time::Duration;

use async_trait::async_trait;
use google_sheets4::{Sheets, common};
use url::Url;

use super::account::{Connector, SHEETS_SCOPE, ServiceAccount};
use super::drive::Drive;
use super::faults::{About, Seen, fault};
use super::pace::Pace;
use super::{requests, wire};
use crate::flow::meter::{self, Answered};
use crate::flow::ports::{
    Description, Render, SheetFault, Spreadsheets, TabGrid, TabRange, WriteAnswer, WriteBatch,
};

/// Google's own limit is 180 s a request; a read is simply made again.
const READ_TIMEOUT: Duration = Duration::from_secs(90);
/// After this the outcome of a write is unknown, and settled by looking.
const WRITE_TIMEOUT: Duration = Duration::from_secs(90);

const DESCRIPTION: &str = "properties.title,sheets.properties(sheetId,title,index,sheetType,\
    gridProperties(rowCount,columnCount)),sheets.protectedRanges(range,warningOnly,\
    requestingUserCanEdit),developerMetadata(metadataId,metadataKey,metadataValue)";
const READ: &str = "valueRanges(valueRange(range,values))";
const ANSWER: &str = "updatedSpreadsheet(developerMetadata(metadataId,metadataKey,metadataValue),\
    sheets(properties.sheetId,data(rowData.values.userEnteredValue)))";

/// Where Google is, and how much may be asked of it.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// `None`: Google itself.
    pub base_url: Option<Url>,
    /// Of each kind, reads and writes.
    pub requests_per_minute: u32,
}

/// The client of one service account.
pub struct GoogleSheets {
    hub: Sheets<Connector>,
    drive: Drive,
    account: ServiceAccount,
    reads: Pace,
    writes: Pace,
}

impl GoogleSheets {
    pub fn new(account: ServiceAccount, config: &ClientConfig) -> Result<Self, String> {
        let mut hub = Sheets::new(account.http.clone(), account.tokens());
        hub.user_agent(concat!("warmsheet/", env!("CARGO_PKG_VERSION")).to_owned());
        let mut drive = "https://www.googleapis.com/".to_owned();
        if let Some(base) = &config.base_url {
            let root = format!("{}/", base.as_str().trim_end_matches('/'));
            hub.base_url(root.clone());
            hub.root_url(root.clone());
            drive = root;
        }
        let drive = Url::parse(&drive).map_err(|error| error.to_string())?;
        Ok(Self {
            hub,
            drive: Drive::new(drive).map_err(|error| error.to_string())?,
            account,
            reads: Pace::new(config.requests_per_minute),
            writes: Pace::new(config.requests_per_minute),
        })
    }

    fn about<'a>(&'a self, spreadsheet: &'a str) -> About<'a> {
        About {
            account: &self.account.email,
            spreadsheet,
        }
    }

    /// What a failed call means. A refused token is replaced for the next one.
    async fn failed(
        &self,
        call: &'static str,
        failed: Failed,
        seen: &Seen,
        spreadsheet: &str,
    ) -> SheetFault {
        meter::google_request(call, failed.answered(seen));
        match failed {
            Failed::Late(limit) => {
                SheetFault::Unknown(format!("no answer within {} s", limit.as_secs()))
            }
            Failed::Error(error) => {
                if seen.status == 401 {
                    self.account.renew().await;
                }
                match fault(error, seen, &self.about(spreadsheet)) {
                    SheetFault::Clock(said) => {
                        SheetFault::Clock(self.drive.clock_note().await.unwrap_or(said))
                    }
                    other => other,
                }
            }
        }
    }
}

/// Why a call has no answer.
enum Failed {
    Late(Duration),
    Error(common::Error),
}

impl Failed {
    fn answered(&self, seen: &Seen) -> Answered {
        match self {
            Failed::Late(_) => Answered::Late,
            Failed::Error(_) if seen.status != 0 => Answered::Status(seen.status),
            Failed::Error(common::Error::HttpError(error)) if error.is_connect() => {
                Answered::Unreachable
            }
            Failed::Error(common::Error::MissingToken(_)) => Answered::Unreachable,
            Failed::Error(_) => Answered::Lost,
        }
    }
}

async fn within<T>(
    name: &'static str,
    limit: Duration,
    call: impl Future<Output = common::Result<(common::Response, T)>>,
) -> Result<T, Failed> {
    match tokio::time::timeout(limit, call).await {
        Err(_) => Err(Failed::Late(limit)),
        Ok(Err(error)) => Err(Failed::Error(error)),
        Ok(Ok((response, answer))) => {
            meter::google_request(name, Answered::Status(response.status().as_u16()));
            Ok(answer)
        }
    }
}

#[async_trait]
impl Spreadsheets for GoogleSheets {
    fn account(&self) -> &str {
        &self.account.email
    }

    async fn room(&self) {
        self.reads.room().await;
        self.writes.room().await;
    }

    async fn version(&self, spreadsheet: &str) -> Result<Option<String>, SheetFault> {
        self.drive.version(&self.account, spreadsheet).await
    }

    async fn describe(&self, spreadsheet: &str) -> Result<Description, SheetFault> {
        let _slot = self.reads.slot().await;
        let mut seen = Seen::default();
        let call = self
            .hub
            .spreadsheets()
            .get(spreadsheet)
            .param("fields", DESCRIPTION)
            .add_scope(SHEETS_SCOPE)
            .delegate(&mut seen)
            .doit();
        match within("describe", READ_TIMEOUT, call).await {
            Ok(answer) => Ok(wire::description(answer)),
            Err(failed) => Err(self.failed("describe", failed, &seen, spreadsheet).await),
        }
    }

    async fn read(
        &self,
        spreadsheet: &str,
        ranges: &[TabRange],
        render: Render,
    ) -> Result<Vec<TabGrid>, SheetFault> {
        let _slot = self.reads.slot().await;
        let mut seen = Seen::default();
        let call = self
            .hub
            .spreadsheets()
            .values_batch_get_by_data_filter(wire::read_request(ranges, render), spreadsheet)
            .param("fields", READ)
            .add_scope(SHEETS_SCOPE)
            .delegate(&mut seen)
            .doit();
        match within("read", READ_TIMEOUT, call).await {
            Ok(answer) => wire::grids(ranges, answer).map_err(SheetFault::Unreachable),
            Err(failed) => Err(self.failed("read", failed, &seen, spreadsheet).await),
        }
    }

    async fn write(&self, spreadsheet: &str, batch: WriteBatch) -> Result<WriteAnswer, SheetFault> {
        let _slot = self.writes.slot().await;
        let mut seen = Seen::default();
        let call = self
            .hub
            .spreadsheets()
            .batch_update(requests::write_request(batch), spreadsheet)
            .param("fields", ANSWER)
            .add_scope(SHEETS_SCOPE)
            .delegate(&mut seen)
            .doit();
        match within("write", WRITE_TIMEOUT, call).await {
            Ok(answer) => Ok(wire::answer(answer)),
            Err(failed) => Err(self.failed("write", failed, &seen, spreadsheet).await),
        }
    }
}
