//! How far webhooks can be trusted to name runs that have ended.

/// What an ended run weighs after each later one: webhooks that stop are noticed soon.
const MEMORY: f64 = 0.98;
/// They are never trusted beyond this. Runs that webhooks name are found, others only if somebody looks:
/// whoever trusts them wholly never finds out that some are lost.
const MOST: f64 = 0.99;

/// Of the latest ended runs, how many a webhook had named before they were found.
#[derive(Debug, Clone, Copy)]
pub struct WebhookTrust {
    named: f64,
    unnamed: f64,
}

impl Default for WebhookTrust {
    /// Nobody knows: little is expected of them, and the first ones to come change that.
    fn default() -> Self {
        Self {
            named: 0.1,
            unnamed: 0.4,
        }
    }
}

impl WebhookTrust {
    /// A run was found ended.
    pub fn ended(&mut self, named: bool) {
        self.named = self.named * MEMORY + f64::from(u8::from(named));
        self.unnamed = self.unnamed * MEMORY + f64::from(u8::from(!named));
    }

    /// The share of ended runs that a webhook names.
    pub fn share(&self) -> f64 {
        (self.named / (self.named + self.unnamed)).min(MOST)
    }

    /// How near that is to the most that they are trusted, 0 to 1.
    pub fn of_the_most(&self) -> f64 {
        self.share() / MOST
    }

    /// The chance that a run has ended which no webhook has named, where that of any run is given.
    pub fn unnamed_chance(&self, chance: f64) -> f64 {
        let share = self.share();
        chance * (1.0 - share) / (1.0 - chance * share)
    }

    /// The chance of any run at which that of an unnamed one is this.
    pub fn chance_for(&self, unnamed: f64) -> f64 {
        let share = self.share();
        unnamed / (1.0 - share + unnamed * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_that_come_spare_looks_and_those_that_stop_do_no_more() {
        let mut trust = WebhookTrust::default();
        let at_half = |trust: &WebhookTrust| trust.unnamed_chance(0.5);
        let unknown = at_half(&trust);
        assert!((0.4..0.5).contains(&unknown), "{unknown}");
        (0..60).for_each(|_| trust.ended(true));
        assert!(at_half(&trust) < 0.02, "{trust:?}");
        // Whoever has certainly ended has lost its webhook, whatever webhooks are worth.
        assert!((trust.unnamed_chance(1.0) - 1.0).abs() < 1e-9);
        (0..60).for_each(|_| trust.ended(false));
        assert!(at_half(&trust) > 0.35, "{trust:?}");
        for wanted in [0.05, 0.5, 0.9] {
            let back = trust.unnamed_chance(trust.chance_for(wanted));
            assert!((back - wanted).abs() < 1e-9, "{wanted}: {back}");
        }
    }
}
