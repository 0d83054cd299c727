//! Faults that the sandbox commits on purpose.

use std::str::FromStr;

/// A set of faults, each with the probability that it strikes a request.
///
/// Written as `FAULT=P`, `FAULT:get=P` for fetches of runs or `FAULT:export=P` for their exports;
/// without that it is starts of runs that are struck (`:start` says so explicitly). `P` lies between 0 and 1, and the
/// probabilities of one route add up to 1 at most, because one request suffers one fault.
///
/// | fault | effect |
/// | --- | --- |
/// | `400` `401` `402` `403` `409` `429` `500` | answered so, and not processed |
/// | `lost` | processed, then the connection is cut without an answer |
/// | `malformed` | processed, then answered with a body that is no JSON |
/// | `hang` | processed, and the answer never comes |
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Rule {
    fault: Fault,
    target: Target,
    probability: f64,
}

/// What befalls one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Refused with this HTTP status before anything happened.
    Refuse(u16),
    Lost,
    Malformed,
    Hang,
}

/// The routes that faults can strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Start,
    Get,
    Export,
}

/// A fault that cannot be understood, in words for the person who asked for it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FaultError {
    #[error("\u{201c}{0}\u{201d} is no fault; write FAULT=P, for instance 500=0.1 or lost=0.05")]
    Form(String),
    #[error(
        "\u{201c}{0}\u{201d} is no fault that the sandbox knows; there are 400, 401, 402, 403, 409, 429, 500, lost, malformed and hang"
    )]
    Unknown(String),
    #[error("faults strike :start, :get or :export, not \u{201c}:{0}\u{201d}")]
    Target(String),
    #[error("the probability \u{201c}{0}\u{201d} is no number between 0 and 1")]
    Probability(String),
    #[error("the probabilities of one route add up to {0}, which is more than 1")]
    Sum(f64),
}

impl Faults {
    /// Parses one text a fault, or names the first that cannot be understood.
    pub fn parse(texts: &[String]) -> Result<Self, FaultError> {
        let rules = texts
            .iter()
            .map(|text| text.parse())
            .collect::<Result<Vec<Rule>, _>>()?;
        for target in [Target::Start, Target::Get, Target::Export] {
            let sum: f64 = rules
                .iter()
                .filter(|rule| rule.target == target)
                .map(|rule| rule.probability)
                .sum();
            // Ten times 0.1 is a little more than 1 in floating point.
            if sum > 1.0 + 1e-9 {
                return Err(FaultError::Sum(sum));
            }
        }
        Ok(Self { rules })
    }

    /// The fault that a request suffers, given a random number of [0, 1).
    pub(super) fn strike(&self, target: Target, random: f64) -> Option<Fault> {
        let mut threshold = 0.0;
        self.rules
            .iter()
            .filter(|rule| rule.target == target)
            .find(|rule| {
                threshold += rule.probability;
                random < threshold
            })
            .map(|rule| rule.fault)
    }
}

impl Fault {
    /// The fault as it is written, `lost:start`.
    pub(super) fn name(self, target: Target) -> String {
        let target = match target {
            Target::Start => "start",
            Target::Get => "get",
            Target::Export => "export",
        };
        match self {
            Fault::Refuse(status) => format!("{status}:{target}"),
            Fault::Lost => format!("lost:{target}"),
            Fault::Malformed => format!("malformed:{target}"),
            Fault::Hang => format!("hang:{target}"),
        }
    }
}

impl FromStr for Rule {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (what, probability) = text
            .split_once('=')
            .ok_or_else(|| FaultError::Form(text.to_owned()))?;
        let (fault, target) = what
            .trim()
            .split_once(':')
            .unwrap_or((what.trim(), "start"));
        Ok(Self {
            fault: fault.parse()?,
            target: target.parse()?,
            probability: probability
                .trim()
                .parse()
                .ok()
                .filter(|p| (0.0..=1.0).contains(p))
                .ok_or_else(|| FaultError::Probability(probability.to_owned()))?,
        })
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        match text {
            "lost" => Ok(Fault::Lost),
            "malformed" => Ok(Fault::Malformed),
            "hang" => Ok(Fault::Hang),
            _ => match text.parse() {
                Ok(status @ (400 | 401 | 402 | 403 | 409 | 429 | 500)) => Ok(Fault::Refuse(status)),
                _ => Err(FaultError::Unknown(text.to_owned())),
            },
        }
    }
}

impl FromStr for Target {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        match text {
            "start" => Ok(Target::Start),
            "get" => Ok(Target::Get),
            "export" => Ok(Target::Export),
            _ => Err(FaultError::Target(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(texts: &[&str]) -> Result<Faults, FaultError> {
        Faults::parse(&texts.iter().map(|&t| t.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn each_fault_strikes_with_its_own_share_of_the_draws() {
        let faults = parse(&["500=0.25", "lost=0.5", "hang:get=1", "lost:export=1"]).unwrap();
        let strike = |random| faults.strike(Target::Start, random);
        assert_eq!(strike(0.0), Some(Fault::Refuse(500)));
        assert_eq!(strike(0.24), Some(Fault::Refuse(500)));
        assert_eq!(strike(0.25), Some(Fault::Lost));
        assert_eq!(strike(0.74), Some(Fault::Lost));
        assert_eq!(strike(0.75), None);
        assert_eq!(faults.strike(Target::Get, 0.99), Some(Fault::Hang));
        assert_eq!(faults.strike(Target::Export, 0.99), Some(Fault::Lost));
    }

    #[test]
    fn a_fault_that_cannot_be_understood_is_named_with_the_remedy() {
        for (text, part) in [
            ("500", "FAULT=P"),
            ("418=0.1", "429"),
            ("lost:delete=0.1", ":get"),
            ("lost=1.5", "between 0 and 1"),
            ("lost=often", "often"),
            ("lost=NaN", "between 0 and 1"),
        ] {
            let message = parse(&[text]).unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn one_request_cannot_suffer_more_than_one_fault() {
        assert_eq!(parse(&["500=0.6", "lost=0.6"]), Err(FaultError::Sum(1.2)));
        assert!(parse(&["500=0.6", "lost:get=0.6"]).is_ok());
        assert!(parse(&["lost=0.1"; 10]).is_ok());
    }
}
