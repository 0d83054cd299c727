use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{App, AppError, Parts};
use crate::adapters::sheets::{ClientConfig, GoogleSheets, ServiceAccount};
use crate::config::{Config, ConnectedSheet, SheetsConfig};
use crate::flow::Flow;
use crate::flow::lease::{self, Lease};
use crate::flow::ports::Spreadsheets;
use crate::flow::sheet::sync::{SheetSettings, SheetSync};
use crate::worker::sheets::SheetWatch;
use crate::worker::under_lease::under_lease;

/// The client for the configured service account; sends nothing yet.
pub async fn google_sheets(config: &SheetsConfig) -> Result<Arc<dyn Spreadsheets>, AppError> {
    let file = config.key_file.as_ref().ok_or_else(|| {
        AppError::Sheets(
            "GOOGLE_APPLICATION_CREDENTIALS is not set; it is the path of a service \
             account\u{2019}s key file"
                .to_owned(),
        )
    })?;
    let account = ServiceAccount::open(file)
        .await
        .map_err(|error| AppError::Sheets(error.to_string()))?;
    let settings = ClientConfig {
        base_url: config.base_url.clone(),
        requests_per_minute: config.requests_per_minute,
    };
    let client = GoogleSheets::new(account, &settings).map_err(AppError::Sheets)?;
    Ok(Arc::new(client))
}

/// Starts a loop for each configured spreadsheet.
pub async fn start(app: &App, config: &Config, parts: &mut Parts) -> Result<(), AppError> {
    if config.sheets.sheets.is_empty() {
        return Ok(());
    }
    let client = google_sheets(&config.sheets).await?;
    let installation = app.flow.store.installation().await?;
    let settings = SheetSettings {
        public_url: config.server.public_url.as_ref().map(ToString::to_string),
        late_write: config.sheets.late_write,
    };
    for sheet in &config.sheets.sheets {
        // Told from the first moment on, also before it was reached.
        app.flow.health.sheet(&sheet.spreadsheet, |_| ());
        let desk = Desk {
            flow: app.flow.clone(),
            client: client.clone(),
            sheet: sheet.clone(),
            installation: installation.clone(),
            settings: settings.clone(),
            every: config.watch.every,
        };
        let name = lease::of_sheet(&sheet.spreadsheet);
        let (flow, stop) = (app.flow.clone(), parts.stop.clone());
        let work = move |lease| desk.clone().work(lease, stop.clone());
        parts.add(
            "sheet",
            under_lease(flow, name, parts.stop.clone(), Duration::ZERO, work),
        );
    }
    Ok(())
}

/// What is needed to keep one spreadsheet.
#[derive(Clone)]
struct Desk {
    flow: Arc<Flow>,
    client: Arc<dyn Spreadsheets>,
    sheet: ConnectedSheet,
    installation: String,
    settings: SheetSettings,
    every: Duration,
}

impl Desk {
    async fn work(self, lease: Arc<Lease>, stop: CancellationToken) -> Result<(), String> {
        let spreadsheet = self.sheet.spreadsheet.clone();
        if let Err(error) = self.flow.store.forget_readings_of(&spreadsheet).await {
            tracing::error!(spreadsheet, %error, "a sheet cannot be begun with; will try again");
            return Ok(());
        }
        let sync = SheetSync::new(
            self.flow.clone(),
            lease.clone(),
            self.client,
            spreadsheet.clone(),
            self.sheet.tabs,
            self.installation,
            self.settings,
        );
        let watch = SheetWatch::new(self.flow, spreadsheet, sync, self.every);
        watch.run(&lease, stop).await;
        Ok(())
    }
}
