use anyhow::Context;
use clap::Subcommand;
use secrecy::ExposeSecret;
use url::Url;

use super::exit::Exit;
use super::settings::SettingsArgs;
use crate::app::citedy_client;
use crate::config::Config;
use crate::lead::webhook;

#[derive(Subcommand)]
pub enum WebhookCommand {
    /// Register this service's endpoint; prints its secret once
    Register(RegisterArgs),
    /// List the endpoints of this agent
    List,
    /// Delete an endpoint
    Delete {
        /// The endpoint's id, from `warmsheet webhook list`
        id: String,
    },
    /// List deliveries, newest first
    Deliveries(DeliveriesArgs),
}

#[derive(clap::Args)]
pub struct RegisterArgs {
    /// The endpoint [default: WARMSHEET_PUBLIC_URL + /webhooks/citedy]
    url: Option<Url>,
    /// Only these event types, comma-separated; without it every event
    #[arg(long, value_delimiter = ',', value_name = "TYPES")]
    event_types: Vec<String>,
    /// A note for yourself
    #[arg(long)]
    description: Option<String>,
}

#[derive(clap::Args)]
pub struct DeliveriesArgs {
    /// queued, delivering, delivered, failed or dead_lettered
    #[arg(long)]
    status: Option<String>,
    #[arg(long, default_value_t = 20)]
    limit: u32,
    #[arg(long, default_value_t = 0)]
    offset: u32,
}

/// `warmsheet webhook …`
pub async fn webhook(settings: &SettingsArgs, command: WebhookCommand) -> anyhow::Result<Exit> {
    let config = settings.config()?;
    match command {
        WebhookCommand::Register(args) => register(&config, args).await?,
        WebhookCommand::List => list(&config).await?,
        WebhookCommand::Delete { id } => {
            citedy_client(&config)?.delete_webhook(&id).await?;
            println!("Deleted {id}.");
        }
        WebhookCommand::Deliveries(args) => deliveries(&config, &args).await?,
    }
    Ok(Exit::Done)
}

/// Where Citedy should call this service.
pub fn endpoint(config: &Config) -> Option<Url> {
    config.server.public_url.as_ref().map(webhook::endpoint)
}

async fn register(config: &Config, args: RegisterArgs) -> anyhow::Result<()> {
    let url = args
        .url
        .or_else(|| endpoint(config))
        .context("name the endpoint, or set WARMSHEET_PUBLIC_URL")?;
    let event_types = Some(args.event_types).filter(|types| !types.is_empty());
    let made = citedy_client(config)?
        .register_webhook(&url, event_types.as_deref(), args.description.as_deref())
        .await?;
    println!("Registered {} as {}", made.url, made.id);
    println!();
    println!("The secret is shown this once. Put it where the service reads it, and restart:");
    println!();
    println!("    CITEDY_WEBHOOK_SECRETS={}", made.secret.expose_secret());
    println!();
    println!("On Fly.io:  fly secrets set CITEDY_WEBHOOK_SECRETS=…");
    println!("While replacing one, name both, separated by a comma.");
    Ok(())
}

async fn list(config: &Config) -> anyhow::Result<()> {
    let endpoints = citedy_client(config)?.list_webhooks().await?;
    if endpoints.is_empty() {
        println!(
            "No endpoint is registered. Results are found by polling; register one with: warmsheet webhook register"
        );
    }
    for endpoint in endpoints {
        let types = if endpoint.event_types.is_empty() {
            "every event".to_owned()
        } else {
            endpoint.event_types.join(", ")
        };
        println!("{}  {}  {types}", endpoint.id, endpoint.url);
    }
    Ok(())
}

async fn deliveries(config: &Config, args: &DeliveriesArgs) -> anyhow::Result<()> {
    let page = citedy_client(config)?
        .webhook_deliveries(args.status.as_deref(), args.limit, args.offset)
        .await?;
    for delivery in &page.deliveries {
        println!("{delivery}");
    }
    println!("{} of {}", page.deliveries.len(), page.total);
    Ok(())
}
