//! `warmsheet check`: every fault with its remedy.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::exit::Exit;
use super::settings::SettingsArgs;
use super::webhook::endpoint;
use crate::adapters::citedy::CitedyClient;
use crate::app::{DATABASE_REMEDY, citedy_client, open_store};
use crate::config::Config;
use crate::flow::balance;
use crate::flow::ports::{CitedyApi, LeaseView};
use crate::flow::restore::{self, Notice};
use crate::lead::money::{CREDITS_PER_RUN, grouped, usd};
use crate::lead::run::ApiFault;

/// What a check found.
pub(super) enum Finding {
    Good(String),
    /// Works, but a person should know.
    Note(String),
    /// What is wrong, and the remedy.
    Bad(String, String),
}

use Finding::{Bad, Good, Note};

/// Looks at everything that can be looked at; one fault does not hide the next.
pub async fn check(settings: &SettingsArgs) -> anyhow::Result<Exit> {
    let mut report = Report::default();
    let raw = match settings.raw() {
        Ok(raw) => raw,
        Err(faults) => {
            report.config_faults(&faults);
            return Ok(report.end());
        }
    };
    match Config::from_raw(&raw) {
        Err(faults) => report.config_faults(&faults),
        Ok(config) => {
            report.tell("configuration", Good("complete".to_owned()));
            api(&config, &mut report).await;
            report.tell("database", database(&config).await);
            if let Some(dir) = &config.watch.dir {
                report.tell("folder", folder(dir));
            }
            for (what, finding) in super::check_sheets::sheets(&config).await {
                report.tell(&what, finding);
            }
            for (what, finding) in super::notify::targets(&config).await {
                report.tell(&what, finding);
            }
            report.tell("access", access(&config));
        }
    }
    Ok(report.end())
}

#[derive(Default)]
struct Report {
    faults: u32,
}

impl Report {
    fn tell(&mut self, what: &str, finding: Finding) {
        match finding {
            Good(text) => println!("ok    {what}: {text}"),
            Note(text) => println!("note  {what}: {text}"),
            Bad(problem, remedy) => {
                self.faults += 1;
                println!("FAULT {what}: {problem}\n      -> {remedy}");
            }
        }
    }

    fn config_faults(&mut self, faults: &crate::config::ConfigFaults) {
        for fault in &faults.0 {
            self.faults += 1;
            println!("FAULT configuration: {}: {}", fault.name, fault.problem);
        }
    }

    fn end(self) -> Exit {
        match self.faults {
            0 => {
                println!("\nAll is well.");
                Exit::Done
            }
            1 => {
                println!("\n1 fault.");
                Exit::Failure
            }
            more => {
                println!("\n{more} faults.");
                Exit::Failure
            }
        }
    }
}

async fn api(config: &Config, report: &mut Report) {
    let client = match citedy_client(config) {
        Ok(client) => client,
        Err(error) => {
            let remedy = "put the key into CITEDY_API_KEY; your Citedy account shows it";
            report.tell("key", Bad(error.to_string(), remedy.to_owned()));
            return;
        }
    };
    let reached = match client.health().await {
        Ok(()) => Good(config.citedy.base_url.to_string()),
        Err(fault) => Bad(
            fault.to_string(),
            format!(
                "see whether {} opens from this machine, or mend CITEDY_BASE_URL",
                config.citedy.base_url
            ),
        ),
    };
    let unreachable = matches!(reached, Bad(..));
    report.tell("Citedy", reached);
    if unreachable {
        return;
    }
    report.tell("key", key(config, &client).await);
    report.tell("webhook", webhook(config, &client).await);
}

async fn key(config: &Config, client: &CitedyClient) -> Finding {
    match client.account().await {
        Ok(account) => {
            let name = account
                .agent_name
                .or(account.agent_id)
                .unwrap_or_else(|| "without a name".to_owned());
            match account.credits {
                Some(credits) if credits < CREDITS_PER_RUN => Bad(
                    format!("agent {name} has {credits} credits; a report costs {CREDITS_PER_RUN}"),
                    "top up in your Citedy account".to_owned(),
                ),
                Some(credits) => match low(config, credits).await {
                    Some(words) => Note(format!("agent {name}; {words}. Top up before they end")),
                    None => Good(format!(
                        "agent {name}, {} credits ({}), enough for {} reports",
                        grouped(credits.unsigned_abs()),
                        usd(credits),
                        grouped((credits / CREDITS_PER_RUN).unsigned_abs())
                    )),
                },
                None => Note(format!("agent {name}; Citedy does not tell the balance")),
            }
        }
        Err(fault @ ApiFault::KeyRefused { .. }) => Bad(
            fault.to_string(),
            "copy the key again from your Citedy account into CITEDY_API_KEY".to_owned(),
        ),
        Err(fault @ ApiFault::AgentRefused { .. }) => Bad(
            fault.to_string(),
            "approve or resume the agent in your Citedy account".to_owned(),
        ),
        Err(fault) => Bad(fault.to_string(), "try again in a minute".to_owned()),
    }
}

