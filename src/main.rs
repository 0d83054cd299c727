use std::process::ExitCode;

use clap::Parser;
use warmsheet::cli::{self, Cli};

fn main() -> ExitCode {
    cli::main(Cli::parse())
}
