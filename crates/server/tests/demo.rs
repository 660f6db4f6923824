//! The demo is the product with another address: started here as `kaizen demo` does, and used by hand over HTTP.

use std::path::Path;
use std::time::Duration;

use discord_sim::Person;
use kaizen_server::audit;
use kaizen_server::demo::{Demo, Start};
use kaizen_storage::{Database, Options};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_secs(30);

async fn start(data: &Path, recorder: &PrometheusHandle) -> Demo {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let recorder = recorder.clone();
    Box::pin(Demo::start(Start { listener, data: Some(data.to_owned()), fresh: false, recorder }))
        .await
        .expect("the demo starts")
}

async fn suggest(who: &Person, idea: &str) -> String {
    let asked = who.slash("ward-3", "suggest", json!({ "idea": idea })).await.expect("a command");
    asked.message().await.expect("an answer").all_text()
}

async fn press(demo: &Demo, button: &str) -> Value {
    let client = reqwest::Client::new();
    let url = format!("{}/sim/api/host/{button}", demo.url());
    client.post(url).json(&json!({})).send().await.expect("an answer").json().await.expect("JSON")
}

/// How many posts in a channel hold these words.
fn posts(demo: &Demo, channel: &str, words: &str) -> usize {
    demo.sim().messages(channel).iter().filter(|m| m.all_text().contains(words)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_the_demo_to_run_move_its_clock_and_go_on_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorder = kaizen_web::measures::recorder().expect("a recorder");
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).expect("the only one of this process");
    let demo = start(folder.path(), &handle).await;
    assert!(!demo.continued());
    let ready = reqwest::get(format!("{}/readyz", demo.url())).await.expect("an answer");
    assert_eq!(ready.status(), 200, "{}", ready.text().await.expect("a body"));

    // Two sample ideas are there; the third is Sam's.
    let said = suggest(&demo.sim().person("sam"), "Label the shelves").await;
    assert!(said.contains("K-3"), "{said}");
    let card = |world: &discord_sim::World| {
        world.all_messages().iter().any(|m| m.all_text().contains("Label the shelves"))
    };
    demo.sim().wait_until(card, PATIENCE).await.expect("a card");

    // A week passes: Mara is reminded, and each team has its digest once.
    let moved = press(&demo, "week").await;
    assert!(moved["text"].as_str().is_some_and(|t| t.starts_with("It is now ")), "{moved}");
    let digest = |world: &discord_sim::World| {
        world
            .all_messages()
            .iter()
            .any(|m| m.all_text().contains("the week in ideas") && m.all_text().contains("Ward 3"))
    };
    demo.sim().wait_until(digest, PATIENCE).await.expect("a digest");
    assert_eq!(posts(&demo, "ward-3", "the week in ideas"), 1, "{}", demo.sim().transcript());
    let dms: String = demo.sim().dms("mara").iter().map(discord_sim::Message::all_text).collect();
    assert!(dms.contains("K-3"), "{}", demo.sim().transcript());
    let unknown = press(&demo, "year").await;
    assert!(unknown["error"].is_string(), "{unknown}");

    // What happens is counted under the names that /metrics describes; the sample's two ideas and its step came first.
    let counted = reqwest::get(format!("{}/metrics", demo.url())).await.expect("an answer");
    let counted = counted.text().await.expect("a body");
    for line in [
        "kaizen_commands_total{command=\"suggest\",result=\"ok\"} 3",
        "kaizen_acknowledgement_seconds_bucket{le=\"+Inf\"} 4",
    ] {
        assert!(counted.lines().any(|l| l == line), "{line} is not in {counted}");
    }
    demo.stop().await;

    let demo = start(folder.path(), &handle).await;
    assert!(demo.continued());
    let said = suggest(&demo.sim().person("ines"), "A second thermometer").await;
    assert!(said.contains("K-4"), "{said}");
    demo.app().drain(Duration::from_secs(5)).await.expect("the outbox");
    demo.stop().await;

    let url = format!("sqlite://{}", folder.path().join("kaizen-demo.db").display());
    let database = Database::open(&url, Options::default()).await.expect("the database");
    let audit = audit::verify(&database, &database).await.expect("an audit");
    assert_eq!((audit.items, audit.differences), (4, Vec::new()));
}
