//! What a preview says of leads that nobody has sent is what becomes of them.

use chrono::TimeDelta;
use warmsheet::flow::ports::{
    Decided, LeadFilter, NewLead, Parsed, Payer, ReportKey, ReuseRule, Serves, Source,
};
use warmsheet::lead::{CompanyDomain, Decision, RawOptions, RequestOptions, Status};

use crate::fixture::{Fixture, api_batch, at, batch, new_lead, payer};
use crate::on_both;

fn rule(days: Option<i64>) -> ReuseRule {
    ReuseRule {
        payer: payer(),
        since: days.map(|days| at(60) - TimeDelta::days(days)),
    }
}

fn options(drafts: &str) -> RequestOptions {
    let raw = RawOptions {
        drafts: (!drafts.is_empty()).then(|| drafts.to_owned()),
        ..RawOptions::default()
    };
    RequestOptions::parse(&raw).expect("options")
}

fn lead(domain: &str, drafts: &str) -> NewLead {
    let parsed = CompanyDomain::parse(domain).expect("a domain");
    NewLead {
        parsed: Parsed::Good(parsed, options(drafts)),
        ..new_lead(domain)
    }
}

fn key(domain: &str, drafts: &str) -> ReportKey {
    ReportKey {
        domain: domain.to_owned(),
        options_key: options(drafts).key(),
    }
}

/// Leads in every state that matters, each for a company of its own.
async fn filled(fixture: &Fixture) {
    let domains = [
        "stored.com",
        "other.com",
        "under-way.com",
        "cancelled.com",
        "queued.com",
    ];
    let leads = fixture.accept(api_batch(&domains)).await;
    for (n, domain) in [(0, "stored.com"), (1, "other.com"), (2, "under-way.com")] {
        fixture.start(leads[n], &format!("run-{domain}")).await;
    }
    fixture
        .end(leads[0], "run-stored.com", Vec::new(), 10)
        .await;
    fixture.end(leads[1], "run-other.com", Vec::new(), 10).await;
    let id = fixture.view(leads[3]).await.id;
    let decided = fixture.store.decide(&id, Decision::Cancel, false, at(11));
    assert!(matches!(decided.await, Ok(Decided::Done { .. })));
}

/// Every company with either set of options: what is said, and what the store then does.
async fn said_and_done(fixture: &Fixture, rule: &ReuseRule) -> Vec<(String, bool, Status)> {
    let domains = [
        "stored.com",
        "other.com",
        "under-way.com",
        "cancelled.com",
        "queued.com",
        "new.com",
    ];
    let asked: Vec<(&str, &str)> = domains
        .iter()
        .flat_map(|domain| ["", "3", "1"].map(|drafts| (*domain, drafts)))
        .collect();
    let keys: Vec<ReportKey> = asked
        .iter()
        .map(|(domain, drafts)| key(domain, drafts))
        .collect();
    let said = fixture
        .store
        .would_serve(&keys, rule, at(60))
        .await
        .expect("read");
    assert_eq!(said.len(), keys.len());
    let leads = asked
        .iter()
        .map(|(domain, drafts)| lead(domain, drafts))
        .collect();
    let accepted = fixture
        .store
        .accept(batch(Source::Form, "", leads), at(60))
        .await;
    let seqs = accepted.expect("accepted").new_seqs();
    let looked = fixture
        .store
        .look_up(rule, Some(&seqs), 1_000, at(60))
        .await;
    looked.expect("looked up");
    let filter = LeadFilter {
        seqs: Some(seqs),
        ..LeadFilter::default()
    };
    let views = fixture
        .store
        .oldest_leads(&filter, 0, 1_000)
        .await
        .expect("read");
    asked
        .iter()
        .zip(said)
        .zip(views)
        .map(|(((domain, drafts), said), view)| {
            if let Some(Serves::Stored { lead, reported_at }) = &said {
                let from = view.reused_from.as_ref().expect("a report");
                assert_eq!((&from.lead, from.reported_at), (lead, *reported_at));
            }
            let stored = matches!(said, Some(Serves::Stored { .. }));
            assert_eq!(
                stored,
                view.status == Status::Reused,
                "{domain} {drafts}: {said:?}"
            );
            // What it would wait for stands for what it does wait for.
            if let Some(same) = view.same_report.filter(|same| same.payer == rule.payer) {
                assert_eq!(said, Some(Serves::UnderWay { lead: same.lead }));
            }
            (format!("{domain} {drafts}"), said.is_some(), view.status)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_be_reused_is_reused_and_nothing_else() {
    for days in [Some(30), Some(0), None] {
        let seen = on_both(async |fixture| {
            filled(fixture).await;
            said_and_done(fixture, &rule(days)).await
        })
        .await;
        let served = |name: &str| seen.iter().any(|(seen, said, _)| seen == name && *said);
        assert_eq!(served("stored.com "), days == Some(30), "{days:?}");
        assert_eq!(
            served("stored.com 3"),
            days == Some(30),
            "defaults spelt out: {days:?}"
        );
        assert!(!served("stored.com 1"), "other options");
        assert!(served("under-way.com "), "it is being bought");
        assert!(served("queued.com "), "it is bought before");
        assert!(!served("cancelled.com ") && !served("new.com "));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_another_account_serve_nobody() {
    on_both(async |fixture| {
        filled(fixture).await;
        let other = ReuseRule {
            payer: Payer {
                agent: "agent-2".to_owned(),
                ..payer()
            },
            ..rule(Some(30))
        };
        let seen = said_and_done(fixture, &other).await;
        // What is only queued is bought by whoever has the key then.
        let queued = |name: &str| name.starts_with("queued.com") && !name.ends_with('1');
        let right = |(name, said, _): &(String, bool, Status)| *said == queued(name);
        assert!(seen.iter().all(right), "{seen:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_are_answered_in_their_order() {
    on_both(async |fixture| {
        filled(fixture).await;
        let mut keys: Vec<ReportKey> = (0..4_500)
            .map(|n| key(&format!("company-{n}.com"), ""))
            .collect();
        for place in [0, 1_999, 2_000, 4_400] {
            keys[place] = key("stored.com", "");
        }
        let said = fixture
            .store
            .would_serve(&keys, &rule(Some(30)), at(60))
            .await;
        let said = said.expect("read").into_iter().enumerate();
        let places: Vec<usize> = said
            .filter_map(|(place, said)| said.map(|_| place))
            .collect();
        assert_eq!(places, [0, 1_999, 2_000, 4_400]);
    })
    .await;
}
