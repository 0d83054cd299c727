//! `warmsheet forget`: a company out of this database, and a list of what is left elsewhere.

mod elsewhere;
mod quoting;
mod sheet_rows;

use clap::Args;

use super::confirm::{Answer, confirm};
use super::exit::Exit;
use super::settings::SettingsArgs;
use crate::app::Custody;
use crate::config::Config;
use crate::flow::forget;
use crate::flow::ports::{Footprint, Scoured, Store, SystemClock};
use crate::flow::restore::{self, Notice};
use crate::lead::money::{grouped, usd};
use crate::lead::{CompanyDomain, Status};

#[derive(Args)]
#[command(after_help = "Exit codes: 0 done; 1 error; 2 wrong usage; 5 needs a yes (--yes).")]
pub struct ForgetArgs {
    /// The company's domain, as a row would have it
    domain: String,
    /// Tell what is known and what would be left elsewhere; change nothing
    #[arg(long, conflicts_with = "undo")]
    dry_run: bool,
    /// Let the company be bought again
    #[arg(long)]
    undo: bool,
    /// Do it without being asked
    #[arg(long)]
    yes: bool,
    /// Leave the database's file as it is: deleted parts of it may still be read from the disk
    #[arg(long, conflicts_with = "undo")]
    no_vacuum: bool,
}

pub async fn forget(settings: &SettingsArgs, args: ForgetArgs) -> anyhow::Result<Exit> {
    let domain = CompanyDomain::parse(&args.domain)
        .map_err(|error| anyhow::anyhow!("{}: {error}", args.domain))?;
    let config = settings.config()?;
    let store = Custody::open(&config.database, true).await?.store;
    if args.undo {
        return undo(&*store, &domain, args.yes).await;
    }
    if let Some(Notice::Moved { .. }) = restore::notice(&*store).await? {
        println!(
            "This database was moved away: forget {domain} in the one that took its place as well."
        );
    }
    let known = store.footprint(&domain).await?;
    tell(&domain, &known);
    if args.dry_run {
        quoting::tell(&*store, &config, &domain).await?;
        elsewhere::tell(&*store, &config, &domain, &known).await?;
        println!("\nNothing was changed.");
        return Ok(Exit::Done);
    }
    let question = format!(
        "Everything that names {domain} is removed here for good, and it is never bought again. \
         Forget it?"
    );
    if !args.yes && !agreed(&question)? {
        return Ok(Exit::NeedsApproval);
    }
    carry_out(&*store, &config, &domain, &args).await?;
    // What the second look finds is what is left: a run that was under way may have ended.
    let known = store.footprint(&domain).await?;
    quoting::tell(&*store, &config, &domain).await?;
    elsewhere::tell(&*store, &config, &domain, &known).await?;
    Ok(Exit::Done)
}

async fn carry_out(
    store: &dyn Store,
    config: &Config,
    domain: &CompanyDomain,
    args: &ForgetArgs,
) -> anyhow::Result<()> {
    let waiting = || {
        eprintln!("A paid call for it is under way; its answer is waited for, at most 30 seconds.");
    };
    let forgot = forget::forget(store, &SystemClock, domain, waiting).await?;
    println!(
        "\nForgotten: {domain}, since {}. Its name and results were removed from {} in {}; what they \
         cost stays in the ledger, without the name.",
        forgot.since.format("%Y-%m-%d"),
        counted(forgot.leads),
        config.database.shown(),
    );
    if forgot.mentions > 0 {
        println!(
            "Its name was removed from {} other entries that quoted it.",
            forgot.mentions
        );
    }
    if args.no_vacuum {
        println!(
            "The database\u{2019}s file was not made anew: parts of what was deleted may be in it."
        );
        return Ok(());
    }
    match store.scour().await {
        Ok(Scoured::Clean) => {}
        Ok(Scoured::LogInUse) => println!(
            "The write-ahead log beside the database is in use and holds what was there; call this \
             again, or stop warmsheet once."
        ),
        Ok(Scoured::UntilVacuumed) => println!(
            "PostgreSQL\u{2019}s files, log, archives and replicas keep deleted rows for a while; VACUUM FULL \
             makes the tables anew, and locks them meanwhile."
        ),
        Err(error) => println!(
            "The name is removed, but the database\u{2019}s file could not be made anew ({error}); call this \
             again."
        ),
    }
    Ok(())
}

fn tell(domain: &CompanyDomain, known: &Footprint) {
    if let Some(since) = known.since {
        println!("{domain} is forgotten since {}.", since.format("%Y-%m-%d"));
    }
    let named = known.leads.iter().filter(|lead| lead.named).count() as u64;
    let credits: i64 = known.leads.iter().map(|lead| lead.credits).sum();
    println!(
        "{domain}: {} here, of which {} still name{} it; {} credits ({}) were charged.",
        counted(known.leads.len() as u64),
        grouped(named),
        if named == 1 { "s" } else { "" },
        grouped(credits.unsigned_abs()),
        usd(credits),
    );
    let under_way = known
        .leads
        .iter()
        .filter(|lead| lead.status == Status::Waiting);
    match under_way.count() {
        0 => {}
        runs => println!(
            "{runs} of its runs {} under way and paid for: warmsheet serve waits for the end, and keeps \
             nothing of the result.",
            if runs == 1 { "is" } else { "are" }
        ),
    }
    if !known.subdomains.is_empty() {
        println!(
            "Companies of their own, not forgotten with it: {}.",
            known.subdomains.join(", ")
        );
    }
}

fn counted(leads: u64) -> String {
    match leads {
        1 => "1 lead".to_owned(),
        leads => format!("{} leads", grouped(leads)),
    }
}

async fn undo(store: &dyn Store, domain: &CompanyDomain, yes: bool) -> anyhow::Result<Exit> {
    let Some(since) = store.forgotten().await?.since(domain.as_str()) else {
        println!("{domain} is not forgotten; nothing was changed.");
        return Ok(Exit::Done);
    };
    let since = since.format("%Y-%m-%d");
    let question = format!(
        "{domain} was forgotten on {since}. Rows that come from now on may buy reports on it. Lift \
         that?"
    );
    if !yes && !agreed(&question)? {
        return Ok(Exit::NeedsApproval);
    }
    store.lift_stop(domain).await?;
    println!(
        "{domain} may be bought again. Nothing comes back: send its rows once more; those that \
         still stand in a sheet wait for your approval."
    );
    Ok(Exit::Done)
}

fn agreed(question: &str) -> anyhow::Result<bool> {
    let answer = confirm(question)?;
    match answer {
        Answer::Yes => {}
        Answer::No => eprintln!("Nothing was changed."),
        Answer::Nobody => {
            eprintln!("This needs a yes: {question} Nothing was changed; call again with --yes.");
        }
    }
    Ok(answer == Answer::Yes)
}
