//! Every stage × action × person, by what people type and press: what the domain refuses, the chat refuses privately, with a
//! reason, and nothing has changed.

use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::protocol::{
    AcceptAs, ActionName, Command, DeclineClass, Effect, Loop, ReferTo, TrialPlan, Works,
};
use kaizen_domain::suggestion::{StageName, decide, may};
use kaizen_domain::{ActingMember, Actor, Instant, MemberId, UserId};
use kaizen_tests::hospital::person;
use kaizen_tests::{Idea, World, story};
use kaizen_workflow::clock::Clock;
use kaizen_workflow::engine::target_of;
use kaizen_workflow::ports::{Store, Stored};
use serde_json::{Value, json};

story!(whoever_may_not_changes_nothing);

pub(crate) const PEOPLE: [&str; 6] = ["sam", "mara", "noor", "cleo", "otto", "ines"];

async fn whoever_may_not_changes_nothing(w: &mut World) {
    // What ideas are merged into.
    w.suggest("ines", "The oldest idea").await;
    let mut ideas = Vec::new();
    for stage in StageName::ALL {
        ideas.push((stage, bring_to(w, stage).await));
    }
    let members = members(w).await;
    let policy = w.workspace().await.expect("a workspace").policy;
    let (mut refused, mut allowed) = (0, 0);
    for (stage, idea) in ideas {
        let before = w.stored(idea.0).await;
        assert_eq!(before.suggestion.stage.name(), stage);
        let card = w.card_message(idea);
        for (who, member) in PEOPLE.into_iter().zip(members.iter().copied()) {
            for action in ActionName::ALL {
                if !domain_refuses(w, &before, action, (who, member), &members).await {
                    allowed += 1;
                    continue;
                }
                refused += 1;
                let (command, options) = typed(idea, action);
                let sent = w.sim.person(who).slash("ward-3", command, options).await;
                let reply = sent
                    .unwrap_or_else(|why| panic!("{who} /{command}: {why}"))
                    .message()
                    .await
                    .expect("an answer");
                expect_refusal(&format!("{stage:?}: /{command} by {who}"), &reply);
            }
            for button in card.buttons() {
                let Some(action) = action_of(&button) else { continue };
                // A button may open a form; what is filled in is looked at when it is sent.
                let actor = Actor::Member(ActingMember { id: member, roles: vec![], admin: who == "cleo" });
                if may(&before.suggestion, action, &actor, &policy, w.clock.now()).is_err() {
                    let sent = w.sim.person(who).press(&card, &button).await;
                    let reply = sent
                        .unwrap_or_else(|why| panic!("{who} [{button}]: {why}"))
                        .message()
                        .await
                        .expect("an answer");
                    expect_refusal(&format!("{stage:?}: [{button}] by {who}"), &reply);
                }
            }
        }
        assert_eq!(w.stored(idea.0).await, before, "{stage:?}: a refusal changes nothing");
    }
    assert!(refused > 700 && allowed > 200, "{refused} refused, {allowed} allowed");
}

pub(crate) fn expect_refusal(what: &str, reply: &discord_sim::Message) {
    let text = reply.all_text();
    assert!(reply.ephemeral_for.is_some(), "{what} is refused privately: {text}");
    assert!(!text.starts_with("Recorded") && !text.contains("Sorry"), "{what}: {text}");
    assert!(text.split_whitespace().count() >= 6, "{what} is refused with a reason: {text}");
}

/// The members of [`PEOPLE`], in their order.
pub(crate) async fn members(w: &World) -> Vec<MemberId> {
    let workspace = w.workspace().await.expect("a workspace").id;
    let users: Vec<UserId> = PEOPLE.iter().map(|name| UserId(person(name))).collect();
    w.db.members(workspace, &users).await.expect("the database answers")
}

