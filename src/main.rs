use std::process::ExitCode;

use warmsheet::cli::{self, Cli};

fn main() -> ExitCode {
    cli::main(Cli::of_process())
}
