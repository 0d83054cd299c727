//! Where a lead is and what to do, in plain words: one place for pages, API, files and the
//! command line.

use chrono::{DateTime, Days, NaiveTime, Utc};

use super::Flow;
use super::account::known_payer;
use super::ports::{LeadView, Pause, PauseKind, Payer, ReusedFrom, Spending, Store, StoreError};
use crate::lead::money::{CREDITS_PER_RUN, Limit, grouped, usd};
use crate::lead::{LeadId, Status};

/// The spending guard as it stands at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    pub pauses: Vec<Pause>,
    pub spending: Spending,
    pub daily_credits: Limit,
    /// The account that runs are bought with now, once it is known.
    pub payer: Option<Payer>,
    /// When the day's cap opens again: the next midnight, UTC.
    pub reopens: DateTime<Utc>,
}

/// What stands between a queued lead and its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// Nothing: it starts when the leads before it have.
    Turn,
    /// The next day.
    Cap,
    /// A person who resumes.
    Pause,
    /// The database that has taken the place of this one.
    Moved,
    /// A person who resumes after a restore.
    Restored,
    /// Credits on the account.
    Balance,
    /// A key that is accepted.
    Key,
}

impl WaitsFor {
    /// The machine's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            WaitsFor::Turn => "turn",
            WaitsFor::Cap => "cap",
            WaitsFor::Pause => "pause",
            WaitsFor::Moved => "moved",
            WaitsFor::Restored => "restored",
            WaitsFor::Balance => "balance",
            WaitsFor::Key => "key",
        }
    }
}

impl Guard {
    /// As it stands now.
    pub async fn read(flow: &Flow) -> Result<Guard, StoreError> {
        let now = flow.clock.now();
        let guard = Self::of_store(&*flow.store, flow.limits.daily_credits, now).await?;
        Ok(Guard {
            payer: known_payer(flow).await?,
            ..guard
        })
    }

    /// The same for those who only look into the database: the account stays unknown.
    pub async fn of_store(
        store: &dyn Store,
        daily_credits: Limit,
        now: DateTime<Utc>,
    ) -> Result<Guard, StoreError> {
        Ok(Guard {
            payer: None,
            pauses: store.pauses().await?,
            spending: store.spending(now.date_naive()).await?,
            daily_credits,
            reopens: next_midnight(now),
        })
    }

    /// A lead that was sent for another account is neither sent nor looked at for this one.
    pub fn is_foreign(&self, lead: &LeadView) -> bool {
        let under_way = matches!(lead.status, Status::Starting | Status::Waiting);
        under_way
            && lead
                .payer
                .as_ref()
                .zip(self.payer.as_ref())
                .is_some_and(|(lead, now)| lead != now)
    }

    /// The lead whose report a queued one waits for: it is being bought for the same company.
    pub fn same_report<'a>(&self, lead: &'a LeadView) -> Option<&'a LeadId> {
        let same = lead.same_report.as_ref()?;
        (self.payer.as_ref() == Some(&same.payer)).then_some(&same.lead)
    }

    /// What a queued lead waits for; of several things the one that a person would mend first.
    pub fn waits_for(&self) -> WaitsFor {
        let paused = |kind| self.pauses.iter().any(|pause| pause.kind == kind);
        if paused(PauseKind::Restored) {
            WaitsFor::Restored
        } else if paused(PauseKind::Moved) {
            WaitsFor::Moved
        } else if paused(PauseKind::Person) {
            WaitsFor::Pause
        } else if paused(PauseKind::Key) {
            WaitsFor::Key
        } else if paused(PauseKind::Credits) {
            WaitsFor::Balance
        } else if self.cap_reached() {
            WaitsFor::Cap
        } else {
            WaitsFor::Turn
        }
    }

    /// The same for one lead, whose batch may pass the cap.
    pub fn lead_waits_for(&self, lead: &LeadView) -> WaitsFor {
        match self.waits_for() {
            WaitsFor::Cap if lead.cap_lifted => WaitsFor::Turn,
            waits_for => waits_for,
        }
    }

    /// The day's cap has no room for another run.
    pub fn cap_reached(&self) -> bool {
        !self
            .daily_credits
            .allows(self.spending.today + CREDITS_PER_RUN)
    }
}

fn next_midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    (now.date_naive() + Days::new(1))
        .and_time(NaiveTime::MIN)
        .and_utc()
}

/// A lead's state as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// "Queued", "Finding contacts", "Blocked: …"
    pub status: String,
    /// What to do, or what happens next; may be empty.
    pub message: String,
    /// The machine's word: what a queued lead waits for, else the stored reason.
    pub reason: String,
}

