use super::*;
use kaizen_domain::{MemberId, Policy, Route, Staffing, Team, TeamId, Times};
use kaizen_workflow::ports::People;

const WARD: &str = r#"
guild = "1000"
timezone = "Europe/London"
coordinators = { users = ["11"] }
areas = ["safety", "Equipment"]
urgent_areas = ["Safety"]

[times]
acknowledge = "1 working day"

[[teams]]
name = "Hospital"
managers = { users = ["13"] }

[[teams]]
name = "Ward 3"
channel = "2003"
managers = { users = ["14"], roles = ["31"] }
members_role = "32"
parent = "hospital"
working_days = "Mon-Thu"
working_hours = "08:00-16:00"
holidays = ["2026-12-25"]
timezone = "Europe/Berlin"

[[routes]]
area = "equipment"
team = "Ward 3"
to = { users = ["15"] }
"#;

fn parse(text: &str) -> Result<WorkspaceFile, Vec<String>> {
    WorkspaceFile::parse(Path::new("ward.toml"), text).map_err(|faults| faults.0)
}

fn monday() -> kaizen_domain::Instant {
    "2026-11-16T10:00:00Z".parse().unwrap()
}

/// A workspace with nothing set up: the team Everyone, owned by member 1.
fn fresh() -> Policy {
    Policy {
        version: 1,
        owner: MemberId(1),
        coordinators: Staffing::default(),
        policy_owners: Staffing::default(),
        times: Times::default(),
        areas: Area::defaults(),
        urgent: vec![],
        teams: vec![Team {
            id: TeamId(1),
            name: "Everyone".to_owned(),
            channel: None,
            managers: Staffing::default(),
            members_role: None,
            parent: None,
            calendar: Calendar::office(Tz::UTC),
            removed: false,
        }],
        routes: Vec::new(),
        holders: std::collections::BTreeMap::default(),
        absences: Vec::new(),
        left: std::collections::BTreeSet::new(),
        gone: std::collections::BTreeSet::new(),
        loads: std::collections::BTreeMap::new(),
    }
}

/// Members have the platform's id plus 100.
fn member(user: UserId) -> Option<MemberId> {
    i64::try_from(user.0).ok().map(|id| MemberId(id + 100))
}

fn people() -> People {
    People([11, 13, 14, 15].into_iter().map(|u| (MemberId(u + 100), UserId(u.unsigned_abs()))).collect())
}

#[test]
fn expect_every_fault_at_once_with_its_place() {
    let faults = parse(
        r#"
timezon = "Europe/London"
guild = 1000
reviewers = { users = ["12"] }
[times]
acknowlege = "1 day"
decide = "soon"
incident_analyse = "2 working days"
[[teams]]
name = "Ward 3"
parent = "Hospitl"
working_hours = "nine to five"
[[teams]]
name = "ward 3"
managers = { user = ["14"] }
[[teams]]
name = "Hospital"
parent = "Hospital"
[[routes]]
area = "safety"
"#,
    )
    .unwrap_err();
    assert_eq!(
        faults,
        [
            "reviewers: belongs to critical incidents, which come with a later version; leave it out for now",
            "guild: must be an id as text, like \"1000\" (as a number it would lose digits)",
            "times.decide: `soon` is not a duration like \"2 working days\" or \"36h\"",
            "times.incident_analyse: belongs to critical incidents, which come with a later version; leave it out for now",
            "times.acknowlege: there is no such key; did you mean `acknowledge`?",
            "teams[1].working_hours: working hours look like 09:00-17:00",
            "teams[2].managers.user: there is no such key; did you mean `users`?",
            "timezone: is missing: teams work in a time zone, like timezone = \"Europe/London\"",
            "routes[1].to: names nobody",
            "timezon: there is no such key; did you mean `timezone`?",
            "team Ward 3: there is no team `Hospitl` to be its parent; did you mean `Hospital`?",
            "teams: there are two teams `ward 3`",
            "team Hospital: it would be above itself",
        ]
    );
    assert_eq!(
        parse("timezone = \"UTC\"").unwrap_err(),
        ["guild: is missing: the community's id as text, like guild = \"1000\""]
    );
    assert!(parse("guild = ").unwrap_err()[0].starts_with("ward.toml, line 1: "));
}

