use super::exit::Exit;
use super::settings::SettingsArgs;
use super::signals::stop_on_signal;
use crate::app::{Mode, Service, ServiceOptions};

/// `warmsheet serve`
pub async fn serve(settings: &SettingsArgs) -> anyhow::Result<Exit> {
    let config = settings.config()?;
    let stop = stop_on_signal()?;
    let options = ServiceOptions {
        mode: Mode::Real,
        hold_first: true,
    };
    let service = Service::start(&config, options, stop).await?;
    tracing::info!(
        address = %format!("http://{}", service.address),
        citedy = config.citedy.base_url.as_str(),
        "warmsheet is ready"
    );
    service.run().await?;
    tracing::info!("warmsheet has stopped");
    Ok(Exit::Done)
}
