//! The second look: an appeal upheld, a refusal that conflicts with policy, and a decision that changes policy.
//!
//! ```text
//! sam    [Appeal]                                  → noor declines as well: upheld
//! mara   /idea decline class:conflicts with policy → K-2 asks rita, who owns the policy
//! rita   /idea accept loop:policy norm-before:…    → entered in /kaizen policy list
//! ```

use kaizen_domain::suggestion::stage::SecondLook;
use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(an_appeal_upheld);
story!(a_conflict_with_policy_goes_to_the_policy_owner);
story!(a_question_of_policy_without_a_policy_owner, sqlite);
story!(a_norm_that_only_the_policy_owner_knows, sqlite);

async fn declined(w: &mut World, class: &str) -> kaizen_tests::Idea {
    let idea = w.suggest("sam", "Visitors may stay until nine").await;
    w.slash_at(idea, "mara", "idea finding", json!({ "text": "The visiting hours end at seven" })).await;
    let decline = json!({ "reason": "The visiting hours are the same for all wards.", "class": class });
    w.slash_at(idea, "mara", "idea decline", decline).await;
    idea
}

async fn an_appeal_upheld(w: &mut World) {
    let idea = declined(w, "not feasible").await;
    w.slash_at(idea, "sam", "idea appeal", json!({ "reason": "Ask the families" })).await;
    assert!(w.stored(idea.0).await.suggestion.awaits_second_look());
    w.slash_at(idea, "noor", "idea finding", json!({ "text": "Night staff cannot let people in" })).await;
    let decline =
        json!({ "reason": "At night nobody is at the door to let people in.", "class": "not feasible" });
    let reply = w.slash_at(idea, "noor", "idea decline", decline).await;
    snap!(reply.text(), @"Recorded: [K-1] is declined, and the first decision upheld. Its author reads your reason.");
    snap!(w.last_post(idea), @r"
    @noor decided against it after a second look; the first decision is **upheld**: not feasible.
    **Why**:
    > At night nobody is at the door to let people in.
    It is closed. A coordinator can reopen it if something new comes up.
    -# K-1 · 6
    ");
    assert!(
        w.last_dm("sam").contains("the first decision is **upheld**: not feasible."),
        "{}",
        w.last_dm("sam")
    );
    assert!(w.card(idea).contains("Decision: Declined: not feasible; **upheld** after an appeal (@noor)"));
    let history = w.slash("ines", "idea history", json!({ "number": "1" })).await;
    assert!(history.text().contains("the first decision is **upheld**"), "{}", history.text());
    assert_eq!(w.stored(idea.0).await.suggestion.second_look, Some(SecondLook::Upheld));
}

async fn a_conflict_with_policy_goes_to_the_policy_owner(w: &mut World) {
    w.slash("cleo", "kaizen roles add", json!({ "part": "policy owner", "who": "rita" })).await;
    let idea = w.suggest("sam", "Visitors may stay until nine").await;
    w.slash_at(idea, "mara", "idea finding", json!({ "text": "The visiting hours end at seven" })).await;
    let decline = json!({ "reason": "The visiting hours are the same for all wards.", "class": "conflicts with policy" });
    let reply = w.slash_at(idea, "mara", "idea decline", decline).await;
    assert!(
        reply.text().ends_with("The policy owner is asked, in an idea of its own: **K-2**."),
        "{}",
        reply.text()
    );
    let question = kaizen_tests::Idea(2);
    snap!(w.last_post(question), @r"
    @mara puts a question of policy, from **K-1** by @sam:
    > Visitors may stay until nine
    A policy stands in the way of it, or changes with it: the reasons are in K-1. Accepting this with *loop: policy* and the norm before and after enters the change in the policy register.
    It is for @rita, who owns the policy.
    Next: @rita acknowledges it by Wed 18 Nov 10:00.
    -# K-2 · 1
    (pings rita)
    ");
    assert!(
        w.last_post(idea).contains("The question goes to the policy owner, as an idea of its own: **K-2**.")
    );
    assert!(w.last_dm("sam").contains("as an idea of its own: **K-2**."), "{}", w.last_dm("sam"));
    assert!(w.card(idea).contains("With the policy owner: **K-2**"), "{}", w.card(idea));
    assert!(w.card(question).contains("Question of policy, from: **K-1**"), "{}", w.card(question));

    let empty = w.slash("ines", "kaizen policy list", json!({})).await;
    assert!(empty.text().starts_with("No decision has changed a policy yet."), "{}", empty.text());
    w.press("rita", question, "Acknowledge").await;
    let accept = json!({ "reason": "Families work until six", "loop": "policy", "norm-before": "Visits end at seven" });
    let reply = w.slash_at(question, "rita", "idea accept", accept).await;
    assert!(reply.text().contains("norm"), "one of the two norms is a slip: {}", reply.text());
    let accept = json!({
        "reason": "Families work until six", "loop": "policy",
        "norm-before": "Visits end at seven", "norm-after": "Visits end at nine",
    });
    w.slash_at(question, "rita", "idea accept", accept).await;
    assert!(w.last_post(question).contains("The change is in the policy register."));
    let list = w.slash("ines", "kaizen policy list", json!({})).await;
    assert!(list.private());
    snap!(list.text(), @r"
    1 decision has changed a policy.
    Policy register · page 1 of 1
    Mon 16 Nov · [K-2] · @rita
    **Before**: Visits end at seven
    **After**: Visits end at nine
    It came from [K-1]
    ");

    // Declined again after an appeal, it is the same question still.
    w.slash_at(idea, "sam", "idea appeal", json!({ "reason": "The policy changes" })).await;
    w.slash_at(idea, "noor", "idea finding", json!({ "text": "K-2 is accepted" })).await;
    let decline =
        json!({ "reason": "It comes with the new policy, not before.", "class": "conflicts with policy" });
    w.slash_at(idea, "noor", "idea decline", decline).await;
    assert!(w.last_post(idea).contains("**K-2**"));
    assert!(w.workspace().await.is_some());
    let none = w.slash("sam", "idea show", json!({ "number": "3" })).await;
    assert!(none.text().contains("K-3"), "{}", none.text());

    // Words that must go leave both ideas and the register.
    let form = w.slash_at(idea, "sam", "idea redact", json!({})).await;
    w.fill("sam", &form, json!({ "words": "Visitors" })).await;
    assert!(!w.card(question).contains("Visitors"), "{}", w.card(question));
    let form = w.slash_at(question, "rita", "idea redact", json!({})).await;
    w.fill("rita", &form, json!({ "words": "seven" })).await;
    let list = w.slash("ines", "kaizen policy list", json!({})).await;
    assert!(!list.text().contains("seven") && list.text().contains("nine"), "{}", list.text());
}

async fn a_question_of_policy_without_a_policy_owner(w: &mut World) {
    let idea = declined(w, "conflicts with policy").await;
    let question = w.stored(2).await.suggestion;
    assert_eq!(question.questions, Some(kaizen_domain::Number(idea.0)));
    let post = w.last_post(kaizen_tests::Idea(2));
    assert!(
        post.contains("No policy owner is named yet, so it is with @cleo, who coordinates the scheme."),
        "{post}"
    );
    // Its own refusal for the same reason is the answer: the question does not go round.
    let second = kaizen_tests::Idea(2);
    w.slash_at(second, "cleo", "idea finding", json!({ "text": "It is the law" })).await;
    let decline =
        json!({ "reason": "The law sets these hours, not the hospital.", "class": "conflicts with policy" });
    let reply = w.slash_at(second, "cleo", "idea decline", decline).await;
    assert!(!reply.text().contains("policy owner"), "{}", reply.text());
}

async fn a_norm_that_only_the_policy_owner_knows(w: &mut World) {
    w.slash("cleo", "kaizen roles add", json!({ "part": "policy owner", "who": "rita" })).await;
    let idea = w.suggest("sam", "Visitors may stay until nine").await;
    w.press("mara", idea, "Acknowledge").await;
    let reply = w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Good", "loop": "policy" })).await;
    assert!(
        reply.text().contains("The policy owner is asked, in an idea of its own: **K-2**."),
        "{}",
        reply.text()
    );
    let question = kaizen_tests::Idea(2);
    w.press("rita", question, "Acknowledge").await;
    let reply =
        w.slash_at(question, "rita", "idea accept", json!({ "reason": "Good", "loop": "policy" })).await;
    assert!(reply.text().contains("norm"), "whoever owns the policy says the norm: {}", reply.text());
    assert_eq!(w.history(2).await, ["submitted", "acknowledged"]);
}
