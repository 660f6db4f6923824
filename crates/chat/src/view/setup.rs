//! The texts of `/kaizen setup`, `/kaizen team` and `/kaizen check`: what is set, what is missing, and how to mend it.

use kaizen_domain::{Calendar, Policy, RoleId, Team, TeamId};
use kaizen_workflow::ports::People;

use super::compose::{self, BODY_ROOM, TEXT_ROOM};
use super::{markup, words};
use crate::check::Finding;
use crate::control::{Id, SetUpStep};
use crate::reply::{Card, Choice, Control, Message, Style};

/// The colour of the set-up.
const PAPER: u32 = 0x5B_6B_7A;
/// The most options of a list.
const OPTIONS: usize = 25;
/// Characters of a label in a list.
const LABEL: usize = 100;

/// What `/kaizen setup` shows at a step. Each step is saved at once; every one leads back to the overview.
pub fn screen(step: SetUpStep, policy: &Policy, people: &People, team: TeamId) -> Message {
    let name = team_name(policy, team);
    let back = button(SetUpStep::Overview, team, "Back to the overview", Style::Quiet);
    let control = |text: String, control: Control| Message {
        text,
        rows: vec![vec![control], vec![back.clone()]],
        ..Message::default()
    };
    match step {
        SetUpStep::Overview
        | SetUpStep::Team
        | SetUpStep::Name
        | SetUpStep::Times
        | SetUpStep::ChannelChosen
        | SetUpStep::ManagersChosen
        | SetUpStep::CoordinatorsChosen => overview(policy, people, team),
        SetUpStep::Channel => control(
            format!(
                "Where do the ideas of {name} go? A text channel gets a card with a thread for each idea; a forum gets a post."
            ),
            Control::Channels {
                id: id(SetUpStep::ChannelChosen, team),
                placeholder: "The team's channel".to_owned(),
            },
        ),
        SetUpStep::Managers => control(
            format!(
                "Who answers for the ideas of {name}? For a role instead of people: {} with `managers`.",
                markup::command("kaizen team edit")
            ),
            Control::People {
                id: id(SetUpStep::ManagersChosen, team),
                placeholder: "The team's managers".to_owned(),
            },
        ),
        SetUpStep::Coordinators => control(
            "Who runs the scheme here, and is the last to be asked when nobody else answers?".to_owned(),
            Control::People {
                id: id(SetUpStep::CoordinatorsChosen, team),
                placeholder: "The coordinators".to_owned(),
            },
        ),
        SetUpStep::Digest => Message {
            text: format!(
                "Once a week, on Monday at nine in the team's own time zone unless the operator set another time, the team's \
                 channel gets a digest: thanks, decisions and why, new ideas, what waits, what came of it. {} shows what it \
                 would say now. A team without a channel gets none.",
                markup::command("digest preview")
            ),
            rows: vec![vec![
                button(SetUpStep::Coordinators, team, "Next: coordinators", Style::Primary),
                back,
            ]],
            ..Message::default()
        },
        SetUpStep::Done => Message {
            text: format!(
                "That is all that is needed. {} looks for what is still missing. The first idea: {}.",
                markup::command("kaizen check"),
                markup::command("suggest")
            ),
            cards: cards(policy, people),
            rows: vec![vec![back]],
            ..Message::default()
        },
    }
}

/// What is set now, and all the steps, for one team.
fn overview(policy: &Policy, people: &People, team: TeamId) -> Message {
    let one = |step, label: &str| button(step, team, label, Style::Quiet);
    let mut text = format!(
        "Everything works already; the better this fits, the sooner ideas reach the right person. You are setting up {}.",
        team_name(policy, team)
    );
    let mut rows = vec![
        vec![
            one(SetUpStep::Name, "Name"),
            one(SetUpStep::Channel, "Channel"),
            one(SetUpStep::Managers, "Managers"),
            one(SetUpStep::Times, "Times"),
        ],
        vec![
            one(SetUpStep::Digest, "Digest"),
            one(SetUpStep::Coordinators, "Coordinators"),
            button(SetUpStep::Done, team, "Done", Style::Primary),
        ],
    ];
    let open: Vec<&Team> = policy.teams.iter().filter(|t| !t.removed).collect();
    if open.len() > OPTIONS {
        text.push_str(&format!(
            "\nThe list below holds the first {OPTIONS} teams; {} finds the others while you type.",
            markup::command("kaizen team edit")
        ));
    }
    if open.len() > 1 {
        let option =
            |t: &&Team| Choice { label: markup::plain_str(&t.name, LABEL), value: t.id.0.to_string() };
        let options = open.iter().take(OPTIONS).map(option).collect();
        rows.push(vec![Control::Select {
            id: id(SetUpStep::Team, team),
            placeholder: "Another team".to_owned(),
            options,
        }]);
    }
    Message { text, cards: cards(policy, people), rows, ..Message::default() }
}