/// Whether so many credits are few for what the database has queued. A database that cannot be
/// read is a fault of its own and told there.
async fn low(config: &Config, credits: i64) -> Option<String> {
    let store = open_store(&config.database).await.ok()?;
    balance::low_words(&*store, credits).await.ok()?
}

async fn webhook(config: &Config, client: &CitedyClient) -> Finding {
    let Some(endpoint) = endpoint(config) else {
        return Note(
            "WARMSHEET_PUBLIC_URL is not set, so results are found by polling; that works, \
             webhooks are quicker"
                .to_owned(),
        );
    };
    let registered = match client.list_webhooks().await {
        Ok(endpoints) => endpoints.iter().any(|one| one.url == endpoint.as_str()),
        Err(fault) => return Bad(fault.to_string(), "try again in a minute".to_owned()),
    };
    let secrets = config.citedy.webhook_secrets.len();
    match (registered, secrets) {
        (true, 0) => Bad(
            format!("{endpoint} is registered, but no secret is set, so its calls are refused"),
            "set CITEDY_WEBHOOK_SECRETS; is the secret lost, delete the endpoint and register \
             it again: warmsheet webhook list | delete | register"
                .to_owned(),
        ),
        (true, _) => Good(format!("{endpoint} is registered")),
        (false, _) => Bad(
            format!("{endpoint} is not registered"),
            "warmsheet webhook register".to_owned(),
        ),
    }
}

async fn database(config: &Config) -> Finding {
    let url = config.database.shown();
    let store = match open_store(&config.database).await {
        Ok(store) => store,
        Err(error) => return Bad(error.to_string(), DATABASE_REMEDY.to_owned()),
    };
    if let Err(error) = store.prove_writable().await {
        return Bad(error.to_string(), DATABASE_REMEDY.to_owned());
    }
    match restore::notice(&*store).await {
        Ok(None) => {}
        Ok(Some(notice)) => return past(&url, &notice),
        Err(error) => return Bad(error.to_string(), DATABASE_REMEDY.to_owned()),
    }
    match store.leases().await {
        Ok(leases) => match leases.into_iter().find(LeaseView::is_held) {
            None => Good(url),
            Some(lease) => Note(format!(
                "{url}; a warmsheet is working on it ({})",
                lease.holder
            )),
        },
        Err(error) => Bad(error.to_string(), DATABASE_REMEDY.to_owned()),
    }
}

fn past(url: &str, notice: &Notice) -> Finding {
    let day = |at: &DateTime<Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
    match notice {
        Notice::BackUp { made_at } => Note(format!(
            "{url} is a back-up of {}; once serve begins, nothing is bought until you resume",
            day(made_at)
        )),
        Notice::Restored { since } => Bad(
            format!(
                "{url} was restored from a back-up; nothing is bought since {}",
                day(since)
            ),
            "look at what waits for approval, then resume on the page or with: warmsheet db resume"
                .to_owned(),
        ),
        Notice::Moved { at } => Bad(
            format!(
                "{url} was exported on {}, and another database takes its place",
                day(at)
            ),
            "set DATABASE_URL to that one; to go on with this one: warmsheet db restored"
                .to_owned(),
        ),
    }
}

fn folder(dir: &Path) -> Finding {
    let remedy = "make it with mkdir, let this user write to it, or change WARMSHEET_WATCH_DIR";
    if !dir.is_dir() {
        return Bad(
            format!("{} is not a folder", dir.display()),
            remedy.to_owned(),
        );
    }
    if let Err(error) = std::fs::read_dir(dir) {
        return Bad(format!("{}: {error}", dir.display()), remedy.to_owned());
    }
    match tempfile::Builder::new()
        .prefix(".warmsheet-")
        .tempfile_in(dir)
    {
        Ok(_) => Good(format!("{} can be read and written", dir.display())),
        Err(error) => Bad(
            format!("results cannot be written to {}: {error}", dir.display()),
            remedy.to_owned(),
        ),
    }
}

fn access(config: &Config) -> Finding {
    let bind = &config.server.bind;
    if config.server.admin_token.is_some() {
        Good(format!("{bind}, with the admin token"))
    } else {
        Note(format!(
            "{bind}, without a token: only this machine is served, and webhooks; set \
             WARMSHEET_ADMIN_TOKEN to use it from elsewhere"
        ))
    }
}
