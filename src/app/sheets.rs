use std::sync::Arc;

use super::{App, AppError, Parts};
use crate::adapters::sheets::{ClientConfig, GoogleSheets, ServiceAccount};
use crate::config::{Config, SheetsConfig};
use crate::flow::ports::Spreadsheets;
use crate::flow::sheet::sync::{SheetSettings, SheetSync};
use crate::worker::sheets::SheetWatch;

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
        let sync = SheetSync::new(
            app.flow.clone(),
            client.clone(),
            sheet.spreadsheet.clone(),
            sheet.tabs.clone(),
            installation.clone(),
            settings.clone(),
        );
        // Told from the first moment on, also before it was reached.
        app.flow.health.sheet(&sheet.spreadsheet, |_| ());
        let watch = SheetWatch::new(
            app.flow.clone(),
            sheet.spreadsheet.clone(),
            sync,
            config.watch.every,
        );
        let stop = parts.stop.clone();
        parts.add("sheet", async move {
            watch.run(stop).await;
            Ok(())
        });
    }
    Ok(())
}