fn id(step: SetUpStep, team: TeamId) -> String {
    Id::SetUp { step, team }.to_string()
}

fn button(step: SetUpStep, team: TeamId, label: &str, style: Style) -> Control {
    Control::Button { id: id(step, team), label: label.to_owned(), style }
}

fn team_name(policy: &Policy, team: TeamId) -> String {
    policy.team(team).map_or_else(|| "this team".to_owned(), |t| words::name(&t.name))
}

/// `Mon-Fri 09:00-17:00`, as it can be typed again.
pub fn hours(calendar: &Calendar) -> String {
    format!("{} {}-{}", days(calendar.days), calendar.from.format("%H:%M"), calendar.to.format("%H:%M"))
}

fn days(days: [bool; 7]) -> String {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let mut parts: Vec<String> = Vec::new();
    let mut at = 0;
    while at < NAMES.len() {
        if !days[at] {
            at += 1;
            continue;
        }
        let end = (at..NAMES.len()).take_while(|d| days[*d]).last().unwrap_or(at);
        parts.push(match end - at {
            0 => NAMES[at].to_owned(),
            1 => format!("{},{}", NAMES[at], NAMES[end]),
            _ => format!("{}-{}", NAMES[at], NAMES[end]),
        });
        at = end + 1;
    }
    parts.join(",")
}

/// The whole set-up in two cards.
fn cards(policy: &Policy, people: &People) -> Vec<Card> {
    let coordinators = if policy.coordinators.is_empty() {
        format!("{} (owns this community, since nobody is named)", words::person(people, policy.owner))
    } else {
        words::staffing(people, &policy.coordinators)
    };
    let times = &policy.times;
    let areas = super::calendars::area_names(policy);
    let body = format!(
        "Coordinators: {coordinators}\nPolicy owners: {}\nA first answer within {}, a decision within {}, an author's answer \
         within {}; carried out within {} unless a date is set; checked {} later. Late for {}: the next level takes over.\n\
         Areas: {}",
        words::staffing(people, &policy.policy_owners),
        times.acknowledge,
        times.decide,
        times.answer,
        times.implement,
        times.outcome_check,
        times.escalate_again,
        compose::fit(&areas.join(", "), 600, "suggest"),
    );
    let shared = Card {
        title: "For everybody".to_owned(),
        body: compose::fit(&body, 1800, "kaizen setup"),
        colour: PAPER,
        ..Card::default()
    };
    vec![team_card(policy, people, "kaizen team list"), shared]
}

/// All teams; `rest` is the command that leads to those for which there is no room.
fn team_card(policy: &Policy, people: &People, rest: &str) -> Card {
    let open: Vec<&Team> = policy.teams.iter().filter(|t| !t.removed).collect();
    let lines: Vec<String> = open.iter().map(|t| team_line(policy, people, t)).collect();
    let body = compose::lines(&lines, BODY_ROOM - 300, rest);
    Card { title: format!("Teams ({})", open.len()), body, colour: PAPER, ..Card::default() }
}

fn team_line(policy: &Policy, people: &People, team: &Team) -> String {
    let channel =
        team.channel.map_or_else(|| "no channel yet (where the command is used)".to_owned(), markup::channel);
    let parent = team.parent.map(|p| format!(" · above it {}", team_name(policy, p))).unwrap_or_default();
    let members = team.members_role.map(|r| format!(" · members {}", markup::role(r))).unwrap_or_default();
    format!(
        "- **{}** · {channel} · managers: {}{parent}{members} · {}, {}",
        words::name(&team.name),
        words::staffing(people, &team.managers),
        hours(&team.calendar),
        team.calendar.zone.name(),
    )
}

