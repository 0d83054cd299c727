//! The other subcommands, as a person or a script calls them.

#[path = "../support/google/mod.rs"]
mod google;
#[path = "../support/mod.rs"]
mod support;

mod approve;
mod check;
mod ledger;
mod run;
mod webhook;

use std::process::Output;

use support::World;
use support::warmsheet::command;

/// Calls the binary and waits for its end.
async fn call(world: &World, arguments: &[&str]) -> Output {
    command(world)
        .args(arguments)
        .output()
        .await
        .expect("the binary")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
