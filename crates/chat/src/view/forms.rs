//! The forms: titles, fields and hints. The id of a field is the name of the command's option that does the same, so that one
//! reader serves both; ids never change with a language.

use kaizen_domain::suggestion::protocol::{BenefitKind, DeclineClass, Effect, Loop, limits};
use kaizen_domain::{Policy, TeamId, Text};
use kaizen_workflow::ports::Shown;

use super::markup;
use crate::control::{Beforehand, Id, SetUpStep, Step};
use crate::reply::{Form, FormField};

/// The most characters that the title of a form takes.
const TITLE: usize = 45;
/// The most characters that a field of a form takes on any platform.
const MOST: usize = 4000;
/// Characters of a date or of one of our own words.
const DATE: usize = 60;

/// What was said before the form of a new idea opened, and stands in its fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prefilled<'a> {
    /// The text of the message that it is made from; what does not fit the first field stands in the second.
    pub idea: Option<&'a str>,
    /// The option `benefit`.
    pub benefit: Option<&'a str>,
    /// The option `for-name`.
    pub for_name: Option<&'a str>,
}

/// *Suggest an improvement*.
pub fn suggest(before: Beforehand, with: &Prefilled<'_>) -> Form {
    let filled = |text: &str, field: FormField| FormField { value: prefill(text, field.max.into()), ..field };
    let (idea, rest) = with.idea.map(|text| parted(text, limits::IDEA)).unwrap_or_default();
    let hint = "No names of children, families or colleagues, please.";
    let mut fields = vec![
        filled(&idea, long("idea", "What could work better?", hint, limits::IDEA).required()),
        filled(
            &rest,
            long(
                "proposal",
                "What do you suggest?",
                "If you know already. One sentence is enough.",
                limits::TEXT,
            ),
        ),
        filled(
            with.benefit.unwrap_or_default(),
            long("benefit", "What would it help?", "Time, safety, calm …", limits::TEXT),
        ),
    ];
    if let Some(name) = with.for_name {
        let hint = "Their name, as you would say it";
        fields.push(filled(name, line("for-name", "For which colleague?", hint, limits::LINE)));
    }
    Form { id: Id::Suggest(before).to_string(), title: "Suggest an improvement".to_owned(), fields }
}

/// A text in two parts, the first of at most `most` characters (as the platform counts them), parted between words.
fn parted(text: &str, most: usize) -> (String, String) {
    let text = text.trim();
    if markup::len(text) <= most {
        return (text.to_owned(), String::new());
    }
    let mut used = 0;
    let fits = |c: &char| {
        used += c.len_utf16();
        used <= most
    };
    let head: String = text.chars().take_while(fits).collect();
    let at = head.rfind(char::is_whitespace).filter(|at| *at > 0).unwrap_or(head.len());
    (text[..at].to_owned(), text[at..].trim().to_owned())
}

