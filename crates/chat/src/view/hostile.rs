//! Hostile text through every view: nothing that a person types becomes anything but text, and nothing grows beyond what a
//! platform takes.

use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::ledger::LadderStep;
use kaizen_domain::rejection::Field;
use kaizen_domain::suggestion::protocol::{
    AcceptAs, BenefitKind, BenefitTyped, DeclineClass, DirectReason, Effect, Loop, ReferTo, Submission,
    TrialPlan, Works,
};
use kaizen_domain::suggestion::{ActionName, Command, Event};
use kaizen_domain::{ChannelId, Number, Rejection, Text};
use kaizen_workflow::digest::{DigestContent, DigestLesson, DigestLine, DigestNumbers, DigestSays};
use kaizen_workflow::outbox::ReminderEntry;
use kaizen_workflow::ports::{Alike, Mine, Page};
use proptest::prelude::*;

use super::personas::{CLEO, GUILD, MARA, NOOR, OTTO, SAM, Story, WARD, at, people, submission, user};
use super::{answer, card, digest, forms, help, item, markup, notice, rejection, setup};
use crate::check::Finding;
use crate::control::{Beforehand, ListPage, SetUpStep, Step};
use crate::reply::{Control, Form, Message};

/// Ideas whose histories hold every kind of fact that has a text, and most of the others.
fn stories() -> Vec<Story> {
    let full = Submission {
        proposal: Some("p".into()),
        benefit: Some("b".into()),
        for_name: Some("n".into()),
        done: false,
        ..submission("i")
    };
    let finding = || Command::AddFinding { text: "f".into() };
    let benefits = || {
        let one = |kind| BenefitTyped {
            kind,
            before: Some("1".into()),
            after: Some("2".into()),
            unit: Some("u".into()),
        };
        BenefitKind::ALL.iter().map(|k| one(*k)).collect::<Vec<_>>()
    };
    let mut done = Story::begin(&full);
    done.act(OTTO, &Command::Support);
    done.act(MARA, &Command::Ask { question: "q".into() });
    let asked = done.clone();
    done.act(SAM, &Command::Answer { text: "a".into() });
    done.act(SAM, &Command::Edit { idea: "j".into(), proposal: Some("p".into()), benefit: Some("b".into()) });
    let trial = TrialPlan {
        hypothesis: Some("h".into()),
        measure: Some("m".into()),
        review: Some(at("2026-12-20T10:00:00Z")),
    };
    let accept = Command::Accept {
        how: AcceptAs::Trial,
        rationale: "r".into(),
        implementer: Some(OTTO),
        due: None,
        changes: Loop::Policy,
        norm: Some(("x".into(), "y".into())),
        trial,
    };
    done.act(MARA, &accept);
    let mut stopped = done.clone();
    done.act(OTTO, &Command::Replan { reason: "r".into(), implementer: Some(SAM), due: None, stop: false });
    done.act(SAM, &Command::RecordImplementation { what_changed: "w".into() });
    done.act(OTTO, &Command::GiveFeedback { works: Works::Partly, note: Some("n".into()) });
    let mut failed = done.clone();
    done.act(
        MARA,
        &Command::RecordOutcome { effect: Effect::Partly, note: "n".into(), benefits: benefits() },
    );
    done.act(
        MARA,
        &Command::RecordOutcome { effect: Effect::Worked, note: "n".into(), benefits: benefits() },
    );
    done.act(CLEO, &Command::Reopen { reason: "r".into(), came_back_from: Some(Number(3)) });
    failed.act(
        MARA,
        &Command::RecordOutcome { effect: Effect::DidNotWork, note: "n".into(), benefits: benefits() },
    );
    stopped.act(OTTO, &Command::Replan { reason: "r".into(), implementer: None, due: None, stop: true });
    stopped.act(SAM, &Command::Withdraw { reason: Some("r".into()) });
    let mut declined = Story::begin(&full);
    declined.until("2026-11-25T10:00:00Z");
    declined.act(MARA, &Command::Refer { to: ReferTo::NextLevel, reason: "r".into() });
    declined.act(NOOR, &finding());
    declined.act(CLEO, &Command::Assign { to: MARA, reason: "r".into() });
    let rationale = "twenty characters and more".to_owned();
    declined.act(MARA, &Command::Decline { class: DeclineClass::Other, rationale });
    let refused = declined.clone();
    declined.act(SAM, &Command::Appeal { reason: "r".into() });
    declined.act(NOOR, &finding());
    declined.act(NOOR, &Command::Defer { rationale: "r".into(), until: at("2027-02-01T10:00:00Z") });
    vec![asked, done, failed, stopped, refused, declined]
}

