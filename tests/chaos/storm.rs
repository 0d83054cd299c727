//! The storm: faults one after another and beside each other, drawn from the seed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use tokio::task::JoinSet;

use super::checks;
use super::engine::Kind;
use super::intake::Orders;
use super::plan::Plan;
use super::stage::Stage;
use super::verdict;

/// What a report costs.
pub const CREDITS: i64 = 40;
/// So much longer than a lease lasts somebody sleeps: who does has lost it and does not know.
const OVERSLEPT: Duration = Duration::from_secs(3);
/// How often a kill spares the owner of the key, where there are several instances.
const SPARED: f64 = 0.7;
/// The first work is under way when the storm begins.
const CALM: Duration = Duration::from_secs(2);
/// Leads are in before the storm is over.
const FEEDING: f64 = 0.8;

/// Feeds leads through a storm, heals everything and compares.
pub async fn run(kind: Kind) {
    let plan = Plan::read();
    let orders = Orders::draw(&plan);
    // Exactly what all leads cost: an attempt that is reserved twice would be in the way.
    let cap = CREDITS * i64::try_from(plan.leads).expect("a number of leads");
    let mut stage = Stage::open(plan, kind, cap).await;
    let feeding = stage.feed(&orders, plan.span.mul_f64(FEEDING));
    stage.let_forgers_in();
    Storm::new(&stage).rage().await;
    stage.heal().await;
    feeding.join_all().await;
    let settled = checks::settle(&stage, orders.rows().count()).await;
    let mut wrong = checks::compare(&stage, &orders).await;
    wrong.extend(settled.err());
    verdict::pronounce(&stage, "storm", wrong).await;
}

struct Storm<'a> {
    stage: &'a Stage,
    lots: StdRng,
    /// Faults that last for a while.
    lasting: JoinSet<()>,
    until: Instant,
    /// The instance that sleeps longer than its lease, and until when: nothing may wake it.
    asleep: Option<(usize, Instant)>,
}

impl<'a> Storm<'a> {
    fn new(stage: &'a Stage) -> Self {
        Self {
            lots: stage.plan.random("storm"),
            lasting: JoinSet::new(),
            until: Instant::now() + stage.plan.span,
            asleep: None,
            stage,
        }
    }

    async fn rage(mut self) {
        tokio::time::sleep(CALM).await;
        if self.stage.fleet.len() > 1 {
            // The first instance has the leases, and is in the middle of its work.
            self.sleep_long(0);
        }
        while Instant::now() < self.until {
            let pause = self.between(200, 1200);
            tokio::time::sleep(pause).await;
            self.strike().await;
        }
        self.lasting.join_all().await;
    }

    async fn strike(&mut self) {
        let postgres = self.stage.engine.is_postgres();
        match self.lots.random_range(0..100) {
            0..30 => self.weather().await,
            30..40 => self.webhooks().await,
            40..60 => self.kill().await,
            60..70 => self.suspend(),
            70..80 => self.cut_citedy(),
            80..84 if !postgres || self.lots.random_bool(1.0 - SPARED) => self.power_cut().await,
            84..90 if postgres => self.restart_database().await,
            90..100 if postgres => self.cut_database(),
            _ => self.weather().await,
        }
    }

