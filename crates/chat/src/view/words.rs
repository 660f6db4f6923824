//! The domain's words in plain English: stages, actions, people in charge, kinds of responses, fields.

use kaizen_domain::ledger::Owed;
use kaizen_domain::people::Who;
use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::suggestion::Answers;
use kaizen_domain::suggestion::protocol::{
    ActionName, Because, Benefit, DeclineClass, Effect, Fact, Loop, Works,
};
use kaizen_domain::suggestion::routing::Why;
use kaizen_domain::suggestion::stage::{StageName, Suggestion};
use kaizen_domain::{Choice, MemberId, Policy, Requirement, RequirementKind, Staffing};
use kaizen_workflow::ports::{People, Shown};

use super::markup;

/// Characters of a name that somebody gave: a team, an area.
pub const NAME: usize = 60;

/// A name that somebody gave, as a part of a sentence.
pub fn name(given: &str) -> String {
    markup::inline_str(&markup::excerpt(given, NAME))
}

/// A stage as a word.
pub const fn stage(stage: StageName) -> &'static str {
    match stage {
        StageName::Submitted => "Submitted",
        StageName::Acknowledged => "Acknowledged",
        StageName::Investigating => "Investigating",
        StageName::AwaitingInformation => "Awaiting information",
        StageName::Accepted => "Accepted",
        StageName::Implemented => "Implemented",
        StageName::Verified => "Verified",
        StageName::Declined => "Declined",
        StageName::Deferred => "Deferred",
        StageName::Merged => "Merged",
        StageName::Withdrawn => "Withdrawn",
    }
}

/// What a stage means, for a card.
pub const fn stage_meaning(stage: StageName) -> &'static str {
    match stage {
        StageName::Submitted => "it waits for a first answer",
        StageName::Acknowledged => "it has been seen; a decision comes next",
        StageName::Investigating => "somebody is looking into it",
        StageName::AwaitingInformation => "a question is with the author",
        StageName::Accepted => "it is going to be done",
        StageName::Implemented => "it was done; does it help?",
        StageName::Verified => "it was done, and its effect was checked",
        StageName::Declined => "it will not be done; the reason is below",
        StageName::Deferred => "it is taken up again on a date",
        StageName::Merged => "it goes on in another idea",
        StageName::Withdrawn => "its author took it back",
    }
}

/// What an action does, after "you can" or "to".
pub const fn action(action: ActionName) -> &'static str {
    match action {
        ActionName::Acknowledge => "acknowledge it",
        ActionName::AddFinding => "add a finding",
        ActionName::Ask => "ask the author",
        ActionName::Answer => "answer the question",
        ActionName::Assign => "assign it to somebody else",
        ActionName::Refer => "refer it",
        ActionName::Accept => "accept it",
        ActionName::Decline => "decline it",
        ActionName::Defer => "defer it",
        ActionName::Replan => "change its plan",
        ActionName::RecordImplementation => "record what changed",
        ActionName::RecordOutcome => "record the outcome",
        ActionName::GiveFeedback => "say whether it works",
        ActionName::Appeal => "appeal",
        ActionName::Edit => "edit it",
        ActionName::Withdraw => "withdraw it",
        ActionName::Merge => "merge it",
        ActionName::Redact => "remove words from it",
        ActionName::Reopen => "reopen it",
        ActionName::Support => "support it",
        ActionName::Follow => "follow it",
    }
}

/// The command that takes an action.
pub const fn command_of(action: ActionName) -> &'static str {
    match action {
        ActionName::Acknowledge => "idea acknowledge",
        ActionName::AddFinding => "idea finding",
        ActionName::Ask => "idea ask",
        ActionName::Answer => "idea answer",
        ActionName::Assign => "idea assign",
        ActionName::Refer => "idea refer",
        ActionName::Accept => "idea accept",
        ActionName::Decline => "idea decline",
        ActionName::Defer => "idea defer",
        ActionName::Replan => "idea replan",
        ActionName::RecordImplementation => "idea implemented",
        ActionName::RecordOutcome => "idea outcome",
        ActionName::GiveFeedback => "idea feedback",
        ActionName::Appeal => "idea appeal",
        ActionName::Edit => "idea edit",
        ActionName::Withdraw => "idea withdraw",
        ActionName::Merge => "idea merge",
        ActionName::Redact => "idea redact",
        ActionName::Reopen => "idea reopen",
        ActionName::Support => "idea support",
        ActionName::Follow => "idea follow",
    }
}

