//! What people ask Citedy for through us: each answer, how long it lasts, and what it teaches.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;
use warmsheet::flow::Lesson;
use warmsheet::flow::errand::{self, WebhookState};
use warmsheet::flow::ports::{
    Errand, ErrandBody, Payer, ReportFormat, WebhookDelivery, WebhookEndpoint,
};
use warmsheet::lead::run::ApiFault;

use super::{Bench, later};

const DEADLINE: Duration = Duration::from_secs(120);

fn export() -> Errand {
    Errand::Export {
        format: ReportFormat::Csv,
        run_id: "run-1".to_owned(),
    }
}

impl Bench {
    /// The account of the key is known.
    async fn known(self) -> Self {
        let (origin, fingerprint) = (
            self.flow.citedy.origin(),
            self.flow.citedy.key_fingerprint(),
        );
        let told = self.store.remember_agent(&origin, &fingerprint, "agent-1");
        told.await.expect("stored");
        self
    }

    fn will_export(&self, answer: Result<&str, ApiFault>) {
        let answer = answer.map(|text| text.as_bytes().to_vec());
        let mut exports = self.api.exports.lock().expect("the script");
        exports.push_back(answer);
    }

    fn exported(&self) -> usize {
        self.api.exported.lock().expect("the exports").len()
    }

    /// Does what is open, as the dispatcher does; answers what was learnt.
    async fn do_errands(&self) -> Vec<Lesson> {
        let mut lessons = Vec::new();
        let open = errand::open(&self.flow, &self.payer, 9)
            .await
            .expect("read");
        for errand in open {
            let lesson = errand::run_errand(&self.flow, &errand, &self.payer).await;
            lessons.push(lesson.expect("recorded"));
        }
        lessons
    }

    async fn wait(&self, within: Duration) -> Option<Result<ErrandBody, String>> {
        let (_sender, changes) = watch::channel(0);
        errand::wait_for(&self.flow, &export(), &self.payer, changes, within)
            .await
            .expect("read")
    }

    /// Waits for an export while its question is answered as soon as it is open.
    async fn fetch(&self) -> Result<String, String> {
        let doing = async {
            while errand::open(&self.flow, &self.payer, 9)
                .await
                .expect("read")
                .is_empty()
            {
                tokio::task::yield_now().await;
            }
            self.do_errands().await
        };
        let (answer, _) = tokio::join!(self.wait(DEADLINE), async {
            let _ = tokio::time::timeout(DEADLINE, doing).await;
        });
        let body = answer.expect("an answer in time")?;
        Ok(String::from_utf8(body.bytes).expect("text"))
    }