/// One of the stories with every text of a person replaced, names of teams and areas as well.
fn told_with(hostile: &str, which: usize) -> Story {
    let text = |_: &Text| Text::Written(hostile.to_owned());
    let mut stories = stories();
    let mut story = stories.swap_remove(which % stories.len());
    let policy = std::sync::Arc::make_mut(&mut story.shown.policy);
    for team in &mut policy.teams {
        team.name = hostile.to_owned();
    }
    for area in &mut policy.areas {
        area.0 = hostile.to_owned();
    }
    let mut suggestion = story.shown.item.suggestion.clone().map_texts(&text);
    suggestion.area = policy.areas.first().cloned();
    story.shown.item.suggestion = suggestion;
    for step in &mut story.steps {
        step.event.fact = step.event.fact.clone().map_texts(&text);
    }
    story
}

fn every_message(hostile: &str, story: &Story) -> Vec<Message> {
    let mut all = Vec::new();
    let shown = &story.shown;
    let (seq, event) = story.last();
    let listed = story.listed();
    let done =
        kaizen_workflow::engine::Done { shown: shown.clone(), events: vec![event.clone()], repeated: false };
    for step in &story.steps {
        all.push(notice::post(shown, step.seq, &step.event, Some(user(MARA)), None));
        for reason in [DirectReason::Author, DirectReason::Following, DirectReason::Owes] {
            all.push(notice::direct(shown, step.seq, &step.event, reason));
        }
    }
    all.push(card::card(shown));
    let confirmed = answer::submitted(&done, ChannelId(2009), "anything");
    let later = confirmed.later.clone().unwrap();
    let similar: Vec<Alike> = (1..=5).map(|n| Alike { number: Number(9000 + n), ..story.alike() }).collect();
    all.extend(answer::with_similar(&confirmed, &later, &similar));
    all.push(confirmed);
    all.push(answer::done(&done, user(SAM)));
    all.push(answer::decide(shown));
    all.push(answer::outcome(shown));
    all.extend(
        rejections(hostile)
            .iter()
            .map(|r| rejection::with_typed(r, Some(shown), &[("reason", hostile.to_owned())])),
    );
    all.push(item::show(
        shown,
        &story.steps[story.steps.len().saturating_sub(6)..],
        chrono::TimeDelta::hours(30),
        &ActionName::ALL,
    ));
    all.push(item::history(shown, &story.steps, u32::try_from(seq % 3).unwrap()));
    let page = Page { lines: vec![listed.clone(); 10], total: 99 };
    all.push(item::list(GUILD, &page, &people(), ListPage::default(), 10));
    all.push(item::search(GUILD, hostile, &page.lines, true, &people()));
    let mine = Mine { owe: page.lines.clone(), wait: page.lines.clone(), follow: page.lines };
    all.push(item::mine(GUILD, &mine, item::Owed { late: 1, actions: &[] }, story.now, &people()));
    let entry = ReminderEntry {
        number: Number(12),
        owed_by: MARA,
        kind: kaizen_domain::RequirementKind::Decision,
        step: LadderStep::Late,
        about: kaizen_domain::suggestion::protocol::Word::Due,
        action: None,
    };
    for to in [MARA, NOOR] {
        all.push(notice::reminders(to, &vec![(entry, shown.clone()); 30], &[], 7));
    }
    all.push(digest::digest(
        GUILD,
        &content(hostile, &story.steps.iter().map(|s| s.event.clone()).collect::<Vec<_>>()),
        &people(),
    ));
    for step in [SetUpStep::Overview, SetUpStep::Channel, SetUpStep::Done] {
        all.push(setup::screen(step, &shown.policy, &people(), WARD));
    }
    all.push(setup::team(&shown.policy, &people(), &shown.policy.teams[0], setup::TeamChange::Added));
    all.push(setup::check(&shown.policy, &[Finding::NoChannel { team: WARD }], 3));
    all.push(rejection::fault("3F7A", &[("text", hostile.to_owned()), ("reason", hostile.to_owned())]));
    all.push(help::help(Some(hostile)));
    all
}

