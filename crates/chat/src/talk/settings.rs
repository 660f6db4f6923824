//! `/kaizen setup`, `/kaizen team`, `/kaizen check`.

use kaizen_domain::{Number, TeamId, WorkspaceId};
use kaizen_workflow::outbox::{DeadLetter, Job};

use super::memory::member;
use super::*;

#[tokio::test]
async fn expect_the_guide_to_save_each_step_at_once() {
    let talk = Talk::with_nothing_set_up();
    let overview = talk.types("cleo", "kaizen setup", &[]).await;
    let name = form(talk.presses_id("cleo", &id_of(&overview, "Name"), &[], &[]).await);
    assert_eq!(name.fields[0].value, "Everyone");
    let channel = talk.sends("cleo", &name, &[("name", "Ward 3")]).await;
    let Reply::Update(channel) = channel else { panic!("the message goes on") };
    assert_eq!(talk.memory.state().policy.teams[0].name, "Ward 3");
    let managers =
        said(talk.presses_id("cleo", &id_of(&channel, "The team's channel"), &["2003"], &[]).await);
    assert_eq!(talk.memory.state().policy.teams[0].channel, Some(ChannelId(2003)));
    let chosen = talk.presses_id("cleo", &id_of(&managers, "The team's managers"), &["102"], &["mara"]).await;
    assert_eq!(talk.memory.state().policy.teams[0].managers.members, [member("mara")]);
    let times = form(talk.presses_id("cleo", &id_of(&said(chosen), "Times"), &[], &[]).await);
    let fields = [
        ("timezone", "europe/berlin"),
        ("working-hours", "Mon-Thu 08:00-16:00"),
        ("acknowledge", "36h"),
        ("decide", "5 working days"),
        ("answer", "5 working days"),
    ];
    said(talk.sends("cleo", &times, &fields).await);
    let policy = talk.memory.state().policy.clone();
    assert_eq!(policy.teams[0].calendar.zone, chrono_tz::Europe::Berlin);
    assert_eq!(
        (policy.times.acknowledge.to_string(), policy.times.decide.to_string()),
        ("36 hours".into(), "5 working days".into())
    );
    let ask = Id::SetUp { step: crate::control::SetUpStep::Coordinators, team: TeamId(1) }.to_string();
    let coordinators = said(talk.presses_id("cleo", &ask, &[], &[]).await);
    said(talk.presses_id("cleo", &id_of(&coordinators, "The coordinators"), &["103"], &["noor"]).await);
    assert_eq!(talk.memory.state().policy.coordinators.members, [member("noor")]);
}

#[tokio::test]
async fn expect_unreadable_times_refused_and_the_rest_kept() {
    let talk = Talk::with_nothing_set_up();
    let times = Id::SetUp { step: crate::control::SetUpStep::Times, team: TeamId(1) }.to_string();
    let times = form(talk.presses_id("cleo", &times, &[], &[]).await);
    let whole = [
        ("timezone", "Europe/Berlin"),
        ("working-hours", "Mon-Fri 08:00-16:00"),
        ("acknowledge", "36h"),
        ("decide", "5 working days"),
        ("answer", "5 working days"),
    ];
    for (wrong, told) in [
        (("timezone", "Mars/Base"), "not a time zone"),
        (("working-hours", "17:00-09:00"), "end after they begin"),
        (("acknowledge", "soon"), "not a length of time"),
        (("decide", " "), "still empty"),
        (("timezone", " "), "still empty"),
    ] {
        let fields = whole.map(|(name, right)| if name == wrong.0 { wrong } else { (name, right) });
        let refused = said(talk.sends("cleo", &times, &fields).await);
        assert!(refused.text.contains(told), "{}", refused.text);
    }
    assert_eq!(talk.memory.state().policy.version, 1);
}

#[tokio::test]
async fn expect_a_blank_name_refused_and_the_guide_to_lead_to_the_coordinators() {
    let talk = Talk::with_nothing_set_up();
    let press = |step: &str| format!("k1:setup:{step}:1");
    let name = form(talk.presses_id("cleo", &press("name"), &[], &[]).await);
    let refused = talk.sends("cleo", &name, &[("name", "  ")]).await;
    assert!(said(refused).text.contains("*name* is still empty"));
    assert_eq!(talk.memory.state().policy.version, 1);
    let digest = said(talk.presses_id("cleo", &press("digest"), &[], &[]).await);
    let next = said(talk.presses_id("cleo", &id_of(&digest, "Next: coordinators"), &[], &[]).await);
    assert_eq!(labels(&next), ["The coordinators", "Back to the overview"]);
}

