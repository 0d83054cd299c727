//! `warmsheet approve`: what waits for a person, and that person's decision. Works on the
//! database alone, so also beside a running `serve`, which sees the change within a second.

mod chosen;
mod held;

use std::sync::Arc;

use clap::Args;

use super::confirm::{Answer, confirm};
use super::exit::Exit;
use super::settings::SettingsArgs;
use crate::app::{AppError, citedy_client, limits, open_store};
use crate::flow::Limits;
use crate::flow::account::payer_of;
use crate::flow::finish_day::finish_day;
use crate::flow::guard::Guard;
use crate::flow::ports::{Clock as _, Decided, LeadFilter, Payer, ReuseRule, Store, SystemClock};
use crate::lead::Decision;
use crate::lead::forgotten::nothing_left;
use crate::lead::money::{Price, grouped};

use chosen::Chosen;
use held::held_of;

#[derive(Args)]
#[command(
    after_help = "Without ids it lists what waits. Exit codes: 0 done; 1 error, nothing was \
    changed; 2 wrong usage; 5 needs a yes (--yes)."
)]
pub struct ApproveArgs {
    /// Batches (B…) and single leads (L…)
    #[arg(value_name = "BATCH_OR_LEAD")]
    ids: Vec<String>,
    /// Everything that is held
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Cancel instead; of a batch also what is approved and has not been started
    #[arg(long)]
    cancel: bool,
    /// Let the approved batches pass the daily cap
    #[arg(long, conflicts_with = "cancel")]
    lift_cap: bool,
    /// Decide without being asked
    #[arg(long)]
    yes: bool,
}

pub async fn approve(settings: &SettingsArgs, args: ApproveArgs) -> anyhow::Result<Exit> {
    let nothing_named = args.ids.is_empty() && !args.all;
    anyhow::ensure!(
        !(nothing_named && (args.cancel || args.lift_cap || args.yes)),
        "name batches or leads, or say --all; warmsheet approve alone lists them"
    );
    let config = settings.config()?;
    let store = open_store(&config.database)
        .await
        .map_err(AppError::Store)?;
    // Whose reports may serve is known where the key has been used before.
    let payer = match citedy_client(&config) {
        Ok(citedy) => payer_of(&*store, &citedy).await?,
        Err(_) => None,
    };
    let desk = Desk {
        store,
        limits: limits(&config),
        payer,
    };
    if nothing_named {
        return desk.list().await;
    }
    desk.decide(&args).await
}

/// Where decisions are taken.
struct Desk {
    store: Arc<dyn Store>,
    limits: Limits,
    /// The account that runs are bought with, if it was ever learnt.
    payer: Option<Payer>,
}

impl Desk {
    async fn guard(&self) -> anyhow::Result<Guard> {
        let now = SystemClock.now();
        Ok(Guard::of_store(&*self.store, self.limits.daily_credits, now).await?)
    }

    /// What so many leads cost, those that this filter names.
    async fn price(&self, leads: u64, held: Option<&LeadFilter>) -> anyhow::Result<Price> {
        let reused = match self.payer.clone().zip(held) {
            Some((payer, held)) => {
                let since = self.limits.reusable_since(SystemClock.now());
                let rule = ReuseRule { payer, since };
                Some(self.store.reusable(held, &rule).await?)
            }
            None => None,
        };
        Ok(Price { leads, reused })
    }

    async fn price_of_all(&self, chosen: &[Chosen]) -> anyhow::Result<Price> {
        let mut sum = Price {
            leads: 0,
            reused: Some(0),
        };
        for one in chosen {
            let leads = one.leads(Decision::Approve);
            sum = sum + self.price(leads, one.held().as_ref()).await?;
        }
        Ok(sum)
    }

    async fn list(&self) -> anyhow::Result<Exit> {
        let batches = held::read(&*self.store).await?;
        if batches.is_empty() {
            println!("Nothing waits for approval.");
            return Ok(Exit::Done);
        }
        let guard = self.guard().await?;
        for batch in &batches {
            let price = self.price(batch.held, Some(&held_of(&batch.id))).await?;
            println!("{}", batch.line(price, &guard));
            for line in batch.leads() {
                println!("    {line}");
            }
        }
        println!("\nwarmsheet approve ID… starts them, with --cancel takes them back.");
        Ok(Exit::Done)
    }

    async fn decide(&self, args: &ApproveArgs) -> anyhow::Result<Exit> {
        let decision = if args.cancel {
            Decision::Cancel
        } else {
            Decision::Approve
        };
        let chosen = if args.all {
            let held = held::read(&*self.store).await?;
            held.into_iter().map(Chosen::from).collect()
        } else {
            chosen::find(&*self.store, &args.ids, decision).await?
        };
        let single = chosen.iter().find(|one| matches!(one, Chosen::Lead(_)));
        if let Some(lead) = single.filter(|_| args.lift_cap) {
            anyhow::bail!("--lift-cap is for whole batches, and {lead} is a single lead");
        }
        if chosen.iter().all(|one| one.leads(decision) == 0) {
            println!("Nothing waits there; nothing was changed.");
            return Ok(Exit::Done);
        }
        if !args.yes && !self.agreed(decision, &chosen, args.lift_cap).await? {
            return Ok(Exit::NeedsApproval);
        }
        for one in &chosen {
            self.carry_out(one, decision, args.lift_cap).await?;
        }
        Ok(Exit::Done)
    }

    async fn agreed(
        &self,
        decision: Decision,
        chosen: &[Chosen],
        lift_cap: bool,
    ) -> anyhow::Result<bool> {
        let what = if decision == Decision::Cancel {
            let leads = chosen.iter().map(|one| one.leads(decision)).sum();
            format!("{} cancelled", counted(leads))
        } else {
            let price = self.price_of_all(chosen).await?;
            let guard = self.guard().await?;
            match finish_day(price.bought(), &guard) {
                _ if lift_cap => format!("{price}, without the daily cap"),
                Some(day) => format!("{price}, under the daily cap finished on {day}"),
                None => price.to_string(),
            }
        };
        let answer = confirm(&format!("{what}. {}?", decision.title()))?;
        match answer {
            Answer::Yes => {}
            Answer::No => eprintln!("Nothing was changed."),
            Answer::Nobody => {
                eprintln!("This needs a yes: {what}. Nothing was changed; call again with --yes.")
            }
        }
        Ok(answer == Answer::Yes)
    }

    async fn carry_out(
        &self,
        one: &Chosen,
        decision: Decision,
        lift_cap: bool,
    ) -> anyhow::Result<()> {
        let now = SystemClock.now();
        let done = match decision {
            Decision::Cancel => "cancelled",
            _ => "approved",
        };
        match one {
            Chosen::Batch(batch) => {
                let decided = self.store.decide_batch(&batch.id, decision, lift_cap, now);
                let leads = counted(decided.await?.changed);
                println!("{}: {leads} {done}", batch.id);
            }
            Chosen::Lead(lead) => {
                let decided = self.store.decide(&lead.id, decision, false, now).await?;
                match decided {
                    Decided::Done { .. } => println!("{}: {done}", lead.id),
                    Decided::Forgotten { since } => {
                        println!("{}: not {done}. {}", lead.id, nothing_left(since));
                    }
                    // It moved on after the question was asked.
                    _ => println!("{}: not {done}, it has moved on", lead.id),
                }
            }
        }
        Ok(())
    }
}

fn counted(leads: u64) -> String {
    let noun = if leads == 1 { "lead" } else { "leads" };
    format!("{} {noun}", grouped(leads))
}
