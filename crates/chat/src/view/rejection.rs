//! Refusals and faults: why, and what is possible instead, and by whom. People who are named here are not pinged.

use kaizen_domain::calendar::CalendarError;
use kaizen_domain::rejection::{Field, Party, Possible};
use kaizen_domain::suggestion::protocol::ActionName;
use kaizen_domain::suggestion::stage::{Stage, StageName};
use kaizen_domain::{MemberId, Rejection, Text, UserId};
use kaizen_workflow::ports::Shown;

use super::calendars;
use super::card;
use super::compose::Draft;
use super::{markup, words};
use crate::control::Step;
use crate::reply::{Message, Style};

/// What everybody can do instead.
const INSTEAD: &str =
    "You can support it with **Me too**, follow it, or write in its thread; everybody reads that there.";
/// What its author can do instead.
const INSTEAD_FOR_AUTHOR: &str =
    "It is your own idea: you are told of every step, and everybody reads what you write in its thread.";

/// Why something was not done, and the way on, in one or two sentences; `shown` is the item as it stands, where there is one.
pub fn rejection(rejection: &Rejection, shown: Option<&Shown>) -> String {
    let command = markup::command;
    let name = |member: MemberId| {
        shown.map_or_else(|| "the person in charge".to_owned(), |s| words::person(&s.people, member))
    };
    let item = || shown.map_or_else(|| "This idea".to_owned(), markup::item_link);
    match rejection {
        Rejection::WrongStage { stage, attempted, possible } => wrong_stage(*stage, *attempted, possible, shown),
        Rejection::NotAllowed { attempted, who, responsible } => not_allowed(*attempted, who, *responsible, shown),
        Rejection::MayNotSetUp => {
            "The set-up is for coordinators and for those who may manage this community. Ask one of them; your ideas are welcome all the same.".to_owned()
        }
        Rejection::NotForYou { who: Party::Responsible } => format!(
            "This is for those who manage the team, or one above it, and for the coordinators. {} shows everything that is yours.",
            command("my")
        ),
        Rejection::NotForYou { who } => {
            format!("This is for {}. {} shows everything that is yours.", words::party(*who), command("my"))
        }
        Rejection::NoSuchIdea(number) => {
            format!("There is no idea {number} here. {} finds ideas by their words.", command("idea search"))
        }
        Rejection::WhichIdea => "It is not clear which idea you mean. Add its `number`, like `K-12`, or use the command in the idea's own thread.".to_owned(),
        Rejection::NoMatch { typed } => format!(
            "No single idea matches {}. Pick one of those that are offered while you type, or give its number, like `K-12`.",
            typed_word(typed)
        ),
        Rejection::Debrief(refusal) => super::debrief::refusal(refusal),
        Rejection::Empty(field) => {
            format!("*{}* is still empty. Please fill it in and send it again; a short sentence is enough.", words::field(*field))
        }
        Rejection::TooLong { field, limit, has } => format!(
            "*{}* has {has} characters, and there is room for {limit}. Please shorten it; the rest can go into the thread.",
            words::field(*field)
        ),
        Rejection::TooShort { field, needs } => format!(
            "*{}* needs at least {needs} characters: somebody took the trouble to write, and will read it.",
            words::field(*field)
        ),
        Rejection::NotOneOf { field, typed, takes } => not_one_of(*field, typed, takes),
        Rejection::NotADate { field, typed } => format!(
            "{} could not be read as a date for *{}*. Write it like `2026-12-14`, `14 December`, `2 weeks` or `10 working days`.",
            typed_word(typed),
            words::field(*field)
        ),
        Rejection::DateInPast(field) => format!("The date in *{}* has passed already. Please choose a later one.", words::field(*field)),
        Rejection::DateTooFar { field, latest } => {
            format!("The date in *{}* is too far off: {} is the latest possible.", words::field(*field), markup::day(*latest))
        }
        Rejection::NeedsFinding => format!(
            "Nothing is declined that nobody looked at: a finding is missing. Add one first with {} or **Add finding**, then decide.",
            command("idea finding")
        ),
        Rejection::SecondDeferral { next } => format!(
            "{} has been deferred once already; a second time is for {} to decide. {} hands it to them, or decide now.",
            item(),
            name(*next),
            command("idea refer")
        ),
        Rejection::SecondReplan { next } => format!(
            "Its date has been moved once already; a second new date is for {} to grant. {} hands it to them, or say with {} and `stop` that it cannot be done.",
            name(*next),
            command("idea assign"),
            command("idea replan")
        ),
        Rejection::NormNeeded => "A decision that changes a policy says what the norm was and what it becomes, in one line each: fill in `norm-before` and `norm-after`.".to_owned(),
        Rejection::NothingToReplan => "Nothing would change. Give a new `due` date, a new `owner`, or `stop` if it cannot be done.".to_owned(),
        Rejection::AnsweredAlready => "You have answered already, and each answer counts once. Nobody can see which one was yours, \
             so it cannot be changed; what you see at work is welcome in the thread.".to_owned(),
        Rejection::NotAskedNow { again: Some(again) } => format!(
            "Its outcome is recorded, so no answers are counted now. On {} those who work with it are asked once more. If it \
             does not work before that, say so in the thread: a coordinator can reopen it.",
            markup::day(*again)
        ),
        Rejection::NotAskedNow { again: None } => "Its outcome is recorded, and nobody is asked any more. If it does not work \
             any longer, say so in the thread: a coordinator can reopen it.".to_owned(),
        Rejection::ImplementerAlone => format!(
            "Somebody else should have a look first. Once one other person has said whether it works ({}), you can record the outcome.",
            command("idea feedback")
        ),
        Rejection::AppealOver { until } => format!(
            "An appeal was possible until {}. If something new has come up, {} is open to you, or a coordinator can reopen it.",
            markup::when(*until),
            command("suggest")
        ),
        Rejection::AppealUsed => format!(
            "It has been decided twice, by two people, and one appeal is all there is. If something new comes up, {} is open to you, or a coordinator can reopen it.",
            command("suggest")
        ),
        Rejection::DeclinedItThemself => "Whoever declined an idea does not decide on its appeal; somebody else looks at it with fresh eyes.".to_owned(),
        Rejection::OnlyThemself => format!(
            "That is for each person themself. For yourself: {}.",
            markup::command("kaizen forget-me")
        ),
        Rejection::OwnIdea => "It is your own idea, so your support is counted already. Others can press **Me too**.".to_owned(),
        Rejection::MergeIntoItself => "An idea cannot be merged into itself. Choose the other one as `into`.".to_owned(),
        Rejection::MergeCircle(into) => format!("{into} has itself been merged into this one, so that would go round in a circle."),
        Rejection::MergeTargetClosed(into) => {
            format!("{into} is closed and takes nothing more. A coordinator can reopen it first, with {}.", command("idea reopen"))
        }
        Rejection::MergeTargetMerged { target, goes_on_in } => {
            format!("{target} has itself been merged: it goes on as {goes_on_in}. Merge into that one instead.")
        }
        Rejection::MergeIntoYounger(into) => format!(
            "Authors can merge their idea into an older one, and {into} is younger. The responsible person or a coordinator can merge them."
        ),
        Rejection::ReopenOver { until } => {
            format!("Its author could reopen it until {}. A coordinator still can.", markup::when(*until))
        }
        Rejection::AlreadyTheirs(member) => format!("{} has it already; nothing had to change.", name(*member)),
        Rejection::NobodyAbove => format!(
            "There is no level above to refer it to. You can hand it to somebody with {}, or decide yourself: {}, {} or {}.",
            command("idea assign"),
            command("idea accept"),
            command("idea decline"),
            command("idea defer")
        ),
        Rejection::NobodyElseToAppealTo => {
            let until = match shown.map(|shown| &shown.item.suggestion.stage) {
                Some(Stage::Declined { appeal_until, .. }) => {
                    format!(" You can appeal until {}.", markup::when(*appeal_until))
                }
                Some(_) | None => String::new(),
            };
            format!(
                "Whoever declined an idea does not decide on its appeal, and nobody else is named here yet who could. A \
                 coordinator can name somebody, with {} or {}; then try again.{until} What you write in its thread is read in \
                 any case.",
                command("kaizen roles add"),
                command("kaizen team edit")
            )
        }
        Rejection::NotAbove { to, next } => {
            let up = next.map(|next| format!(" The next one up is {}.", name(next))).unwrap_or_default();
            format!(
                "It cannot be referred to {}: a referral goes up a level or to a policy owner, and not back to somebody who has had it.{up} To hand it to a colleague use {}.",
                name(*to),
                command("idea assign")
            )
        }
        Rejection::NoPolicyOwner => "No policy owner is named in this community yet. A coordinator can name one; until then refer it to the next level.".to_owned(),
        Rejection::CannotTakeIt(member) => format!(
            "{} cannot take it: only a manager of a team, a coordinator or a policy owner can, and never the author. Please choose one of those.",
            name(*member)
        ),
        Rejection::OwnDeputy => "Nobody stands in for themself. Please name somebody else as `deputy`.".to_owned(),
        Rejection::DeputyAway { until, .. } => format!(
            "That person is away too, until {}. Please name a `deputy` who is here; what is yours could wait for nobody otherwise.",
            markup::when(*until)
        ),
        Rejection::DeputyCircle { .. } => {
            "That person is away, and what is theirs would come back to you: it would go round in a circle. Please name a `deputy` who is here.".to_owned()
        }
        Rejection::DeputyLeft(_) => "That person is no longer in this community. Please name a `deputy` who is here.".to_owned(),
        Rejection::NotTheirAbsence(_) => format!(
            "Everybody says for themselves that they are away. For somebody who cannot, for example because they are ill, a coordinator or the next level above them can; {} without `who` is for you.",
            command("away")
        ),
        Rejection::NotAway(_) => "Nobody stands in there at the moment: no absence is known, so nothing had to change.".to_owned(),
        Rejection::WordsNotFound => "None of these words occurs in the idea or its history. Please write them as they stand there.".to_owned(),
        Rejection::TeamExists(team) => {
            format!("There is a team called {} already. Choose another name, or change that one with {}.", typed_word(team), command("kaizen team edit"))
        }
        Rejection::NoSuchTeam(team) => {
            format!("There is no team called {}. Pick one of those that are offered while you type.", typed_word(team))
        }
        Rejection::LastTeam => "It is the last team, and ideas need one. Add another first, or rename this one.".to_owned(),
        Rejection::ParentCircle => "Then the teams above would go round in a circle, and nobody would be the last to ask. Choose another parent.".to_owned(),
        Rejection::NoSuchZone(typed) => {
            format!("{} is not a time zone that Kaizen knows. Write it like `Europe/London`.", typed_word(typed))
        }
        Rejection::Calendar(error) => calendar(*error).to_owned(),
        Rejection::HolidayPassed(day) => format!(
            "{} has passed, and what was waited stays waited. Give a day that is still to come, like `25 December`; `today` is possible, too.",
            words::date(*day)
        ),
        Rejection::NoSuchHoliday(day) => {
            format!("{} is not a holiday here, so nothing was changed. {} shows those that are.", words::date(*day), command("kaizen holidays list"))
        }
        Rejection::TooManyHolidays { limit } => {
            format!("A team can have {limit} holidays in store, and these would be more. Enter the next year or two; nothing was changed.")
        }
        Rejection::AreaExists(area) => format!("Ideas can be about {} already. Choose another name.", typed_word(area)),
        Rejection::TooManyAreas { limit } => format!(
            "There are {limit} areas, and a list to choose from holds no more. {} takes one out first.",
            command("kaizen areas remove")
        ),
        Rejection::LastArea => format!("It is the last area, and ideas need one. Add another first: {}.", command("kaizen areas add")),
        Rejection::AreaInRoute { area, route } => format!(
            "Route {route} is about {}. Take that route out first with {} `route:{route}`, then the area.",
            typed_word(area),
            command("kaizen route remove")
        ),
        Rejection::RouteAboutNothing => format!(
            "A route is about an `area`, a `team` or both; one about everything would leave the managers nothing. Who takes what nobody else does: {}.",
            command("kaizen roles list")
        ),
        Rejection::RouteExists { route } => format!(
            "Route {route} is about just the same. Take that one out first: {} `route:{route}`.",
            command("kaizen route remove")
        ),
        Rejection::NoSuchRoute { last: 0, .. } => format!("There are no routes. {} makes one.", command("kaizen route add")),
        Rejection::NoSuchRoute { route, last } => format!(
            "There is no route {route}; the last one is {last}. {} shows them with their numbers.",
            command("kaizen route list")
        ),
        Rejection::TooManyRoutes { limit } => format!("There are {limit} routes, and people could not follow more. Take one out first: {}.", command("kaizen route remove")),
        Rejection::PartTheirs { part } => format!("They are {} already; nothing had to change.", calendars::part(*part)),
        Rejection::PartNotTheirs { part } => format!(
            "They are not named as {}, so nothing was changed. {} shows who is; whoever comes by a role leaves with the role.",
            calendars::part(*part),
            command("kaizen roles list")
        ),
        Rejection::LastCoordinator => format!(
            "They are the only coordinator, and somebody has to be the last to ask. Name another first, like {} `part:coordinator who:@somebody`.",
            command("kaizen roles add")
        ),
        Rejection::OnlyInWorkspace => "This works in a community's channels, not in direct messages. Please use it there.".to_owned(),
        Rejection::UnknownCommand => format!("This command is not known (any more). {} shows what you can do.", command("help")),
        Rejection::BrokenButton => format!("This button or form no longer leads anywhere. Every button has a command, too: {} shows them.", command("help")),
        Rejection::ChangedMeanwhile => format!("{} was changed by somebody else at the same moment, so nothing of yours was saved. Please look at it once more and try again.", item()),
        Rejection::NotInThisVersion { what } => format!("`{what}` is not there yet in this version. Everything else works; {} shows it.", command("help")),
    }
}