    async fn webhook_state(&self) -> Option<WebhookState> {
        errand::webhook_state(&self.flow).await.expect("read")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_asked_for_once_and_then_served_for_a_day() {
    let bench = Bench::new().await;
    bench.will_export(Ok("one"));
    assert_eq!(bench.fetch().await.as_deref(), Ok("one"));
    later(&bench.clock, TimeDelta::hours(23));
    let again = bench.wait(Duration::ZERO).await.expect("at once");
    assert_eq!(again.map(|body| body.bytes), Ok(b"one".to_vec()));
    assert_eq!(bench.exported(), 1);
    later(&bench.clock, TimeDelta::hours(2));
    bench.will_export(Ok("two"));
    assert_eq!(bench.fetch().await.as_deref(), Ok("two"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_and_the_next_who_asks_asks_anew() {
    let bench = Bench::new().await;
    for (fault, words) in [
        (
            ApiFault::NotFound,
            "Citedy does not know this run any more (404)",
        ),
        (
            ApiFault::Failed {
                why: "no answer in time".to_owned(),
            },
            "Citedy could not be asked: no answer in time",
        ),
        (
            ApiFault::Refused {
                status: 409,
                message: "the run has no result".to_owned(),
            },
            "Citedy refuses the request (409): the run has no result",
        ),
    ] {
        bench.will_export(Err(fault));
        assert_eq!(bench.fetch().await, Err(words.to_owned()));
        later(&bench.clock, TimeDelta::seconds(1));
    }
    bench.will_export(Ok("at last"));
    assert_eq!(bench.fetch().await.as_deref(), Ok("at last"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_teaches_what_it_teaches_of_other_requests() {
    let bench = Bench::new().await;
    let wait = Duration::from_secs(7);
    for (answer, lesson) in [
        (Ok("fine"), Lesson::Fine),
        (Err(ApiFault::NotFound), Lesson::Fine),
        (
            Err(ApiFault::Failed {
                why: "no".to_owned(),
            }),
            Lesson::Trouble,
        ),
        (
            Err(ApiFault::RateLimited { retry_after: wait }),
            Lesson::SlowDown(wait),
        ),
    ] {
        bench.will_export(answer);
        let learnt = errand::run_errand(&bench.flow, &export(), &bench.payer).await;
        assert_eq!(learnt.expect("recorded"), lesson);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_429_leaves_the_question_open() {
    let bench = Bench::new().await;
    assert_eq!(bench.wait(Duration::ZERO).await, None);
    bench.will_export(Err(ApiFault::RateLimited {
        retry_after: Duration::from_secs(7),
    }));
    bench.do_errands().await;
    bench.will_export(Ok("later"));
    assert_eq!(bench.do_errands().await, [Lesson::Fine]);
    assert_eq!(bench.exported(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_the_key_may_not_use_is_told_and_stops_nothing() {
    let bench = Bench::new().await;
    bench.will_export(Err(ApiFault::KeyRefused {
        message: "unknown key".to_owned(),
    }));
    let words = "Citedy refuses the API key (401): unknown key";
    assert_eq!(bench.fetch().await, Err(words.to_owned()));
    assert_eq!(bench.store.pauses().await.expect("read"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_to_which_nobody_listens_any_more_is_not_passed_on() {
    let bench = Bench::new().await;
    assert_eq!(bench.wait(Duration::ZERO).await, None);
    let other = Payer {
        agent: "agent-2".to_owned(),
        ..bench.payer.clone()
    };
    let open = async |payer| errand::open(&bench.flow, payer, 9).await.expect("read");
    assert_eq!(open(&bench.payer).await, [export()]);
    assert_eq!(open(&other).await, []);
    later(&bench.clock, errand::LISTENED_FOR + TimeDelta::seconds(1));
    assert_eq!(open(&bench.payer).await, []);
    assert_eq!(bench.wait(Duration::ZERO).await, None);
    assert_eq!(open(&bench.payer).await, [export()], "asked once more");
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_asked_for_in_two_requests_and_not_again_within_ten_minutes() {
    let bench = Bench::new().await.known().await;
    let refresh = async || {
        let asked = errand::refresh_webhooks(&bench.flow).await;
        asked.expect("stored");
        bench.do_errands().await.len()
    };
    assert_eq!(bench.webhook_state().await, None);
    let endpoint = WebhookEndpoint {
        id: "w1".to_owned(),
        url: "https://leads.example.com/webhooks/citedy".to_owned(),
        enabled: Some(true),
        ..WebhookEndpoint::default()
    };
    let delivery = WebhookDelivery {
        status: Some("dead_lettered".to_owned()),
        attempts: Some(6),
        last_error: Some("answered 503".to_owned()),
        ..WebhookDelivery::default()
    };
    let script = |endpoints, deliveries| {
        bench
            .api
            .webhooks
            .lock()
            .expect("the script")
            .push_back(endpoints);
        bench
            .api
            .deliveries
            .lock()
            .expect("the script")
            .push_back(deliveries);
    };
    script(Ok(vec![endpoint.clone()]), Ok(vec![delivery.clone()]));
    assert_eq!(refresh().await, 2, "a request each");
    let told_at = bench.clock.get();
    let state = bench.webhook_state().await.expect("told");
    let expected = WebhookState {
        endpoints: Some(vec![endpoint]),
        deliveries: Some(vec![delivery]),
        told_at: Some(told_at),
        problem: None,
        asking: false,
    };
    assert_eq!(state, expected);
    later(&bench.clock, TimeDelta::minutes(10));
    assert_eq!(refresh().await, 0);
    // What was told before stays, beside what is wrong now.
    later(&bench.clock, TimeDelta::minutes(1));
    script(Err(ApiFault::NotFound), Ok(Vec::new()));
    errand::refresh_webhooks(&bench.flow).await.expect("stored");
    let asking = bench.webhook_state().await.expect("told");
    assert_eq!(
        asking,
        WebhookState {
            asking: true,
            ..expected.clone()
        }
    );
    assert_eq!(refresh().await, 2);
    let state = bench.webhook_state().await.expect("told");
    assert_eq!(
        state.problem.as_deref(),
        Some("Citedy does not have that (404)")
    );
    assert_eq!(state.endpoints, expected.endpoints);
    assert_eq!(state.deliveries, Some(Vec::new()));
    assert_eq!(state.told_at, Some(told_at));
    later(&bench.clock, TimeDelta::seconds(50));
    assert_eq!(
        refresh().await,
        0,
        "a failure is not asked for at each look"
    );
    later(&bench.clock, TimeDelta::seconds(11));
    assert_eq!(refresh().await, 1);
}
