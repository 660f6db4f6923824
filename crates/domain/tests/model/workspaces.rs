//! The workspaces in which every life is tried, and who is in them.

use std::collections::BTreeMap;

use kaizen_domain::{
    ActingMember, Actor, Area, Calendar, Instant, MemberId, Policy, Staffing, Team, TeamId, Times,
};

/// The author.
pub(crate) const SAM: MemberId = MemberId(1);
/// Manages the author's team.
pub(crate) const MARA: MemberId = MemberId(2);
/// Manages the team above.
pub(crate) const NOOR: MemberId = MemberId(3);
/// Coordinates the scheme.
pub(crate) const CLEO: MemberId = MemberId(4);
/// Manages a team beside.
pub(crate) const OTTO: MemberId = MemberId(5);
/// A colleague who carries ideas out.
pub(crate) const INES: MemberId = MemberId(6);
/// Owns the policies.
pub(crate) const PETE: MemberId = MemberId(7);

use crate::moves::Change;

/// The names of the stories.
pub(crate) fn name(member: MemberId) -> &'static str {
    match member {
        SAM => "sam",
        MARA => "mara",
        NOOR => "noor",
        CLEO => "cleo",
        OTTO => "otto",
        INES => "ines",
        PETE => "pete",
        _ => "somebody",
    }
}

/// A workspace, who acts in it, and when the idea comes.
pub(crate) struct Workspace {
    /// What is special about it.
    pub(crate) name: &'static str,
    /// Its settings.
    pub(crate) policy: Policy,
    /// Who suggests.
    pub(crate) author: MemberId,
    /// Who tries everything.
    pub(crate) people: Vec<MemberId>,
    /// When the idea comes.
    pub(crate) begins: Instant,
    /// It was mended already.
    pub(crate) done: bool,
    /// What can become of people and calendar.
    pub(crate) changes: Vec<Change>,
    /// How many steps are tried in the ordinary tests.
    pub(crate) depth: usize,
}

pub(crate) fn acting(id: MemberId) -> Actor {
    Actor::Member(ActingMember { id, roles: vec![], admin: false })
}

fn named(members: &[MemberId]) -> Staffing {
    Staffing { members: members.to_vec(), roles: vec![] }
}

fn team(id: i64, name: &str, managers: &[MemberId], parent: Option<i64>) -> Team {
    Team {
        id: TeamId(id),
        name: name.into(),
        channel: None,
        managers: named(managers),
        members_role: None,
        parent: parent.map(TeamId),
        calendar: Calendar::office(chrono_tz::Europe::London),
        removed: false,
    }
}

fn hospital() -> Policy {
    Policy {
        version: 1,
        owner: CLEO,
        coordinators: named(&[CLEO]),
        policy_owners: Staffing::default(),
        times: Times::default(),
        areas: Area::defaults(),
        urgent: vec![],
        teams: vec![
            team(1, "Ward 3", &[MARA], Some(2)),
            team(2, "Hospital", &[NOOR], None),
            team(3, "Theatre", &[OTTO], None),
        ],
        routes: vec![],
        holders: BTreeMap::new(),
        absences: Vec::new(),
        left: std::collections::BTreeSet::new(),
        gone: std::collections::BTreeSet::new(),
        loads: std::collections::BTreeMap::new(),
    }
}

fn at(time: &str) -> Instant {
    time.parse().expect("a time")
}

/// The one that is searched deepest: a ward, the hospital above it, a coordinator. In a zone without daylight saving, where
/// working time is counted several times faster; two of the unusual ones have it.
pub(crate) fn usual() -> Workspace {
    let mut policy = hospital();
    for team in &mut policy.teams {
        team.calendar.zone = chrono_tz::UTC;
    }
    Workspace {
        name: "a ward, the hospital above it, a coordinator",
        policy,
        author: SAM,
        people: vec![SAM, MARA, NOOR, CLEO, INES],
        begins: at("2026-11-16T10:00:00Z"),
        done: false,
        changes: vec![],
        depth: 4,
    }
}

