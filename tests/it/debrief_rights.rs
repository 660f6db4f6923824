//! Every step of a debrief × stage × person, by what people type and press: what the domain refuses, the chat refuses privately,
//! with a reason, and nothing has changed.

use kaizen_domain::debrief::{Column, Command, Mark, Piece, decide, may_read};
use kaizen_domain::{ActingMember, Actor, MemberId};
use kaizen_tests::{LookedBack, World, story};
use kaizen_workflow::clock::Clock;
use kaizen_workflow::debriefs::StoredDebrief;
use serde_json::{Value, json};

use crate::debrief_hostile::stored;
use crate::matrix::{PEOPLE, expect_refusal, members};

story!(whoever_may_not_changes_nothing);

/// Something that somebody asks of a debrief: how it is typed, how it is pressed, what the domain hears.
struct Step {
    typed: Option<(&'static str, Value)>,
    pressed: Option<&'static str>,
    command: Command,
}

/// Those with which a form is opened are refused before anybody fills it in.
fn steps(w: &World, members: &[MemberId]) -> Vec<Step> {
    let due = w.clock.now() + chrono::TimeDelta::days(14);
    let step = |typed, pressed, command| Step { typed, pressed, command };
    let redact = |piece| Command::Redact { piece, words: vec!["key".into()] };
    let add = |column| Command::AddItem { column, text: "The tea".into(), source: None };
    vec![
        step(None, Some("join"), Command::Join),
        step(
            Some(("debrief add", json!({ "what": "well", "text": "The tea" }))),
            Some("add:well"),
            add(Column::Well),
        ),
        step(
            Some(("debrief add", json!({ "what": "expected", "text": "The tea" }))),
            Some("add:expected"),
            add(Column::Expected),
        ),
        step(
            Some(("debrief lesson", json!({ "text": "Ring twice" }))),
            None,
            Command::AddLesson { text: "Ring twice".into() },
        ),
        step(
            Some(("debrief action", json!({ "text": "Look", "owner": "ines", "due": "in 2 weeks" }))),
            None,
            Command::AddAction { text: "Look".into(), owner: members[5], due },
        ),
        step(Some(("debrief done", json!({ "action": 1 }))), Some("done:1"), Command::Done { action: 1 }),
        step(Some(("debrief done", json!({ "action": 2 }))), Some("done:2"), Command::Done { action: 2 }),
        step(Some(("debrief done", json!({ "action": 3 }))), Some("done:3"), Command::Done { action: 3 }),
        step(
            Some(("debrief edit", json!({ "item": "1" }))),
            Some("edit:1"),
            Command::EditItem { item: 1, text: "It rained".into() },
        ),
        step(
            Some(("debrief edit", json!({ "item": "9" }))),
            Some("edit:9"),
            Command::EditItem { item: 9, text: "It rained".into() },
        ),
        step(Some(("debrief redact", json!({ "item": "1" }))), Some("redact:1"), redact(Piece::Item(1))),
        step(Some(("debrief redact", json!({ "item": "9" }))), Some("redact:9"), redact(Piece::Item(9))),
        step(
            Some(("debrief redact", json!({ "item": "title" }))),
            Some("redact:title"),
            redact(Piece::Title),
        ),
        step(
            Some(("debrief redact", json!({ "item": "Summary" }))),
            Some("redact:summary"),
            redact(Piece::Summary),
        ),
        step(
            Some(("debrief redact", json!({ "item": "action 1" }))),
            Some("redact:action-1"),
            redact(Piece::Action(1)),
        ),
        step(
            Some(("debrief redact", json!({ "item": "action-3" }))),
            Some("redact:action-3"),
            redact(Piece::Action(3)),
        ),
        step(None, Some("keep:2"), Command::KeepLesson { item: 2 }),
        step(None, Some("keep:9"), Command::KeepLesson { item: 9 }),
        step(None, Some("mark:2:used"), Command::MarkLesson { item: 2, mark: Mark::Used }),
        step(None, Some("mark:9:used"), Command::MarkLesson { item: 9, mark: Mark::Used }),
        step(Some(("debrief close", json!({}))), Some("close"), Command::Close { summary: None }),
    ]
}

async fn whoever_may_not_changes_nothing(w: &mut World) {
    let (mut refused, mut allowed) = (0, 0);
    for (number, nameless, closed) in [(1, false, false), (2, true, false), (3, false, true)] {
        let debrief = bring_to(w, LookedBack(number), nameless, closed).await;
        let members = members(w).await;
        let policy = w.workspace().await.expect("a workspace").policy;
        let before: StoredDebrief = stored(w, debrief).await;
        assert_eq!(before.debrief.is_started(), !closed);
        for (who, member) in PEOPLE.into_iter().zip(members.iter().copied()) {
            let acting = ActingMember { id: member, roles: vec![], admin: who == "cleo" };
            if may_read(&before.debrief, &acting, &policy) {
                allowed += 1;
            } else {
                let options = json!({ "number": debrief.to_string() });
                let reply = w.slash(who, "debrief show", options).await;
                expect_refusal(&format!("{debrief}: /debrief show by {who}"), reply.message());
                refused += 1;
            }
            for step in steps(w, &members) {
                let actor = Actor::Member(acting.clone());
                let said = decide(&before.debrief, &step.command, &actor, &policy, w.clock.now());
                if said.is_ok() {
                    allowed += 1;
                    continue;
                }
                if let Some((command, mut options)) = step.typed {
                    options["number"] = json!(debrief.to_string());
                    let reply = w.slash_forged(who, command, options).await;
                    expect_refusal(&format!("{debrief}: /{command} by {who}"), reply.message());
                    refused += 1;
                }
                if let Some(button) = step.pressed {
                    let id = format!("k1:d:{}:{button}", debrief.0);
                    let reply = w.press_forged(who, debrief, &id).await;
                    expect_refusal(&format!("{debrief}: [{button}] by {who}"), reply.message());
                    refused += 1;
                }
            }
        }
        let after = stored(w, debrief).await;
        assert_eq!(after, before, "{debrief}: a refusal changes nothing");
    }
    assert!(refused > 200 && allowed > 80, "{refused} refused, {allowed} allowed");
}

/// Sam leads, Ines takes part; three items, of which the third is a lesson; two actions, of which the second is done.
async fn bring_to(w: &mut World, debrief: LookedBack, nameless: bool, closed: bool) -> LookedBack {
    let options = json!({ "work": "Hill Street", "kind": "home visit", "anonymous-items": nameless });
    w.slash("sam", "debrief start", options).await;
    w.press("ines", debrief, "Join").await;
    let mut steps = vec![
        ("ines", "debrief add", json!({ "what": "badly", "text": "Nobody had the key" })),
        ("ines", "debrief add", json!({ "what": "escalate", "text": "A second key" })),
        ("ines", "debrief lesson", json!({ "text": "Ring twice before you go in" })),
        ("sam", "debrief action", json!({ "text": "Print it", "owner": "ines", "due": "in 2 weeks" })),
        ("sam", "debrief action", json!({ "text": "Say it", "owner": "sam", "due": "in 2 weeks" })),
        ("sam", "debrief done", json!({ "action": 2 })),
    ];
    if closed {
        steps.push(("sam", "debrief close", json!({})));
    }
    for (who, command, options) in steps {
        w.slash_at(debrief, who, command, options).await;
    }
    debrief
}
