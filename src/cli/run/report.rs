use std::path::{Path, PathBuf};

use anyhow::Context;

use super::wait::Ended;
use crate::adapters::files::write_report_file;
use crate::app::App;
use crate::cli::exit::Exit;
use crate::flow::guard::{Guard, WaitsFor};
use crate::flow::ports::{LeadFilter, PauseKind, ReportFormat};
use crate::lead::Status;
use crate::lead::money::{grouped, usd};

/// What the report is written as, by its name; told before anything is paid.
pub fn format_of(output: &Path) -> anyhow::Result<ReportFormat> {
    let name = output.to_string_lossy();
    let format = ReportFormat::of_file(&name)
        .with_context(|| format!("{name} does not end in .xlsx, .csv or .json"))?;
    let folder = output
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        anyhow::ensure!(
            folder.is_dir(),
            "the folder {} does not exist",
            folder.display()
        );
    }
    Ok(format)
}

/// A report must not take the place of a list.
pub fn refuse_overwriting(inputs: &[PathBuf], output: &Path) -> anyhow::Result<()> {
    let Ok(output) = output.canonicalize() else {
        return Ok(());
    };
    let same = inputs
        .iter()
        .any(|input| input.canonicalize().is_ok_and(|input| input == output));
    anyhow::ensure!(
        !same,
        "{} is one of the lists; name another file for the report",
        output.display()
    );
    Ok(())
}

/// Writes the report; half a file never replaces a whole one.
pub async fn write(
    app: &App,
    filter: &LeadFilter,
    format: ReportFormat,
    output: &Path,
) -> anyhow::Result<()> {
    write_report_file(&*app.reports, filter, format, output)
        .await
        .with_context(|| {
            format!(
                "{} was not written; the results are stored, call again to write it",
                output.display()
            )
        })
}

/// The last words, and how the command ends.
pub async fn tell_summary(
    app: &App,
    filter: &LeadFilter,
    ended: Ended,
    output: &Path,
) -> anyhow::Result<Exit> {
    let flow = &app.flow;
    let counts = flow.store.counts(filter).await?;
    let guard = Guard::read(flow).await?;
    let credits = flow.store.credits(filter).await?;
    for (status, count) in &counts {
        eprintln!("{:>9}  {status}", grouped(*count));
    }
    if app.sandbox {
        eprintln!("These results are invented by the sandbox; nothing was charged.");
    } else {
        eprintln!(
            "{} credits ({}) for these rows; {} today",
            grouped(credits.unsigned_abs()),
            usd(credits),
            usd(guard.spending.today)
        );
    }
    eprintln!("Report: {}", output.display());
    let bad = counts
        .iter()
        .any(|(status, count)| *count > 0 && matches!(status, Status::Failed | Status::Parked));
    Ok(match ended {
        Ended::AllDone if bad => {
            eprintln!(
                "Some rows failed or need a look; \u{201c}Leads\u{201d} in an XLSX or JSON report says what to do."
            );
            Exit::SomeFailed
        }
        Ended::AllDone => Exit::Done,
        Ended::Interrupted => {
            eprintln!("Interrupted. Nothing is lost: the same command goes on from here.");
            Exit::Interrupted
        }
        Ended::OtherAccount(rows) => {
            eprintln!(
                "{} of these rows were started with another API key or address, and only that \
                 one can see their runs. Call again with it; nothing is bought twice.",
                grouped(rows)
            );
            Exit::Paused
        }
        Ended::Stuck(waits_for) => stuck(waits_for, &guard),
    })
}

const RESUME: &str =
    "Resume on the page or with `warmsheet db resume`; the same command goes on then.";

/// While a restored database waits for a person, nothing is approved here, `--yes` or not.
pub fn tell_restored(guard: &Guard) -> Exit {
    stuck(WaitsFor::Restored, guard)
}

fn stuck(waits_for: WaitsFor, guard: &Guard) -> Exit {
    let message = |kind| {
        let pause = guard.pauses.iter().find(|pause| pause.kind == kind);
        pause.map_or_else(String::new, |pause| match &pause.link {
            Some(link) => format!("{} Top up at {link}", pause.message),
            None => pause.message.clone(),
        })
    };
    match waits_for {
        WaitsFor::Cap => {
            eprintln!(
                "Today's cap is used; it opens again {}. The same command goes on then; \
                 --daily-credits raises the cap.",
                guard.reopens.format("%Y-%m-%d %H:%M UTC")
            );
            Exit::AtCap
        }
        WaitsFor::Balance => {
            eprintln!(
                "Out of credits. {} Then call again.",
                message(PauseKind::Credits)
            );
            Exit::Paused
        }
        WaitsFor::Key => {
            eprintln!("The API key is refused: {}", message(PauseKind::Key));
            Exit::Paused
        }
        WaitsFor::Restored => {
            eprintln!("{}. {RESUME}", message(PauseKind::Restored));
            Exit::Paused
        }
        WaitsFor::Moved => {
            eprintln!("This database was moved away; set DATABASE_URL to the new one.");
            Exit::Paused
        }
        WaitsFor::Pause | WaitsFor::Turn => {
            eprintln!("Paid calls are paused by a person; resume them on the page or by the API.");
            Exit::Paused
        }
    }
}
