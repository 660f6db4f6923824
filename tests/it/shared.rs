//! Two people manage a team: the one with fewer open ideas takes the next, and where both have as many they take turns. Whoever
//! writes an idea does not decide on it.

use kaizen_tests::{Idea, World, story};
use serde_json::json;

story!(fair_turns);
story!(a_manager_who_suggests);

/// Mara and Ines manage Ward 3.
async fn two_managers(w: &World) {
    let text = kaizen_tests::hospital::WORKSPACE.replace("\"13\"", "\"13\", \"12\"");
    kaizen_tests::apply_workspace(&w.db, &text).await;
    w.look_around().await;
}

fn has(w: &World, idea: Idea) -> String {
    let card = w.card(idea);
    let line = card.lines().find(|l| l.contains("Responsible")).unwrap_or_default();
    if line.contains("@mara") { "mara".to_owned() } else { line.to_owned() }
}

async fn fair_turns(w: &mut World) {
    two_managers(w).await;
    let mut ideas = Vec::new();
    for text in ["Labels for the supply room", "A clock at the desk", "A hook for the keys", "A second stool"]
    {
        ideas.push(w.suggest("sam", text).await);
    }
    let mara = ideas.iter().filter(|i| has(w, **i) == "mara").count();
    assert_eq!(mara, 2, "two each: {:?}", ideas.iter().map(|i| has(w, *i)).collect::<Vec<_>>());
    assert_ne!(has(w, ideas[0]), has(w, ideas[1]), "in turn");
    // Whoever has fewer gets the next two.
    let mine = ideas.iter().copied().filter(|i| has(w, *i) == "mara").collect::<Vec<_>>();
    for idea in mine {
        w.slash_at(idea, "sam", "idea withdraw", json!({})).await;
    }
    let next = w.suggest("sam", "A lamp over the board").await;
    assert_eq!(has(w, next), "mara");
    let shown = w.slash("sam", "idea show", json!({ "number": next.to_string() })).await;
    let why = "@mara has it: manages Ward 3, with the fewest open ideas of the 2 who can take it.";
    assert!(shown.text().contains(why), "{}", shown.text());
    let history = w.slash("sam", "idea history", json!({ "number": next.to_string() })).await;
    assert!(history.text().contains(why), "{}", history.text());
}

async fn a_manager_who_suggests(w: &mut World) {
    // Alone, one level up.
    let alone = w.suggest("mara", "Labels for the supply room").await;
    assert!(w.card(alone).contains("Responsible: @noor"), "{}", w.card(alone));
    two_managers(w).await;
    let shared = w.suggest("mara", "A clock at the desk").await;
    assert!(w.card(shared).contains("Responsible: @ines"), "{}", w.card(shared));
    let shown = w.slash("mara", "idea show", json!({ "number": shared.to_string() })).await;
    let why = "@ines has it: manages Ward 3; nobody decides on their own idea.";
    assert!(shown.text().contains(why), "{}", shown.text());
}
