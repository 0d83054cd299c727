//! The commands of `docs/api.md` do what they say.

use std::fs;
use std::process::Command;

use crate::support::World;

const TOKEN: &str = "a-long-admin-token-for-tests";

/// The shell's lines of the document; those that only set what this sets itself are left out.
fn commands() -> Vec<String> {
    let text = fs::read_to_string("docs/api.md").expect("the document");
    let blocks = text.split("```sh\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap_or_default());
    let joined: String = blocks.collect::<String>().replace("\\\n", " ");
    let lines = joined.lines().filter(|line| !line.starts_with("export "));
    lines.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_document_work() {
    let mut world = World::new().await;
    world.set("WARMSHEET_ADMIN_TOKEN", TOKEN);
    let service = world.serve().await;
    let commands = commands();
    assert!(commands.len() >= 7, "{commands:?}");
    for line in commands {
        assert!(line.starts_with("curl --fail "), "{line}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).current_dir(world.dir.path());
        shell
            .env("AT", &service.address)
            .env("TOKEN", TOKEN)
            .env("no_proxy", "*");
        let ended = tokio::task::spawn_blocking(move || shell.output()).await;
        let ended = ended.expect("it ran").expect("a shell");
        let words = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.success(), "{line}: {words}");
        let saved = fs::read(world.path("leads.xlsx")).is_ok_and(|file| file.starts_with(b"PK"));
        assert!(saved || !ended.stdout.is_empty(), "{line} says something");
    }
}
