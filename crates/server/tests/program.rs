//! The program as operators and their scripts meet it: what it says, and how it ends.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use discord_sim::{GuildSeed, PersonSeed, Seed, Sim, SimConfig, World};
use tokio::process::Command;

const TOKEN: &str = "right.token";
const PATIENCE: Duration = Duration::from_secs(30);

/// `kaizen` in a folder of its own, with nothing of ours in its environment.
fn kaizen(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kaizen"));
    command.args(arguments).current_dir(folder).env_clear().envs(environment.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null()).kill_on_drop(true);
    command
}

async fn ends(mut command: Command) -> (Option<i32>, String, String) {
    let ended = tokio::time::timeout(PATIENCE, command.output()).await.expect("it ends by itself");
    let Output { status, stdout, stderr } = ended.expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

async fn local_discord() -> Sim {
    let seed = Seed::new(9000, "kaizen", TOKEN)
        .person(PersonSeed::new(11, "sam"))
        .guild(GuildSeed::new(1000, "Ward", 11));
    Sim::start(SimConfig::new(seed)).await.expect("a local Discord")
}

#[tokio::test]
async fn expect_two_lines_and_the_demo_named_without_a_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, _, said) = ends(kaizen(folder.path(), &["run"], &[])).await;
    assert_eq!(code, Some(78), "{said}");
    assert_eq!(
        said,
        "kaizen: the bot's token is missing: set KAIZEN__DISCORD__TOKEN, or discord.token_file in kaizen.toml.\n\
         To try everything without Discord and without a token: kaizen demo\n"
    );
    let typo = [("KAIZEN__DISCORD__TOKN", "x")];
    let (code, _, said) = ends(kaizen(folder.path(), &["run"], &typo)).await;
    assert_eq!(code, Some(78));
    assert!(said.contains("did you mean `KAIZEN__DISCORD__TOKEN`?"), "{said}");
    let (code, _, said) = ends(kaizen(folder.path(), &["audit", "verify"], &[])).await;
    assert_eq!(code, Some(69), "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn expect_a_new_database_that_only_its_owner_reads() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("data/kaizen.db");
    let rights = || std::fs::metadata(&file).expect("the database").permissions().mode() & 0o777;
    let environment = [("KAIZEN__DATABASE__URL", "sqlite://data/kaizen.db")];
    let (code, _, said) = ends(kaizen(folder.path(), &["migrate"], &environment)).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(rights(), 0o600, "it holds what people wrote");
    // What an operator opened to their group stays so.
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("it can be changed");
    let (code, _, said) = ends(kaizen(folder.path(), &["migrate"], &environment)).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(rights(), 0o640);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_a_wrong_token_tried_once() {
    let sim = local_discord().await;
    let folder = tempfile::tempdir().expect("a folder");
    let base = sim.base_url();
    let environment = [
        ("KAIZEN__DISCORD__TOKEN", "wrong.token"),
        ("KAIZEN__DISCORD__API_BASE", &base),
        ("KAIZEN__WEB__LISTEN", ""),
    ];
    let (code, _, said) = ends(kaizen(folder.path(), &["run"], &environment)).await;
    assert_eq!(code, Some(77), "{said}");
    assert!(
        said.contains("Discord does not accept the bot's token") && !said.contains("wrong.token"),
        "{said}"
    );
    assert_eq!(sim.invalid_requests(), 1, "{:?}", sim.journal());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_one_run_on_a_file_and_an_orderly_end() {
    let sim = local_discord().await;
    let folder = tempfile::tempdir().expect("a folder");
    let base = sim.base_url();
    let environment = [
        ("KAIZEN__DISCORD__TOKEN", TOKEN),
        ("KAIZEN__DISCORD__API_BASE", base.as_str()),
        ("KAIZEN__WEB__LISTEN", ""),
        ("KAIZEN__DATABASE__URL", "sqlite://here.db"),
    ];
    let first = kaizen(folder.path(), &["run"], &environment).spawn().expect("it starts");
    sim.wait_until(World::bot_online, PATIENCE).await.expect("the bot comes online");

    let (code, _, said) = ends(kaizen(folder.path(), &["run"], &environment)).await;
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("another process is running on here.db"), "{said}");
    // Looking, and changing settings, is allowed beside it.
    let (code, found, said) = ends(kaizen(folder.path(), &["audit", "verify", "--json"], &environment)).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(found.contains("\"differences\": []"), "{found}");

    let pid = first.id().expect("it runs").to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.expect("kill").success());
    let ended =
        tokio::time::timeout(PATIENCE, first.wait_with_output()).await.expect("it stops").expect("it ran");
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    sim.wait_until(|world| !world.bot_online(), PATIENCE).await.expect("the bot is gone");
}
