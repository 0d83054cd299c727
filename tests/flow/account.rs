use chrono::TimeDelta;
use warmsheet::flow::{account, balance};
use warmsheet::lead::run::StartOutcome;

use super::scripted::{started, unknown};
use super::working::{Working, until_called};
use super::{Bench, later};

#[tokio::test(flavor = "multi_thread")]
async fn the_account_is_asked_every_four_hours_and_not_sooner() {
    let bench = Bench::new().await;
    bench.api.has_credits(4000);
    let working = Working::begin(&bench).await;
    later(&bench.clock, TimeDelta::seconds(5));
    // A start goes out once the account has answered, and only when the account is not due.
    let start = async |domain| {
        bench.api.will_start(StartOutcome::Invalid {
            message: "no".into(),
        });
        bench.add(domain).await;
    };
    start("acme.com").await;
    until_called(&bench.api, 1, 1).await;
    later(&bench.clock, TimeDelta::minutes(239));
    start("globex.com").await;
    until_called(&bench.api, 1, 2).await;
    later(&bench.clock, TimeDelta::minutes(1));
    until_called(&bench.api, 2, 2).await;
    working.end().await;
}

#[tokio::test]
async fn between_two_answers_what_was_spent_is_taken_off() {
    let bench = Bench::new().await;
    bench.api.has_credits(320);
    account::ask(&bench.flow).await.expect("asked");
    let low = async || balance::low(&*bench.flow.store).await.expect("read");
    assert_eq!(low().await, None);
    let mut leads = Vec::new();
    for n in 0..4 {
        leads.push(bench.add(&format!("company-{n}.com")).await);
    }
    assert_eq!(low().await, None, "eight reports for four leads");
    bench.api.will_start(started("company-0.com"));
    bench.start(leads[0]).await;
    for lead in &leads[1..3] {
        bench.api.will_start(unknown());
        bench.start(*lead).await;
    }
    assert_eq!(low().await, None, "five reports are left");
    bench.api.will_start(unknown());
    bench.start(leads[3]).await;
    let told = low().await.expect("low");
    assert_eq!((told.credits, told.top_up), (160, None));
}

#[tokio::test]
async fn where_to_top_up_is_remembered_from_the_last_refusal() {
    let bench = Bench::new().await;
    let attempt = bench.add("acme.com").await;
    let link = "https://www.citedy.com/billing".to_owned();
    bench.api.will_start(StartOutcome::OutOfCredits {
        message: "empty".into(),
        topup_url: Some(link.clone()),
    });
    bench.start(attempt).await;
    bench.api.has_credits(80);
    account::ask(&bench.flow).await.expect("asked");
    assert!(bench.store.pauses().await.expect("read").is_empty());
    let low = balance::low(&*bench.flow.store).await.expect("read");
    let low = low.expect("two reports are few");
    assert_eq!((low.credits, low.top_up), (80, Some(link)));
}

#[tokio::test]
async fn whether_the_balance_is_low_is_noted_with_each_answer() {
    let bench = Bench::new().await;
    let health = &bench.flow.health;
    for (credits, low) in [(4000, false), (160, true), (120, true), (4000, false)] {
        bench.api.has_credits(credits);
        account::ask(&bench.flow).await.expect("asked");
        assert!(!health.balance_is_low(low), "{credits}: noted already");
    }
}