/// `/kaizen team list`.
pub fn teams(policy: &Policy, people: &People) -> Message {
    Message {
        text: format!(
            "{} and {} change this; {} gives a team another name.",
            markup::command("kaizen team add"),
            markup::command("kaizen team edit"),
            markup::command("kaizen setup")
        ),
        // Not this list once more: there every team is found by its name.
        cards: vec![team_card(policy, people, "kaizen team edit")],
        ..Message::default()
    }
}

/// What was done to a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeamChange {
    /// It is new.
    Added,
    /// Something of it changed.
    Changed,
    /// It takes nothing new.
    Removed,
}

/// `/kaizen team add`, `edit` or `remove` was carried out.
pub fn team(policy: &Policy, people: &People, team: &Team, change: TeamChange) -> Message {
    let name = words::name(&team.name);
    let check = markup::command("kaizen check");
    let line = team_line(policy, people, team);
    let text = match change {
        TeamChange::Added => {
            format!("Recorded: the team {name} is there. {check} looks for what is still missing.\n{line}")
        }
        TeamChange::Changed => {
            format!("Recorded: the team {name} is changed. {check} looks for what is still missing.\n{line}")
        }
        TeamChange::Removed => format!(
            "Recorded: the team {name} takes nothing new. Its ideas stay; those that are still open move to \
             whoever answers for them now, and their threads say so. A team with this name can be added again."
        ),
    };
    Message { text: compose::fit(&text, TEXT_ROOM, "kaizen team list"), ..Message::default() }
}

/// `/kaizen check`: what is wrong or missing and how to mend it; `given_up` deliveries can be sent again.
pub fn check(policy: &Policy, findings: &[Finding], given_up: u64) -> Message {
    let lines: Vec<String> = findings.iter().map(|f| format!("- {}", finding(policy, f))).collect();
    let mut text = if findings.is_empty() {
        "Nothing is wrong or missing.".to_owned()
    } else {
        format!("{} to look at:", words::count(findings.len() as u64, "thing", "things"))
    };
    let mut rows = Vec::new();
    if given_up > 0 {
        let messages = words::count(
            given_up,
            "message could not be sent and is kept",
            "messages could not be sent and are kept",
        );
        text = format!("{messages}. Mend what is below, then press **Try again**.\n{text}");
    }
    if given_up > 0 || findings.iter().any(|f| matches!(f, Finding::ThreadsFull { .. })) {
        rows.push(vec![Control::Button {
            id: Id::TryAgain.to_string(),
            label: "Try again".to_owned(),
            style: Style::Primary,
        }]);
    }
    let cards = if lines.is_empty() {
        Vec::new()
    } else {
        let body = compose::lines(&lines, BODY_ROOM, "kaizen check");
        vec![Card { title: "What to mend, and how".to_owned(), body, colour: PAPER, ..Card::default() }]
    };
    Message { text, cards, rows, ..Message::default() }
}

/// **Try again** was pressed: so many deliveries are on their way once more.
pub fn tried_again(revived: u64) -> Message {
    let text = match revived {
        0 => "Nothing had to be sent again.".to_owned(),
        n => format!(
            "{} sent again now. If something is still missing, it comes back to {}.",
            words::count(n, "message is", "messages are"),
            markup::command("kaizen check")
        ),
    };
    Message { text, ..Message::default() }
}

fn bold_list(words: &[&str]) -> String {
    words.iter().map(|w| markup::bold(w)).collect::<Vec<_>>().join(", ")
}

