//! The card of an idea: its newest state at a glance, with the buttons of its stage.
//!
//! ```text
//! K-12 · Accepted
//! The supply room has no labels
//! Author @sam   Area equipment   Stage Accepted: it is going to be done
//! Responsible @mara (manages Ward 3)   Due the implementation, by 14 December (in 3 weeks)   Supporters 4
//! [ Implemented ] [ Me too ] [ Follow ]
//! ```

use kaizen_domain::suggestion::protocol::{AcceptAs, Effect, Loop, Works};
use kaizen_domain::suggestion::stage::{SecondLook, Stage, StageName, Suggestion, Verdict};
use kaizen_domain::suggestion::{LastQuestion, Origin};
use kaizen_domain::{Number, Text};
use kaizen_workflow::ports::Shown;

use super::compose::{FIELD_ROOM, fit};
use super::{markup, words};
use crate::control::{Id, Step};
use crate::reply::{Card, CardField, Control, Message, Style};

/// Characters of an idea on its card; the rest is in the thread.
const IDEA: usize = 500;
/// Characters of any other text on the card.
const ASIDE: usize = 200;
/// Characters of a norm on the card.
const NORM: usize = 80;
/// Numbers that are named on the card.
const NUMBERS: usize = 20;
/// The longest name of a thread that platforms take.
const THREAD_NAME: usize = 100;

/// The card with its buttons, public.
pub fn card(shown: &Shown) -> Message {
    Message { cards: vec![face(shown)], rows: buttons(shown), public: true, ..Message::default() }
}

/// The id of a button of an idea: `k1:<action>:<number>:<stage index>`.
pub fn control_id(step: Step, number: Number, stage: StageName) -> String {
    Id::Step { step, number, stage }.to_string()
}

/// A button that takes a step on an item, in the stage where it stands.
pub fn button(shown: &Shown, step: Step, label: &str, style: Style) -> Control {
    let stage = shown.item.suggestion.stage.name();
    Control::Button { id: control_id(step, shown.item.number, stage), label: label.to_owned(), style }
}

/// `K-12 The supply room has no labels`, within what a thread's name may hold.
pub fn thread_name(shown: &Shown) -> String {
    let number = shown.item.number.to_string();
    let idea = markup::plain(&shown.item.suggestion.idea, THREAD_NAME - number.len() - 1);
    format!("{number} {idea}").trim_end().to_owned()
}

/// The colour of a stage; the stage's word always stands beside it.
pub const fn colour(stage: StageName) -> u32 {
    match stage {
        StageName::Submitted => 0x2F_6F_B5,
        StageName::Acknowledged | StageName::Investigating => 0x6A_5A_C0,
        StageName::AwaitingInformation => 0xB5_7A_1A,
        StageName::Accepted => 0x2E_8B_74,
        StageName::Implemented | StageName::Verified => 0x3B_8C_3F,
        StageName::Declined => 0x8A_5A_4A,
        StageName::Deferred => 0x7A_74_3C,
        StageName::Merged | StageName::Withdrawn => 0x5B_6B_7A,
    }
}

/// The card alone, without buttons.
pub fn face(shown: &Shown) -> Card {
    let s = &shown.item.suggestion;
    let stage = s.stage.name();
    let mut fields = vec![
        field("Author", author(shown), true),
        field("Stage", format!("{}: {}", words::stage(stage), words::stage_meaning(stage)), true),
    ];
    if let Some(area) = &s.area {
        fields.push(field("Area", words::name(&area.0), true));
    }
    if s.is_open() {
        fields.push(field("Responsible", responsible(shown), true));
    }
    if let Some(open) = s.open_requirement() {
        fields.push(field("Due", words::due(&shown.people, open, words::Check::of(s)), true));
    }
    if let Stage::Merged { into, .. } = &s.stage {
        fields.push(field("Goes on as", markup::bold(&into.to_string()), true));
    }
    fields.push(field("Supporters", supporters(s), true));
    asides(s, &mut fields);
    endings(shown, &mut fields);
    Card {
        title: format!("{} · {}", shown.item.number, words::stage(stage)),
        body: idea(s),
        fields,
        footer: shown.item.number.to_string(),
        colour: colour(stage),
        at: Some(s.submitted_at),
    }
}

fn field(name: &str, value: impl AsRef<str>, short: bool) -> CardField {
    // Platforms refuse an empty value.
    let value = if value.as_ref().trim().is_empty() { "–" } else { value.as_ref() };
    CardField { name: name.to_owned(), value: fit(value, FIELD_ROOM, "idea history"), short }
}

fn idea(s: &Suggestion) -> String {
    let mut body = excerpt(&s.idea, IDEA);
    if s.done {
        body.push_str("\n*Already mended by those who suggest it.*");
    }
    body
}

/// The beginning of a text; says where the rest is.
fn excerpt(text: &Text, chars: usize) -> String {
    let Some(written) = text.written() else { return markup::REMOVED.to_owned() };
    let part = markup::escape(&markup::excerpt(written, chars));
    if written.chars().count() > chars { format!("{part} *(in full in the thread)*") } else { part }
}

