use std::process::ExitCode;

/// How a command ends. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every row reached an end that is not `failed` or `parked`.
    Done,
    /// Something is wrong: configuration, network, database; or a check has failed.
    Failure,
    /// All rows have ended, some of them `failed` or `parked`.
    SomeFailed,
    /// Today's cap is used; the same command goes on tomorrow.
    AtCap,
    /// Somebody must approve the price first.
    NeedsApproval,
    /// Paused, out of credits, or the key is refused.
    Paused,
    /// Stopped by Ctrl-C or SIGTERM; the same command goes on.
    Interrupted,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failure => 1,
            // 2 is the usage error of the argument parser.
            Exit::SomeFailed => 3,
            Exit::AtCap => 4,
            Exit::NeedsApproval => 5,
            Exit::Paused => 6,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
