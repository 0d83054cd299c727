//! Keeping an answer that may have cost money until the database has taken it.

use std::time::Duration;

use super::ports::StoreError;
use crate::lead::LeadId;

/// Whose answer is written: the log says so on every line.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    lead: Option<&'a LeadId>,
    run: Option<&'a str>,
}

impl<'a> About<'a> {
    /// No lead's, but the account's; or one known by number only.
    pub const ACCOUNT: About<'static> = About {
        lead: None,
        run: None,
    };

    pub fn lead(lead: &'a LeadId) -> Self {
        Self {
            lead: Some(lead),
            run: None,
        }
    }

    pub fn run(lead: &'a LeadId, run: &'a str) -> Self {
        Self {
            lead: Some(lead),
            run: Some(run),
        }
    }
}

/// Writes again and again while the database is unavailable (a full disk, say): what is being
/// written was paid for. Ends when it is stored, when somebody else was first, or when the
/// process is stopped; then the lead's stored state makes the next process ask again.
pub async fn persist<T, W, F>(
    what: &str,
    about: About<'_>,
    write: W,
) -> Result<Option<T>, StoreError>
where
    W: Fn() -> F,
    F: Future<Output = Result<T, StoreError>>,
{
    let (lead, run) = (about.lead.map(LeadId::as_str), about.run);
    let mut pause = Duration::from_millis(100);
    loop {
        match write().await {
            Ok(value) => return Ok(Some(value)),
            Err(StoreError::Stale) => {
                tracing::warn!(
                    lead,
                    run,
                    what,
                    "the lead had moved on; nothing was changed"
                );
                return Ok(None);
            }
            Err(StoreError::Unavailable(error)) => {
                tracing::error!(lead, run, what, %error, "could not be stored; will try again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            Err(other) => {
                tracing::error!(lead, run, what, error = %other, "could not be stored");
                return Err(other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_full_disk_is_outlasted() {
        let failures = std::cell::Cell::new(5);
        let stored = persist("answer", About::ACCOUNT, || async {
            if failures.get() == 0 {
                return Ok("stored");
            }
            failures.set(failures.get() - 1);
            Err(StoreError::Unavailable("disk full".into()))
        })
        .await;
        assert_eq!(stored.expect("no other fault"), Some("stored"));
    }

    #[tokio::test]
    async fn a_lead_that_moved_on_is_left_alone() {
        let stored: Option<()> = persist("answer", About::ACCOUNT, || async {
            Err(StoreError::Stale)
        })
        .await
        .expect("no fault");
        assert_eq!(stored, None);
    }
}
