//! The ways to suggest: by option, by form, from a message that somebody wrote, for a colleague, already mended; and several
//! at once.
//!
//! ```text
//! sam    /suggest                          → the form *Suggest an improvement*
//! ines   sam's message → Suggest improvement
//! sam    /suggest idea:… done:yes          → an acknowledgement and an outcome check are owed, no decision
//! ```

use kaizen_tests::{Idea, World, idea_of, snap, story};
use serde_json::json;

story!(by_form);
story!(from_a_message);
story!(already_mended);
story!(for_a_colleague, sqlite);
story!(its_thread_is_known_at_once);

async fn by_form(w: &mut World) {
    let form =
        w.slash("sam", "suggest", json!({ "area": "equipment", "for-name": "Jo from the kitchen" })).await;
    snap!(form.text(), @r"
    Form: Suggest an improvement
    - What could work better? ★
    - What do you suggest?
    - What would it help?
    - For which colleague?: Jo from the kitchen
    ");
    let fields =
        json!({ "idea": "The trolley squeaks", "proposal": "Oil it every month", "benefit": "Sleep" });
    let reply = w.fill("sam", &form, fields).await;
    let idea = idea_of(&reply);
    snap!(w.card(idea), @r"
    K-1 · Submitted
    The trolley squeaks
    Author: @sam, for Jo from the kitchen
    Stage: Submitted: it waits for a first answer
    Area: equipment
    Responsible: @mara (manages Ward 3)
    Due: an acknowledgement from @mara, by Wed 18 Nov 10:00
    Supporters: none yet
    What the author suggests: Oil it every month
    What it would help: Sleep
    K-1
    [Acknowledge] [Add finding] [Ask author] [Refer] [Me too] [Follow]
    ");
    snap!(w.last_post(idea), @r"
    @sam suggests for Jo from the kitchen:
    > The trolley squeaks
    **Suggestion**:
    > Oil it every month
    **What it would help**:
    > Sleep
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 1
    (pings mara)
    ");
    let reply = w.slash("sam", "suggest", json!({ "idea": "A bell", "team": "Nowhere" })).await;
    snap!(reply.text(), @r"
    There is no team called “Nowhere”. Pick one of those that are offered while you type.
    This is what you typed, so that it is not lost:
    **idea**:
    > A bell
    ");
    let reply = w.slash("sam", "suggest", json!({ "idea": "A bell", "area": "weather" })).await;
    snap!(reply.text(), @r"
    “weather” is not something that *area* takes. It takes: safety, quality, time, cost, wellbeing, equipment, information, other.
    This is what you typed, so that it is not lost:
    **idea**:
    > A bell
    ");
}

async fn from_a_message(w: &mut World) {
    let text = "Somebody should really do something about the squeaking trolley, it wakes everybody at six";
    let said = w.sim.person("sam").say("ward-3", text).await.expect("sam may write here");
    let form = w.on_message("ines", &said, "Suggest improvement").await;
    snap!(form.text(), @r"
    Form: Suggest an improvement
    - What could work better? ★: Somebody should really do something about the squeaking trolley, it wakes everybody at six
    - What do you suggest?
    - What would it help?
    ");
    let idea = idea_of(&w.fill("ines", &form, json!({ "proposal": "Oil it" })).await);
    assert!(w.card(idea).contains("Author: @ines"), "whoever suggests it is its author: {}", w.card(idea));
    snap!(w.last_post(idea), @r"
    @ines suggests:
    > Somebody should really do something about the squeaking trolley, it wakes everybody at six
    **Suggestion**:
    > Oil it
    It came from [somebody else's message] in #ward-3.
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 1
    (pings mara)
    ");
    let form = w.on_message("sam", &said, "Suggest improvement").await;
    let own = idea_of(&w.fill("sam", &form, json!({})).await);
    assert!(w.last_post(own).contains("It came from [a message] in #ward-3."), "{}", w.last_post(own));

    // Longer than the field: the rest stands in the next one.
    let long = "The trolley squeaks in the corridor at night. ".repeat(30);
    let said = w.sim.person("sam").say("ward-3", &long).await.expect("sam may write here");
    let form = w.on_message("sam", &said, "Suggest improvement").await;
    let idea = idea_of(&w.fill("sam", &form, json!({})).await);
    let stored = w.stored(idea.0).await.suggestion;
    let written = |text: &kaizen_domain::Text| {
        text.written().unwrap_or_default().chars().filter(|c| *c != '…').collect::<String>()
    };
    let both = format!(
        "{} {}",
        written(&stored.idea).trim(),
        stored.proposal.as_ref().map(written).unwrap_or_default().trim()
    );
    assert_eq!(
        both.split_whitespace().collect::<Vec<_>>(),
        long.split_whitespace().collect::<Vec<_>>(),
        "nothing is cut"
    );

    // In its thread a message can be recorded as a finding.
    let said = w
        .sim
        .person("mara")
        .say(w.thread_id(own), "I oiled it: it still squeaks")
        .await
        .expect("mara may write here");
    let reply = w.on_message("mara", &said, "Record as finding").await;
    snap!(reply.text(), @r"
    Recorded: your finding on [K-2]. It is in the thread.
    Next: @mara decides by Mon 30 Nov 10:00.
    When you are ready: `/idea accept`, `/idea decline` or `/idea defer`, or the button **Decide** on the card.
    ");
    assert!(w.last_post(own).contains("it still squeaks"));
}

async fn already_mended(w: &mut World) {
    let reply = w.slash("sam", "suggest", json!({ "idea": "We labelled the shelves", "done": true })).await;
    let idea = idea_of(&reply);
    snap!(w.card(idea), @r"
    K-1 · Submitted
    We labelled the shelves
    *Already mended by those who suggest it.*
    Author: @sam
    Stage: Submitted: it waits for a first answer
    Responsible: @mara (manages Ward 3)
    Due: an acknowledgement from @mara, by Wed 18 Nov 10:00
    Supporters: none yet
    K-1
    [Acknowledge] [Add finding] [Ask author] [Refer] [Me too] [Follow]
    ");
    let reply = w.press("mara", idea, "Acknowledge").await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is acknowledged, and its author knows.
    Next: on Wed 16 Dec 10:00 those who work with it are asked whether it helps; then @mara records the outcome.
    ");
    w.advance("20 days").await;
    snap!(w.card(idea), @r"
    K-1 · Implemented
    We labelled the shelves
    *Already mended by those who suggest it.*
    Author: @sam
    Stage: Implemented: it was done; does it help?
    Responsible: @mara (manages Ward 3)
    Due: the outcome check from @mara, after those who work with it are asked on Wed 16 Dec 10:00
    Supporters: none yet
    What changed: @sam
    We labelled the shelves
    K-1
    [Record outcome] [It works] [Partly] [It does not] [Follow]
    ");
}

async fn for_a_colleague(w: &mut World) {
    let reply = w
        .slash(
            "sam",
            "suggest",
            json!({ "idea": "A stool for the ironing room", "for-name": "Jo, laundry *night*" }),
        )
        .await;
    snap!(reply.text(), @r"
    Thank you. Your idea is recorded as **K-1**. You find it in [K-1].
    @mara (manages Ward 3) has it now. Next: @mara acknowledges it within 2 working days, by Wed 18 Nov 10:00.
    Please pass on what you hear to Jo, laundry \*night\*.
    You are told of every step. You can change it with `/idea edit`, or take it back with `/idea withdraw`.
    ");
    let idea = idea_of(&reply);
    w.press("mara", idea, "Acknowledge").await;
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: A stool for the ironing room
    @mara has seen it and takes it seriously.
    Next: @mara decides by Mon 30 Nov 10:00.
    Thank you for it. You will hear what is decided, and why.
    Please pass this on to Jo, laundry \*night\*.
    -# K-1 · 2
    ");
    w.slash_at(idea, "mara", "idea ask", json!({ "question": "How high?" })).await;
    snap!(w.last_dm("sam"), @r"
    Somebody needs your answer on [K-1]: A stool for the ironing room
    @mara asks the author:
    > How high?
    Next: @sam answers by Mon 23 Nov 10:00. Until then the decision waits.
    You can answer in its thread, with `/idea answer` or the button **Answer** on the card. If the time runs out it is not closed; it goes on without your answer.
    You typed it for Jo, laundry \*night\*: please ask them, and answer for them.
    -# K-1 · 3
    ");
    w.slash_at(idea, "sam", "idea answer", json!({ "text": "60 cm, says Jo" })).await;
    w.press("rita", idea, "Me too").await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Cheap" })).await;
    assert!(w.last_dm("sam").contains("Please pass this on to Jo, laundry"), "{}", w.last_dm("sam"));
    // Only who typed it passes anything on.
    assert!(!w.last_dm("rita").contains("pass this on"), "{}", w.last_dm("rita"));
    assert!(w.card(idea).contains("Author: @sam, for Jo, laundry"), "{}", w.card(idea));
}

/// What was sent about several ideas is written down together. Whoever answers in a thread before that is not asked which
/// idea they mean.
async fn its_thread_is_known_at_once(w: &mut World) {
    w.settles = false;
    for (number, idea) in (1..).zip(["A hook", "A lamp", "A bell"]) {
        w.slash("sam", "suggest", json!({ "idea": idea })).await;
        let has_thread = || w.cards(Idea(number)).iter().any(|card| card.thread.is_some());
        w.until(async || has_thread() && !w.thread(Idea(number)).is_empty()).await;
        let reply = w.slash_at(Idea(number), "mara", "idea acknowledge", json!({})).await;
        assert!(reply.text().contains(&format!("K-{number}")), "{}", reply.text());
    }
    w.settles = true;
    w.settle().await;
}
