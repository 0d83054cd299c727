use futures_util::future::join_all;
use warmsheet::flow::ports::{
    AttemptRef, Begin, LeaseTerm, Pause, PauseKind, Payer, Source, StartTerms,
};
use warmsheet::lead::money::Limit;
use warmsheet::lead::{Decision, Status};

use crate::fixture::{Fixture, api_batch, at, batch, new_lead, payer, terms};
use crate::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_starts_at_once_as_many_are_sent_as_the_cap_has_room_for() {
    on_both(async |fixture| {
        let leads = (0..50).map(|n| new_lead(&format!("company-{n}.com")));
        let leads = fixture
            .accept(batch(Source::Api, "", leads.collect()))
            .await;
        let starts = leads
            .iter()
            .map(|lead| fixture.begin(*lead, Limit::AtMost(400), 0));
        let begun = join_all(starts).await;
        let sent = begun.iter().filter(|begun| matches!(begun, Begin::Send(_)));
        assert_eq!(sent.count(), 10);
        let others = begun
            .iter()
            .filter(|begun| matches!(begun, Begin::CapReached));
        assert_eq!(others.count(), 40);
        let spending = fixture
            .store
            .spending(at(0).date_naive())
            .await
            .expect("read");
        assert_eq!((spending.today, spending.reserved), (400, 400));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_starts_of_one_lead_at_once_each_is_another_send_of_the_same_key() {
    on_both(async |fixture| {
        let lead = fixture.add("acme.com").await;
        let orders = join_all((0..10).map(|_| fixture.order(lead))).await;
        let mut sends: Vec<i64> = orders.iter().map(|order| order.sends).collect();
        sends.sort_unstable();
        assert_eq!(sends, (1..=10).collect::<Vec<_>>());
        assert!(orders.iter().all(|order| order.key == orders[0].key));
        let spending = fixture
            .store
            .spending(at(0).date_naive())
            .await
            .expect("read");
        assert_eq!(spending.today, 40, "one reservation");
    })
    .await;
}

fn word(begun: &Begin) -> &'static str {
    match begun {
        Begin::Send(_) => "send",
        Begin::Paused => "paused",
        Begin::CapReached => "cap",
        Begin::OtherPayer => "other payer",
        Begin::Outdated => "outdated",
        Begin::LeaseLost => "lease lost",
        Begin::SameUnderWay => "same under way",
        Begin::Reported => "reported",
        Begin::Gone => "gone",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_call_is_made_only_when_nothing_stands_against_it() {
    let words = on_both(async |fixture| {
        let leads = fixture.accept(api_batch(&["a-one.com", "a-two.com"])).await;
        let begin = async |lead: AttemptRef, cap: i64| {
            word(&fixture.begin(lead, Limit::AtMost(cap), 0).await)
        };
        let mut words = vec![begin(leads[0], 39).await];
        fixture
            .store
            .set_pause(&pause(PauseKind::Person))
            .await
            .expect("stored");
        words.push(begin(leads[0], 80).await);
        assert!(
            fixture
                .store
                .clear_pause(PauseKind::Person)
                .await
                .expect("stored")
        );
        // The cap may be reached, not passed; a resend needs no more room.
        words.push(begin(leads[0], 40).await);
        words.push(begin(leads[1], 79).await);
        words.push(begin(leads[0], 40).await);
        words.push(begin(leads[0], 39).await);
        words.push(word(&begin_for(fixture, leads[0], "agent-2").await));
        words.push(word(
            &fixture.begin(leads[0], Limit::Unlimited, 25 * 60).await,
        ));
        let next = AttemptRef {
            number: 2,
            ..leads[1]
        };
        words.push(begin(next, 80).await);
        words
    })
    .await;
    let expected = [
        "cap",
        "paused",
        "send",
        "cap",
        "send",
        "cap",
        "other payer",
        "outdated",
        "gone",
    ];
    assert_eq!(words, expected);
}

async fn begin_for(fixture: &Fixture, attempt: AttemptRef, agent: &str) -> Begin {
    let other = Payer {
        agent: agent.to_owned(),
        ..payer()
    };
    let terms = StartTerms {
        payer: other,
        ..terms(&fixture.lease)
    };
    let begun = fixture.store.begin_start(attempt, &terms, at(0));
    begun.await.expect("a database")
}

fn pause(kind: PauseKind) -> Pause {
    Pause {
        kind,
        message: "stop".to_owned(),
        link: None,
        since: at(0),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_cap_was_lifted_starts_and_goes_first() {
    on_both(async |fixture| {
        let plain = fixture.add("acme.com").await;
        let lifted = fixture.accept(api_batch(&["a-one.com", "a-two.com"])).await;
        let view = fixture.view(lifted[0]).await;
        let decided = fixture
            .store
            .decide_batch(&view.batch, Decision::Approve, true, at(0));
        decided.await.expect("decided");
        fixture.look_up().await;
        let queued = async |only: Option<&[i64]>, busy: &[i64]| {
            let queued = fixture
                .store
                .queued(&payer(), only, busy, 10)
                .await
                .expect("read");
            let leads = queued.into_iter().map(|lead| lead.attempt);
            leads.collect::<Vec<_>>()
        };
        assert_eq!(queued(None, &[]).await, lifted);
        assert_eq!(queued(None, &[lifted[0].lead]).await, [lifted[1]]);
        assert_eq!(queued(Some(&[plain.lead]), &[]).await, [plain]);
        assert_eq!(queued(Some(&[]), &[]).await, []);
        assert_eq!(
            queued(None, &[lifted[0].lead, lifted[1].lead]).await,
            [plain]
        );
        let none = Limit::AtMost(0);
        assert!(matches!(
            fixture.begin(plain, none, 0).await,
            Begin::CapReached
        ));
        assert!(matches!(
            fixture.begin(lifted[0], none, 0).await,
            Begin::Send(_)
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_lease_begins_nothing() {
    on_both(async |fixture| {
        let lead = fixture.add("acme.com").await;
        for term in [
            LeaseTerm {
                token: fixture.lease.token - 1,
                ..fixture.lease.clone()
            },
            LeaseTerm {
                name: "agent:other".to_owned(),
                ..fixture.lease.clone()
            },
        ] {
            let store = &fixture.store;
            let terms = terms(&term);
            let begun = store.begin_start(lead, &terms, at(0));
            assert!(matches!(begun.await.expect("read"), Begin::LeaseLost));
        }
        assert_eq!(fixture.status(lead).await, Status::Queued);
    })
    .await;
}
