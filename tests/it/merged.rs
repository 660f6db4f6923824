//! Two ideas that say the same: merged from the confirmation of the second, or by command; undone within 14 days.
//!
//! ```text
//! ines   /suggest idea:No labels in the supply room
//!        → recorded as K-2; it may be close to K-1            [Merge into K-1]
//! ```

use kaizen_tests::{World, idea_of, snap, story};
use serde_json::json;

story!(merged_from_the_confirmation);
story!(merged_by_command, sqlite);

async fn merged_from_the_confirmation(w: &mut World) {
    let first = w.suggest("sam", "The supply room has no labels").await;
    w.press("rita", first, "Me too").await;
    let confirmation = w.slash("ines", "suggest", json!({ "idea": "No labels in the supply room" })).await;
    snap!(confirmation.text(), @"");
    let second = idea_of(&confirmation);
    w.press("otto", second, "Me too").await;

    let reply = w.press_on("ines", confirmation.message(), "Merge into K-1").await;
    snap!(reply.text(), @"");
    snap!(w.card(second), @"");
    snap!(w.last_post(second), @"");
    snap!(w.last_post(first), @"");
    assert!(w.card(first).contains("Supporters: 3"), "rita, ines, otto: {}", w.card(first));

    // Ines and otto follow the first one now.
    w.slash_at(first, "mara", "idea finding", json!({ "text": "Counted: 14 searches a week" })).await;
    w.slash_at(first, "mara", "idea accept", json!({ "reason": "Cheap" })).await;
    snap!(w.last_dm("ines"), @"");
    assert!(w.last_dm("otto").contains("[K-1]"));

    let reply = w.slash("ines", "idea reopen", json!({ "number": "K-2", "reason": "Mine is about the cupboard" })).await;
    snap!(reply.text(), @"");
    assert_eq!(w.history(second.0).await, ["submitted", "supported", "merged_into", "reopened"]);
}

async fn merged_by_command(w: &mut World) {
    let first = w.suggest("sam", "The supply room has no labels").await;
    w.advance("1h").await;
    let second = w.suggest("ines", "A clock that can be seen from the desk").await;
    let merge = |number: &str, into: &str| json!({ "number": number, "into": into });
    let reply = w.slash("sam", "idea merge", merge("K-1", "K-2")).await;
    snap!(reply.text(), @"");
    let reply = w.slash("sam", "idea merge", merge("K-1", "K-1")).await;
    snap!(reply.text(), @"");
    let reply = w.slash("otto", "idea merge", merge("K-2", "K-1")).await;
    snap!(reply.text(), @"");
    let reply = w.slash("sam", "idea merge", merge("K-1", "K-9")).await;
    snap!(reply.text(), @"");
    w.slash("mara", "idea merge", merge("K-2", "K-1")).await;
    let reply = w.slash("mara", "idea merge", merge("K-1", "K-2")).await;
    snap!(reply.text(), @"");
    w.slash_at(first, "sam", "idea withdraw", json!({})).await;
    w.advance("15 days").await;
    let reply = w.slash("ines", "idea reopen", json!({ "number": "K-2", "reason": "Too late" })).await;
    snap!(reply.text(), @"");
    assert_eq!(w.history(second.0).await, ["submitted", "merged_into"]);
}
