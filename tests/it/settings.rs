//! What coordinators set in chat: times, areas, routes, roles. Each is saved at once; what is refused changes nothing.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(times_for_what_begins_from_now_on, sqlite);
story!(areas_come_and_go, sqlite);
story!(the_first_route_that_fits);
story!(coordinators_and_policy_owners, sqlite);
story!(what_is_refused_changes_nothing, sqlite);

async fn times_for_what_begins_from_now_on(w: &mut World) {
    let before = w.suggest("sam", "The supply room has no labels").await;
    let reply = w
        .slash("cleo", "kaizen times set", json!({ "which": "acknowledge", "time": "4 working hours" }))
        .await;
    snap!(reply.text(), @r"
    Recorded.
    - **acknowledge**: 4 working hours (a first answer to an idea)
    This holds for what begins from now on; what is owed already stays due when it was promised.
    ");
    let after = w.suggest("sam", "A clock that can be seen from the desk").await;
    assert!(w.card(before).contains("Wed 18 Nov 10:00"), "{}", w.card(before));
    assert!(w.card(after).contains("Mon 16 Nov 14:00"), "{}", w.card(after));
    let reply = w.slash("cleo", "kaizen times reset", json!({})).await;
    snap!(reply.text(), @r"
    Recorded: the usual times.
    How long a response may take
    - **acknowledge**: 2 working days (a first answer to an idea)
    - **decide**: 10 working days (a decision, from then on)
    - **answer**: 5 working days (an author's answer to a question)
    - **implement**: 30 days (carrying it out, where nobody sets a date)
    - **outcome check**: 30 days (the outcome check, once it is done)
    - **escalate again**: 2 working days (the next step, while an answer is late)
    - **decide again**: 5 working days (a decision, after a deferral)
    - **appeal**: 14 days (an appeal, or reopening what was merged)
    ");
}

async fn areas_come_and_go(w: &mut World) {
    let reply = w.slash("cleo", "kaizen areas add", json!({ "name": "Night  Shift" })).await;
    snap!(reply.text(), @"Recorded. Ideas can be about safety, quality, time, cost, wellbeing, equipment, information, other and night shift now. Whoever should take such ideas: `/kaizen route add`.");
    let options = json!({ "idea": "Soup at two in the morning", "area": "night shift" });
    let reply = w.slash("sam", "suggest", options).await;
    let idea = kaizen_tests::idea_of(&reply);
    let reply = w.slash("cleo", "kaizen areas remove", json!({ "name": "night shift" })).await;
    snap!(reply.text(), @"Recorded: night shift is no longer offered. One open idea is about it and keeps it. Ideas can be about safety, quality, time, cost, wellbeing, equipment, information and other.");
    assert!(w.card(idea).contains("night shift"), "{}", w.card(idea));
    w.slash_at(idea, "mara", "idea acknowledge", json!({})).await;
    let reply = w.slash("sam", "suggest", json!({ "idea": "More soup", "area": "night shift" })).await;
    assert!(reply.text().contains("It takes: safety"), "{}", reply.text());
    let reply = w.slash("cleo", "kaizen areas add", json!({ "name": "safety", "urgent": true })).await;
    assert!(
        reply.text().contains("about safety (urgent: reminded at any hour), quality"),
        "{}",
        reply.text()
    );
    let reply = w.slash("cleo", "kaizen areas add", json!({ "name": "safety", "urgent": false })).await;
    assert!(reply.text().contains("about safety, quality"), "{}", reply.text());
}

async fn the_first_route_that_fits(w: &mut World) {
    w.slash("cleo", "kaizen route add", json!({ "to": "rita", "area": "equipment" })).await;
    let reply = w
        .slash("cleo", "kaizen route add", json!({ "to": "noor", "area": "equipment", "team": "Ward 3" }))
        .await;
    snap!(reply.text(), @r"
    Recorded: the route is there. A new idea goes to the first route that fits; without one to the team's manager, then to the managers above, at last to the coordinator. `/kaizen route add` and `/kaizen route remove` change this.
    Routes, in order
    1. equipment → @rita
    2. equipment in Ward 3 → @noor · never reached, since 1 takes it first
    ");
    let suggest = json!({ "idea": "Spare batteries", "area": "equipment" });
    let reply = w.slash("sam", "suggest", suggest.clone()).await;
    assert!(reply.text().contains("@rita (takes what is about this) has it now"), "{}", reply.text());
    w.slash("cleo", "kaizen route remove", json!({ "route": 2 })).await;
    let options = json!({ "to": "noor", "area": "equipment", "team": "Ward 3", "place": 1 });
    let reply = w.slash("cleo", "kaizen route add", options).await;
    snap!(reply.text(), @r"
    Recorded: the route is there. A new idea goes to the first route that fits; without one to the team's manager, then to the managers above, at last to the coordinator. `/kaizen route add` and `/kaizen route remove` change this.
    Routes, in order
    1. equipment in Ward 3 → @noor
    2. equipment → @rita
    ");
    let reply = w.slash("sam", "suggest", suggest).await;
    assert!(reply.text().contains("@noor (takes what is about this) has it now"), "{}", reply.text());
    w.slash("cleo", "kaizen route remove", json!({ "route": 1 })).await;
    let reply = w.slash("cleo", "kaizen route remove", json!({ "route": 1 })).await;
    snap!(reply.text(), @"Recorded: the route is gone. What it brought to somebody stays with them. There are no routes. A new idea goes to the first route that fits; without one to the team's manager, then to the managers above, at last to the coordinator. `/kaizen route add` makes one.");
}

async fn coordinators_and_policy_owners(w: &mut World) {
    w.slash("cleo", "kaizen roles add", json!({ "part": "policy owner", "who": "noor" })).await;
    let reply = w.slash("cleo", "kaizen roles add", json!({ "part": "coordinator", "who": "rita" })).await;
    snap!(reply.text(), @r"
    Recorded.
    Coordinators: @cleo and @rita
    Policy owners: @noor
    `/kaizen roles add` and `/kaizen roles remove` change this.
    ");
    let reply = w.slash("rita", "kaizen roles remove", json!({ "part": "coordinator", "who": "cleo" })).await;
    snap!(reply.text(), @r"
    Recorded. What they answer for stays with them until it is assigned or somebody else acts on it.
    Coordinators: @rita
    Policy owners: @noor
    `/kaizen roles add` and `/kaizen roles remove` change this.
    ");
    let reply = w.slash("rita", "kaizen roles remove", json!({ "part": "coordinator", "who": "rita" })).await;
    snap!(reply.text(), @"They are the only coordinator, and somebody has to be the last to ask. Name another first, like `/kaizen roles add` `part:coordinator who:@somebody`.");
}

async fn what_is_refused_changes_nothing(w: &mut World) {
    w.slash("cleo", "kaizen route add", json!({ "to": "rita", "area": "equipment" })).await;
    let before = w.workspace().await.expect("a workspace").policy;
    let mut said = Vec::new();
    for (who, command, options) in [
        ("sam", "kaizen times set", json!({ "which": "decide", "time": "1 working day" })),
        ("mara", "kaizen areas add", json!({ "name": "soup" })),
        ("otto", "kaizen route list", json!({})),
        ("noor", "kaizen roles add", json!({ "part": "coordinator", "who": "noor" })),
        ("cleo", "kaizen times set", json!({ "which": "decide", "time": "soon 🙂" })),
        ("cleo", "kaizen times set", json!({ "which": "lunch", "time": "36h" })),
        ("cleo", "kaizen areas add", json!({ "name": "Safety" })),
        ("cleo", "kaizen areas add", json!({ "name": "\u{200B}" })),
        ("cleo", "kaizen areas remove", json!({ "name": "soup" })),
        ("cleo", "kaizen areas remove", json!({ "name": "equipment" })),
        ("cleo", "kaizen route add", json!({ "to": "rita" })),
        ("cleo", "kaizen route add", json!({ "to": "noor", "area": "equipment" })),
        ("cleo", "kaizen route remove", json!({ "route": 9 })),
        ("cleo", "kaizen roles remove", json!({ "part": "policy owner", "who": "sam" })),
        ("cleo", "kaizen roles add", json!({ "part": "coordinator", "who": "cleo" })),
        ("cleo", "kaizen roles remove", json!({ "part": "coordinator", "who": "cleo" })),
    ] {
        let reply = w.slash_forged(who, command, options).await;
        assert!(reply.private());
        said.push(reply.text().lines().next().unwrap_or_default().to_owned());
    }
    snap!(said.join("\n"), @r"
    The set-up is for coordinators and for those who may manage this community. Ask one of them; your ideas are welcome all the same.
    The set-up is for coordinators and for those who may manage this community. Ask one of them; your ideas are welcome all the same.
    The set-up is for coordinators and for those who may manage this community. Ask one of them; your ideas are welcome all the same.
    The set-up is for coordinators and for those who may manage this community. Ask one of them; your ideas are welcome all the same.
    “soon 🙂” is not a length of time that can be kept here. Write it like one of these: 2 working days, 4 working hours, 36h, 2 weeks.
    “lunch” is not something that *which* takes. It takes: acknowledge, decide, answer, implement, outcome check, escalate again, decide again, appeal.
    Ideas can be about “safety” already. Choose another name.
    *area* is still empty. Please fill it in and send it again; a short sentence is enough.
    “soup” is not something that *area* takes. It takes: safety, quality, time, cost, wellbeing, equipment, information, other.
    Route 1 is about “equipment”. Take that route out first with `/kaizen route remove` `route:1`, then the area.
    A route is about an `area`, a `team` or both; one about everything would leave the managers nothing. Who takes what nobody else does: `/kaizen roles list`.
    Route 1 is about just the same. Take that one out first: `/kaizen route remove` `route:1`.
    There is no route 9; the last one is 1. `/kaizen route list` shows them with their numbers.
    They are not named as a policy owner, so nothing was changed. `/kaizen roles list` shows who is; whoever comes by a role leaves with the role.
    They are a coordinator already; nothing had to change.
    They are the only coordinator, and somebody has to be the last to ask. Name another first, like `/kaizen roles add` `part:coordinator who:@somebody`.
    ");
    assert_eq!(w.workspace().await.expect("a workspace").policy, before);
}
