//! `warmsheet completions`: what a shell needs to complete our commands.

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

pub fn completions(args: &CompletionsArgs) -> Exit {
    let mut command = super::command();
    clap_complete::generate(
        args.shell,
        &mut command,
        "warmsheet",
        &mut std::io::stdout(),
    );
    Exit::Done
}