async fn bring_to(w: &mut World, stage: StageName) -> Idea {
    let idea = w.suggest("sam", "Put the spare batteries next to the hoists").await;
    let steps: &[(&str, &str, Value)] = &match stage {
        StageName::Submitted => vec![],
        StageName::Acknowledged => vec![("mara", "idea acknowledge", json!({}))],
        StageName::Investigating => vec![("mara", "idea finding", json!({ "text": "Counted" }))],
        StageName::AwaitingInformation => vec![("mara", "idea ask", json!({ "question": "Which hoists?" }))],
        StageName::Accepted => accepted(),
        StageName::Implemented => [accepted(), implemented()].concat(),
        StageName::Verified => {
            let outcome = json!({ "effect": "worked", "note": "Counted for a week" });
            [accepted(), implemented(), vec![("mara", "idea outcome", outcome)]].concat()
        }
        StageName::Declined => vec![
            ("mara", "idea finding", json!({ "text": "Counted" })),
            ("mara", "idea decline", json!({ "reason": "The hoists have no room for a box." })),
        ],
        StageName::Deferred => vec![
            ("mara", "idea acknowledge", json!({})),
            ("mara", "idea defer", json!({ "reason": "After the move", "until": "30 days" })),
        ],
        StageName::Merged => vec![("mara", "idea merge", json!({ "into": "K-1" }))],
        StageName::Withdrawn => vec![("sam", "idea withdraw", json!({}))],
    };
    for (who, command, options) in steps {
        w.slash_at(idea, who, command, options.clone()).await;
    }
    idea
}

fn accepted() -> Vec<(&'static str, &'static str, Value)> {
    let accept = json!({ "reason": "Cheap and quick", "owner": "ines" });
    vec![("mara", "idea acknowledge", json!({})), ("mara", "idea accept", accept)]
}

fn implemented() -> Vec<(&'static str, &'static str, Value)> {
    vec![("ines", "idea implemented", json!({ "what-changed": "A box on each hoist" }))]
}

/// What the action's button is called, where it has one.
fn action_of(button: &str) -> Option<ActionName> {
    Some(match button {
        "Acknowledge" => ActionName::Acknowledge,
        "Add finding" => ActionName::AddFinding,
        "Ask author" => ActionName::Ask,
        "Refer" => ActionName::Refer,
        "Answer" => ActionName::Answer,
        "Implemented" => ActionName::RecordImplementation,
        "Record outcome" => ActionName::RecordOutcome,
        "It works" | "Partly" | "It does not" => ActionName::GiveFeedback,
        "Appeal" => ActionName::Appeal,
        "Me too" => ActionName::Support,
        "Follow" => ActionName::Follow,
        // Asks for the verdict first; who may accept, may press it.
        "Decide" => ActionName::Accept,
        other => panic!("a button that nobody knows: {other}"),
    })
}

/// The command for an action, as somebody types it.
fn typed(idea: Idea, action: ActionName) -> (&'static str, Value) {
    let (command, mut options) = match action {
        ActionName::Acknowledge => ("idea acknowledge", json!({})),
        ActionName::AddFinding => ("idea finding", json!({ "text": "Counted" })),
        ActionName::Ask => ("idea ask", json!({ "question": "Which hoists?" })),
        ActionName::Answer => ("idea answer", json!({ "text": "All four" })),
        ActionName::Assign => ("idea assign", json!({ "to": "otto", "reason": "Because it helps" })),
        ActionName::Refer => ("idea refer", json!({ "reason": "Because it helps" })),
        ActionName::Accept => ("idea accept", json!({ "reason": "Cheap and quick", "owner": "ines" })),
        ActionName::Decline => ("idea decline", json!({ "reason": "The hoists have no room for a box." })),
        ActionName::Defer => ("idea defer", json!({ "reason": "After the move", "until": "30 days" })),
        ActionName::Replan => ("idea replan", json!({ "reason": "Because it helps", "due": "50 days" })),
        ActionName::RecordImplementation => {
            ("idea implemented", json!({ "what-changed": "A box on each hoist" }))
        }
        ActionName::RecordOutcome => ("idea outcome", json!({ "effect": "worked", "note": "Counted" })),
        ActionName::GiveFeedback => ("idea feedback", json!({ "works": "it works" })),
        ActionName::Appeal => ("idea appeal", json!({ "reason": "Because it helps" })),
        ActionName::Edit => ("idea edit", json!({})),
        ActionName::Withdraw => ("idea withdraw", json!({})),
        ActionName::Merge => ("idea merge", json!({ "into": "K-1" })),
        ActionName::Redact => ("idea redact", json!({})),
        ActionName::Reopen => ("idea reopen", json!({ "reason": "Because it helps" })),
        ActionName::Support => ("idea support", json!({})),
        ActionName::Follow => ("idea follow", json!({})),
    };
    options["number"] = json!(idea.to_string());
    (command, options)
}