/// The form that a step on an idea needs; none for steps that are taken at once or lead to a choice first.
pub fn of_step(shown: &Shown, step: Step) -> Option<Form> {
    let s = &shown.item.suggestion;
    let (title, fields) = match step {
        Step::AddFinding => (
            "Add a finding",
            vec![
                long(
                    "text",
                    "What did you look at, and what did you find?",
                    "About the work, not about persons.",
                    limits::TEXT,
                )
                .required(),
            ],
        ),
        Step::Ask => (
            "Ask the author",
            vec![
                long(
                    "question",
                    "What do you need to know?",
                    "The decision's clock stands still until the answer.",
                    limits::TEXT,
                )
                .required(),
            ],
        ),
        Step::Answer => ("Answer", vec![long("text", "Your answer", "", limits::TEXT).required()]),
        Step::Refer => (
            "Refer to the next level",
            vec![
                long("reason", "Why is it beyond your authority?", "The author reads it, too.", limits::TEXT)
                    .required(),
            ],
        ),
        Step::Accept => ("Accept", accept()),
        Step::Trial => ("Accept as a trial", trial()),
        Step::Decline => ("Decline", decline()),
        Step::Defer => (
            "Defer",
            vec![
                long("reason", "Why not now?", "The author reads it.", limits::TEXT).required(),
                line("until", "Until when?", "A date, or \"6 weeks\"; at most six months", DATE).required(),
            ],
        ),
        Step::Implemented => (
            "Implemented",
            vec![
                long(
                    "what-changed",
                    "What changed in practice?",
                    "What somebody sees who works there now.",
                    limits::TEXT,
                )
                .required(),
            ],
        ),
        Step::OutcomeOf(effect) => (outcome_title(effect), outcome()),
        Step::Appeal => (
            "Appeal",
            vec![
                long(
                    "reason",
                    "Why should somebody look at it again?",
                    "Somebody else decides, not the one who declined.",
                    limits::TEXT,
                )
                .required(),
            ],
        ),
        Step::Redact => (
            "Remove words",
            vec![
                long(
                    "words",
                    "Which words have to go? One a line.",
                    "They go from card, thread, search and history.",
                    limits::IDEA,
                )
                .required(),
            ],
        ),
        Step::Edit => (
            "Edit your idea",
            vec![
                standing(Some(&s.idea), long("idea", "What could work better?", "", limits::IDEA)).required(),
                standing(s.proposal.as_ref(), long("proposal", "What do you suggest?", "", limits::TEXT)),
                standing(s.benefit.as_ref(), long("benefit", "What would it help?", "", limits::TEXT)),
            ],
        ),
        Step::Acknowledge
        | Step::Decide
        | Step::Outcome
        | Step::Feedback(_)
        | Step::Support
        | Step::Follow => return None,
    };
    let id = Id::Step { step, number: shown.item.number, stage: s.stage.name() }.to_string();
    Some(Form { id, title: markup::plain_str(&format!("{title} · {}", shown.item.number), TITLE), fields })
}

fn accept() -> Vec<FormField> {
    vec![
        long("reason", "Why is it a good idea?", "The author reads it.", limits::TEXT).required(),
        line("due", "Done by when?", "A date, or \"2 weeks\"; 30 days if left empty", DATE),
        line("loop", "What does it change?", &words(Loop::ALL.iter().map(|l| l.as_str())), DATE),
        line("norm-before", "Policy only: the norm before, in one line", "", limits::LINE),
        line("norm-after", "Policy only: the norm after, in one line", "", limits::LINE),
    ]
}

fn trial() -> Vec<FormField> {
    vec![
        long("reason", "Why is it worth a trial?", "The author reads it.", limits::TEXT).required(),
        line("trial-hypothesis", "What do you expect to happen?", "", limits::TEXT),
        line("trial-measure", "What do you look at to know?", "", limits::TEXT),
        line("trial-review", "When do you look at it?", "A date, or \"6 weeks\"", DATE),
        line("due", "In place by when?", "A date, or \"2 weeks\"; 30 days if left empty", DATE),
    ]
}

fn decline() -> Vec<FormField> {
    // All of them are more than a hint holds; the command offers them, and a wrong word is answered with the list.
    let some = [DeclineClass::AlreadyInPlace, DeclineClass::NotFeasible, DeclineClass::OutsideOurReach];
    let classes = format!("{} …; other if left empty", words(some.into_iter().map(DeclineClass::as_str)));
    vec![
        FormField {
            min: u16::try_from(limits::DECLINE_RATIONALE).unwrap_or(0),
            ..long(
                "reason",
                "Why not? What could be done instead?",
                "The author reads it. At least 20 characters.",
                limits::TEXT,
            )
        }
        .required(),
        line("class", "Which kind of reason?", &classes, DATE),
    ]
}