/// A party without a name.
pub const fn party(party: Party) -> &'static str {
    match party {
        Party::Author => "the author",
        Party::Responsible => "the responsible person",
        Party::Investigator => "whoever looks into it",
        Party::Implementer => "whoever carries it out",
        Party::WorksWithIt => "whoever works with it: its author, its supporters, its team",
        Party::NextLevel => "the next level",
        Party::Coordinator => "the coordinator",
        Party::SetUp => "a coordinator or an administrator",
        Party::Anyone => "everybody",
    }
}

/// A party with the name of the person, where an item says who it is. Names in a text ping nobody by themselves.
pub fn party_of(shown: &Shown, who: Party) -> String {
    let s = &shown.item.suggestion;
    let member = match who {
        Party::Author => Some(s.author),
        Party::Responsible => Some(s.responsible),
        Party::Investigator => s.investigator,
        Party::Implementer => match &s.stage {
            kaizen_domain::suggestion::Stage::Accepted { implementer, .. }
            | kaizen_domain::suggestion::Stage::Implemented { implementer, .. } => Some(*implementer),
            kaizen_domain::suggestion::Stage::Submitted
            | kaizen_domain::suggestion::Stage::Acknowledged { .. }
            | kaizen_domain::suggestion::Stage::Investigating
            | kaizen_domain::suggestion::Stage::AwaitingInformation { .. }
            | kaizen_domain::suggestion::Stage::Verified { .. }
            | kaizen_domain::suggestion::Stage::Declined { .. }
            | kaizen_domain::suggestion::Stage::Deferred { .. }
            | kaizen_domain::suggestion::Stage::Merged { .. }
            | kaizen_domain::suggestion::Stage::Withdrawn { .. } => None,
        },
        Party::NextLevel => kaizen_domain::suggestion::routing::next_level(&shown.policy, s, s.responsible),
        Party::Coordinator => Some(shown.policy.coordinator(&[])),
        Party::WorksWithIt | Party::SetUp | Party::Anyone => None,
    };
    match member.and_then(|m| shown.people.user(m)) {
        Some(user) => format!("{} ({})", markup::mention(user), party(who)),
        None => party(who).to_owned(),
    }
}

/// A person by the platform's mention; "a former member" where nobody knows them any more.
pub fn person(people: &People, member: MemberId) -> String {
    people.user(member).map_or_else(|| "a former member".to_owned(), markup::mention)
}

/// Who did something, at the beginning of a sentence.
pub fn who(people: &People, who: Who) -> String {
    match who {
        Who::Member(member) => person(people, member),
        Who::Nameless => "Somebody".to_owned(),
        Who::System => "Kaizen".to_owned(),
    }
}

/// What was answered to "does it work?". A few answers could be told apart, so only their number is shown.
pub fn answers(answers: Answers) -> String {
    if answers.may_be_shown() {
        let said = Works::ALL.iter().map(|said| format!("{}: {}", works(*said), answers.of(*said)));
        return said.collect::<Vec<_>>().join(" · ");
    }
    match answers.total() {
        0 => "Nobody has answered yet".to_owned(),
        n => format!(
            "{}. What was said is shown from {} answers on, so that nobody's can be told apart",
            count(u64::from(n), "answer", "answers"),
            kaizen_domain::suggestion::check::ENOUGH
        ),
    }
}

/// A day in full, so that nobody takes the month for the day: `Friday 5 June 2026`.
pub fn date(day: chrono::NaiveDate) -> String {
    day.format("%A %-d %B %Y").to_string()
}

