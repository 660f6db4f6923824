//! Whole replies beside an idea's own life: lists, digest, help, set-up, forms, faults.

use insta::assert_snapshot;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::{BenefitKind, Effect};
use kaizen_domain::{ChannelId, Number, Rejection, Text};
use kaizen_workflow::digest::{DigestContent, DigestLesson, DigestLine, DigestNumbers, DigestSays};
use kaizen_workflow::outbox::Trouble;
use kaizen_workflow::ports::{Mine, Page};

use super::personas::{GUILD, MARA, SAM, Story, WARD, at, people, policy, submission, visible};
use super::{digest, forms, help, item, notice, rejection, setup};
use crate::check::Finding;
use crate::control::{Beforehand, ListPage, SetUpStep, Step};

fn written(s: &str) -> Text {
    Text::Written(s.to_owned())
}

fn form(form: &crate::Form) -> String {
    let mut out = format!("{} | {}", form.title, form.id);
    for f in &form.fields {
        let must = if f.required { " *" } else { "" };
        out += &format!("\n{}: {}{must} ({}) [{}] {}..{}", f.id, f.label, f.hint, f.value, f.min, f.max);
    }
    out
}

#[test]
fn expect_lists_with_pages() {
    let story = Story::begin(&submission("The supply room has no labels"));
    let page = Page { lines: vec![story.listed()], total: 21 };
    let shown = item::list(GUILD, &page, &people(), ListPage { page: 1, ..ListPage::default() }, 10);
    assert_snapshot!(visible(&shown), @r"
    === 21 ideas · page 2 of 3 ===
    [K-12](https://discord.com/channels/1000/3012) ‹The supply room has no labels› · Submitted · @mara
    [Previous | k1:list:0:any:::0:] [Next | k1:list:2:any:::0:]
    ");
    let empty = Page { lines: vec![], total: 0 };
    assert_snapshot!(visible(&item::list(GUILD, &empty, &people(), ListPage::default(), 10)), @"There is no idea yet. `/suggest` takes the first one.");
    assert_snapshot!(visible(&item::search(GUILD, "label*", &[story.listed()], false, &people())), @r"
    Search for “‹label\*›”
    === 1 idea found, best first ===
    [K-12](https://discord.com/channels/1000/3012) ‹The supply room has no labels› · Submitted · @mara
    ");
    assert_snapshot!(visible(&item::search(GUILD, "<@1> nothing", &[], false, &people())), @r"No idea matches “‹\<\@1\> nothing›”. Try fewer or other words, or suggest it: `/suggest`.");
    assert_snapshot!(visible(&item::search(GUILD, "🧹 …", &[], false, &people())), @"There are no words in “‹🧹 …›” to look for. Type a word or two of the idea, or its number.");
    let many = vec![story.listed(); 10];
    let shown = item::search(GUILD, "label", &many, true, &people());
    assert!(shown.text.ends_with("”. Add a word to see fewer."), "{}", shown.text);
    assert_eq!(shown.cards[0].title, "The best 10, and there are more");
    let mine = Mine { owe: vec![story.listed()], wait: vec![], follow: vec![story.listed()] };
    assert_snapshot!(visible(&item::mine(GUILD, &mine, item::Owed { late: 1, actions: &[] }, at("2026-11-26T10:00:00Z"), &people())), @r"
    1 answer waits for you, the earliest first; 1 of them later than promised.
    === What you owe (1) ===
    [K-12](https://discord.com/channels/1000/3012) ‹The supply room has no labels› · an acknowledgement from @mara, **late**, since <t:1795600800:f> (<t:1795600800:R>)
    === What you follow (1) ===
    [K-12](https://discord.com/channels/1000/3012) ‹The supply room has no labels› · Submitted · @mara
    ");
}

#[test]
fn expect_the_whole_history_over_pages() {
    let mut story = Story::begin(&submission("The supply room has no labels"));
    for letter in ["U", "V", "W", "X", "Y", "Z"] {
        story.act(MARA, &Command::AddFinding { text: letter.repeat(1400) });
    }
    let first = item::history(&story.shown, &story.steps, 0);
    assert!(
        first.cards[0]
            .body
            .starts_with("**1** · <t:1795428000:f>\n<@101> suggests:\n> The supply room has no labels")
    );
    assert_eq!(first.cards[0].title, "K-12 · History, page 1 of 3");
    assert_snapshot!(visible(&crate::Message { cards: vec![], ..first }), @r"
    [K-12](https://discord.com/channels/1000/3012)
    [Next | k1:history:12:1]
    ");
    let all: String =
        (0..3).map(|n| item::history(&story.shown, &story.steps, n).cards[0].body.clone()).collect();
    for letter in ['U', 'V', 'X', 'Y', 'Z'] {
        assert_eq!(all.matches(letter).count(), 1400, "{letter}");
    }
    assert_eq!(item::history(&story.shown, &story.steps, 9), item::history(&story.shown, &story.steps, 2));
}

fn lesson(item: u32, text: Text) -> DigestLesson {
    let debrief = kaizen_domain::debrief::DebriefNumber(7);
    DigestLesson { debrief, item, kind: "Home visits".into(), text, place: None }
}

fn content() -> DigestContent {
    let line = |n, idea: &str, says| DigestLine {
        number: Number(n),
        idea: written(idea),
        author: SAM,
        card: None,
        says,
    };
    DigestContent {
        team: "Ward 3".into(),
        since: at("2026-11-23T09:00:00Z"),
        until: at("2026-11-30T09:00:00Z"),
        thanks: vec![line(
            3,
            "Label the drawers",
            DigestSays::Implemented { what_changed: written("Every drawer has a label.") },
        )],
        decisions: vec![
            line(
                4,
                "Later handover",
                DigestSays::Accepted { trial: true, rationale: written("Worth four weeks.") },
            ),
            line(
                5,
                "A second printer",
                DigestSays::Declined { rationale: written("The one in the office is free.") },
            ),
        ],
        new: vec![line(6, "A bell at the door", DigestSays::New)],
        waiting: vec![line(
            2,
            "Quiet hour",
            DigestSays::Waiting {
                kind: kaizen_domain::RequirementKind::Decision,
                due: at("2026-11-27T17:00:00Z"),
                late: true,
            },
        )],
        outcomes: vec![line(
            1,
            "Lamp in the corridor",
            DigestSays::Verified {
                effect: Effect::Worked,
                note: written("No fall since."),
                benefits: vec![kaizen_domain::suggestion::protocol::Benefit {
                    kind: BenefitKind::Safety,
                    before: None,
                    after: None,
                    unit: None,
                }],
            },
        )],
        lessons: vec![
            lesson(1, written("Ring twice before you go in.")),
            lesson(2, Text::Erased),
            lesson(3, written("Take the long torch.")),
        ],
        numbers: DigestNumbers {
            ideas: 1,
            decisions: 2,
            open: 3,
            in_time: 4,
            late: 1,
            overdue: 1,
            debriefs: 2,
            escalated: 1,
            acknowledgement_median_minutes: Some(150),
        },
    }
}

#[test]
fn expect_the_digest_in_its_order() {
    assert_snapshot!(visible(&digest::digest(GUILD, &content(), &people())), @r"
    **‹Ward 3›: the week in ideas**, <t:1795424400:D> to <t:1796029200:D>
    -# 1 new idea · 2 decisions · 3 open · 2 debriefs (1 item escalated) · promise kept: 4 of 6 answers in time · first answer after 3 working hours (median)
    === Thanks (1) ===
    - Thank you, @sam: **K-3** ‹Label the drawers›
      What changed: ‹Every drawer has a label.›
    === Decisions, and why (2) ===
    - **Accepted as a trial**: **K-4** ‹Later handover›
      ‹Worth four weeks.›
    - **Declined**: **K-5** ‹A second printer›
      ‹The one in the office is free.›
    === New ideas (1) ===
    - **K-6** ‹A bell at the door›, from @sam
    === Waiting for an answer (1) ===
    - **K-2** ‹Quiet hour›: a decision **later than promised**, since <t:1795798800:D>
    === Outcomes checked (1) ===
    - **K-1** ‹Lamp in the corridor›: it worked. ‹No fall since.› Benefits: safety.
    === Lessons for the next ones (2) ===
    - ‹Home visits›: ‹Ring twice before you go in.› (**D-7**)
    - ‹Home visits›: ‹Take the long torch.› (**D-7**)
    ");
    let quiet = DigestContent {
        thanks: vec![],
        decisions: vec![],
        new: vec![],
        waiting: vec![],
        outcomes: vec![],
        lessons: vec![],
        numbers: DigestNumbers::default(),
        ..content()
    };
    assert_snapshot!(visible(&digest::digest(GUILD, &quiet, &people())), @r"
    **‹Ward 3›: the week in ideas**, <t:1795424400:D> to <t:1796029200:D>
    A quiet week: no new ideas, and nothing waits. What got in your way this week? `/suggest` takes a minute.
    -# 0 new ideas · 0 decisions · 0 open
    ");
}

#[test]
fn expect_a_second_look_to_be_told_as_one_story() {
    let line = |n, says| DigestLine {
        number: Number(n),
        idea: written("Gloves in every size."),
        author: SAM,
        card: None,
        says,
    };
    let first = || Some(written("No room."));
    let accepted =
        |trial| Some(Box::new(DigestSays::Accepted { trial, rationale: written("There is room.") }));
    let declined = || Some(Box::new(DigestSays::Declined { rationale: written("Still no room.") }));
    let deferred = || {
        let until = at("2026-12-14T09:00:00Z");
        Some(Box::new(DigestSays::Deferred { rationale: written("After the move."), until }))
    };
    let told = [
        (first(), accepted(false)),
        (first(), declined()),
        (first(), None),
        (None, accepted(true)),
        (None, deferred()),
        (None, None),
    ];
    let decisions = told
        .into_iter()
        .zip(1..)
        .map(|((first, came_to), n)| line(n, DigestSays::SecondLook { first, came_to }));
    let content = DigestContent {
        decisions: decisions.collect(),
        thanks: vec![],
        waiting: vec![],
        outcomes: vec![],
        lessons: vec![],
        new: vec![line(7, DigestSays::New)],
        ..content()
    };
    assert_snapshot!(visible(&digest::digest(GUILD, &content, &people())), @r"
    **‹Ward 3›: the week in ideas**, <t:1795424400:D> to <t:1796029200:D>
    -# 1 new idea · 2 decisions · 3 open · 2 debriefs (1 item escalated) · promise kept: 4 of 6 answers in time · first answer after 3 working hours (median)
    === Decisions, and why (6) ===
    - **Declined, appealed, and accepted on a second look**: **K-1** ‹Gloves in every size›
      First: ‹No room.›
      Then: ‹There is room.›
    - **Declined, appealed, and declined again on a second look**: **K-2** ‹Gloves in every size›
      First: ‹No room.›
      Then: ‹Still no room.›
    - **Declined, and appealed**: **K-3** ‹Gloves in every size›
      First: ‹No room.›
      Somebody else looks at it with fresh eyes.
    - **After an appeal, accepted as a trial on a second look**: **K-4** ‹Gloves in every size›
      ‹There is room.›
    - **After an appeal, deferred until <t:1797238800:D> on a second look**: **K-5** ‹Gloves in every size›
      ‹After the move.›
    - **Appealed**: **K-6** ‹Gloves in every size›
      Somebody else looks at it with fresh eyes.
    === New ideas (1) ===
    - **K-7** ‹Gloves in every size›, from @sam
    ");
}

#[test]
fn expect_a_full_digest_to_say_what_it_leaves_out() {
    let mut full = content();
    let one = full.new[0].clone();
    full.new = (0..200).map(|n| DigestLine { number: Number(n), ..one.clone() }).collect();
    let shown = digest::digest(GUILD, &full, &people());
    assert_eq!(shown.cards.len(), 6);
    let new = &shown.cards[2];
    assert_eq!(new.title, "New ideas (200)");
    let told = new.body.lines().count() - 1;
    assert!(told > 50, "{told}");
    assert!(new.body.ends_with(&format!("… and {} more: `/idea list`", 200 - told)));
}

#[test]
fn expect_forms_as_the_contract_has_them() {
    assert_snapshot!(form(&forms::suggest(Beforehand::default(), &forms::Prefilled::default())), @r"
    Suggest an improvement | k1:suggest::::::0
    idea: What could work better? * (No names of children, families or colleagues, please.) [] 1..1000
    proposal: What do you suggest? (If you know already. One sentence is enough.) [] 0..1500
    benefit: What would it help? (Time, safety, calm …) [] 0..1500
    ");
    let story = Story::begin(&submission("The supply room has *no* labels"));
    let of = |step| forms::of_step(&story.shown, step).map(|f| form(&f)).unwrap_or_default();
    assert_snapshot!(of(Step::Edit), @r"
    Edit your idea · K-12 | k1:edit:12:0
    idea: What could work better? * () [The supply room has *no* labels] 1..1000
    proposal: What do you suggest? () [] 0..1500
    benefit: What would it help? () [] 0..1500
    ");
    assert_snapshot!(of(Step::Accept), @r#"
    Accept · K-12 | k1:accept:12:0
    reason: Why is it a good idea? * (The author reads it.) [] 1..1500
    due: Done by when? (A date, or "2 weeks"; 30 days if left empty) [] 0..60
    loop: What does it change? (case · practice · policy) [] 0..60
    norm-before: Policy only: the norm before, in one line () [] 0..200
    norm-after: Policy only: the norm after, in one line () [] 0..200
    "#);
    assert_snapshot!(of(Step::Decline), @r"
    Decline · K-12 | k1:decline:12:0
    reason: Why not? What could be done instead? * (The author reads it. At least 20 characters.) [] 20..1500
    class: Which kind of reason? (already in place · not feasible · outside our reach …; other if left empty) [] 0..60
    ");
    assert_eq!(of(Step::Acknowledge), "");
    assert_snapshot!(form(&forms::times(&policy(), WARD)), @r"
    Times | k1:setup:times:1
    timezone: Time zone of the team * (Europe/London) [Europe/London] 1..60
    working-hours: Working days and hours * (Mon-Fri 09:00-17:00) [Mon-Fri 09:00-17:00] 1..60
    acknowledge: Everybody: a first answer within * (2 working days) [2 working days] 1..60
    decide: Everybody: a decision within * (10 working days) [10 working days] 1..60
    answer: Everybody: an author's answer within * (5 working days) [5 working days] 1..60
    ");
}

#[test]
fn expect_a_long_message_to_go_on_in_the_second_field() {
    let long = "word ".repeat(300);
    let with = forms::Prefilled { idea: Some(&long), ..forms::Prefilled::default() };
    let suggest = forms::suggest(Beforehand::default(), &with);
    let (first, second) = (&suggest.fields[0].value, &suggest.fields[1].value);
    assert_eq!(format!("{first} {second}"), long.trim());
}

#[test]
fn expect_faults_to_give_back_what_was_typed() {
    let typed = [("text", "Ten minutes on three shifts.\n**Each**.".to_owned()), ("reason", " ".to_owned())];
    assert_snapshot!(visible(&rejection::fault("3F7A", &typed)), @r"
    Sorry, something went wrong on our side, and this was **not saved**. Please try again in a few minutes. If it stays, give your coordinator this reference: `3F7A`.
    This is what you typed, so that it is not lost:
    **text**:
    > Ten minutes on three shifts.
    > \*\*Each\*\*.
    ");
    let no_date = Rejection::NotADate {
        field: kaizen_domain::rejection::Field::Due,
        typed: "soon-ish @everyone".into(),
    };
    assert_snapshot!(visible(&rejection::with_typed(&no_date, None, &[])), @r"“‹soon-ish \@(0)everyone›” could not be read as a date for *due*. Write it like `2026-12-14`, `14 December`, `2 weeks` or `10 working days`.");
    // What a refusal quotes in full is not given back once more.
    let typed = [("due", "soon-ish @everyone ".to_owned()), ("reason", "Sooner".to_owned())];
    assert_snapshot!(visible(&rejection::with_typed(&no_date, None, &typed)), @r"
    “‹soon-ish \@(0)everyone›” could not be read as a date for *due*. Write it like `2026-12-14`, `14 December`, `2 weeks` or `10 working days`.
    This is what you typed, so that it is not lost:
    **reason**:
    > Sooner
    ");
    assert_eq!(
        rejection::with_typed(&no_date, None, &typed[..1]),
        rejection::with_typed(&no_date, None, &[])
    );
}

#[test]
fn expect_trouble_to_say_where_and_how_to_mend_it() {
    let trouble =
        Trouble::Permission { channel: ChannelId(2001), permission: "Send Messages in Threads".into() };
    assert_snapshot!(visible(&notice::trouble(GUILD, &trouble)), @r"
    Kaizen may not do something that it needs in <#2001> (<https://discord.com/channels/1000/2001>): the permission **Send Messages in Threads** is missing.
    To mend it: open the channel's settings, then *Permissions*, choose Kaizen's role, and allow **Send Messages in Threads**.
    Nothing is lost: what could not be sent is kept. `/kaizen check` looks at everything, and sends it again with **Try again**.
    ");
    let findings = [
        Finding::NoManagers { team: WARD },
        Finding::MissingPermission { team: WARD, channel: ChannelId(2001), permission: "Embed Links".into() },
    ];
    assert_snapshot!(visible(&setup::check(&policy(), &findings, 2)), @r"
    2 messages could not be sent and are kept. Mend what is below, then press **Try again**.
    2 things to look at:
    === What to mend, and how ===
    - ‹Ward 3› has no manager: the level above answers, and at last the coordinator. `/kaizen team edit` with `managers` names somebody.
    - In <#2001>, the channel of ‹Ward 3›, Kaizen lacks **Embed Links**. Open the channel's settings, then *Permissions*, choose Kaizen's role, and allow it.
    [Try again | k1:try-again]
    ");
    assert_snapshot!(visible(&setup::check(&policy(), &[], 0)), @"Nothing is wrong or missing.");
}

#[test]
fn expect_every_team_of_a_large_community_to_be_found() {
    let mut large = policy();
    let first = large.teams[0].clone();
    large.teams = (1..=60)
        .map(|n| kaizen_domain::Team {
            id: kaizen_domain::TeamId(n),
            name: format!("Ward {n}"),
            parent: None,
            ..first.clone()
        })
        .collect();
    let guide = setup::screen(SetUpStep::Overview, &large, &people(), WARD);
    let said =
        "The list below holds the first 25 teams; `/kaizen team edit` finds the others while you type.";
    assert!(guide.text.contains(said), "{}", guide.text);
    assert!(guide.cards[0].body.contains(" more: `/kaizen team list`"), "{}", guide.cards[0].body);
    let list = setup::teams(&large, &people());
    assert!(list.cards[0].body.contains(" more: `/kaizen team edit`"), "{}", list.cards[0].body);
    let guide = setup::screen(SetUpStep::Overview, &policy(), &people(), WARD);
    assert!(!guide.text.contains("The list below"), "{}", guide.text);
}

#[test]
fn expect_the_set_up_to_show_what_is_set() {
    assert_snapshot!(visible(&setup::screen(SetUpStep::Overview, &policy(), &people(), WARD)), @r"
    Everything works already; the better this fits, the sooner ideas reach the right person. You are setting up ‹Ward 3›.
    === Teams (2) ===
    - **‹Ward 3›** · <#2001> · managers: @mara · above it ‹Hospital› · Mon-Fri 09:00-17:00, Europe/London
    - **‹Hospital›** · <#2002> · managers: @noor · Mon-Fri 09:00-17:00, Europe/London
    === For everybody ===
    Coordinators: @cleo
    Policy owners: nobody yet
    A first answer within 2 working days, a decision within 10 working days, an author's answer within 5 working days; carried out within 30 days unless a date is set; checked 30 days later. Late for 2 working days: the next level takes over.
    Areas: ‹safety›, ‹quality›, ‹time›, ‹cost›, ‹wellbeing›, ‹equipment›, ‹information›, ‹other›
    [Name | k1:setup:name:1] [Channel | k1:setup:channel:1] [Managers | k1:setup:managers:1] [Times | k1:setup:times:1]
    [Digest | k1:setup:digest:1] [Coordinators | k1:setup:coordinators:1] [Done | k1:setup:done:1]
    (Another team | k1:setup:team:1: Ward 3, Hospital)
    ");
    assert_snapshot!(visible(&setup::screen(SetUpStep::Managers, &policy(), &people(), WARD)), @r"
    Who answers for the ideas of ‹Ward 3›? For a role instead of people: `/kaizen team edit` with `managers`.
    (The team's managers | k1:setup:managers-chosen:1)
    [Back to the overview | k1:setup:overview:1]
    ");
}

#[test]
fn expect_help_on_one_command_and_on_all() {
    assert_snapshot!(visible(&help::help(Some("/idea decline"))), @r"
    === /idea decline ===
    Say no, with reasons. Needs at least one finding.
    For the responsible person, the team's managers and the coordinator.
    - `reason` (needed): Why; the author reads it (at least 20 characters)
    - `class`: The kind of reason
    - `number`: Which idea: K-12, or words of it; not needed in its thread
    ");
    let all = help::help(None);
    let listed = |name: &str| all.cards.iter().any(|c| c.body.contains(&format!("`/{name}`")));
    for spec in crate::commands::COMMANDS.iter().filter(|c| c.kind == crate::commands::Kind::Slash) {
        assert!(listed(spec.name), "{}", spec.name);
    }
    assert!(visible(&help::help(Some("<@666>"))).starts_with("There is no help on"));
}
