//! `/idea search`: typing mistakes, other forms of a word, other scripts, too many, nothing.
//!
//! ```text
//! sam   /idea search text:hand gell dispensr
//!       → Search for “hand gell dispensr”: 1 idea found, best first
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(found_in_spite_of_mistakes);

async fn found_in_spite_of_mistakes(w: &mut World) {
    w.suggest("sam", "The hand gel dispenser by bay 4 is empty").await;
    w.suggest("sam", "Label the shelf in the supply room").await;
    w.suggest("ines", "病房门口需要手消毒液").await;
    for _ in 0..11 {
        w.suggest("ines", "Another chair for the day room").await;
    }
    let found = w.slash("rita", "idea search", json!({ "text": "hand gell dispensr" })).await;
    snap!(found.text(), @r"
    Search for “hand gell dispensr”
    1 idea found, best first
    [K-1] The hand gel dispenser by bay 4 is empty · Submitted · @mara
    ");
    let found = w.slash("rita", "idea search", json!({ "text": "shelves" })).await;
    snap!(found.text(), @r"
    Search for “shelves”
    1 idea found, best first
    [K-2] Label the shelf in the supply room · Submitted · @mara
    ");
    let found = w.slash("rita", "idea search", json!({ "text": "消毒" })).await;
    snap!(found.text(), @r"
    Search for “消毒”
    1 idea found, best first
    [K-3] 病房门口需要手消毒液 · Submitted · @mara
    ");
    let found = w.slash("rita", "idea search", json!({ "text": "chairs" })).await;
    assert!(found.text().starts_with("Search for “chairs”. Add a word to see fewer."), "{}", found.text());
    assert_eq!(found.text().matches("Another chair").count(), 10);
    let found = w.slash("rita", "idea search", json!({ "text": "🧹🧴" })).await;
    snap!(found.text(), @"There are no words in “🧹🧴” to look for. Type a word or two of the idea, or its number.");
    let found = w.slash("rita", "idea search", json!({ "text": "نظافة" })).await;
    snap!(found.text(), @"No idea matches “نظافة”. Try fewer or other words, or suggest it: `/suggest`.");
}