/// Tells one lead's story.
pub fn tell(lead: &LeadView, guard: &Guard) -> Story {
    let (status, message) = match lead.status {
        _ if guard.is_foreign(lead) => (
            "Waiting for another Citedy account".to_owned(),
            "It was started with another API key or address, and only that one can see its run. \
             Switch back to it, and the report comes without another charge"
                .to_owned(),
        ),
        Status::Held => ("Waiting for approval".to_owned(), held(&lead.reason)),
        Status::Queued => queued(lead, guard),
        Status::Starting if lead.reason.is_empty() => ("Starting".to_owned(), String::new()),
        Status::Starting => (
            "Starting, not confirmed yet".to_owned(),
            format!(
                "{}. Asking again with the same key, which cannot charge twice",
                lead.reason
            ),
        ),
        Status::Waiting => (
            run_status_words(lead.run_status.as_deref()).to_owned(),
            lead.reason.clone(),
        ),
        Status::Completed => ("Done".to_owned(), "The report is ready".to_owned()),
        Status::Reused => reused(lead.reused_from.as_ref()),
        Status::Blocked => (
            labelled("Blocked", &lead.reason),
            "Citedy could not report on this company. Retry buys a new attempt".to_owned(),
        ),
        Status::Failed => (
            labelled("Failed", &lead.reason),
            "Retry buys a new attempt".to_owned(),
        ),
        Status::Rejected => (
            format!("Invalid: {}", lead.reason),
            "Nothing was charged for it. Mend the row and send it again".to_owned(),
        ),
        Status::Parked => ("Needs a look".to_owned(), lead.reason.clone()),
        Status::Cancelled => (
            "Cancelled".to_owned(),
            "This attempt was not charged. Approve it to start it after all".to_owned(),
        ),
    };
    let reason = match lead.status {
        Status::Queued => match guard.same_report(lead) {
            Some(first) => format!("same as {first}"),
            None => guard.lead_waits_for(lead).as_str().to_owned(),
        },
        _ => lead.reason.clone(),
    };
    Story {
        status,
        message,
        reason,
    }
}

fn reused(from: Option<&ReusedFrom>) -> (String, String) {
    let status = from.map_or_else(
        || "Reused".to_owned(),
        |from| {
            format!(
                "Reused: reported on {} as {}",
                from.reported_at.format("%-d %B %Y"),
                from.lead
            )
        },
    );
    (status, "0 credits. Retry buys a new report".to_owned())
}

fn held(reason: &str) -> String {
    let price = usd(CREDITS_PER_RUN);
    match reason {
        "" => format!("Approve it to spend {price}, or cancel it"),
        why => format!("{why}. Approve it to spend up to {price}, or cancel it"),
    }
}

fn queued(lead: &LeadView, guard: &Guard) -> (String, String) {
    if let Some(first) = guard.same_report(lead) {
        return (
            format!("Queued: same as {first}"),
            format!(
                "The same report is being bought for {first} and will serve here at no cost; \
                 should that fail, this one starts"
            ),
        );
    }
    let pause = |kind| guard.pauses.iter().find(|pause| pause.kind == kind);
    match guard.lead_waits_for(lead) {
        WaitsFor::Pause => ("Paused".to_owned(), "Resume to start it".to_owned()),
        WaitsFor::Moved => (
            "Moved: this database was moved away".to_owned(),
            "Set DATABASE_URL to the new one".to_owned(),
        ),
        WaitsFor::Restored => (
            "Paused: restored from a back-up".to_owned(),
            "Resume to start it, once you know that it was not bought since the back-up".to_owned(),
        ),
        WaitsFor::Key => (
            "Paused: the API key is refused".to_owned(),
            pause(PauseKind::Key)
                .map(|p| p.message.clone())
                .unwrap_or_default(),
        ),
        WaitsFor::Balance => {
            let link = pause(PauseKind::Credits).and_then(|p| p.link.clone());
            let at = link.map_or_else(String::new, |link| format!(", top up at {link}"));
            (
                format!("Paused: out of credits{at}"),
                "Starts by itself once there are credits again".to_owned(),
            )
        }
        WaitsFor::Cap => (
            "Waiting for tomorrow's budget, or raise it".to_owned(),
            format!(
                "Today's cap of {} credits has no room for another report; it opens again {}. \
                 Raise WARMSHEET_DAILY_CREDITS to go on sooner",
                guard
                    .daily_credits
                    .at_most()
                    .map_or_else(String::new, |cap| grouped(cap.unsigned_abs())),
                guard.reopens.format("%Y-%m-%d %H:%M UTC")
            ),
        ),
        WaitsFor::Turn => ("Queued".to_owned(), lead.reason.clone()),
    }
}

fn labelled(label: &str, reason: &str) -> String {
    if reason.is_empty() {
        label.to_owned()
    } else {
        format!("{label}: {reason}")
    }
}

/// Citedy's run states as words; a state that is not published is still under way.
fn run_status_words(status: Option<&str>) -> &'static str {
    match status {
        Some("signals_running") => "Reading signals",
        Some("contacts_running") => "Finding contacts",
        Some("drafting_running") => "Writing drafts",
        Some("queued") | None => "Started",
        Some(_) => "Working",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(pauses: Vec<Pause>, today: i64) -> Guard {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        Guard {
            pauses,
            spending: Spending {
                today,
                ..Spending::default()
            },
            daily_credits: Limit::AtMost(2000),
            payer: None,
            reopens: next_midnight(now),
        }
    }

    fn pause(kind: PauseKind) -> Pause {
        Pause {
            kind,
            message: String::new(),
            link: None,
            since: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_cap_is_named_when_no_whole_run_fits() {
        assert_eq!(guard(vec![], 1960).waits_for(), WaitsFor::Turn);
        assert_eq!(guard(vec![], 1961).waits_for(), WaitsFor::Cap);
    }

    #[test]
    fn what_a_person_must_lift_is_named_before_what_ends_by_itself() {
        let both = vec![pause(PauseKind::Credits), pause(PauseKind::Person)];
        assert_eq!(guard(both, 2000).waits_for(), WaitsFor::Pause);
    }

    #[test]
    fn a_restore_is_named_before_every_other_pause() {
        let all = PauseKind::ALL.map(pause).to_vec();
        assert_eq!(guard(all, 2000).waits_for(), WaitsFor::Restored);
    }

    #[test]
    fn a_database_that_was_moved_away_does_not_ask_to_be_resumed() {
        let both = vec![pause(PauseKind::Person), pause(PauseKind::Moved)];
        assert_eq!(guard(both, 0).waits_for(), WaitsFor::Moved);
    }
}
