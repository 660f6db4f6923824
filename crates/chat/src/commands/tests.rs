//! The table of commands against the chat contract, and against what Discord registers.

use std::collections::{BTreeMap, BTreeSet};

use super::{COMMANDS, Kind, Opt, OptKind, Spec, find};
use crate::control::Step;

/// The contract: names and options, required ones with `*`, in order. Scripts and people depend on them.
const CONTRACT: &[(&str, &str)] = &[
    ("suggest", "idea area team benefit done for-name"),
    ("Suggest improvement", ""),
    ("idea show", "number*"),
    ("idea list", "status team area mine responsible"),
    ("idea search", "text*"),
    ("idea history", "number"),
    ("idea support", "number"),
    ("idea follow", "number"),
    ("idea acknowledge", "number"),
    ("idea finding", "text* number"),
    ("Record as finding", ""),
    ("idea ask", "question* number"),
    ("idea answer", "text* number"),
    ("idea assign", "to* reason* number"),
    ("idea refer", "reason* to policy number"),
    (
        "idea accept",
        "reason* owner due as loop norm-before norm-after trial-hypothesis trial-measure trial-review number",
    ),
    ("idea decline", "reason* class number"),
    ("idea defer", "reason* until* number"),
    ("idea replan", "reason* owner due stop number"),
    ("idea implemented", "what-changed* number"),
    ("idea outcome", "effect* note* benefit before after unit number"),
    ("idea feedback", "works* note number"),
    ("idea appeal", "reason* number"),
    ("idea edit", "number"),
    ("idea withdraw", "reason number"),
    ("idea redact", "number"),
    ("idea merge", "into* number"),
    ("idea reopen", "number* reason* came-back-from"),
    ("debrief start", "work* kind template anonymous-items"),
    ("debrief add", "what* text* number"),
    ("Add to debrief", ""),
    ("debrief action", "text* owner* due* number"),
    ("debrief done", "action* number"),
    ("debrief lesson", "text* number"),
    ("debrief edit", "item* number"),
    ("debrief redact", "item* number"),
    ("debrief close", "summary number"),
    ("debrief show", "number"),
    ("brief", "kind*"),
    ("my", ""),
    ("away", "until* deputy who"),
    ("measures", "period team promise"),
    ("help", "topic"),
    ("digest preview", "team"),
    ("kaizen setup", ""),
    ("kaizen team add", "name* channel managers parent timezone working-hours"),
    ("kaizen team edit", "name* channel managers parent timezone working-hours"),
    ("kaizen team remove", "name*"),
    ("kaizen team list", ""),
    ("kaizen route add", "to* area team place"),
    ("kaizen route remove", "route*"),
    ("kaizen route list", ""),
    ("kaizen roles add", "part* who*"),
    ("kaizen roles remove", "part* who*"),
    ("kaizen roles list", ""),
    ("kaizen times set", "which* time*"),
    ("kaizen times reset", "which"),
    ("kaizen times list", ""),
    ("kaizen areas add", "name* urgent"),
    ("kaizen areas remove", "name*"),
    ("kaizen areas list", ""),
    ("kaizen holidays add", "dates* name team"),
    ("kaizen holidays remove", "dates* team"),
    ("kaizen holidays list", "team"),
    ("kaizen kinds", "from* into*"),
    ("kaizen policy list", ""),
    ("kaizen check", ""),
    ("kaizen export", ""),
    ("kaizen forget-me", ""),
];

/// Discord: subcommands of a command, options of a command, choices of an option.
const MOST: usize = 25;
/// Discord: characters of a description.
const ABOUT: usize = 100;
/// Discord: characters of a name.
const NAME: usize = 32;
/// Discord: characters of all names, descriptions and values of a command together.
const ALL: usize = 8000;
/// Discord: characters of the value of a text option.
const TEXT: u16 = 6000;

fn options(spec: &Spec) -> String {
    let shown = |o: &Opt| if o.required { format!("{}*", o.name) } else { o.name.to_owned() };
    spec.options.iter().map(shown).collect::<Vec<_>>().join(" ")
}

#[test]
fn expect_the_names_and_options_of_the_contract() {
    let ours: Vec<(&str, String)> = COMMANDS.iter().map(|c| (c.name, options(c))).collect();
    let contract: Vec<(&str, String)> = CONTRACT.iter().map(|(name, o)| (*name, (*o).to_owned())).collect();
    assert_eq!(ours, contract);
}