/// Several things in a sentence: `a, b and c`.
pub fn list(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A count with its word.
pub fn count(n: u64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// What is owed, as a noun.
pub const fn kind(kind: RequirementKind) -> &'static str {
    match kind {
        RequirementKind::Acknowledgement => "an acknowledgement",
        RequirementKind::Decision => "a decision",
        RequirementKind::Answer => "an answer to a question",
        RequirementKind::Implementation => "the implementation",
        RequirementKind::OutcomeCheck => "the outcome check",
        RequirementKind::Resumption => "taking it up again",
        RequirementKind::Action => "an action",
    }
}

/// What a date means by which an outcome check is owed: first people are asked, and then there is another date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// On that date people are asked.
    Ahead,
    /// They were asked; by that date the outcome is recorded.
    Asked,
    /// The step does not say which.
    Unsaid,
}

impl Check {
    /// As it is for an item now.
    pub const fn of(s: &Suggestion) -> Check {
        if s.check_asked() { Check::Asked } else { Check::Ahead }
    }

    /// As it was right after this step.
    pub const fn after(fact: &Fact) -> Check {
        if matches!(fact, Fact::CheckAsked { .. } | Fact::OutcomeOpen { asks_anew: false, .. }) {
            Check::Asked
        } else if matches!(
            fact,
            Fact::Assigned { .. }
                | Fact::Rerouted { .. }
                | Fact::Transferred { .. }
                | Fact::PlacedAnew { .. }
        ) {
            Check::Unsaid
        } else {
            Check::Ahead
        }
    }
}

/// What happens next and by when: a sentence.
pub fn next(people: &People, owed: &Owed, check: Check) -> String {
    next_within(people, owed, "", check)
}

/// The same with the wait that was promised, for whoever reads it as it begins: `within 2 working days, by …`.
pub fn next_promised(shown: &Shown) -> String {
    let s = &shown.item.suggestion;
    let Some(open) = s.open_requirement() else { return next_of(shown) };
    let begins = open.counted.filter(|c| c.from == open.opened_at && c.stood_still == 0);
    let within = begins.map(|c| format!("within {}, ", c.wait)).unwrap_or_default();
    let owed = Owed { kind: open.kind, by: open.by, due: open.due, counted: open.counted };
    next_within(&shown.people, &owed, &within, Check::of(s))
}

fn next_within(people: &People, owed: &Owed, within: &str, check: Check) -> String {
    let who = person(people, owed.by);
    let when = markup::when(owed.due);
    match owed.kind {
        RequirementKind::Acknowledgement => format!("Next: {who} acknowledges it {within}by {when}."),
        RequirementKind::Decision => format!("Next: {who} decides by {when}."),
        RequirementKind::Answer => format!("Next: {who} answers by {when}. Until then the decision waits."),
        RequirementKind::Implementation => format!("Next: {who} carries it out by {when}."),
        RequirementKind::OutcomeCheck => match check {
            Check::Ahead => format!(
                "Next: on {when} those who work with it are asked whether it helps; then {who} records the outcome."
            ),
            Check::Asked => format!("Next: {who} records whether it helps, by {when}."),
            Check::Unsaid => {
                format!("Next: {who} records whether it helps, once those who work with it were asked.")
            }
        },
        RequirementKind::Action => format!("Next: {who} does it by {when}."),
        RequirementKind::Resumption => {
            format!("Next: it is taken up again on {when}; a new finding brings it back earlier.")
        }
    }
}

/// The same for what somebody else takes over because its time has passed.
pub fn next_overdue(people: &People, owed: &Owed) -> String {
    format!(
        "Next: {} gives {}; it was due on {}.",
        person(people, owed.by),
        kind(owed.kind),
        markup::when(owed.due)
    )
}

/// Working time in words people use.
pub fn working_time(minutes: u32) -> String {
    match minutes {
        0 => "less than a working minute".to_owned(),
        1..=89 => count(minutes.into(), "working minute", "working minutes"),
        _ => count(((minutes + 30) / 60).into(), "working hour", "working hours"),
    }
}

/// The same for the entry that is open now.
pub fn next_open(people: &People, open: &Requirement, check: Check) -> String {
    next(people, &Owed { kind: open.kind, by: open.by, due: open.due, counted: open.counted }, check)
}

