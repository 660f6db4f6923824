//! `kaizen doctor`, as operators run it beside the program: what is well, what is not, what helps, and how it ends.

use std::process::Stdio;

use kaizen_tests::hospital::TOKEN;
use kaizen_tests::{World, story};
use kaizen_workflow::ports::Outbox;
use serde_json::{Value, json};
use tokio::process::Command;

story!(what_is_not_well_is_seen);

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
async fn doctor(w: &World, environment: &[(&str, &str)]) -> (Vec<(String, String, String)>, i32) {
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
    let (checks, _) = doctor(w, &[]).await;
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
    let (checks, exit) = doctor(w, &[]).await;
    assert_eq!((ill(&checks), exit), (vec![("dead_letters", "poor"), ("workspace", "broken")], 1));
    assert!(checks.iter().any(|(.., says)| says.contains("**Send Messages**")), "{checks:#?}");
    w.sim.deny_bot("ward-3", 0);
    let (said, exit) = kaizen(w, &["outbox", "retry"], &[]).await;
    assert_eq!((said.as_str(), exit), ("1 put back into the queue\n", 0));
    w.settles = true;
    w.settle().await;
    let (checks, _) = doctor(w, &[]).await;
    assert_eq!(ill(&checks), [], "{checks:#?}");

    let (checks, exit) = doctor(w, &[("KAIZEN__DISCORD__TOKEN", "another-token")]).await;
    assert_eq!((ill(&checks), exit), (vec![("token", "broken")], 77), "{checks:#?}");
    w.expected_statuses.push(401);
    let (checks, exit) = doctor(w, &[("KAIZEN__DISCORD__API_BASE", "http://127.0.0.1:9")]).await;
    assert_eq!((ill(&checks), exit), (vec![("gateway", "broken")], 69), "{checks:#?}");
    let nowhere = std::env::temp_dir().join("kaizen-doctor-has-no-database-here.db");
    let url = format!("sqlite://{}", nowhere.display());
    let (checks, exit) = doctor(w, &[("KAIZEN__DATABASE__URL", &url)]).await;
    assert_eq!((ill(&checks), exit), (vec![("database", "broken")], 69), "{checks:#?}");
    assert!(!nowhere.exists(), "to look makes no database");
    let (checks, exit) = doctor(w, &[("KAIZEN__DISCORD__TOKN", "secret")]).await;
    assert_eq!((ill(&checks), exit), (vec![("config", "broken")], 78), "{checks:#?}");
}