#[test]
fn expect_a_plan_for_a_fresh_workspace() {
    let file = parse(WARD).unwrap();
    assert_eq!(file.users(), [11, 13, 14, 15].map(UserId));
    let plan: Vec<String> = file
        .plan(Some((&fresh(), &People::default())), monday())
        .changes
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        plan,
        [
            "~ coordinators: none -> user 11",
            "~ areas: safety, quality, time, cost, wellbeing, equipment, information, other -> safety, equipment",
            "~ urgent areas: none -> safety",
            "~ time: acknowledge: 2 working days -> 1 working day",
            "- team Everyone: managers: none",
            "- team Everyone: works: Mon,Tue,Wed,Thu,Fri 09:00-17:00 UTC",
            "+ team Hospital: managers: user 13",
            "+ team Hospital: works: Mon,Tue,Wed,Thu,Fri 09:00-17:00 Europe/London",
            "+ team Ward 3: channel: 2003",
            "+ team Ward 3: managers: user 14, role 31",
            "+ team Ward 3: members' role: 32",
            "+ team Ward 3: parent: hospital",
            "+ team Ward 3: works: Mon,Tue,Wed,Thu 08:00-16:00 Europe/Berlin",
            "~ routes: none -> equipment in Ward 3 to user 15",
            "+ holiday 2026-12-25 of Ward 3: free",
        ]
    );
}

#[test]
fn expect_settings_that_need_no_second_plan() {
    let file = parse(WARD).unwrap();
    let policy = file.settings(&fresh(), &member, monday()).unwrap();
    assert_eq!(policy.coordinators.members, [MemberId(111)]);
    assert!(policy.team(TeamId(1)).unwrap().removed, "Everyone is not in the file");
    let ward = policy.team_named("ward 3").unwrap();
    assert_eq!((ward.id, ward.parent), (TeamId(3), Some(TeamId(2))));
    assert_eq!(policy.routes[0].team, Some(TeamId(3)));

    let mut again = file.plan(Some((&policy, &people())), monday());
    // The file writes the parent in its own way; the team is the same.
    again.changes.retain(|c| c.what != "team Ward 3: parent");
    assert_eq!(again.changes, []);
    assert_eq!(file.settings(&policy, &member, monday()).unwrap(), policy, "applied twice is applied once");
}

#[test]
fn expect_sections_that_are_missing_to_stay() {
    let file = parse(WARD).unwrap();
    let policy = file.settings(&fresh(), &member, monday()).unwrap();
    let small = parse("guild = \"1000\"\n[times]\ndecide = \"36h\"").unwrap();
    let next = small.settings(&policy, &member, monday()).unwrap();
    assert_eq!(next.teams, policy.teams);
    assert_eq!(next.times.acknowledge.to_string(), "1 working day");
    assert_eq!(next.times.decide.to_string(), "36 hours");
    let plan = small.plan(Some((&policy, &people())), monday());
    assert_eq!(
        plan.changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["~ time: decide: 10 working days -> 36 hours"]
    );
}

#[test]
fn expect_removed_teams_to_come_back_under_their_id() {
    let policy = parse(WARD).unwrap().settings(&fresh(), &member, monday()).unwrap();
    let other = parse("guild = \"1000\"\ntimezone = \"UTC\"\n[[teams]]\nname = \"Everyone\"").unwrap();
    let next = other.settings(&policy, &member, monday()).unwrap();
    assert_eq!(next.team_named("everyone").unwrap().id, TeamId(1));
    assert!(next.teams.iter().filter(|t| t.removed).count() == 2);
}

#[test]
fn expect_routes_to_name_what_there_is() {
    let file = parse(
        "guild = \"1000\"\n[[routes]]\narea = \"colour\"\nteam = \"Ward 9\"\nto = { users = [\"15\"] }",
    )
    .unwrap();
    assert_eq!(
        file.settings(&fresh(), &member, monday()).unwrap_err().0,
        ["routes[1].team: there is no team `Ward 9`", "routes[1].area: there is no area `colour`"]
    );
}

#[test]
fn expect_urgent_areas_to_be_areas() {
    let file = parse("guild = \"1000\"\nurgent_areas = [\"safety\", \"fire\"]").unwrap();
    assert_eq!(
        file.settings(&fresh(), &member, monday()).unwrap_err().0,
        ["urgent_areas: there is no area `fire`"]
    );
    let none = parse("guild = \"1000\"\nurgent_areas = []").unwrap();
    assert_eq!(none.settings(&fresh(), &member, monday()).unwrap().urgent, []);
}

#[test]
fn expect_the_demo_to_be_readable() {
    let file = parse(include_str!("../../../../config/demo.toml")).unwrap();
    assert_eq!(file.guild, GuildId(1000));
    assert_eq!(file.teams.unwrap().len(), 3);
}