/// The same, with people who leave: the author, each level, whoever carries it out.
pub(crate) fn leaving() -> Workspace {
    let changes = [SAM, MARA, NOOR, INES].map(Change::Leaves).to_vec();
    Workspace { name: "people leave", changes, depth: 3, ..usual() }
}

/// The same, with people who are away and come back: the manager, whose deputy has no rights of their own; the next level,
/// whose deputy is the one above.
pub(crate) fn being_away() -> Workspace {
    let changes =
        vec![Change::Away(MARA, INES), Change::Back(MARA), Change::Away(NOOR, CLEO), Change::Back(NOOR)];
    Workspace { name: "people are away", changes, depth: 3, ..usual() }
}

/// The same, with holidays that are entered late.
pub(crate) fn with_another_calendar() -> Workspace {
    Workspace { name: "the calendar changes", changes: vec![Change::Holidays], depth: 3, ..usual() }
}

/// The same, with all of these in one life.
pub(crate) fn coming_and_going() -> Workspace {
    let mut changes = [leaving().changes, being_away().changes, with_another_calendar().changes].concat();
    changes.extend([Change::Away(INES, MARA), Change::Back(INES)]);
    Workspace { name: "people come and go, and the calendar changes", changes, depth: 3, ..usual() }
}

/// Those in which something is out of the ordinary.
pub(crate) fn unusual() -> Vec<Workspace> {
    let everybody = vec![SAM, MARA, NOOR, CLEO, OTTO, INES];
    let nothing_set_up = Policy {
        owner: MARA,
        coordinators: Staffing::default(),
        teams: vec![team(1, "Everyone", &[], None)],
        ..hospital()
    };
    let mut two_each = hospital();
    two_each.teams[0].managers = named(&[MARA, INES]);
    two_each.coordinators = named(&[CLEO, OTTO]);
    let with_policy_owner = Policy { policy_owners: named(&[PETE]), ..hospital() };
    let mut plain_time = hospital();
    plain_time.times = Times {
        acknowledge: "36h".parse().expect("a wait"),
        decide: "2 weeks".parse().expect("a wait"),
        answer: "3 days".parse().expect("a wait"),
        escalate_again: "36h".parse().expect("a wait"),
        decide_again: "36h".parse().expect("a wait"),
        ..Times::default()
    };
    let shallow = |depth| Workspace { depth, policy: hospital(), ..usual() };
    vec![
        Workspace {
            name: "nothing set up: the owner is everything",
            policy: nothing_set_up.clone(),
            people: vec![SAM, MARA, INES],
            ..shallow(3)
        },
        Workspace {
            name: "nothing set up, and the owner suggests",
            policy: nothing_set_up,
            author: MARA,
            people: vec![SAM, MARA, INES],
            ..shallow(3)
        },
        Workspace { name: "the manager suggests", author: MARA, people: everybody.clone(), ..shallow(3) },
        Workspace { name: "the coordinator suggests", author: CLEO, people: everybody.clone(), ..shallow(3) },
        Workspace {
            name: "two managers, two coordinators",
            policy: two_each,
            people: everybody.clone(),
            ..shallow(3)
        },
        Workspace {
            name: "a policy owner, and a manager of a team beside",
            policy: with_policy_owner,
            people: vec![SAM, MARA, NOOR, CLEO, OTTO, PETE],
            ..shallow(3)
        },
        Workspace { name: "mended already", done: true, people: everybody.clone(), ..shallow(3) },
        Workspace {
            name: "waits in plain time, on the Friday before the clocks go back",
            policy: plain_time,
            begins: at("2026-10-23T15:30:00Z"),
            ..shallow(3)
        },
        Workspace {
            name: "the Thursday before Easter's holidays and the clocks going forward",
            policy: {
                let mut policy = hospital();
                let days =
                    ["2027-03-26", "2027-03-29"].map(|d| d.parse::<chrono::NaiveDate>().expect("a day"));
                for day in days {
                    policy.teams[0].calendar.holidays.insert(day, "");
                }
                policy
            },
            begins: at("2027-03-25T16:45:00Z"),
            ..shallow(3)
        },
    ]
}