/// The same as a private message, with the button that leads on where there is one.
pub fn message(reason: &Rejection, shown: Option<&Shown>) -> Message {
    let mut rows = Vec::new();
    if let (Rejection::NeedsFinding, Some(shown)) = (reason, shown) {
        rows.push(vec![card::button(shown, Step::AddFinding, "Add finding", Style::Primary)]);
    }
    Message { rows, ..Draft::new(rejection(reason, shown)).message("help") }
}

/// The same for what was typed into a form or a command: it is given back, so that it is not lost.
pub fn with_typed(reason: &Rejection, shown: Option<&Shown>, typed: &[(&'static str, String)]) -> Message {
    let said = rejection(reason, shown);
    // What the refusal quotes in full stands there already.
    let quoted = |words: &str| markup::len(words.trim()) <= WORD && said.contains(&typed_word(words.trim()));
    let typed: Vec<_> = typed.iter().filter(|(_, words)| !quoted(words)).cloned().collect();
    let mut draft = Draft::new(said.clone());
    if !typed.is_empty() {
        draft = draft.say("This is what you typed, so that it is not lost:");
    }
    Message { rows: message(reason, shown).rows, ..give_back(draft, &typed).message("help") }
}

/// What a refusal offers to everybody makes no sense to the author: it is their own idea already.
pub fn to_its_author(message: Message) -> Message {
    Message { text: message.text.replace(INSTEAD, INSTEAD_FOR_AUTHOR), ..message }
}

/// **Decide** asks for no verdict yet: what is refused is deciding, not accepting.
pub fn of_deciding(message: Message) -> Message {
    let accept = words::action(ActionName::Accept);
    let text = message.text.replacen(&format!("To {accept} is for"), "To decide is for", 1);
    Message {
        text: text.replacen(&format!("nobody can {accept} now"), "nobody can decide on it now", 1),
        ..message
    }
}

/// An internal fault: an apology, a reference for operators, and what was typed, in full.
pub fn fault(reference: &str, typed: &[(&'static str, String)]) -> Message {
    let mut draft = Draft::new(format!(
        "Sorry, something went wrong on our side, and this was **not saved**. Please try again in a few minutes. If it stays, \
         give your coordinator this reference: `{reference}`."
    ));
    if !typed.is_empty() {
        draft = draft.say("This is what you typed, so that it is not lost:");
    }
    give_back(draft, typed).message("help")
}

fn give_back(draft: Draft, typed: &[(&'static str, String)]) -> Draft {
    typed
        .iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .fold(draft, |draft, (label, text)| draft.quote(label, &Text::Written(text.clone())))
}

/// A word that is none of those to choose from; an empty one was left out where it is needed.
fn not_one_of(field: Field, typed: &str, takes: &[String]) -> String {
    let takes: Vec<String> = takes.iter().take(25).map(|t| words::name(t)).collect();
    let takes = takes.join(", ");
    if typed.trim().is_empty() {
        return format!(
            "One word is missing to make sense of the rest: {takes}. Please choose one of these."
        );
    }
    let typed = typed_word(typed);
    match field {
        Field::Due => format!(
            "{typed} is not a length of time that can be kept here. Write it like one of these: {takes}."
        ),
        // Fields whose words are their own: their name would say no more.
        Field::Text => {
            format!("{typed} is not one of the words to choose from: {takes}. Please take one of these.")
        }
        Field::Idea
        | Field::Proposal
        | Field::Benefit
        | Field::ForName
        | Field::Area
        | Field::Team
        | Field::Number
        | Field::Finding
        | Field::Question
        | Field::Answer
        | Field::Reason
        | Field::WhatChanged
        | Field::Note
        | Field::Norm
        | Field::TrialHypothesis
        | Field::TrialMeasure
        | Field::BenefitBefore
        | Field::BenefitAfter
        | Field::BenefitUnit
        | Field::Words
        | Field::Until
        | Field::Deputy
        | Field::TrialReview
        | Field::Name
        | Field::Channel
        | Field::Managers
        | Field::Parent
        | Field::TimeZone
        | Field::WorkingHours
        | Field::Status
        | Field::Topic
        | Field::Dates
        | Field::HolidayName
        | Field::Which
        | Field::To
        | Field::Route
        | Field::Part
        | Field::Who
        | Field::Work
        | Field::Kind
        | Field::Item
        | Field::Action
        | Field::Owner
        | Field::Summary => {
            format!("{typed} is not something that *{}* takes. It takes: {takes}.", words::field(field))
        }
    }
}

/// A person is owed an answer by a person: no program can be made responsible for anything.
pub fn not_a_person(user: UserId) -> Message {
    Draft::new(format!(
        "{} is an app, not a person, and cannot answer for anything. Nothing was changed; please choose a person.",
        markup::mention(user)
    ))
    .message("help")
}

fn not_allowed(attempted: ActionName, who: &[Party], responsible: MemberId, shown: Option<&Shown>) -> String {
    let mut parties: Vec<String> = Vec::new();
    for named in who.iter().map(|p| party(*p, shown)) {
        // Somebody who is two of them is named once.
        let person = |text: &str| text.split_once(" (").map(|(person, _)| person.to_owned());
        if person(&named).is_none_or(|p| !parties.iter().any(|told| person(told).as_ref() == Some(&p))) {
            parties.push(named);
        }
    }
    let only = format!("To {} is for {}.", words::action(attempted), either(&parties));
    let Some(shown) = shown.filter(|s| s.item.suggestion.is_open()) else {
        return format!("{only} You can follow it with {}.", markup::command("idea follow"));
    };
    let owner = if who.contains(&Party::Responsible) {
        String::new()
    } else {
        format!(" {} is responsible for it now.", words::person(&shown.people, responsible))
    };
    format!("{only}{owner} {INSTEAD}")
}

fn party(party: Party, shown: Option<&Shown>) -> String {
    shown.map_or_else(|| words::party(party).to_owned(), |shown| words::party_of(shown, party))
}

/// Where it stands, and what can be done instead: a line for each party.
fn wrong_stage(
    stage: StageName,
    attempted: ActionName,
    possible: &[Possible],
    shown: Option<&Shown>,
) -> String {
    let item = shown.map_or_else(|| "This idea".to_owned(), markup::item_link);
    let now = format!(
        "{item} is **{}** ({}), so nobody can {} now.",
        words::stage(stage),
        words::stage_meaning(stage),
        words::action(attempted)
    );
    let mut parties: Vec<(Party, Vec<String>)> = Vec::new();
    for p in possible {
        let can = format!("{} {}", words::action(p.action), markup::command(words::command_of(p.action)));
        match parties.iter_mut().find(|(party, _)| *party == p.by) {
            Some((_, all)) => all.push(can),
            None => parties.push((p.by, vec![can])),
        }
    }
    let lines: Vec<String> =
        parties.iter().map(|(who, can)| format!("- {}: {}", party(*who, shown), can.join(", "))).collect();
    if lines.is_empty() { now } else { format!("{now} What can be done:\n{}", lines.join("\n")) }
}

/// How much of a word that was typed stands in a sentence.
const WORD: usize = 80;

/// What was typed, as a part of a sentence; long words are shortened, since they were only a choice.
fn typed_word(typed: &str) -> String {
    let shown = markup::inline_str(&markup::excerpt(typed, WORD));
    format!("“{shown}”")
}

/// `a, b or c`.
fn either(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

const fn calendar(error: CalendarError) -> &'static str {
    match error {
        CalendarError::NoDay => {
            "A team works on at least one day. Write the days like `Mon-Fri`, or `Mon,Wed,Sat`."
        }
        CalendarError::EndsBeforeBeginning => {
            "Working hours end after they begin. Write them like `09:00-17:00`."
        }
        CalendarError::Hours => "These hours could not be read. Write them like `09:00-17:00`.",
        CalendarError::Days => "These days could not be read. Write them like `Mon-Fri`, or `Mon,Wed,Sat`.",
    }
}
