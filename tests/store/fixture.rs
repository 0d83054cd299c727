use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;
use warmsheet::flow::ports::{
    AttemptRef, Begin, Ended, HoldRule, LeadFilter, LeadView, LeaseTerm, NewBatch, NewLead, Parsed,
    Payer, RunTime, Sent, Source, StartOrder, StartTerms, Store,
};
use warmsheet::lead::money::Limit;
use warmsheet::lead::run::RunSnapshot;
use warmsheet::lead::{Cell, CompanyDomain, FlatRow, LeadId, RequestOptions, Status};

use crate::support::postgres::{self, Postgres};
use crate::support::{flow, store};

/// An empty store on one of the engines, with a lease on its key.
pub struct Fixture {
    pub store: Arc<dyn Store>,
    pub lease: LeaseTerm,
    pub place: Place,
}

/// Where a store keeps its data.
pub enum Place {
    File(TempDir),
    Database {
        url: String,
        /// The server, if it is this test's own.
        _cluster: Option<Box<Postgres>>,
    },
}

impl Place {
    /// Opens the store there, as one more instance.
    pub async fn open(&self) -> Arc<dyn Store> {
        match self {
            Place::File(folder) => Arc::new(store::sqlite(folder.path()).await),
            Place::Database { url, .. } => Arc::new(store::postgres(url).await),
        }
    }
}

impl Fixture {
    pub async fn sqlite() -> Self {
        Self::at(Place::File(TempDir::new().expect("a folder"))).await
    }

    pub async fn postgres() -> Self {
        let (cluster, url) = postgres::database().await;
        Self::at(Place::Database {
            url,
            _cluster: cluster.map(Box::new),
        })
        .await
    }

    async fn at(place: Place) -> Self {
        let store = place.open().await;
        let lease = store.take_lease("agent:test", "test", TimeDelta::minutes(5));
        let lease = lease.await.expect("a database").expect("a free lease");
        Self {
            store,
            lease,
            place,
        }
    }

    /// Accepts these leads and answers their attempts.
    pub async fn accept(&self, batch: NewBatch) -> Vec<AttemptRef> {
        let accepted = self.store.accept(batch, at(0)).await.expect("accepted");
        let first = |seq| AttemptRef {
            lead: seq,
            number: 1,
        };
        let leads = accepted.leads.iter();
        leads.map(|lead| first(lead.seq)).collect()
    }

    /// Accepts one lead of the API.
    pub async fn add(&self, domain: &str) -> AttemptRef {
        self.accept(api_batch(&[domain])).await[0]
    }

    pub async fn begin(&self, attempt: AttemptRef, cap: Limit, minute: i64) -> Begin {
        self.look_up().await;
        let now = at(minute);
        let terms = StartTerms {
            daily_credits: cap,
            answered_by: now,
            trusted_since: now - TimeDelta::days(1),
            ..terms(&self.lease)
        };
        let begun = self.store.begin_start(attempt, &terms, now);
        begun.await.expect("a database")
    }

    /// Looks for stored reports, as comes before every choice of the next lead.
    pub async fn look_up(&self) {
        let rule = terms(&self.lease).reuse_rule();
        let looked = self.store.look_up(&rule, None, 1000, at(0)).await;
        looked.expect("a database");
    }

    /// Begins a paid call that must be allowed.
    pub async fn order(&self, attempt: AttemptRef) -> StartOrder {
        match self.begin(attempt, Limit::Unlimited, 0).await {
            Begin::Send(order) => *order,
            other => panic!("not sent: {other:?}"),
        }
    }

    pub async fn send(&self, attempt: AttemptRef) -> Sent {
        self.order(attempt).await.sent()
    }

    /// Starts a lead whose run is known from then on and looked at in a minute.
    pub async fn start(&self, attempt: AttemptRef, run_id: &str) {
        self.send(attempt).await;
        let run = run(run_id, json!({}));
        let recorded = self.store.record_started(attempt, &run, at(1), at(0));
        recorded.await.expect("recorded");
    }

    /// Ends a started lead's run with these rows.
    pub async fn end(&self, attempt: AttemptRef, run_id: &str, rows: Vec<FlatRow>, minute: i64) {
        let run = run(run_id, json!({"status": "completed"}));
        let ended = Ended {
            status: Status::Completed,
            run: &run,
            rows,
            reason: String::new(),
            time: a_minute(),
        };
        let recorded = self.store.record_end(attempt, ended, at(minute));
        recorded.await.expect("recorded");
    }

    pub async fn view(&self, attempt: AttemptRef) -> LeadView {
        let filter = LeadFilter {
            seqs: Some(vec![attempt.lead]),
            ..LeadFilter::default()
        };
        let leads = self.store.oldest_leads(&filter, 0, 1).await;
        leads.expect("read").pop().expect("the lead")
    }

    pub async fn status(&self, attempt: AttemptRef) -> Status {
        self.view(attempt).await.status
    }
}

/// So many minutes after noon.
pub fn at(minute: i64) -> DateTime<Utc> {
    let noon: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().expect("a time");
    noon + TimeDelta::minutes(minute)
}

pub fn payer() -> Payer {
    flow::payer("agent-1")
}

/// What a paid call is checked against where nothing stands in its way.
pub fn terms(lease: &LeaseTerm) -> StartTerms {
    StartTerms {
        lease: lease.clone(),
        payer: payer(),
        daily_credits: Limit::Unlimited,
        answered_by: at(0),
        trusted_since: at(-60),
        reusable_since: None,
    }
}

pub fn new_lead(domain: &str) -> NewLead {
    let parsed = match CompanyDomain::parse(domain) {
        Ok(domain) => Parsed::Good(domain, RequestOptions::default()),
        Err(error) => Parsed::Bad(error.to_string()),
    };
    NewLead {
        id: LeadId::random(),
        input: domain.to_owned(),
        row: None,
        source_key: None,
        external: None,
        deliver_to: None,
        force: false,
        parsed,
        forgotten: None,
    }
}

/// The row of a list, known again by its key.
pub fn row_of(scope: &str, domain: &str) -> NewLead {
    NewLead {
        source_key: Some(format!("{scope}\u{1f}{domain}\u{1f}1")),
        ..new_lead(domain)
    }
}

pub fn batch(source: Source, name: &str, leads: Vec<NewLead>) -> NewBatch {
    NewBatch {
        source,
        source_name: name.to_owned(),
        hold: HoldRule::Never,
        leads,
    }
}

pub fn api_batch(domains: &[&str]) -> NewBatch {
    let leads = domains.iter().map(|domain| new_lead(domain)).collect();
    batch(Source::Api, "", leads)
}

pub fn run(id: &str, more: Value) -> RunSnapshot {
    let mut run = json!({"id": id, "status": "queued", "credits_charged": 40});
    for (key, value) in more.as_object().into_iter().flatten() {
        run[key] = value.clone();
    }
    RunSnapshot::from_json(run).expect("a run")
}

pub fn row(cells: &[(&str, &str)]) -> FlatRow {
    let cell = |(key, text): &(&str, &str)| {
        let text = Cell::Text((*text).to_owned().into());
        ((*key).to_owned(), text)
    };
    FlatRow {
        cells: cells.iter().map(cell).collect(),
    }
}

/// What a run took that no webhook had named.
pub fn a_minute() -> Option<RunTime> {
    Some(RunTime {
        took: TimeDelta::minutes(1),
        named: false,
    })
}