fn rejections(hostile: &str) -> Vec<Rejection> {
    let typed = hostile.to_owned();
    vec![
        Rejection::NoMatch { typed: typed.clone() },
        Rejection::NotOneOf { field: Field::Area, typed: typed.clone(), takes: vec![typed.clone(); 30] },
        Rejection::NotADate { field: Field::Due, typed: typed.clone() },
        Rejection::TeamExists(typed.clone()),
        Rejection::NoSuchTeam(typed.clone()),
        Rejection::NoSuchZone(typed),
        Rejection::NeedsFinding,
    ]
}

fn content(hostile: &str, events: &[Event]) -> DigestContent {
    let text = || Text::Written(hostile.to_owned());
    let lines = |says: DigestSays| {
        let line = DigestLine { number: Number(1), idea: text(), author: SAM, card: None, says };
        vec![line; events.len()]
    };
    DigestContent {
        team: hostile.to_owned(),
        since: at("2026-11-23T09:00:00Z"),
        until: at("2026-11-30T09:00:00Z"),
        thanks: lines(DigestSays::Implemented { what_changed: text() }),
        decisions: lines(DigestSays::Declined { rationale: text() }),
        new: lines(DigestSays::New),
        waiting: vec![],
        outcomes: lines(DigestSays::Verified { effect: Effect::Worked, note: text(), benefits: vec![] }),
        lessons: vec![
            DigestLesson {
                debrief: DebriefNumber(1),
                item: 1,
                kind: hostile.chars().take(60).collect(),
                text: text(),
                place: None
            };
            events.len()
        ],
        numbers: DigestNumbers { debriefs: u32::MAX, escalated: u32::MAX, ..DigestNumbers::default() },
    }
}

fn every_form(hostile: &str, story: &Story) -> Vec<Form> {
    let with = forms::Prefilled { idea: Some(hostile), benefit: Some(hostile), for_name: Some(hostile) };
    let steps =
        [Step::Edit, Step::Accept, Step::Trial, Step::Decline, Step::OutcomeOf(Effect::Partly), Step::Redact];
    let mut all: Vec<Form> = steps.into_iter().filter_map(|s| forms::of_step(&story.shown, s)).collect();
    all.push(forms::suggest(Beforehand::default(), &with));
    all.push(forms::team_name(&story.shown.policy, WARD));
    all.push(forms::times(&story.shown.policy, WARD));
    all
}

/// Everything in which the platform reads markup.
fn marked_up(message: &Message) -> Vec<&str> {
    let mut all = vec![message.text.as_str()];
    for card in &message.cards {
        all.extend([card.title.as_str(), card.body.as_str()]);
        all.extend(card.fields.iter().flat_map(|f| [f.name.as_str(), f.value.as_str()]));
    }
    all
}

fn expect_only_our_markup(text: &str) {
    let chars: Vec<char> = text.chars().collect();
    let starts = |at: usize, what: &str| chars[at..].iter().take(what.len()).collect::<String>() == what;
    let mut escaped = false;
    for (at, c) in chars.iter().enumerate() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '<' => {
                let ours = ["<@10", "<#200", "<t:1", "<https://discord.com/channels/1000/"];
                assert!(
                    ours.iter().any(|o| starts(at, o)),
                    "{}",
                    chars[at..].iter().take(40).collect::<String>()
                );
            }
            ']' if chars.get(at + 1) == Some(&'(') => {
                assert!(starts(at, "](https://discord.com/channels/1000/"), "{text}");
            }
            '|' | '~' => panic!("{c} in {text}"),
            _ => {}
        }
    }
    assert_eq!(
        text.matches("](").count(),
        text.matches("](https://discord.com/channels/1000/").count(),
        "{text}"
    );
    let lower = text.to_lowercase();
    for never in ["@everyone", "@here", "```", "<@6", "<@&6", "<#6", "<t:6", "discord.gg/", "https://evil"] {
        assert!(!lower.contains(never), "{never} in {text}");
    }
    assert!(
        !text.contains(|c: char| (c.is_control() && c != '\n') || ('\u{202A}'..='\u{202E}').contains(&c)),
        "{text:?}"
    );
    for line in text.lines() {
        let open = line.matches('\u{2068}').count();
        assert_eq!(open, line.matches('\u{2069}').count(), "{line}");
        let own = line.trim_start();
        assert!(!own.starts_with('#') && !own.starts_with(">>>"), "{line}");
        if let Some(quoted) = own.strip_prefix("> ") {
            assert!(!quoted.trim_start().starts_with(['-', '+', '>', '*', '#']), "{line}");
        } else if let Some(small) = own.strip_prefix("-# ") {
            assert!(small.starts_with("K-") || small.starts_with("0 new ideas"), "{line}");
        }
    }
}