fn author(shown: &Shown) -> String {
    let s = &shown.item.suggestion;
    let name = words::person(&shown.people, s.author);
    match (&s.for_name, s.origin) {
        (_, Some(Origin::Nameless)) => format!("without a name; {name} is the contact"),
        (Some(colleague), _) => format!("{name}, for {}", markup::inline_excerpt(colleague, words::NAME)),
        (None, Some(Origin::Debrief(_)) | None) => name,
    }
}

fn responsible(shown: &Shown) -> String {
    let s = &shown.item.suggestion;
    let name = words::person(&shown.people, s.responsible);
    let why = words::why(&shown.people, &shown.policy, s.why);
    match s.waiting_role {
        Some(role) => format!("{name} ({why}), until somebody of {} acknowledges it", markup::role(role)),
        None => format!("{name} ({why})"),
    }
}

fn supporters(s: &Suggestion) -> String {
    match s.supporters.len() {
        0 => "none yet".to_owned(),
        n => n.to_string(),
    }
}

/// What the author said beside the idea, and what belongs to it.
fn asides(s: &Suggestion, fields: &mut Vec<CardField>) {
    if let Some(proposal) = &s.proposal {
        fields.push(field("What the author suggests", excerpt(proposal, ASIDE), false));
    }
    if let Some(benefit) = &s.benefit {
        fields.push(field("What it would help", excerpt(benefit, ASIDE), false));
    }
    if let Some(Origin::Debrief(number)) = s.origin {
        fields.push(field("From the debrief", markup::bold(&number.to_string()), true));
    }
    if let Some(number) = s.questions {
        fields.push(field("Question of policy, from", markup::bold(&number.to_string()), true));
    }
    if let Some(number) = s.policy_question {
        fields.push(field("With the policy owner", markup::bold(&number.to_string()), true));
    }
    if !s.absorbed.is_empty() {
        let numbers: Vec<String> = s.absorbed.iter().take(NUMBERS).map(ToString::to_string).collect();
        let more = if s.absorbed.len() > NUMBERS { " and more" } else { "" };
        fields.push(field("Merged into it", format!("{}{more}", numbers.join(", ")), true));
    }
}

/// The question, the decision, what changed, the answers and the outcome, once they exist.
fn endings(shown: &Shown, fields: &mut Vec<CardField>) {
    let s = &shown.item.suggestion;
    match &s.stage {
        Stage::AwaitingInformation { question, asked_by, .. } => {
            let asked =
                format!("{} asks:\n{}", words::person(&shown.people, *asked_by), excerpt(question, ASIDE));
            fields.push(field("Question to the author", asked, false));
        }
        Stage::Submitted
        | Stage::Acknowledged { .. }
        | Stage::Investigating
        | Stage::Accepted { .. }
        | Stage::Implemented { .. }
        | Stage::Verified { .. }
        | Stage::Declined { .. }
        | Stage::Deferred { .. }
        | Stage::Merged { .. }
        | Stage::Withdrawn { .. } => {}
    }
    // What was appealed, reopened or brought back is open again: the decision on the card is not the last word.
    let standing = match s.stage.name() {
        StageName::Submitted
        | StageName::Acknowledged
        | StageName::Investigating
        | StageName::AwaitingInformation => false,
        StageName::Accepted
        | StageName::Implemented
        | StageName::Verified
        | StageName::Declined
        | StageName::Deferred
        | StageName::Merged
        | StageName::Withdrawn => true,
    };
    if let Some(decision) = &s.decision {
        let by = words::person(&shown.people, decision.by);
        let twice = match (s.second_look, standing) {
            (Some(SecondLook::Upheld), true) => "; **upheld** after an appeal",
            (Some(SecondLook::Overturned), true) => "; the refusal was **overturned** after an appeal",
            (Some(_), false) | (None, _) => "",
        };
        let said =
            format!("{}{twice} ({by})\n{}", verdict(&decision.verdict), excerpt(&decision.rationale, ASIDE));
        fields.push(field(if standing { "Decision" } else { "Earlier decision" }, said, false));
    }
    if let Stage::Implemented { implementer, what_changed, .. } = &s.stage {
        let said =
            format!("{}\n{}", words::person(&shown.people, *implementer), excerpt(what_changed, ASIDE));
        fields.push(field("What changed", said, false));
    }
    asked(s, fields);
    if let Stage::Withdrawn { reason: Some(reason) } = &s.stage {
        fields.push(field("Withdrawn because", excerpt(reason, ASIDE), false));
    }
    if let Some(outcome) = &s.outcome {
        let by = words::person(&shown.people, outcome.by);
        let mut said = format!("{} ({by})\n{}", outcome_word(outcome.effect), excerpt(&outcome.note, ASIDE));
        if !outcome.answers.is_empty() {
            said = format!("{said}\n\"Does it work?\" {}", words::answers(outcome.answers));
        }
        let benefits = words::benefits(&outcome.benefits, words::NAME);
        if !benefits.is_empty() {
            said = format!("{said}\n{benefits}");
        }
        let name = if !standing {
            "Earlier outcome"
        } else if s.stage.name() == StageName::Implemented {
            "Outcome so far"
        } else {
            "Outcome"
        };
        fields.push(field(name, said, false));
    }
}

