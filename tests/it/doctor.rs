//! `kaizen doctor`, as operators run it beside the program: what is well, what is not, what helps, and how it ends.

use std::process::Stdio;

use chrono::TimeDelta;
use kaizen_server::doctor::{self, Check, Health};
use kaizen_tests::hospital::TOKEN;
use kaizen_tests::{Base, World, story};
use kaizen_workflow::clock::{Clock, SystemClock};
use kaizen_workflow::ports::Outbox;
use serde_json::{Value, json};
use tokio::process::Command;

story!(what_is_not_well_is_seen);
story!(time_that_is_not_kept_is_seen);

/// What `kaizen` prints for these arguments, and how it ends.
pub(crate) async fn kaizen(w: &World, arguments: &[&str], environment: &[(&str, &str)]) -> (String, i32) {
    let done = Command::new(env!("CARGO_BIN_EXE_kaizen-under-test"))
        .args(arguments)
        .env_clear()
        .env("KAIZEN__DISCORD__TOKEN", TOKEN)
        .env("KAIZEN__DISCORD__API_BASE", w.sim.base_url())
        .env("KAIZEN__DATABASE__URL", w.url())
        .env("KAIZEN__DATABASE__ERASURE_JOURNAL", w.fresh().journal())
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .await
        .expect("the program can be started");
    let all = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(!all.contains(TOKEN), "a secret is printed: {all}");
    (String::from_utf8_lossy(&done.stdout).into_owned(), done.status.code().expect("it ends by itself"))
}

/// The checks by their words, without that of the timers: the story's time is not the machine's.
async fn checked(w: &World, environment: &[(&str, &str)]) -> (Vec<(String, String, String)>, i32) {
    let (out, exit) = kaizen(w, &["doctor", "--json"], environment).await;
    let answer: Value = serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}: {out}"));
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    let checks = answer["checks"].as_array().expect("a list");
    for check in checks {
        let ill = matches!(text(check, "health").as_str(), "poor" | "broken");
        assert_eq!(
            ill,
            check["remedy"].is_string(),
            "a remedy where it is not well, and only there: {check}"
        );
    }
    let seen = checks.iter().map(|c| (text(c, "what"), text(c, "health"), text(c, "says")));
    (seen.filter(|(what, ..)| what != "timers").collect(), exit)
}

fn ill(checks: &[(String, String, String)]) -> Vec<(&str, &str)> {
    let ill = checks.iter().filter(|(_, health, _)| matches!(health.as_str(), "poor" | "broken"));
    ill.map(|(what, health, _)| (what.as_str(), health.as_str())).collect()
}

async fn what_is_not_well_is_seen(w: &mut World) {
    let (checks, _) = checked(w, &[]).await;
    assert_eq!(ill(&checks), [], "{checks:#?}");
    for what in
        ["config", "database", "database.writable", "outbox", "dead_letters", "token", "gateway", "workspace"]
    {
        assert!(checks.iter().any(|(w, health, _)| w == what && health == "fine"), "{what}: {checks:#?}");
    }

    w.expected_statuses.push(403);
    w.settles = false;
    w.sim.deny_bot("ward-3", discord_sim::permission::SEND_MESSAGES);
    w.slash("sam", "suggest", json!({ "idea": "The supply room has no labels" })).await;
    w.until(async || w.db.depth().await.is_ok_and(|d| d.dead == 1)).await;
    let (checks, exit) = checked(w, &[]).await;
    assert_eq!((ill(&checks), exit), (vec![("dead_letters", "poor"), ("workspace", "broken")], 1));
    assert!(checks.iter().any(|(.., says)| says.contains("**Send Messages**")), "{checks:#?}");
    w.sim.deny_bot("ward-3", 0);
    let (said, exit) = kaizen(w, &["outbox", "retry"], &[]).await;
    assert_eq!((said.as_str(), exit), ("1 put back into the queue\n", 0));
    w.settles = true;
    w.settle().await;
    let (checks, _) = checked(w, &[]).await;
    assert_eq!(ill(&checks), [], "{checks:#?}");

    let (checks, exit) = checked(w, &[("KAIZEN__DISCORD__TOKEN", "another-token")]).await;
    assert_eq!((ill(&checks), exit), (vec![("token", "broken")], 77), "{checks:#?}");
    w.expected_statuses.push(401);
    let (checks, exit) = checked(w, &[("KAIZEN__DISCORD__API_BASE", "http://127.0.0.1:9")]).await;
    assert_eq!((ill(&checks), exit), (vec![("gateway", "broken")], 69), "{checks:#?}");
    let nowhere = std::env::temp_dir().join("kaizen-doctor-has-no-database-here.db");
    let url = format!("sqlite://{}", nowhere.display());
    let (checks, exit) = checked(w, &[("KAIZEN__DATABASE__URL", &url)]).await;
    assert_eq!((ill(&checks), exit), (vec![("database", "broken")], 69), "{checks:#?}");
    assert!(!nowhere.exists(), "to look makes no database");
    let (checks, exit) = checked(w, &[("KAIZEN__DISCORD__TOKN", "secret")]).await;
    assert_eq!((ill(&checks), exit), (vec![("config", "broken")], 78), "{checks:#?}");
}

/// What one look says, with its remedy where it is not well.
fn look(checks: &[Check], what: &str) -> (Health, String, String) {
    let check = checks.iter().find(|c| c.what == what).unwrap_or_else(|| panic!("no {what}: {checks:#?}"));
    (check.health, check.says.clone(), check.remedy.clone().unwrap_or_default())
}

/// A live database whose timers nobody runs, and a clock that jumps: ahead, and back.
async fn time_that_is_not_kept_is_seen(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let timers = async |w: &World| {
        let checks = doctor::of_work(&w.db, w.clock.now()).await.expect("the database answers");
        look(&checks, "timers")
    };
    assert_eq!(timers(w).await, (Health::Fine, "the earliest is 0 s late".to_owned(), String::new()));
    // The program is down for a working day and a minute more than a timer may be late.
    w.stop_program().await;
    w.clock.advance(TimeDelta::days(1) + TimeDelta::minutes(6));
    let (health, says, remedy) = timers(w).await;
    assert_eq!((health, says.as_str()), (Health::Poor, "the earliest is 360 s late"));
    assert!(remedy.contains("`kaizen run`") && remedy.contains("What was missed is made up for"), "{remedy}");
    w.start_program().await;
    w.jump_to(w.clock.now()).await;
    assert_eq!(timers(w).await.0, Health::Fine, "it is made up for");
    assert_eq!(w.history(idea.0).await, ["submitted", "reminded"]);

    // The machine's clock against what stands in the database, or against the database's own machine.
    let file = (w.base == Base::Sqlite).then(|| w.file());
    let clock = async |w: &World, shift: TimeDelta| {
        let checks = doctor::of_database(&w.db, file.as_deref(), || SystemClock.now() + shift).await;
        assert_eq!(look(&checks, "database.writable").0, Health::Fine);
        look(&checks, "database.clock")
    };
    assert_eq!(clock(w, TimeDelta::zero()).await.0, Health::Fine);
    let (health, says, remedy) = clock(w, TimeDelta::hours(-3)).await;
    assert_eq!(health, Health::Poor, "{says}");
    assert!(remedy.contains("keep the time (chrony, systemd-timesyncd)"), "{remedy}");
    let ahead = clock(w, TimeDelta::hours(3)).await.0;
    assert_eq!(ahead == Health::Poor, w.base == Base::Postgres, "a file has no clock beside the machine's");
}
