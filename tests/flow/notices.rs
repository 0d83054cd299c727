//! Notices on their way: tries, giving up, and what is told together.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use serde_json::Value;
use warmsheet::flow::intake::IntakeRow;
use warmsheet::flow::ports::{
    HoldRule, NoticeMessage, NoticeSender, NotifyTarget, Pause, PauseKind, SendFilter, SendOutcome,
    SendState, Store,
};
use warmsheet::lead::Status;
use warmsheet::lead::money::Limit;
use warmsheet::lead::notice::{NoticeKind, TargetKind};
use warmsheet::lead::run::StartOutcome;
use warmsheet::worker::notify::{GATHER, Outbox};

use super::support::flow::{SetClock, flow_over};
use super::{Bench, limits};

/// Answers in the order given, then always `Sent`; remembers what it was sent.
#[derive(Default)]
struct Receiver {
    answers: Mutex<VecDeque<SendOutcome>>,
    got: Mutex<Vec<NoticeMessage>>,
}

#[async_trait]
impl NoticeSender for Receiver {
    async fn send(&self, message: &NoticeMessage) -> SendOutcome {
        self.got.lock().expect("the messages").push(message.clone());
        let mut answers = self.answers.lock().expect("the script");
        answers.pop_front().unwrap_or(SendOutcome::Sent)
    }
}

fn failed(wait: Option<u64>) -> SendOutcome {
    SendOutcome::Failed {
        why: "it answered 500".to_owned(),
        wait: wait.map(Duration::from_secs),
    }
}

struct Post {
    bench: Bench,
    store: Arc<dyn Store>,
    clock: Arc<SetClock>,
    receiver: Arc<Receiver>,
    outbox: Outbox,
}

impl Post {
    async fn new(kind: TargetKind) -> Self {
        let bench = Bench::new().await;
        let target = NotifyTarget {
            name: "target".to_owned(),
            kind,
            host: "https://hooks.example.com".to_owned(),
            events: NoticeKind::ALL.to_vec(),
        };
        let now = bench.clock.get();
        let set = bench
            .store
            .set_notify_targets(std::slice::from_ref(&target), now);
        set.await.expect("stored");
        let receiver = Arc::new(Receiver::default());
        let (store, clock) = (bench.store.clone(), bench.clock.clone());
        let no_limit = limits(Limit::Unlimited);
        let flow = flow_over(store.clone(), bench.api.clone(), clock.clone(), no_limit);
        Self {
            outbox: Outbox::new(Arc::new(flow), target, receiver.clone(), None),
            bench,
            store,
            clock,
            receiver,
        }
    }

    fn will_answer(&self, outcome: SendOutcome) {
        let mut answers = self.receiver.answers.lock().expect("the script");
        answers.push_back(outcome);
    }

    async fn step(&mut self) -> usize {
        self.outbox.step().await.expect("a step")
    }

    fn got(&self) -> Vec<NoticeMessage> {
        self.receiver.got.lock().expect("the messages").clone()
    }

    async fn pause(&self, kind: PauseKind) {
        let pause = Pause {
            kind,
            message: "why".to_owned(),
            link: None,
            since: self.clock.get(),
        };
        self.store.set_pause(&pause).await.expect("stored");
    }

    async fn states(&self) -> Vec<SendState> {
        let every = SendFilter::default();
        let page = self
            .store
            .notice_sends(&every, None, 99)
            .await
            .expect("read");
        page.sends.iter().map(|send| send.state).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_tried_ten_times_under_one_id_then_given_up_and_sent_again_on_demand() {
    let mut post = Post::new(TargetKind::Webhook).await;
    post.pause(PauseKind::Person).await;
    for _ in 0..10 {
        post.will_answer(failed(None));
    }
    for tried in 1..=10 {
        assert_eq!(post.step().await, 1, "try {tried}");
        assert_eq!(post.step().await, 0, "it is not due yet");
        post.clock.advance(TimeDelta::hours(8));
    }
    assert_eq!(post.step().await, 0);
    assert_eq!(post.states().await, [SendState::Dead]);
    let got = post.got();
    assert!(got.iter().all(|message| *message == got[0]), "one message");
    let now = post.clock.get();
    let again = post.store.resend_notice(&got[0].id, None, now).await;
    assert_eq!(again.expect("stored"), Some(1));
    assert_eq!(post.step().await, 1);
    assert_eq!(post.states().await, [SendState::Sent]);
    assert_eq!(post.got().len(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_gone_hears_no_more_and_one_that_asks_for_time_gets_it() {
    let mut post = Post::new(TargetKind::Webhook).await;
    let why = "it answered 410".to_owned();
    post.will_answer(SendOutcome::Gone { why });
    post.pause(PauseKind::Person).await;
    assert_eq!(post.step().await, 1);
    assert_eq!(post.states().await, [SendState::Dead]);
    post.will_answer(failed(Some(600)));
    post.pause(PauseKind::Key).await;
    assert_eq!(post.step().await, 1);
    // What comes up meanwhile waits, too.
    post.pause(PauseKind::Credits).await;
    post.clock.advance(TimeDelta::seconds(599));
    assert_eq!(post.step().await, 0);
    post.clock.advance(TimeDelta::seconds(2));
    assert_eq!(post.step().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_one_message_about_all_that_came_up_in_a_while() {
    let mut post = Post::new(TargetKind::Slack).await;
    for name in ["a-one.com", "a-two.com"] {
        reject(&post, name).await;
    }
    post.clock.advance(GATHER - TimeDelta::seconds(1));
    reject(&post, "a-three.com").await;
    assert_eq!(post.step().await, 0, "more may come");
    post.clock.advance(TimeDelta::seconds(1));
    post.will_answer(failed(None));
    // Each lead and each batch.
    assert_eq!(post.step().await, 6);
    post.clock.advance(TimeDelta::seconds(6));
    assert_eq!(post.step().await, 6);
    let got = post.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].body, got[1].body);
    let body: Value = serde_json::from_slice(&got[0].body).expect("JSON");
    let text = body["text"].as_str().expect("a text");
    // That a batch of one lead has finished is said by its lead.
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(
        text.contains("Refused: a-two.com. no such company"),
        "{text}"
    );
    assert!(
        post.states()
            .await
            .iter()
            .all(|state| *state == SendState::Sent)
    );

    // What is urgent waits for nothing and takes along what is gathered.
    reject(&post, "a-four.com").await;
    post.pause(PauseKind::Person).await;
    assert_eq!(post.step().await, 3);
}

/// A lead that Citedy refuses for good, in a batch of its own.
async fn reject(post: &Post, domain: &str) {
    let row = IntakeRow {
        domain: domain.to_owned(),
        force: true,
        ..IntakeRow::default()
    };
    let lead = post.bench.add_row(row, HoldRule::Never).await;
    post.bench.api.will_start(StartOutcome::Invalid {
        message: "no such company".to_owned(),
    });
    post.bench.start(lead).await;
    assert_eq!(post.bench.lead(lead).await.status, Status::Rejected);
}