/// Everything that can be set, with names that need quoting, a removed team, and a route that nothing takes any more.
fn everything() -> Policy {
    let calendar = Calendar::office(Tz::Asia__Tokyo).with_days("Mon,Wed-Thu,Sun").unwrap();
    let mut calendar = calendar.with_hours("07:30-23:59").unwrap();
    calendar.holidays.insert("2026-12-25".parse().unwrap(), "Christmas \"Day\"");
    calendar.holidays.insert("2027-01-01".parse().unwrap(), "");
    let staff = |members: &[i64], roles: &[u64]| Staffing {
        members: members.iter().map(|m| MemberId(*m)).collect(),
        roles: roles.iter().map(|r| RoleId(*r)).collect(),
    };
    let team =
        |id: i64, name: &str| Team { id: TeamId(id), name: name.to_owned(), ..fresh().teams[0].clone() };
    let wait = |typed: &str| typed.parse::<Wait>().unwrap();
    Policy {
        coordinators: staff(&[111, 113], &[31]),
        policy_owners: staff(&[114], &[33, u64::MAX]),
        areas: vec![
            Area("patient flow".into()),
            Area("\"quoted\" \\ 'area'".into()),
            Area("\u{5e9}\u{1f600}".into()),
        ],
        urgent: vec![Area("patient flow".into())],
        times: Times {
            acknowledge: wait("5s"),
            decide: wait("3 working days"),
            answer: wait("7 working hours"),
            implement: wait("90 minutes"),
            outcome_check: wait("2 weeks"),
            escalate_again: wait("36h"),
            ..Times::default()
        },
        teams: vec![
            Team {
                channel: Some(ChannelId(2003)),
                managers: staff(&[113], &[32]),
                members_role: Some(RoleId(34)),
                parent: Some(TeamId(2)),
                calendar,
                ..team(4, "Ward \"3\" = \\o/ # [teams]")
            },
            team(2, "Hospital"),
            Team { removed: true, ..team(3, "Gone") },
        ],
        routes: vec![
            Route {
                area: Some(Area("patient flow".into())),
                team: Some(TeamId(4)),
                to: staff(&[115], &[35]),
            },
            Route { area: None, team: Some(TeamId(3)), to: staff(&[115], &[]) },
            Route { area: None, team: None, to: staff(&[], &[36]) },
        ],
        ..fresh()
    }
}

#[test]
fn expect_an_export_to_change_nothing_where_it_came_from() {
    for policy in [everything(), fresh()] {
        let exported = WorkspaceFile::of(GuildId(1000), &policy, &people());
        let text = exported.to_text();
        let read = parse(&text).unwrap_or_else(|faults| panic!("{faults:?}\n{text}"));
        assert_eq!(read, exported, "{text}");
        assert_eq!(read.plan(Some((&policy, &people())), monday()).changes, [], "{text}");
        let applied = read.settings(&policy, &member, monday()).unwrap();
        assert_eq!(applied.teams, policy.teams, "{text}");
    }
}

#[test]
fn expect_an_export_to_say_everything_to_a_new_workspace() {
    let text = WorkspaceFile::of(GuildId(1000), &everything(), &people()).to_text();
    let made = parse(&text).unwrap().settings(&fresh(), &member, monday()).unwrap();
    let again = WorkspaceFile::of(GuildId(1000), &made, &people()).to_text();
    assert_eq!(again, text);
    let Policy { coordinators, policy_owners, areas, urgent, times, .. } = everything();
    assert_eq!((made.coordinators, made.policy_owners), (coordinators, policy_owners));
    assert_eq!((made.areas, made.urgent, made.times), (areas, urgent, times));
    assert!(!text.contains("Gone"), "{text}");
}

fn plan_of(file: &WorkspaceFile, policy: &Policy) -> Vec<String> {
    file.plan(Some((policy, &people())), monday()).changes.iter().map(ToString::to_string).collect()
}

fn holidays_of(policy: &Policy, team: &str) -> Vec<String> {
    let team = policy.team_named(team).unwrap();
    team.calendar.holidays.iter().map(|(day, name)| format!("{day} {name}")).collect()
}

