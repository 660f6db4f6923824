//! What people are told when something is not possible, and what is nearly right: names, words, dates, who is asked.

use kaizen_domain::Number;

use super::*;

async fn suggested(talk: &Talk) {
    talk.types("sam", "suggest", &[("idea", "The supply room has no labels")]).await;
}

#[tokio::test]
async fn expect_no_program_to_answer_for_anything() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    talk.types("mara", "idea acknowledge", &[("number", "1")]).await;
    let args = |name: &str, value: &str| (name.to_owned(), arg(name, value));
    let command = |name: &str, option: &str| Input::Command {
        name: name.into(),
        args: Args([args("number", "1"), args("reason", "It is good"), args(option, "@ines")].into()),
    };
    let chosen = Input::Press {
        id: "k1:setup:managers-chosen:1".into(),
        values: vec!["106".into()],
        people: vec![person("ines")],
        private: true,
    };
    let before = talk.memory.state().policy.version;
    for (who, input) in [
        ("mara", command("idea accept", "owner")),
        ("mara", command("idea assign", "to")),
        ("mara", command("idea refer", "to")),
        ("cleo", chosen),
    ] {
        let request = Request {
            id: format!("{input:?}"),
            guild: Some(GUILD),
            person: person(who),
            bots: vec![UserId(106)],
            place: talk.place,
            locale: "en-GB".into(),
            input,
        };
        let answer = said(talk.chat.handle(request).await);
        assert!(answer.text.starts_with("<@106> is an app, not a person"), "{}", answer.text);
    }
    assert_eq!((talk.memory.steps(1), talk.memory.state().policy.version), (2, before));
}

#[tokio::test]
async fn expect_an_idea_to_come_back_only_from_one_that_there_is() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    talk.types("sam", "idea withdraw", &[("number", "1")]).await;
    let options = |from: &'static str| [("number", "1"), ("reason", "Came back"), ("came-back-from", from)];
    let refused = talk.types("cleo", "idea reopen", &options("77")).await;
    assert!(refused.text.contains("There is no idea K-77"), "{}", refused.text);
    assert_eq!(talk.stage(1), StageName::Withdrawn);
    talk.types("sam", "suggest", &[("idea", "A bell at the door")]).await;
    talk.types("cleo", "idea reopen", &options("2")).await;
    assert_eq!(talk.stage(1), StageName::Submitted);
}

#[tokio::test]
async fn expect_authors_not_to_be_told_to_support_their_own_idea() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    let refused = said(talk.presses("sam", 1, Step::Acknowledge).await);
    assert!(refused.text.contains("It is your own idea"), "{}", refused.text);
    assert!(!refused.text.contains("Me too"), "{}", refused.text);
    let refused = said(talk.presses("ines", 1, Step::Acknowledge).await);
    assert!(refused.text.contains("You can support it with **Me too**"), "{}", refused.text);
}

#[tokio::test]
async fn expect_somebody_who_is_asked_twice_named_once() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    talk.types("mara", "idea acknowledge", &[("number", "1")]).await;
    talk.types("mara", "idea accept", &[("number", "1"), ("reason", "Cheap and good")]).await;
    let refused = said(talk.presses("ines", 1, Step::Implemented).await);
    assert_eq!(refused.text.matches("<@102>").count(), 1, "{}", refused.text);
}

#[tokio::test]
async fn expect_a_stale_button_not_to_claim_an_older_step_as_the_last() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    talk.types("mara", "idea acknowledge", &[("number", "1")]).await;
    talk.types("mara", "idea accept", &[("number", "1"), ("reason", "Cheap and good"), ("owner", "@ines")])
        .await;
    let old =
        Id::Step { step: Step::Acknowledge, number: Number(1), stage: StageName::Submitted }.to_string();
    let accepted = said(talk.presses_id("mara", &old, &[], &[]).await);
    assert!(
        accepted.text.starts_with("The card has moved on: already accepted by <@102>"),
        "{}",
        accepted.text
    );
    talk.types("ines", "idea implemented", &[("number", "1"), ("what-changed", "Labels on all shelves")])
        .await;
    let later = said(talk.presses_id("mara", &old, &[], &[]).await);
    assert!(later.text.starts_with("The card has moved on: already carried out by <@106>"), "{}", later.text);
}

#[tokio::test]
async fn expect_a_wrong_word_answered_with_the_right_ones() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    talk.types("mara", "idea acknowledge", &[("number", "1")]).await;
    for (name, option, right) in [
        ("idea accept", ("loop", "nonsense"), "case"),
        ("idea accept", ("as", "nonsense"), "trial"),
        ("idea decline", ("class", "nonsense"), "not feasible"),
        ("idea feedback", ("works", "nonsense"), "partly"),
    ] {
        let options = [("number", "1"), ("reason", "Long enough to be a reason"), option];
        let refused = talk.types("mara", name, &options).await;
        assert!(refused.text.contains("is not one of the words to choose from"), "{}", refused.text);
        assert!(refused.text.contains(right), "{}", refused.text);
    }
    let options = [("number", "1"), ("effect", "worked"), ("note", "Asked around"), ("before", "10")];
    let missing = talk.types("mara", "idea outcome", &options).await;
    assert!(missing.text.contains("wellbeing") && missing.text.contains("missing"), "{}", missing.text);
    assert_eq!(talk.stage(1), StageName::Acknowledged);
}

#[tokio::test]
async fn expect_the_confirmation_to_say_what_is_different_about_done_and_for_a_colleague() {
    let talk = Talk::in_ward_3();
    let options = [("idea", "Hooks for the aprons"), ("done", "yes"), ("for-name", "Old *Joe*")];
    let said = talk.types("sam", "suggest", &options).await;
    assert!(said.text.contains("nothing to decide"), "{}", said.text);
    assert!(
        said.text.contains(r"pass on what you hear to") && said.text.contains(r"Old \*Joe\*"),
        "{}",
        said.text
    );
}

#[tokio::test]
async fn expect_an_unknown_team_answered_with_something_that_staff_can_do() {
    let talk = Talk::in_ward_3();
    let refused = talk.types("sam", "suggest", &[("idea", "A bell"), ("team", "Mars")]).await;
    assert!(!refused.text.contains("/kaizen"), "staff may not list the teams: {}", refused.text);
}

#[tokio::test]
async fn expect_an_empty_list_to_tell_no_ideas_from_none_that_match() {
    let talk = Talk::in_ward_3();
    let none = talk.types("sam", "idea list", &[]).await;
    assert!(none.text.starts_with("There is no idea yet."), "{}", none.text);
    suggested(&talk).await;
    let filtered = talk.types("sam", "idea list", &[("status", "declined")]).await;
    assert!(filtered.text.contains("without options"), "{}", filtered.text);
}
