//! `warmsheet completions`: what a shell needs to complete our commands.

use std::io::{ErrorKind, Write as _};

use clap::Args;
use clap_complete::Shell;

use super::exit::Exit;

#[derive(Args)]
#[command(after_help = "Where it goes:\n  \
    bash  ~/.local/share/bash-completion/completions/warmsheet\n  \
    zsh   _warmsheet in a folder of $fpath\n  \
    fish  ~/.config/fish/completions/warmsheet.fish")]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub fn completions(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut command = super::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "warmsheet", &mut script);
    print_whole(&script)?;
    Ok(Exit::Done)
}

/// Prints something that a reader may stop reading: `| head` is no fault.
pub fn print_whole(bytes: &[u8]) -> std::io::Result<()> {
    match std::io::stdout().write_all(bytes) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
