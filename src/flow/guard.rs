//! The spending guard: what stands between the queue and the next paid call.

use chrono::{DateTime, Days, NaiveTime, Utc};

use super::Flow;
use super::account::known_payer;
use super::ports::{LeadView, Pause, PauseKind, Payer, Spending, Store, StoreError};
use crate::lead::money::{CREDITS_PER_RUN, Limit};
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

#[cfg(test)]
impl Guard {
    /// Nothing stands in the way but the day's cap, of which so much is spent.
    pub fn under(daily_credits: Limit, today: i64) -> Guard {
        Guard {
            pauses: Vec::new(),
            spending: Spending {
                today,
                ..Spending::default()
            },
            daily_credits,
            payer: None,
            reopens: next_midnight(DateTime::UNIX_EPOCH),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(pauses: Vec<Pause>, today: i64) -> Guard {
        Guard {
            pauses,
            ..Guard::under(Limit::AtMost(2000), today)
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