#[test]
fn expect_what_discord_registers() {
    let typed = |name: &str| {
        name.split(' ').all(|part| {
            (1..=NAME).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_')
        })
    };
    for spec in COMMANDS {
        match spec.kind {
            Kind::Slash => {
                assert!(typed(spec.name) && spec.name.split(' ').count() <= 3, "{}", spec.name);
                assert!((1..=ABOUT).contains(&spec.about.chars().count()), "{}", spec.name);
            }
            Kind::OnMessage => {
                assert!(spec.name.len() <= NAME && spec.about.is_empty() && spec.options.is_empty());
            }
        }
        assert!(spec.options.len() <= MOST, "{}", spec.name);
        assert!(!spec.who.is_empty(), "{}", spec.name);
        assert!(spec.options.is_sorted_by_key(|o| !o.required), "required options come first: {}", spec.name);
        let names: BTreeSet<&str> = spec.options.iter().map(|o| o.name).collect();
        assert_eq!(names.len(), spec.options.len(), "{}", spec.name);
        for option in spec.options {
            let where_ = format!("{} {}", spec.name, option.name);
            assert!(typed(option.name) && !option.name.contains(' '), "{where_}");
            assert!((1..=ABOUT).contains(&option.about.chars().count()), "{where_}");
            match option.kind {
                OptKind::Text { min, max } => assert!(min <= max && max <= TEXT, "{where_}"),
                OptKind::Completed { max, .. } => assert!((1..=100).contains(&max), "{where_}"),
                OptKind::Choice(words) => {
                    assert!((1..=MOST).contains(&words.len()), "{where_}");
                    assert!(words.iter().all(|w| (1..=100).contains(&w.chars().count())), "{where_}");
                }
                OptKind::Integer { min, max } => assert!(min <= max, "{where_}"),
                OptKind::Yes | OptKind::Person | OptKind::PersonOrRole | OptKind::Channel | OptKind::Role => {
                }
            }
        }
    }
}

#[test]
fn expect_each_command_within_discords_size() {
    let mut sizes: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for spec in COMMANDS.iter().filter(|c| c.kind == Kind::Slash) {
        let mut parts = spec.name.split(' ');
        let top = parts.next().unwrap_or_default();
        let (size, subcommands) = sizes.entry(top).or_default();
        subcommands.extend(parts.next());
        *size += spec.name.len() + spec.about.len();
        for option in spec.options {
            *size += option.name.len() + option.about.len();
            if let OptKind::Choice(words) = option.kind {
                // A choice has a name and a value.
                *size += words.iter().map(|w| 2 * w.len()).sum::<usize>();
            }
        }
    }
    for (name, (size, subcommands)) in sizes {
        // The rest is the description of the command itself and of its groups.
        assert!(size + 2 * ABOUT <= ALL, "{name}: {size}");
        assert!(subcommands.len() <= MOST, "{name}: {}", subcommands.len());
    }
}

#[test]
fn expect_no_name_twice_and_every_one_found() {
    for spec in COMMANDS {
        assert_eq!(COMMANDS.iter().filter(|c| c.name == spec.name).count(), 1, "{}", spec.name);
        assert_eq!(find(spec.name, spec.kind).map(|c| c.name), Some(spec.name));
    }
    assert!(find("idea", Kind::Slash).is_none());
    assert!(find("suggest", Kind::OnMessage).is_none());
}

#[test]
fn expect_words_of_choices_to_be_the_domains() {
    use kaizen_domain::suggestion::protocol::{AcceptAs, BenefitKind, DeclineClass, Effect, Loop, Works};
    let choices = |command: &str, option: &str| -> Vec<&str> {
        let spec = find(command, Kind::Slash).unwrap();
        match spec.options.iter().find(|o| o.name == option).map(|o| o.kind) {
            Some(OptKind::Choice(words)) => words.to_vec(),
            other => panic!("{command} {option} is {other:?}"),
        }
    };
    let words = |all: &[AcceptAs]| all.iter().map(|w| w.as_str()).collect::<Vec<_>>();
    assert_eq!(choices("idea accept", "as"), words(AcceptAs::ALL));
    assert_eq!(choices("idea accept", "loop"), Loop::ALL.iter().map(|w| w.as_str()).collect::<Vec<_>>());
    assert_eq!(
        choices("idea decline", "class"),
        DeclineClass::ALL.iter().map(|w| w.as_str()).collect::<Vec<_>>()
    );
    assert_eq!(choices("idea outcome", "effect"), Effect::ALL.iter().map(|w| w.as_str()).collect::<Vec<_>>());
    assert_eq!(
        choices("idea outcome", "benefit"),
        BenefitKind::ALL.iter().map(|w| w.as_str()).collect::<Vec<_>>()
    );
    assert_eq!(choices("idea feedback", "works"), Works::ALL.iter().map(|w| w.as_str()).collect::<Vec<_>>());
}

#[test]
fn expect_every_button_to_have_a_command() {
    for step in Step::all() {
        match step.command() {
            Some((name, preset)) => {
                let spec = find(name, Kind::Slash).unwrap_or_else(|| panic!("{name}"));
                if let Some((option, word)) = preset {
                    let kind = spec.options.iter().find(|o| o.name == option).map(|o| o.kind);
                    assert!(
                        matches!(kind, Some(OptKind::Choice(words)) if words.contains(&word)),
                        "{name} {option}"
                    );
                }
            }
            None => assert!(matches!(step, Step::Decide | Step::Outcome)),
        }
    }
}