    fn between(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.lots.random_range(least..most))
    }

    fn tell(&self, what: &str) {
        self.stage.evidence.tell(what);
    }

    /// How the sandbox treats requests from now on: well, now and then.
    async fn weather(&mut self) {
        const FAULTS: [(&str, f64); 10] = [
            ("lost", 0.15),
            ("500", 0.08),
            ("malformed", 0.08),
            ("429", 0.03),
            ("hang", 0.02),
            ("lost:get", 0.08),
            ("500:get", 0.06),
            ("malformed:get", 0.05),
            ("429:get", 0.03),
            ("hang:get", 0.01),
        ];
        let fair = self.lots.random_bool(0.25);
        let mut faults = Vec::new();
        for (fault, share) in FAULTS {
            if !fair && self.lots.random_bool(0.5) {
                faults.push(format!("{fault}={share}"));
            }
        }
        self.tell(&format!("the sandbox fails with {faults:?}"));
        let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
        self.stage.sandbox.faults(&faults).await;
    }

    async fn webhooks(&mut self) {
        let (drop, twice) = (
            self.lots.random_range(0.0..0.2),
            self.lots.random_range(0.0..0.4),
        );
        let delay = self.between(0, 2000);
        let ms = delay.as_millis();
        self.tell(&format!(
            "webhooks: {drop:.2} lost, {twice:.2} sent twice, {ms} ms late"
        ));
        self.stage.sandbox.webhooks(drop, twice, delay).await;
    }

    /// Kills one instance or several, and starts them again after a moment.
    async fn kill(&mut self) {
        let mut victims = self.awake();
        // Mostly a bystander: after its owner's death a lease rests, and nothing can go wrong.
        if self.stage.fleet.len() > 1 && self.lots.random_bool(SPARED) {
            let owner = self.stage.fleet.owner().await;
            victims.retain(|place| Some(*place) != owner);
        }
        if victims.is_empty() {
            return;
        }
        victims.shuffle(&mut self.lots);
        let count = self.lots.random_range(1..=victims.len());
        for &place in &victims[..count] {
            self.tell(&format!("kill instance {}", place + 1));
            if self.stage.fleet[place].kill().await {
                self.stage.recovery.killed();
            }
        }
        let pause = self.between(0, 700);
        tokio::time::sleep(pause).await;
        for &place in &victims[..count] {
            self.stage.fleet[place].start().await;
        }
    }

    /// Everything dies at once. What was acknowledged before is there afterwards.
    async fn power_cut(&mut self) {
        self.tell("power cut: every instance and the database");
        for _ in 0..self.stage.fleet.kill_all().await {
            self.stage.recovery.killed();
        }
        let owed = self.stage.evidence.snapshot();
        self.stage.engine.restart(Duration::ZERO).await;
        self.stage.fleet.start_all().await;
        checks::acknowledged(self.stage, &owed).await;
    }

    async fn restart_database(&mut self) {
        self.tell("restart the database");
        let pause = self.between(0, 1500);
        self.stage.engine.restart(pause).await;
    }

    fn suspend(&mut self) {
        let awake = self.awake();
        let place = awake[self.lots.random_range(0..awake.len())];
        let all_awake = awake.len() == self.stage.fleet.len();
        let time_enough = Instant::now() + self.long_sleep() < self.until;
        if awake.len() > 1 && all_awake && time_enough && self.lots.random_bool(0.3) {
            return self.sleep_long(place);
        }
        let pause = self.between(500, 4000);
        self.suspend_for(place, pause);
    }

    fn sleep_long(&mut self, place: usize) {
        let pause = self.long_sleep();
        self.asleep = Some((place, Instant::now() + pause));
        self.suspend_for(place, pause);
    }

    fn long_sleep(&self) -> Duration {
        self.stage.plan.lease + OVERSLEPT
    }

    /// Instances that may be killed or stopped.
    fn awake(&self) -> Vec<usize> {
        let asleep = self.asleep.filter(|(_, until)| Instant::now() < *until);
        (0..self.stage.fleet.len())
            .filter(|place| asleep.is_none_or(|(sleeper, _)| sleeper != *place))
            .collect()
    }

    fn suspend_for(&mut self, place: usize, pause: Duration) {
        self.tell(&format!("stop instance {} for {pause:?}", place + 1));
        let fleet = self.stage.fleet.clone();
        self.lasting.spawn(async move {
            fleet[place].suspend().await;
            tokio::time::sleep(pause).await;
            fleet[place].resume().await;
        });
    }

    fn cut_citedy(&mut self) {
        let pause = self.between(50, 2000);
        self.tell(&format!("cut the line to the sandbox for {pause:?}"));
        let line = Arc::clone(&self.stage.citedy);
        self.lasting.spawn(async move { line.cut(pause).await });
    }

    fn cut_database(&mut self) {
        let pause = self.between(50, 3000);
        let place = self.lots.random_range(0..self.stage.fleet.len());
        let number = place + 1;
        self.tell(&format!(
            "cut instance {number} off from the database for {pause:?}"
        ));
        let engine = Arc::clone(&self.stage.engine);
        self.lasting
            .spawn(async move { engine.cut(place, pause).await });
    }
}