/// What the domain says to the same.
async fn domain_refuses(
    w: &World,
    stored: &Stored,
    action: ActionName,
    (who, member): (&str, MemberId),
    members: &[MemberId],
) -> bool {
    let policy = w.workspace().await.expect("a workspace").policy;
    let now: Instant = w.clock.now();
    let reason = || "Because it helps".to_owned();
    let later = |days| now + chrono::TimeDelta::days(days);
    let command = match action {
        ActionName::Acknowledge => Command::Acknowledge,
        ActionName::AddFinding => Command::AddFinding { text: "Counted".into() },
        ActionName::Ask => Command::Ask { question: "Which hoists?".into() },
        ActionName::Answer => Command::Answer { text: "All four".into() },
        ActionName::Assign => Command::Assign { to: members[4], reason: reason() },
        ActionName::Refer => Command::Refer { to: ReferTo::NextLevel, reason: reason() },
        ActionName::Accept => Command::Accept {
            how: AcceptAs::AsSuggested,
            rationale: "Cheap and quick".into(),
            implementer: Some(members[5]),
            due: None,
            changes: Loop::Case,
            norm: None,
            trial: TrialPlan::default(),
        },
        ActionName::Decline => Command::Decline {
            class: DeclineClass::Other,
            rationale: "The hoists have no room for a box.".into(),
        },
        ActionName::Defer => Command::Defer { rationale: "After the move".into(), until: later(30) },
        ActionName::Replan => {
            Command::Replan { reason: reason(), implementer: None, due: Some(later(50)), stop: false }
        }
        ActionName::RecordImplementation => {
            Command::RecordImplementation { what_changed: "A box on each hoist".into() }
        }
        ActionName::RecordOutcome => {
            Command::RecordOutcome { effect: Effect::Worked, note: "Counted".into(), benefits: vec![] }
        }
        ActionName::GiveFeedback => Command::GiveFeedback { works: Works::Yes, note: None },
        ActionName::Appeal => Command::Appeal { reason: reason() },
        ActionName::Edit => Command::Edit { idea: "On the hoists".into(), proposal: None, benefit: None },
        ActionName::Withdraw => Command::Withdraw { reason: None },
        ActionName::Merge => Command::Merge { into: target_of(&w.stored(1).await, stored.number) },
        ActionName::Redact => Command::Redact { words: vec!["batteries".into()] },
        ActionName::Reopen => Command::Reopen { reason: reason(), came_back_from: None },
        ActionName::Support => Command::Support,
        ActionName::Follow => Command::Follow,
    };
    // Cleo owns the community, which makes her an administrator; that opens the set-up, not other people's ideas.
    let actor = Actor::Member(ActingMember { id: member, roles: vec![], admin: who == "cleo" });
    let decided = decide(&stored.suggestion, &command, &actor, &policy, now);
    if let Err(kaizen_domain::Rejection::NotAllowed { who, .. }) = &decided {
        assert!(!who.is_empty() && !who.contains(&Party::SetUp), "a refusal says who may");
    }
    decided.is_err()
}