fn outcome() -> Vec<FormField> {
    vec![
        long("note", "What did you measure or see, and how?", "Plain words are fine.", limits::TEXT)
            .required(),
        line("benefit", "Which benefit, if any?", &words(BenefitKind::ALL.iter().map(|k| k.as_str())), DATE),
        line("before", "Before", "for example: 10", limits::LINE),
        line("after", "After", "for example: 2", limits::LINE),
        line("unit", "Unit", "for example: minutes a shift", limits::LINE),
    ]
}

const fn outcome_title(effect: Effect) -> &'static str {
    match effect {
        Effect::Worked => "Outcome: it worked",
        Effect::Partly => "Outcome: it worked in part",
        Effect::DidNotWork => "Outcome: it did not work",
        Effect::CannotTell => "Outcome: it cannot be told yet",
    }
}

/// The team's name, in `/kaizen setup`.
pub fn team_name(policy: &Policy, team: TeamId) -> Form {
    let name = policy.team(team).map(|t| t.name.clone()).unwrap_or_default();
    Form {
        id: Id::SetUp { step: SetUpStep::Name, team }.to_string(),
        title: "The team's name".to_owned(),
        fields: vec![
            FormField {
                value: prefill(&name, limits::LINE),
                ..line("name", "What is the team called?", "Ward 3", limits::LINE)
            }
            .required(),
        ],
    }
}

/// Zone, hours and due times, in `/kaizen setup`. The due times are the whole workspace's.
pub fn times(policy: &Policy, team: TeamId) -> Form {
    let calendar = policy.calendar(team);
    let hours = super::setup::hours(&calendar);
    let field =
        |id, label, hint, value: String| FormField { value, ..line(id, label, hint, DATE) }.required();
    Form {
        id: Id::SetUp { step: SetUpStep::Times, team }.to_string(),
        title: "Times".to_owned(),
        fields: vec![
            field("timezone", "Time zone of the team", "Europe/London", calendar.zone.name().to_owned()),
            field("working-hours", "Working days and hours", "Mon-Fri 09:00-17:00", hours),
            field(
                "acknowledge",
                "Everybody: a first answer within",
                "2 working days",
                policy.times.acknowledge.to_string(),
            ),
            field(
                "decide",
                "Everybody: a decision within",
                "10 working days",
                policy.times.decide.to_string(),
            ),
            field(
                "answer",
                "Everybody: an author's answer within",
                "5 working days",
                policy.times.answer.to_string(),
            ),
        ],
    }
}

/// A text as the value of a field: nothing escaped, nothing that is not text, cut to what the field takes.
fn prefill(text: &str, most: usize) -> String {
    markup::within(text, most)
}

/// A field with what stands there, whole: where the platform counts some characters twice, the field takes more.
fn standing(text: Option<&Text>, field: FormField) -> FormField {
    let value = prefill(text.and_then(Text::written).unwrap_or_default(), MOST);
    let max = field.max.max(u16::try_from(markup::len(&value)).unwrap_or(u16::MAX));
    FormField { value, max, ..field }
}

fn words(all: impl Iterator<Item = &'static str>) -> String {
    all.collect::<Vec<_>>().join(" · ")
}

fn field(id: &str, label: &str, hint: &str, max: usize) -> FormField {
    FormField {
        id: id.to_owned(),
        label: label.to_owned(),
        hint: markup::plain_str(hint, 100),
        value: String::new(),
        required: false,
        long: false,
        min: 0,
        max: u16::try_from(max).unwrap_or(u16::MAX),
    }
}

fn line(id: &str, label: &str, hint: &str, max: usize) -> FormField {
    field(id, label, hint, max)
}

fn long(id: &str, label: &str, hint: &str, max: usize) -> FormField {
    FormField { long: true, ..field(id, label, hint, max) }
}

impl FormField {
    /// The same field, to be filled.
    fn required(self) -> FormField {
        FormField { required: true, min: self.min.max(1), ..self }
    }
}