/// What is wrong or missing, and how to mend it.
pub fn finding(policy: &Policy, finding: &Finding) -> String {
    let name = |team: &TeamId| team_name(policy, *team);
    let edit = markup::command("kaizen team edit");
    match finding {
        Finding::NoCoordinator => format!(
            "Nobody is named as coordinator, so the owner of this community is. {} → **Coordinators** names somebody.",
            markup::command("kaizen setup")
        ),
        Finding::NoChannel { team } => format!(
            "{} has no channel: its cards go where the command was used, and it gets no digest. {edit} with `channel` gives it one.",
            name(team)
        ),
        Finding::NoManagers { team } => format!(
            "{} has no manager: the level above answers, and at last the coordinator. {edit} with `managers` names somebody.",
            name(team)
        ),
        Finding::ManagersLeft { team } => format!(
            "Everybody who managed {} has left: the level above answers, and at last the coordinator. {edit} with `managers` names somebody.",
            name(team)
        ),
        Finding::SharedChannel { team, other, channel } => format!(
            "{} and {} have the same channel, {}: whoever suggests there without naming a team does so for {}. {edit} with `channel` gives one of them its own.",
            name(team),
            name(other),
            markup::channel(*channel),
            name(team)
        ),
        Finding::NobodyKnown { team, role } => format!(
            "Nobody was seen with {} yet{}. Until one of its holders does something here, the coordinator answers. Ask one of \
             them to press a button, or name a person.",
            markup::role(*role),
            manages(policy, team.as_ref())
        ),
        Finding::EmptyRole { team, role } => {
            format!("Nobody holds {}{}. Give it to somebody, or name a person.", markup::role(*role), manages(policy, team.as_ref()))
        }
        Finding::RoleGone { team, role } => gone(policy, team.as_ref(), *role),
        Finding::ChannelGone { team, channel } if policy.gone.contains(channel) => match policy.home(*team) {
            Some(home) => format!(
                "The channel of {}, {}, was deleted; its ideas go on in {}. {edit} with `channel` gives it one of its own again.",
                name(team),
                markup::channel(*channel),
                markup::channel(home)
            ),
            None => format!(
                "The channel of {}, {}, was deleted, and no team above has one: nothing can be posted. {edit} with `channel` gives it \
                 another, and its open ideas go on there at once.",
                name(team),
                markup::channel(*channel)
            ),
        },
        Finding::ChannelGone { team, channel } => format!(
            "The channel of {}, {}, is gone or hidden from Kaizen. Allow *View Channel* there, or choose another: {edit} with `channel`.",
            name(team),
            markup::channel(*channel)
        ),
        Finding::WrongChannel { team, channel } => format!(
            "The channel of {}, {}, takes no cards. Choose a text channel or a forum: {edit} with `channel`.",
            name(team),
            markup::channel(*channel)
        ),
        Finding::MissingPermission { team, channel, permission } => format!(
            "In {}, the channel of {}, Kaizen lacks **{}**. Open the channel's settings, then *Permissions*, choose Kaizen's \
             role, and allow it.",
            markup::channel(*channel),
            name(team),
            markup::escape(permission)
        ),
        Finding::NoTags { team, channel, tags, too_many: 0 } => format!(
            "In the forum {} of {}, ideas carry no tag for their state: Kaizen lacks **Manage Channels** there. Allow it for \
             Kaizen's role in the channel's *Permissions*, or make the tags yourself: {}.",
            markup::channel(*channel),
            name(team),
            bold_list(tags)
        ),
        Finding::NoTags { team, channel, tags, too_many } => format!(
            "In the forum {} of {}, ideas carry no tag for their state: a forum has room for 20 tags. Delete {} that nobody needs; \
             then {} are made by themselves.",
            markup::channel(*channel),
            name(team),
            words::count(*too_many as u64, "tag", "tags"),
            bold_list(tags)
        ),
        Finding::ThreadsFull { open } => format!(
            "{} open in this community, and there is hardly room for another: the next ideas may wait for their thread. Close \
             threads that nobody needs any more (in a thread's menu, *Close Thread*); they stay readable. What \
             waits is tried again every quarter of an hour, and at once with **Try again**.",
            match open {
                1 => "1 thread is".to_owned(),
                many => format!("{many} threads are"),
            }
        ),
        Finding::NotChecked => {
            "The platform did not answer, so channels, permissions and roles could not be looked at. Please try again in a minute.".to_owned()
        }
    }
}

fn manages(policy: &Policy, team: Option<&TeamId>) -> String {
    team.map_or_else(
        || ", the coordinators' role".to_owned(),
        |team| format!(", which manages {}", team_name(policy, *team)),
    )
}

fn gone(policy: &Policy, team: Option<&TeamId>, role: RoleId) -> String {
    let mend = if team.is_some() {
        format!("{} with `managers`", markup::command("kaizen team edit"))
    } else {
        format!("{} → **Coordinators**", markup::command("kaizen setup"))
    };
    format!("A role ({role}){} no longer exists. Name somebody else: {mend}.", manages(policy, team))
}