/// What is owed and by when, for a card.
pub fn due(people: &People, open: &Requirement, check: Check) -> String {
    let (who, when) = (person(people, open.by), markup::when(open.due));
    if open.kind == RequirementKind::OutcomeCheck && check == Check::Ahead {
        return format!("{} from {who}, after those who work with it are asked on {when}", kind(open.kind));
    }
    format!("{} from {who}, by {when}", kind(open.kind))
}

/// The item's open response as a sentence; what a closed item waits for otherwise.
pub fn next_of(shown: &Shown) -> String {
    let s = &shown.item.suggestion;
    s.open_requirement().map_or_else(|| closed(s), |open| next_open(&shown.people, open, Check::of(s)))
}

/// Who decides on an appeal, said beside the right to appeal: somebody else, or that nobody else is named who could.
pub fn who_hears_an_appeal(shown: &Shown) -> String {
    nobody_hears_an_appeal(shown).unwrap_or_else(|| "Somebody else decides then.".to_owned())
}

/// That nobody else is named who could decide on an appeal, and what helps; nothing where somebody is.
pub fn nobody_hears_an_appeal(shown: &Shown) -> Option<String> {
    let s = &shown.item.suggestion;
    let by = s.declined_by.unwrap_or(s.responsible);
    let somebody = kaizen_domain::suggestion::routing::appeal_goes_on_to(&shown.policy, s, by);
    somebody.is_none().then(|| {
        format!(
            "Nobody else is named here yet who could decide then; a coordinator names somebody with {}.",
            markup::command("kaizen roles add")
        )
    })
}

fn closed(s: &Suggestion) -> String {
    use kaizen_domain::suggestion::{LastQuestion, Stage};
    match &s.stage {
        Stage::Declined { appeal_until, .. } if !s.appealed => {
            format!("The author can appeal until {}.", markup::when(*appeal_until))
        }
        Stage::Merged { into, .. } => format!("It goes on as {}.", markup::bold(&into.to_string())),
        Stage::Verified { last_question: LastQuestion::Planned { at }, .. } => {
            format!(
                "It is closed. On {} those who work with it are asked once more whether it works.",
                markup::day(*at)
            )
        }
        Stage::Verified { last_question: LastQuestion::Asked { until }, .. } => {
            format!(
                "It is closed. Those who work with it are asked once more whether it works, until {}.",
                markup::when(*until)
            )
        }
        Stage::Submitted
        | Stage::Acknowledged { .. }
        | Stage::Investigating
        | Stage::AwaitingInformation { .. }
        | Stage::Accepted { .. }
        | Stage::Implemented { .. }
        | Stage::Verified { .. }
        | Stage::Declined { .. }
        | Stage::Deferred { .. }
        | Stage::Withdrawn { .. } => "It is closed; nobody owes anything.".to_owned(),
    }
}

/// Why somebody answers for an item, in brackets behind the name.
pub fn why(people: &People, policy: &Policy, why: Why) -> String {
    let team = |id| policy.team(id).map_or_else(|| "the team".to_owned(), |t| name(&t.name));
    match why {
        Why::TeamManager { team: id, choice: how } => format!("manages {}{}", team(id), choice(how)),
        Why::LevelAbove { team: id, choice: how } => {
            format!("manages {}, the next level{}", team(id), choice(how))
        }
        Why::Route { choice: how } => format!("takes what is about this{}", choice(how)),
        Why::Coordinator => "coordinates the scheme".to_owned(),
        Why::NobodyElse => "wrote it themself; nobody else is left to ask".to_owned(),
        Why::Acted => "took it up".to_owned(),
        Why::ActedWhileAway { .. } => "took it up though they are away".to_owned(),
        Why::Assigned { by } => format!("assigned by {}", person(people, by)),
        Why::Referred { by } => format!("referred by {}", person(people, by)),
        Why::PolicyOwner => "owns the policy".to_owned(),
        Why::NoPolicyOwner => "coordinates the scheme; no policy owner is named yet".to_owned(),
        Why::Escalated => "took over, since it was late".to_owned(),
        Why::Appeal => "decides on the appeal".to_owned(),
        Why::Deputy { of } => match policy.away(of) {
            Some(absence) => format!(
                "stands in for {}, who is away until {}",
                person(people, of),
                markup::when(absence.until)
            ),
            None => format!("stood in for {}", person(people, of)),
        },
        Why::Back { from } => format!("is back; {} stood in", person(people, from)),
    }
}

