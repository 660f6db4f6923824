//! The database does not answer: "not saved", what was typed is given back, and afterwards everything works as before.

use kaizen_tests::{World, idea_of, postgres, snap, story};
use serde_json::json;

story!(postgres_is_stopped, postgres);
story!(the_file_is_closed, sqlite);

async fn postgres_is_stopped(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.settles = false;
    let database = w.database_name();
    postgres::cluster().execute(&format!("ALTER DATABASE {database} ALLOW_CONNECTIONS false"));
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
    postgres::cluster().execute(&end);

    expect_not_saved(w, idea).await;

    postgres::cluster().execute(&format!("ALTER DATABASE {database} ALLOW_CONNECTIONS true"));
    w.settles = true;
    // A connection that broke meanwhile is noticed when it is used: then it is "not saved" once more, honestly.
    let mut reply = w.slash("sam", "suggest", json!({ "idea": "Label printers for everybody" })).await;
    for _ in 0..10 {
        if reply.text().contains("**not saved**") {
            reply = w.slash("sam", "suggest", json!({ "idea": "Label printers for everybody" })).await;
        }
    }
    assert_eq!(idea_of(&reply).0, 2, "nothing was half saved");
    w.press("mara", idea, "Acknowledge").await;
    assert_eq!(w.history(idea.0).await, ["submitted", "acknowledged"]);
}

async fn the_file_is_closed(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.settles = false;
    w.app().database().close().await;
    expect_not_saved(w, idea).await;
    w.settles = true;
    w.restart().await;
    let again = w.suggest("sam", "Label printers for everybody").await;
    assert_eq!(again.0, 2, "nothing was half saved");
}

async fn expect_not_saved(w: &mut World, idea: kaizen_tests::Idea) {
    let card = w.card_message(idea);
    for (who, sent) in [
        (
            "sam",
            w.sim
                .person("sam")
                .slash(
                    "ward-3",
                    "suggest",
                    json!({ "idea": "Label printers for everybody", "benefit": "Time" }),
                )
                .await,
        ),
        ("mara", w.sim.person("mara").press(&card, "Acknowledge").await),
    ] {
        let reply = sent.unwrap_or_else(|why| panic!("{who}: {why}")).message().await.expect("an answer");
        assert!(reply.ephemeral_for.is_some());
        let text = without_reference(&w.shown(&reply));
        assert!(text.contains("**not saved**"), "{text}");
        if who == "sam" {
            snap!(text, @r"
    Sorry, something went wrong on our side, and this was **not saved**. Please try again in a few minutes. If it stays, give your coordinator this reference: `…`.
    This is what you typed, so that it is not lost:
    **idea**:
    > Label printers for everybody
    **benefit**:
    > Time
    ");
        }
    }
}

/// The apology without its reference, which is another one each time.
fn without_reference(text: &str) -> String {
    let Some((before, after)) = text.split_once("reference: `") else { return text.to_owned() };
    format!("{before}reference: `…{}", &after[after.find('`').unwrap_or(0)..])
}