fn expect_sizes(message: &Message) {
    let len = markup::len;
    assert!(len(&message.text) <= 2000, "{}", message.text);
    assert!(message.cards.len() <= 10);
    let mut total = 0;
    for card in &message.cards {
        assert!(
            len(&card.title) <= 256 && len(&card.body) <= 4096 && len(&card.footer) <= 2048,
            "{}",
            card.title
        );
        assert!(card.fields.len() <= 25);
        total += len(&card.title) + len(&card.body) + len(&card.footer);
        for field in &card.fields {
            assert!(
                !field.value.trim().is_empty() && len(&field.value) <= 1024 && len(&field.name) <= 256,
                "{}",
                field.name
            );
            total += len(&field.name) + len(&field.value);
        }
    }
    assert!(total <= 6000, "{total}");
    assert!(message.rows.len() <= 5);
    for control in message.rows.iter().inspect(|r| assert!((1..=5).contains(&r.len()))).flatten() {
        match control {
            Control::Button { id, label, .. } => assert!(id.len() <= 100 && len(label) <= 80),
            Control::Link { label, .. } => assert!(len(label) <= 80),
            Control::Select { id, options, .. } => {
                assert!(id.len() <= 100 && (1..=25).contains(&options.len()));
                assert!(options.iter().all(|o| len(&o.label) <= 100 && len(&o.value) <= 100));
            }
            Control::People { id, placeholder } | Control::Channels { id, placeholder } => {
                assert!(id.len() <= 100 && len(placeholder) <= 150);
            }
        }
    }
}

fn expect_harmless(hostile: &str, which: usize) {
    let story = told_with(hostile, which);
    for message in every_message(hostile, &story) {
        marked_up(&message).into_iter().for_each(expect_only_our_markup);
        expect_sizes(&message);
    }
    for form in every_form(hostile, &story) {
        assert!(
            markup::len(&form.title) <= 45 && form.id.len() <= 100 && form.fields.len() <= 5,
            "{}",
            form.title
        );
        for field in &form.fields {
            assert!(markup::len(&field.label) <= 45 && markup::len(&field.hint) <= 100, "{}", field.label);
            assert!(markup::len(&field.value) <= field.max.into() && field.max <= 4000, "{}", field.label);
        }
    }
    let name = card::thread_name(&story.shown);
    assert!(
        name.starts_with("K-12") && markup::len(&name) <= 100 && !name.contains(char::is_control),
        "{name:?}"
    );
    assert!(markup::len(&item::choice(&story.listed()).label) <= 100);
}

const PIECES: [&str; 36] = [
    "<@666>",
    "<@!666>",
    "<@&666>",
    "<#666>",
    "@everyone",
    "@HERE",
    "[click](https://evil.test)",
    "https://evil.test/x",
    "```",
    "`",
    "``",
    "<t:666:R>",
    "||",
    "**",
    "__",
    "~~",
    "\n# ",
    "\n> ",
    "\n>>> ",
    "\n-# ",
    "\n- ",
    "\n1. ",
    "<:a:666>",
    "</help:666>",
    "discord.gg/x",
    "\u{202E}",
    "\u{2066}",
    "\u{2069}",
    "\u{0}",
    "שלום",
    "👨‍👩‍👧",
    "🇬🇧",
    "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
    "\\",
    "](",
    "<",
];

#[test]
fn expect_every_trick_and_6000_characters_to_stay_text() {
    for (which, piece) in PIECES.into_iter().enumerate() {
        expect_harmless(piece, which);
        if which % 3 == 0 {
            expect_harmless(&piece.repeat(6000 / piece.chars().count() + 1), which / 3);
        }
    }
    expect_harmless(&"a\u{301}".repeat(3000), 0);
    (0..6).for_each(|which| expect_harmless(&PIECES.concat(), which));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn expect_any_text_to_stay_text(
        which in 0..6_usize,
        parts in proptest::collection::vec(prop_oneof![proptest::sample::select(&PIECES[..]).prop_map(str::to_owned), any::<char>().prop_map(String::from), "[a-z .@<>()\\[\\]:]{0,12}"], 1..60)
    ) {
        expect_harmless(&parts.concat(), which);
    }
}
