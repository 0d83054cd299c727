//! The sandbox's idea of time: UTC in whole milliseconds, so that a moment survives the
//! journal and the wire unchanged.

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};

pub(super) type Moment = DateTime<Utc>;

pub(super) fn now() -> Moment {
    Utc::now().trunc_subsecs(3)
}

/// `2026-02-25T10:00:00.000Z`, as the published examples have it.
pub(super) fn text(moment: Moment) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A span that takes `seconds` at speed 1, in whole milliseconds.
pub(super) fn scaled(seconds: f64, speed: f64) -> TimeDelta {
    // The cast saturates, and a century is as good as for ever.
    let most = TimeDelta::days(36_500).num_milliseconds();
    TimeDelta::milliseconds(((seconds * 1000.0 / speed) as i64).clamp(0, most))
}