/// The same as a sentence of its own.
pub fn why_line(people: &People, policy: &Policy, responsible: MemberId, reason: Why) -> String {
    format!("{} has it: {}.", person(people, responsible), why(people, policy, reason))
}

/// How one of several was chosen.
fn choice(choice: Choice) -> String {
    let mut text = match (choice.among, choice.fewest) {
        (0 | 1, _) => String::new(),
        (n, true) => format!(", with the fewest open ideas of the {n} who can take it"),
        (n, false) => format!(", whose turn it is among the {n} who can take it"),
    };
    if choice.not_author {
        text.push_str("; nobody decides on their own idea");
    }
    text
}

/// Why an item moved by itself, as a sentence.
pub fn because(people: &People, policy: &Policy, from: MemberId, because: Because) -> String {
    let who = person(people, from);
    match because {
        Because::Away => match policy.away(from) {
            Some(absence) => format!("{who} is away until {}.", markup::when(absence.until)),
            None => format!("{who} was away."),
        },
        Because::Back => format!("{who} stood in for somebody who is back."),
        Because::Left => format!("{who} is no longer here."),
        Because::NotInCharge => format!("{who} is no longer in charge of this."),
        Because::TeamRemoved => format!("The team for which {who} answered was removed."),
        Because::OwnIdea => format!("It is {who}'s own idea, and somebody else can decide on it now."),
        Because::Unanswered => "It has waited longer than promised.".to_owned(),
        Because::Forgotten => "Whoever had it is no longer here.".to_owned(),
    }
}

/// The same for the one from whom it went; none where nobody is left to read it.
pub fn because_you(policy: &Policy, from: MemberId, because: Because) -> Option<String> {
    Some(match because {
        Because::Away => match policy.away(from) {
            Some(absence) => {
                format!("You are away until {}; it comes back to you then.", markup::when(absence.until))
            }
            None => "You were away.".to_owned(),
        },
        Because::Back => "You stood in for somebody who is back; thank you.".to_owned(),
        Because::NotInCharge => "You are no longer in charge of this.".to_owned(),
        Because::TeamRemoved => "The team for which you answered was removed.".to_owned(),
        Because::OwnIdea => "It is your own idea, and somebody else can decide on it now.".to_owned(),
        Because::Unanswered => {
            "It has waited longer than promised. You need not do anything more; what you know of it is welcome in its thread."
                .to_owned()
        }
        Because::Left | Because::Forgotten => return None,
    })
}

/// With which command the one who owes a response gives it; none where there is no command for it.
pub const fn gives(kind: RequirementKind) -> &'static [&'static str] {
    match kind {
        RequirementKind::Acknowledgement => &["idea acknowledge", "idea finding", "idea ask"],
        RequirementKind::Decision => &["idea accept", "idea decline", "idea defer"],
        RequirementKind::Answer => &["idea answer"],
        RequirementKind::Implementation => &["idea implemented"],
        RequirementKind::OutcomeCheck => &["idea outcome"],
        RequirementKind::Resumption => &[],
        RequirementKind::Action => &["debrief done"],
    }
}

/// The people and roles of a staffing.
pub fn staffing(people: &People, staffing: &Staffing) -> String {
    const MOST: usize = 8;
    let mut all: Vec<String> = staffing.members.iter().map(|m| person(people, *m)).collect();
    all.extend(staffing.roles.iter().map(|r| markup::role(*r)));
    if all.len() > MOST {
        let more = all.len() - MOST;
        all.truncate(MOST);
        all.push(format!("{more} more"));
    }
    if all.is_empty() { "nobody yet".to_owned() } else { list(&all) }
}