#[tokio::test]
async fn expect_several_managers_chosen_at_once() {
    let talk = Talk::in_ward_3();
    let chosen =
        talk.presses_id("cleo", "k1:setup:managers-chosen:1", &["102", "106"], &["mara", "ines"]).await;
    said(chosen);
    assert_eq!(talk.memory.state().policy.teams[0].managers.members, [member("mara"), member("ines")]);
}

#[tokio::test]
async fn expect_only_those_who_may_to_set_up() {
    let talk = Talk::in_ward_3();
    let before = talk.memory.state().policy.clone();
    for name in ["kaizen setup", "kaizen check", "kaizen team list"] {
        assert!(labels(&talk.types("mara", name, &[]).await).is_empty());
    }
    talk.types("mara", "kaizen team add", &[("name", "Mine")]).await;
    talk.types("mara", "kaizen team remove", &[("name", "Ward 3")]).await;
    for step in
        ["overview", "name", "times", "channel", "channel-chosen", "managers-chosen", "coordinators-chosen"]
    {
        said(talk.presses_id("mara", &format!("k1:setup:{step}:1"), &["102"], &["mara"]).await);
    }
    said(talk.presses_id("mara", "k1:try-again", &[], &[]).await);
    assert_eq!(*talk.memory.state().policy, *before);
}

#[tokio::test]
async fn expect_teams_added_changed_listed_and_removed() {
    let talk = Talk::in_ward_3();
    let options = [
        ("name", "Theatre"),
        ("channel", "#2009"),
        ("managers", "&77"),
        ("parent", "hospital"),
        ("timezone", "Europe/Dublin"),
        ("working-hours", "07:00-15:00"),
    ];
    let added = talk.types("cleo", "kaizen team add", &options).await;
    assert!(added.text.contains("Theatre"), "{}", added.text);
    let team = talk.memory.state().policy.team_named("theatre").cloned().unwrap();
    assert_eq!(
        (team.channel, team.parent, team.managers.roles),
        (Some(ChannelId(2009)), Some(TeamId(2)), vec![RoleId(77)])
    );
    talk.types("cleo", "kaizen team edit", &[("name", "Theatre"), ("managers", "@ines"), ("parent", "none")])
        .await;
    let team = talk.memory.state().policy.team_named("theatre").cloned().unwrap();
    assert_eq!(
        (team.managers.members, team.managers.roles, team.parent),
        (vec![member("ines")], vec![], None)
    );
    let version = talk.memory.state().policy.version;
    for (name, options) in [
        ("kaizen team add", [("name", "THEATRE"), ("parent", "none")]),
        ("kaizen team edit", [("name", "Theatre"), ("parent", "theatre")]),
        ("kaizen team edit", [("name", "Theatre"), ("timezone", "Narnia")]),
        ("kaizen team edit", [("name", "Theatre"), ("working-hours", "late")]),
        ("kaizen team edit", [("name", "Nowhere"), ("parent", "none")]),
    ] {
        talk.types("cleo", name, &options).await;
        assert_eq!(talk.memory.state().policy.version, version, "{options:?}");
    }
    let removed = talk.types("cleo", "kaizen team remove", &[("name", "theatre")]).await;
    assert!(removed.text.contains("Theatre"), "{}", removed.text);
    assert!(talk.memory.state().policy.team_named("theatre").is_none());
    assert!(!talk.types("cleo", "kaizen team list", &[]).await.cards.is_empty());
}

#[tokio::test]
async fn expect_check_to_find_what_is_missing_and_to_send_again() {
    let talk = Talk::with_nothing_set_up();
    talk.memory.state().dead.push(DeadLetter {
        id: 1,
        workspace: WorkspaceId(1),
        job: Job::Card { number: Number(1) },
        attempts: 3,
        error: "missing access".into(),
    });
    let found = talk.types("cleo", "kaizen check", &[]).await;
    assert_eq!(labels(&found), ["Try again"]);
    assert!(format!("{:?}", found.cards).contains("Everyone"), "{:?}", found.cards);
    said(talk.presses_id("cleo", &id_of(&found, "Try again"), &[], &[]).await);
    assert!(talk.memory.state().dead.is_empty());
}