/// What was answered to the question that is open, or was last: of what was merged its own answers stay.
fn asked(s: &Suggestion, fields: &mut Vec<CardField>) {
    let answers = s.answers();
    let (name, shown) = match &s.stage {
        Stage::Implemented { asked, .. } => ("Does it work?", *asked || !answers.is_empty()),
        Stage::Verified { last_question, .. } => match last_question {
            LastQuestion::Asked { .. } => ("Twelve weeks later: does it still work?", true),
            LastQuestion::Over => ("Twelve weeks later", true),
            LastQuestion::Never | LastQuestion::Planned { .. } => ("", false),
        },
        Stage::Merged { .. } => ("Does it work?", !answers.is_empty()),
        Stage::Submitted
        | Stage::Acknowledged { .. }
        | Stage::Investigating
        | Stage::AwaitingInformation { .. }
        | Stage::Accepted { .. }
        | Stage::Declined { .. }
        | Stage::Deferred { .. }
        | Stage::Withdrawn { .. } => ("", false),
    };
    if shown {
        fields.push(field(name, words::answers(answers), false));
    }
}

const fn outcome_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Worked => "Worked",
        Effect::Partly => "Partly",
        Effect::DidNotWork => "Did not work",
        Effect::CannotTell => "Cannot tell",
    }
}

/// A verdict in a few words.
pub fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accepted { how, changes, norm_before, norm_after } => {
            let how = match how {
                AcceptAs::AsSuggested => "Accepted as suggested",
                AcceptAs::WithChanges => "Accepted with changes",
                AcceptAs::Trial => "Accepted as a trial",
            };
            match (changes, norm_before, norm_after) {
                (Loop::Case, _, _) => how.to_owned(),
                (Loop::Practice | Loop::Policy, Some(before), Some(after)) => format!(
                    "{how}; it changes {}: from {} to {}",
                    words::changes(*changes),
                    markup::inline_excerpt(before, NORM),
                    markup::inline_excerpt(after, NORM)
                ),
                (Loop::Practice | Loop::Policy, _, _) => {
                    format!("{how}; it changes {}", words::changes(*changes))
                }
            }
        }
        Verdict::Declined { class } => format!("Declined{}", words::class_after(": ", *class)),
        Verdict::Deferred { until } => format!("Deferred until {}", markup::day(*until)),
    }
}

/// The answers to "does it work?" as buttons.
pub fn works_buttons(shown: &Shown) -> Vec<Control> {
    let style = |works| if works == Works::Yes { Style::Good } else { Style::Quiet };
    let one = |works: &Works| button(shown, Step::Feedback(*works), words::works(*works), style(*works));
    Works::ALL.iter().map(one).collect()
}

/// The buttons of a stage: those who may act first, then what everybody can do. Everybody sees them; who may is decided
/// when they are pressed.
pub fn buttons(shown: &Shown) -> Vec<Vec<Control>> {
    let one = |step, label: &str, style| button(shown, step, label, style);
    let follow = || one(Step::Follow, "Follow", Style::Quiet);
    let me_too = || one(Step::Support, "Me too", Style::Quiet);
    let rows = match shown.item.suggestion.stage.name() {
        StageName::Submitted => vec![
            vec![
                one(Step::Acknowledge, "Acknowledge", Style::Primary),
                one(Step::AddFinding, "Add finding", Style::Quiet),
                one(Step::Ask, "Ask author", Style::Quiet),
                one(Step::Refer, "Refer", Style::Quiet),
            ],
            vec![me_too(), follow()],
        ],
        StageName::Acknowledged | StageName::Investigating => vec![
            vec![
                one(Step::AddFinding, "Add finding", Style::Quiet),
                one(Step::Ask, "Ask author", Style::Quiet),
                one(Step::Decide, "Decide", Style::Primary),
                one(Step::Refer, "Refer", Style::Quiet),
            ],
            vec![me_too(), follow()],
        ],
        StageName::AwaitingInformation => {
            vec![vec![one(Step::Answer, "Answer", Style::Primary)], vec![me_too(), follow()]]
        }
        StageName::Accepted => {
            vec![vec![one(Step::Implemented, "Implemented", Style::Primary)], vec![me_too(), follow()]]
        }
        StageName::Implemented => vec![
            vec![one(Step::Outcome, "Record outcome", Style::Primary)],
            works_buttons(shown).into_iter().chain([follow()]).collect(),
        ],
        StageName::Verified if shown.item.suggestion.takes_answers() => {
            vec![works_buttons(shown).into_iter().chain([follow()]).collect()]
        }
        StageName::Declined => vec![vec![one(Step::Appeal, "Appeal", Style::Primary), follow()]],
        StageName::Verified | StageName::Deferred | StageName::Merged | StageName::Withdrawn => vec![],
    };
    // One appeal is all there is.
    if shown.item.suggestion.appealed && shown.item.suggestion.stage.name() == StageName::Declined {
        return vec![vec![follow()]];
    }
    rows
}