#[test]
fn expect_holidays_for_all_and_for_some() {
    let folder = tempfile::tempdir().unwrap();
    let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200101\r\nSUMMARY:New Year\r\nRRULE:FREQ=YEARLY;UNTIL=20280101\r\n\
               END:VEVENT\r\nEND:VCALENDAR\r\n";
    std::fs::write(folder.path().join("england.ics"), ics).unwrap();
    let text = "guild = \"1000\"\n[[holidays]]\nname = \"Christmas\"\ndates = [\"2026-12-25\", \"2026-12-28..2026-12-29\"]\n\
                [[holidays]]\nname = \"Stocktaking\"\ndates = [2027-02-01]\nteams = [\"ward 3\"]\n[[holidays]]\nfile = \"england.ics\"\n";
    let file = WorkspaceFile::parse(&folder.path().join("ward.toml"), text).unwrap();
    let before = parse(WARD).unwrap().settings(&fresh(), &member, monday()).unwrap();
    assert_eq!(
        plan_of(&file, &before),
        [
            "+ holiday 2026-12-25: Christmas",
            "- holiday 2026-12-25 of Ward 3: free",
            "+ holiday 2026-12-28: Christmas",
            "+ holiday 2026-12-29: Christmas",
            "+ holiday 2027-01-01: New Year",
            "+ holiday 2027-02-01 of Ward 3: Stocktaking",
            "+ holiday 2028-01-01: New Year",
        ]
    );
    let after = file.settings(&before, &member, monday()).unwrap();
    let all = ["2026-12-25 Christmas", "2026-12-28 Christmas", "2026-12-29 Christmas", "2027-01-01 New Year"];
    let hospital: Vec<&str> = all.into_iter().chain(["2028-01-01 New Year"]).collect();
    assert_eq!(holidays_of(&after, "Hospital"), hospital);
    assert!(holidays_of(&after, "Ward 3").contains(&"2027-02-01 Stocktaking".to_owned()));
    assert_eq!(plan_of(&file, &after), [""; 0]);

    // Nothing that was entered is lost by a file that says nothing of it; what has passed stays what it was.
    let teams = parse(&WARD.replace("holidays = [\"2026-12-25\"]\n", "")).unwrap();
    let kept = teams.settings(&after, &member, monday()).unwrap();
    assert_eq!(holidays_of(&kept, "Ward 3"), holidays_of(&after, "Ward 3"));
    let none = parse("guild = \"1000\"\n[[holidays]]\ndates = [\"2020-12-25\"]").unwrap();
    let later = "2026-12-29T10:00:00Z".parse().unwrap();
    let gone = none.settings(&after, &member, later).unwrap();
    assert_eq!(holidays_of(&gone, "Hospital"), ["2026-12-25 Christmas", "2026-12-28 Christmas"]);
}

#[test]
fn expect_every_fault_in_holidays() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("odd.ics"),
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Tea\nDTSTART:20261225T150000\nEND:VEVENT\nEND:VCALENDAR\n",
    )
    .unwrap();
    let faults = |text: &str| {
        let text = format!("guild = \"1000\"\n{text}");
        WorkspaceFile::parse(&folder.path().join("ward.toml"), &text).unwrap_err().0
    };
    assert_eq!(
        faults(
            "[[holidays]]\ndates = [\"25.12.2026\", \"2026-12-28..2026-12-24\"]\n[[holidays]]\nname = \"x\"\n[[holidays]]\nfile = \"odd.ics\"\ndate = \"x\""
        ),
        [
            "holidays[1].dates: `25.12.2026` is not a day like 2026-12-25, or several like 2026-12-28..2026-12-31",
            "holidays[1].dates: `2026-12-28..2026-12-24` must end after it begins, and within a year",
            "holidays[2].dates: give either dates, like [\"2026-12-25\"], or a file, like \"england.ics\"",
            "holidays[3].file: `odd.ics`, line 2: `Tea` begins at `20261225T150000`, which is no whole day like DTSTART;VALUE=DATE:20261225",
            "holidays[3].date: there is no such key; did you mean `dates`?",
        ]
    );
    assert!(
        faults("[[holidays]]\nfile = \"none.ics\"")[0]
            .starts_with("holidays[1].file: `none.ics` cannot be read: ")
    );
    let unknown =
        parse("guild = \"1000\"\n[[holidays]]\ndates = [\"2026-12-25\"]\nteams = [\"Ward 9\"]").unwrap();
    assert_eq!(
        unknown.settings(&fresh(), &member, monday()).unwrap_err().0,
        ["holidays[1].teams: there is no team `Ward 9`"]
    );
    let many = parse(
        "guild = \"1000\"\n[[holidays]]\ndates = [\"2027-01-01..2027-12-31\", \"2028-01-01..2028-12-31\"]",
    )
    .unwrap();
    assert_eq!(
        many.settings(&fresh(), &member, monday()).unwrap_err().0,
        ["team Everyone: 731 holidays, and 400 are possible"]
    );
}
