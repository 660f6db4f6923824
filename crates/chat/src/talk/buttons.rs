//! Buttons, the forms that they open, and those who may not.

use kaizen_domain::Number;
use kaizen_domain::suggestion::{Stage, Verdict};

use super::memory::member;
use super::*;

async fn suggested(talk: &Talk) {
    talk.types("sam", "suggest", &[("idea", "The supply room has no labels")]).await;
}

/// **Decide** and then a verdict; the form of it.
async fn decides(talk: &Talk, who: &str, verdict: &str) -> Form {
    let menu = said(talk.presses(who, 1, Step::Decide).await);
    form(talk.presses_id(who, &id_of(&menu, verdict), &[], &[]).await)
}

#[tokio::test]
async fn expect_the_whole_life_by_pressing() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    said(talk.presses("otto", 1, Step::Support).await);
    said(talk.presses("otto", 1, Step::Follow).await);
    said(talk.presses("mara", 1, Step::Acknowledge).await);
    let ask = form(talk.presses("mara", 1, Step::Ask).await);
    said(talk.sends("mara", &ask, &[("question", "Which shelf?")]).await);
    let answer = form(talk.presses("sam", 1, Step::Answer).await);
    said(talk.sends("sam", &answer, &[("text", "The lowest")]).await);
    let finding = form(talk.presses("mara", 1, Step::AddFinding).await);
    said(talk.sends("mara", &finding, &[("text", "Looked at it")]).await);
    let accept = decides(&talk, "mara", "Accept").await;
    let fields = [("reason", "Cheap and good"), ("due", "2 weeks"), ("loop", "practice")];
    let reply = talk.sends("mara", &accept, &fields).await;
    assert!(matches!(reply, Reply::Update(_)), "the message with the verdicts becomes the answer");
    let implemented = form(talk.presses("mara", 1, Step::Implemented).await);
    said(talk.sends("mara", &implemented, &[("what-changed", "Labels on all shelves")]).await);
    said(talk.presses("sam", 1, Step::Feedback(kaizen_domain::suggestion::Works::Yes)).await);
    let menu = said(talk.presses("cleo", 1, Step::Outcome).await);
    let outcome = form(talk.presses_id("cleo", &id_of(&menu, "Worked"), &[], &[]).await);
    said(
        talk.sends("cleo", &outcome, &[("note", "Asked around"), ("benefit", "time"), ("before", "10")])
            .await,
    );
    assert_eq!(talk.stage(1), StageName::Verified);
}

#[tokio::test]
async fn expect_the_other_verdicts_and_the_appeal() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    said(talk.presses("mara", 1, Step::Acknowledge).await);
    let menu = said(talk.presses("mara", 1, Step::Decide).await);
    let missing = said(talk.presses_id("mara", &id_of(&menu, "Decline"), &[], &[]).await);
    let finding = form(talk.presses_id("mara", &id_of(&missing, "Add finding"), &[], &[]).await);
    said(talk.sends("mara", &finding, &[("text", "Asked Ward 2")]).await);
    let decline = decides(&talk, "mara", "Decline").await;
    said(
        talk.sends("mara", &decline, &[("reason", "Ward 2 tried it and they came off"), ("class", "Other")])
            .await,
    );
    let appeal = form(talk.presses("sam", 1, Step::Appeal).await);
    said(talk.sends("sam", &appeal, &[("reason", "Those were paper")]).await);
    said(talk.presses("noor", 1, Step::Acknowledge).await);
    let trial = decides(&talk, "noor", "Trial").await;
    let fields = [("reason", "Worth it"), ("trial-hypothesis", "Faster"), ("trial-review", "6 weeks")];
    said(talk.sends("noor", &trial, &fields).await);
    let idea = talk.memory.suggestion(1);
    assert_eq!((idea.stage.name(), idea.responsible), (StageName::Accepted, member("noor")));
    assert!(matches!(idea.decision.unwrap().verdict, Verdict::Accepted { .. }));
}

#[tokio::test]
async fn expect_defer_and_refer() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    let refer = form(talk.presses("mara", 1, Step::Refer).await);
    said(talk.sends("mara", &refer, &[("reason", "Needs a budget")]).await);
    said(talk.presses("noor", 1, Step::Acknowledge).await);
    let defer = decides(&talk, "noor", "Defer").await;
    let refused =
        said(talk.sends("noor", &defer, &[("reason", "After the move"), ("until", "someday")]).await);
    assert!(refused.text.contains("After the move"), "what was typed is given back: {}", refused.text);
    said(talk.sends("noor", &defer, &[("reason", "After the move"), ("until", "6 weeks")]).await);
    assert!(matches!(talk.memory.suggestion(1).stage, Stage::Deferred { .. }));
}

#[tokio::test]
async fn expect_refusals_before_the_form_and_nothing_changed() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    for step in Step::all().filter(|s| !matches!(s, Step::Support | Step::Follow)) {
        let message = said(talk.presses("otto", 1, step).await);
        assert!(!message.text.is_empty(), "{step:?}");
    }
    assert_eq!(talk.memory.steps(1), 1);
}

#[tokio::test]
async fn expect_a_stale_button_answered_and_the_card_refreshed() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    let old = |step| Id::Step { step, number: Number(1), stage: StageName::Submitted }.to_string();
    said(talk.presses("mara", 1, Step::Acknowledge).await);
    let form = form(talk.presses_id("mara", &old(Step::AddFinding), &[], &[]).await);
    said(talk.presses_id("cleo", &old(Step::Acknowledge), &[], &[]).await);
    assert_eq!(talk.memory.state().refreshed, [1]);
    // What is still possible is done, whatever the card showed.
    said(talk.sends("mara", &form, &[("text", "Looked at it")]).await);
    assert_eq!(talk.stage(1), StageName::Investigating);
}

#[tokio::test]
async fn expect_forged_ids_refused() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    for id in [
        "",
        "k1",
        "k2:acknowledge:1:0",
        "k1:acknowledge:1",
        "k1:acknowledge:99:0",
        "k1:merge:1:1",
        "k1:setup:name:7",
    ] {
        said(talk.presses_id("otto", id, &[], &[]).await);
        let input = Input::Form { id: id.into(), fields: BTreeMap::new() };
        said(talk.request("otto", input).await);
    }
    // A form's id on a button, a button's on a form.
    said(talk.presses_id("mara", &Id::Suggest(Default::default()).to_string(), &[], &[]).await);
    said(
        talk.request("mara", Input::Form { id: "k1:acknowledge:1:0".into(), fields: BTreeMap::new() }).await,
    );
    said(talk.request("mara", Input::Form { id: "k1:decide:1:0".into(), fields: BTreeMap::new() }).await);
    assert_eq!(talk.memory.steps(1), 1);
}

#[tokio::test]
async fn expect_forms_without_what_they_need_refused() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    said(talk.presses("mara", 1, Step::Acknowledge).await);
    for step in Step::all().filter(|s| !s.at_once()) {
        let id = Id::Step { step, number: Number(1), stage: StageName::Acknowledged }.to_string();
        said(talk.request("mara", Input::Form { id, fields: BTreeMap::new() }).await);
    }
    assert_eq!(talk.memory.steps(1), 2);
}