/// A class of reasons to decline after what leads to it; nothing where it says nothing.
pub fn class_after(before: &str, class: DeclineClass) -> String {
    match class {
        DeclineClass::Other => String::new(),
        DeclineClass::AlreadyInPlace
        | DeclineClass::NotFeasible
        | DeclineClass::CostsMore
        | DeclineClass::ConflictsWithPolicy
        | DeclineClass::OutsideOurReach
        | DeclineClass::BelongsElsewhere => format!("{before}{}", class.as_str()),
    }
}

/// What came of an idea.
pub const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Worked => "it worked",
        Effect::Partly => "it worked in part",
        Effect::DidNotWork => "it did not work",
        Effect::CannotTell => "it cannot be told yet",
    }
}

/// The label of an answer to "does it work?".
pub const fn works(works: Works) -> &'static str {
    match works {
        Works::Yes => "It works",
        Works::Partly => "Partly",
        Works::No => "It does not",
    }
}

/// What a decision changes.
pub const fn changes(changes: Loop) -> &'static str {
    match changes {
        Loop::Case => "this case",
        Loop::Practice => "how we work",
        Loop::Policy => "the policy",
    }
}

/// A benefit in one line: `time from 10 to 2 minutes a shift`.
fn benefit(benefit: &Benefit, chars: usize) -> String {
    let said = |word: &str, text: &Option<kaizen_domain::Text>| {
        text.as_ref().map(|t| format!("{word}{}", markup::inline_excerpt(t, chars)))
    };
    let unit = said("", &benefit.unit);
    let values = match (&benefit.before, &benefit.after) {
        (None, Some(_)) => vec![said("now ", &benefit.after), unit],
        (Some(_), None) => vec![said("before: ", &benefit.before), unit],
        (_, _) => vec![said("from ", &benefit.before), said("to ", &benefit.after), unit],
    };
    let words: Vec<String> =
        std::iter::once(benefit.kind.as_str().to_owned()).chain(values.into_iter().flatten()).collect();
    words.join(" ")
}

/// Benefits in one line, each value with at most `chars` characters; empty if there are none.
pub fn benefits(benefits: &[Benefit], chars: usize) -> String {
    let all: Vec<String> = benefits.iter().map(|b| benefit(b, chars)).collect();
    if all.is_empty() { String::new() } else { format!("Benefits: {}.", list(&all)) }
}

/// The name of a field, as forms and commands show it.
pub const fn field(field: Field) -> &'static str {
    match field {
        Field::Idea => "What could work better?",
        Field::Proposal => "What do you suggest?",
        Field::Benefit => "What would it help?",
        Field::ForName => "for-name",
        Field::Area => "area",
        Field::Team => "team",
        Field::Number => "number",
        Field::Finding => "the finding",
        Field::Question => "the question",
        Field::Answer => "the answer",
        Field::Reason => "the reason",
        Field::WhatChanged => "what changed",
        Field::Note => "the note",
        Field::Norm => "the norm before and after",
        Field::TrialHypothesis => "what you expect of the trial",
        Field::TrialMeasure => "what you look at in the trial",
        Field::BenefitBefore => "before",
        Field::BenefitAfter => "after",
        Field::BenefitUnit => "unit",
        Field::Words => "the words to remove",
        Field::Due => "due",
        Field::Until => "until",
        Field::Deputy => "deputy",
        Field::TrialReview => "the review date of the trial",
        Field::Name => "name",
        Field::Channel => "channel",
        Field::Managers => "managers",
        Field::Parent => "parent",
        Field::TimeZone => "timezone",
        Field::WorkingHours => "working-hours",
        Field::Text => "text",
        Field::Status => "status",
        Field::Topic => "topic",
        Field::Dates => "dates",
        Field::HolidayName => "name",
        Field::Which => "which",
        Field::To => "to",
        Field::Route => "route",
        Field::Part => "part",
        Field::Who => "who",
        Field::Work => "work",
        Field::Kind => "kind",
        Field::Item => "text",
        Field::Action => "text",
        Field::Owner => "owner",
        Field::Summary => "summary",
    }
}
