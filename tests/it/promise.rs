//! The promise, counted once: `/measures`, the digest's line and `/my` say the same.
//!
//! ```text
//! anyone /measures promise:yes → the ledger by kind, and what is overdue the longest
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(measures_digest_and_my_say_the_same);

async fn measures_digest_and_my_say_the_same(w: &mut World) {
    let labels = w.suggest("sam", "The supply room has no labels").await;
    w.press("mara", labels, "Acknowledge").await;
    w.slash_at(labels, "mara", "idea accept", json!({ "reason": "Cheap" })).await;
    let asked = w.suggest("ines", "A clock that can be seen from the desk").await;
    w.slash_at(asked, "mara", "idea ask", json!({ "question": "Which desk?" })).await;
    w.slash_at(asked, "ines", "idea answer", json!({ "text": "The one at the door" })).await;
    w.suggest("rita", "A bell at the door").await;
    // Two working days and a little: the third waits longer than promised, and is still mara's.
    w.advance("49h").await;
    w.slash("otto", "suggest", json!({ "idea": "Warmer blankets", "team": "Theatre" })).await;

    let all = w.slash("sam", "measures", json!({})).await;
    assert!(all.private());
    snap!(all.text(), @r"
    **Promise kept**, the whole community, Mon 19 Oct to Wed 18 Nov: 3 of 4 in time, 0 late, 1 overdue now, 4 open.
    -# Given in time ÷ (given in time + given late + overdue now): first answers, decisions, implementations, outcome checks and actions of debriefs.
    By team
    - Ward 3: 3 of 4 in time, 0 late, 1 overdue now, 3 open
    - Theatre: nothing was due or given, 1 open
    ");
    let ward =
        w.slash("sam", "measures", json!({ "team": "Ward 3", "period": "7 days", "promise": true })).await;
    snap!(ward.text(), @r"
    **Promise kept**, Ward 3, Wed 11 Nov to Wed 18 Nov: 3 of 4 in time, 0 late, 1 overdue now, 3 open.
    -# Given in time ÷ (given in time + given late + overdue now): first answers, decisions, implementations, outcome checks and actions of debriefs.
    The ledger by kind
    - an acknowledgement: 2 of 3 in time, 0 late, 1 overdue now, 1 open
    - a decision: 1 of 1 in time, 0 late, 0 overdue now, 1 open
    - the implementation: nothing was due or given, 1 open
    Overdue the longest (1)
    - [K-3] A bell at the door · an acknowledgement from @mara, **late**, since Wed 18 Nov 10:00
    ");
    let digest = w.slash("mara", "digest preview", json!({})).await;
    assert!(digest.text().contains("promise kept: 3 of 4 answers in time"), "{}", digest.text());
    let my = w.slash("mara", "my", json!({})).await;
    assert!(my.text().contains("1 of them later than promised"), "{}", my.text());
    let wrong = w.slash_forged("sam", "measures", json!({ "team": "Nowhere" })).await;
    assert!(wrong.text().contains("Nowhere"), "{}", wrong.text());
}
