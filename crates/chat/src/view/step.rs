//! One step of an idea's history in words: who did what and why. Posts, direct messages, confirmations and histories all
//! begin with it.

use kaizen_domain::suggestion::protocol::{AcceptAs, Charge, Event, Fact, limits};
use kaizen_domain::suggestion::stage::{Plan, SecondLook};
use kaizen_domain::suggestion::{Answers, Origin};
use kaizen_domain::{GuildId, MemberId, Policy, Text, Who};
use kaizen_workflow::ports::{People, Shown};

use super::compose::Draft;
use super::{markup, words};

/// What a step is told with.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The community.
    pub guild: GuildId,
    /// Who is who.
    pub people: &'a People,
    /// The settings.
    pub policy: &'a Policy,
}

impl<'a> Scene<'a> {
    /// The scene of an item.
    pub fn of(shown: &'a Shown) -> Scene<'a> {
        Scene { guild: shown.guild, people: &shown.people, policy: &shown.policy }
    }

    fn person(self, member: MemberId) -> String {
        words::person(self.people, member)
    }
}

/// What happened, by whom and why, with every text in full; without what comes next.
pub fn told(scene: Scene<'_>, event: &Event) -> Draft {
    let who = words::who(scene.people, event.by);
    match &event.fact {
        Fact::Submitted { idea, proposal, benefit, author, charge, questions: Some(number), .. } => Draft::new(
            format!(
                "{who} puts a question of policy, from {} by {}:",
                markup::bold(&number.to_string()),
                scene.person(*author)
            ),
        )
        .quote("", idea)
        .quote_if("Suggestion", proposal.as_ref())
        .quote_if("What it would help", benefit.as_ref())
        .say(format!(
            "A policy stands in the way of it, or changes with it: the reasons are in {number}. Accepting this with *loop: policy* and \
             the norm before and after enters the change in the policy register."
        ))
        .say(no_policy_owner(scene, charge)),
        Fact::Submitted {
            idea, proposal, benefit, for_name, done, source, charge, questions: None, origin, author,
        ..} => {
            let for_whom = for_name
                .as_ref()
                .map(|n| format!(" for {}", markup::inline_excerpt(n, limits::LINE)))
                .unwrap_or_default();
            let lead = match origin {
                None => format!("{who} suggests{for_whom}:"),
                Some(Origin::Debrief(number)) => {
                    let number = markup::bold(&number.to_string());
                    format!("{who} said it in the debrief {number}, and it was escalated:")
                }
                Some(Origin::Nameless) => {
                    format!("Somebody suggests, without a name; {} is the contact:", scene.person(*author))
                }
            };
            let mut draft = Draft::new(lead)
                .quote("", idea)
                .quote_if("Suggestion", proposal.as_ref())
                .quote_if("What it would help", benefit.as_ref());
            if *done {
                draft = draft.say("It has been mended already by those who suggest it.");
            }
            draft = draft.say(charge_line(scene, event, charge));
            match source {
                Some(s) => {
                    let link = markup::message_url(scene.guild, s.channel, s.message);
                    let whose = if s.own { "a message" } else { "somebody else's message" };
                    draft.say(format!("It came from [{whose}]({link}) in {}.", markup::channel(s.channel)))
                }
                None => draft,
            }
        }
        Fact::Acknowledged { charge, .. } => Draft::new(format!("{who} has seen it and takes it seriously."))
            .say(charge_line(scene, event, charge)),
        Fact::FindingAdded { text, charge, .. } => Draft::new(format!("{who} looked into it and found:"))
            .quote("", text)
            .say(charge_line(scene, event, charge)),
        Fact::Asked { question, charge, .. } => Draft::new(format!("{who} asks the author:"))
            .quote("", question)
            .say(charge_line(scene, event, charge)),
        Fact::Answered { text, .. } => Draft::new(format!("{who} answers:")).quote("", text),
        Fact::AnswerTimedOut { .. } => Draft::new(
            "The question has had no answer in time. It is not closed: it goes on without one, and an answer is still welcome.",
        ),
        // Nobody assigned it: whoever had it is forgotten.
        Fact::Assigned { charge, .. } if event.by == Who::System => Draft::new(handed_on(scene, charge)),
        Fact::Assigned { reason, charge, .. } => {
            Draft::new(format!("{who} assigned it to {}.", scene.person(charge.responsible)))
                .quote("Why", reason)
        }
        Fact::Referred { reason, charge, .. } => Draft::new(format!(
            "{who} referred it to {}, because it is theirs to decide.",
            scene.person(charge.responsible)
        ))
        .quote("Why", reason),
        Fact::Accepted { .. } => accepted(scene, event, &who),
        Fact::Declined { class, rationale, charge, second_look, question, .. } => {
            Draft::new(format!(
                "{who} decided against it{}{}.",
                looked_twice(*second_look),
                words::class_after(": ", *class)
            ))
            .quote("Why", rationale)
            .say(charge_line(scene, event, charge))
            .say(
                question
                    .map(|n| {
                        format!(
                            "The question goes to the policy owner, as an idea of its own: {}.",
                            markup::bold(&n.to_string())
                        )
                    })
                    .unwrap_or_default(),
            )
        }
        Fact::Deferred { rationale, until, charge, .. } => {
            Draft::new(format!("{who} deferred it until {}.", markup::day(*until)))
                .quote("Why", rationale)
                .say(charge_line(scene, event, charge))
        }
        Fact::Resumed { .. } => Draft::new("It was deferred until today, and is taken up again."),
        Fact::Replanned { reason, owed, plan_due, date_moved, ladder_goes_on: _ } => {
            let plan = if *date_moved {
                format!(
                    "{who} changed the plan: {} carries it out by {}.",
                    scene.person(owed.by),
                    markup::when(*plan_due)
                )
            } else {
                format!(
                    "{who} changed the plan: {} carries it out now; the date stays.",
                    scene.person(owed.by)
                )
            };
            Draft::new(plan).quote("Why", reason)
        }
        Fact::Stopped { reason, .. } => {
            Draft::new(format!("{who} says that it cannot be done as planned. It is looked into again."))
                .quote("Why", reason)
        }
        Fact::Implemented { what_changed, implementer, .. } => {
            let credit = if event.by == kaizen_domain::Who::Member(*implementer) {
                format!("{who} carried it out.")
            } else {
                format!("{} carried it out; {who} recorded it.", scene.person(*implementer))
            };
            Draft::new(credit).quote("What changed", what_changed)
        }
        Fact::CheckAsked { .. } => Draft::new(
            "It has been in place for a while: **does it work?** Those who work with it are asked.",
        )
        .say(PRIVATE),
        Fact::LastAsked { until } => Draft::new(format!(
            "Twelve weeks later, for the last time: **does it still work?** Those who work with it are asked, until {}.",
            markup::when(*until)
        ))
        .say(PRIVATE)
        .say("If more than half of at least three say that it does not, it is opened again."),
        Fact::LastQuestionOver => Draft::new("The last question is over, and the outcome stands."),
        Fact::ReopenedByAnswers { answers, charge, .. } => Draft::new(format!(
            "{} of {} who work with it say that it does not work. That counts for more than what was recorded, so it is open \
             again. {} has it now.",
            answers.not,
            answers.total(),
            scene.person(charge.responsible)
        )),
        Fact::OutcomeVerified { effect, note, benefits, answers, .. } => {
            Draft::new(format!("{who} recorded the outcome: {}.", words::effect(*effect)))
                .quote("What was measured", note)
                .say(words::benefits(benefits, limits::LINE))
                .say(answered(*answers))
        }
        Fact::OutcomeOpen { effect, note, benefits, charge, answers, .. } => Draft::new(format!(
            "{who} recorded the outcome so far: {}. It is checked once more.",
            words::effect(*effect)
        ))
        .quote("What was measured", note)
        .say(words::benefits(benefits, limits::LINE))
        .say(answered(*answers))
        .say(charge_line(scene, event, charge)),
        Fact::OutcomeFailed { note, benefits, answers, .. } => Draft::new(format!(
            "{who} recorded the outcome: it did not work. That is worth knowing; it is looked into again."
        ))
        .quote("What was measured", note)
        .say(words::benefits(benefits, limits::LINE))
        .say(answered(*answers)),
        // Answers are private to the count: neither who, nor which.
        Fact::FeedbackGiven { works: _, note } => match note {
            Some(note) => Draft::new("Somebody who works with it writes on \"does it work?\":").quote("", note),
            None => Draft::new("Somebody who works with it answered \"does it work?\"."),
        },
        Fact::Appealed { reason, charge, .. } => {
            let to = scene.person(charge.responsible);
            Draft::new(format!("{who} appeals. {to} looks at it with fresh eyes, and decides.")).quote("Why", reason)
        }
        Fact::Edited { idea, proposal, benefit } => {
            Draft::new(format!("{who} edited the idea. It reads now:"))
                .quote("", idea)
                .quote_if("Suggestion", proposal.as_ref())
                .quote_if("What it would help", benefit.as_ref())
        }
        Fact::Withdrawn { reason } => {
            Draft::new(format!("{who} withdrew the idea.")).quote_if("Why", reason.as_ref())
        }
        Fact::MergedInto { into } => Draft::new(format!(
            "{who} merged it into {}. Whoever suggested, supported or followed it follows that one now.",
            markup::bold(&into.to_string())
        )),
        Fact::Absorbed { from, supporters, .. } => Draft::new(format!(
            "{} was merged into this one, with {}.",
            markup::bold(&from.to_string()),
            words::count(supporters.len() as u64, "supporter", "supporters")
        )),
        Fact::Separated { from, via: None, supporters, .. } => Draft::new(format!(
            "{} goes its own way again{}.",
            markup::bold(&from.to_string()),
            taking(supporters.len())
        )),
        Fact::Separated { from, via: Some(via), supporters, .. } => Draft::new(format!(
            "{}, which had come here by way of {}, goes its own way again{}.",
            markup::bold(&from.to_string()),
            markup::bold(&via.number.to_string()),
            taking(supporters.len())
        )),
        Fact::Redacted => Draft::new(format!("{who} removed words that should not stand here.")),
        Fact::Reopened { reason, came_back_from, leaves, charge, .. } => {
            let from = came_back_from
                .map(|n| format!(" It came back from {}.", markup::bold(&n.to_string())))
                .unwrap_or_default();
            let leaves = leaves
                .map(|n| format!(" It is no longer merged into {}.", markup::bold(&n.to_string())))
                .unwrap_or_default();
            Draft::new(format!(
                "{who} reopened it.{leaves}{from} {} has it now.",
                scene.person(charge.responsible)
            ))
            .quote("Why", reason)
        }
        Fact::Supported => Draft::new(format!("{who} supports it.")),
        Fact::SupportTakenBack => Draft::new(format!("{who} took their support back.")),
        Fact::Followed => Draft::new(format!("{who} follows it.")),
        Fact::Unfollowed => Draft::new(format!("{who} no longer follows it.")),
        Fact::Reminded { to, kind, .. } => {
            Draft::new(format!("{} was reminded of {}.", scene.person(*to), words::kind(*kind)))
        }
        Fact::NextLevelTold { told, kind } => {
            Draft::new(format!("{} has been asked to help with {}.", scene.person(*told), words::kind(*kind)))
        }
        Fact::DueMoved { kind, before, due, .. } => Draft::new(format!(
            "The team's calendar has changed, so {} is due by {} instead of {}.",
            words::kind(*kind),
            markup::when(*due),
            markup::stamp(*before)
        )),
        Fact::QuestionDelivered { .. } => {
            Draft::new("The question has reached the author only now; their time to answer begins here.".to_owned())
        }
        Fact::QuestionReturned { .. } => Draft::new(
            "The question could not be delivered to the author, neither by direct message nor by a mention here. So no clock stood still \
             for it, and it goes on without an answer. To ask once more, wait until they can be reached."
                .to_owned(),
        ),
        Fact::PlacedAnew { .. } => Draft::new(format!(
            "The place where this idea stood is gone, so it goes on here. Nothing of it is lost: {} shows every step.",
            markup::command("idea history")
        )),
        Fact::Rerouted { from, because, charge, owed, work, .. } => {
            let why = words::because(scene.people, scene.policy, *from, *because);
            Draft::new(if *work {
                format!("{why} {} carries it out now.", scene.person(owed.by))
            } else {
                format!("{why} {} answers for it now.", scene.person(charge.responsible))
            })
        }
        Fact::Transferred { charge, owed, .. } => Draft::new(format!(
            "{} has taken it over, so that {} comes.",
            scene.person(charge.responsible),
            words::kind(owed.kind)
        )),
    }
}

/// What people are promised before they answer.
const PRIVATE: &str = "One answer each. Nobody, not even Kaizen, can see who answered what: only the count is kept, so an answer \
                       cannot be changed.";

/// What people said beside what was recorded.
fn answered(answers: Answers) -> String {
    if answers.is_empty() { String::new() } else { format!("\"Does it work?\" {}.", words::answers(answers)) }
}

/// Why the one who answers for it after this step does, where the step says who that is and it is not said already.
pub fn why(scene: Scene<'_>, event: &Event) -> String {
    match (&event.fact, event.fact.charge()) {
        (
            Fact::Submitted { .. }
            | Fact::Referred { .. }
            | Fact::Appealed { .. }
            | Fact::Reopened { .. }
            | Fact::ReopenedByAnswers { .. }
            | Fact::Transferred { .. }
            | Fact::OutcomeOpen { .. }
            | Fact::Rerouted { work: false, .. },
            Some(charge),
        ) => words::why_line(scene.people, scene.policy, charge.responsible, charge.why),
        _ => String::new(),
    }
}

/// Said openly where somebody became responsible by acting.
fn charge_line(scene: Scene<'_>, event: &Event, charge: &Charge) -> String {
    use kaizen_domain::suggestion::routing::Why;
    let acted = event.by == kaizen_domain::Who::Member(charge.responsible);
    match charge.why {
        Why::Acted | Why::ActedWhileAway { .. } if acted => {
            format!("{} answers for it now.", scene.person(charge.responsible))
        }
        Why::NobodyElse => {
            "It is their own idea; nobody else is left to ask, so this is said openly.".to_owned()
        }
        Why::Acted
        | Why::ActedWhileAway { .. }
        | Why::TeamManager { .. }
        | Why::LevelAbove { .. }
        | Why::Route { .. }
        | Why::Coordinator
        | Why::Assigned { .. }
        | Why::Referred { .. }
        | Why::PolicyOwner
        | Why::NoPolicyOwner
        | Why::Escalated
        | Why::Appeal
        | Why::Deputy { .. }
        | Why::Back { .. } => String::new(),
    }
}

/// Said openly where nobody is named who owns the policy.
fn no_policy_owner(scene: Scene<'_>, charge: &Charge) -> String {
    use kaizen_domain::suggestion::routing::Why;
    match charge.why {
        Why::PolicyOwner => format!("It is for {}, who owns the policy.", scene.person(charge.responsible)),
        Why::Deputy { of } => {
            format!("It is for {}, who stands in for {}.", scene.person(charge.responsible), scene.person(of))
        }
        Why::NobodyElse => "Nobody else is left to ask than its author, so this is said openly.".to_owned(),
        Why::NoPolicyOwner
        | Why::Acted
        | Why::TeamManager { .. }
        | Why::LevelAbove { .. }
        | Why::Route { .. }
        | Why::Coordinator
        | Why::Assigned { .. }
        | Why::Referred { .. }
        | Why::Escalated
        | Why::Appeal
        | Why::ActedWhileAway { .. }
        | Why::Back { .. } => format!(
            "No policy owner is named yet, so it is with {}, who coordinates the scheme.",
            scene.person(charge.responsible)
        ),
    }
}

/// What the second look came to, in the words that stand in thread, history and direct message.
const fn looked_twice(came_to: Option<SecondLook>) -> &'static str {
    match came_to {
        None => "",
        Some(SecondLook::Upheld) => " after a second look; the first decision is **upheld**",
        Some(SecondLook::Overturned) => " after a second look; the first decision is **overturned**",
    }
}

fn accepted(scene: Scene<'_>, event: &Event, who: &str) -> Draft {
    let Fact::Accepted {
        how,
        rationale,
        changes,
        norm_before,
        norm_after,
        plan,
        charge,
        second_look,
        question,
        ..
    } = &event.fact
    else {
        return Draft::default();
    };
    let how = match how {
        AcceptAs::AsSuggested => "accepted it as suggested",
        AcceptAs::WithChanges => "accepted it with changes",
        AcceptAs::Trial => "accepted it as a trial",
    };
    let draft = Draft::new(format!(
        "{who} {how}{}. It changes {}.",
        looked_twice(*second_look),
        words::changes(*changes)
    ))
    .quote("Why", rationale)
    .quote_if("The norm before", norm_before.as_ref())
    .quote_if("The norm after", norm_after.as_ref());
    let draft = match plan {
        Plan::Implement { .. } => draft,
        Plan::Trial { hypothesis, measure, review } => draft
            .quote_if("What we expect", hypothesis.as_ref())
            .quote_if("What we look at", measure.as_ref())
            .say(
                review
                    .map(|at| format!("We look at it together on {}.", markup::day(at)))
                    .unwrap_or_default(),
            ),
    };
    let register = if event.fact.norm().is_some() {
        "The change is in the policy register.".to_owned()
    } else {
        question
            .map(|n| {
                format!(
                    "The policy owner is asked for the norm before and after, in an idea of its own: {}.",
                    markup::bold(&n.to_string())
                )
            })
            .unwrap_or_default()
    };
    draft.say(register).say(charge_line(scene, event, charge))
}

/// Nobody assigned it: whoever answered for it, or carried it out, is forgotten.
fn handed_on(scene: Scene<'_>, charge: &Charge) -> String {
    format!("Whoever had it is no longer here. {} answers for it now.", scene.person(charge.responsible))
}

/// The most telling text of a step, for a line of a short history.
pub fn in_a_line(scene: Scene<'_>, event: &Event) -> String {
    let text = |t: &Text| format!(" {}", markup::inline_excerpt(t, 100));
    let who = words::who(scene.people, event.by);
    match &event.fact {
        Fact::Submitted { questions: Some(number), .. } => {
            format!("{who} put a question of policy, from {number}.")
        }
        Fact::Submitted { questions: None, .. } => format!("{who} suggested it."),
        Fact::Acknowledged { .. } => format!("{who} acknowledged it."),
        Fact::FindingAdded { text: t, .. } => format!("{who} added a finding:{}", text(t)),
        Fact::Asked { question, .. } => format!("{who} asked:{}", text(question)),
        Fact::Answered { text: t, .. } => format!("{who} answered:{}", text(t)),
        Fact::AnswerTimedOut { .. } => "No answer came in time; it goes on.".to_owned(),
        Fact::Assigned { charge, .. } if event.by == Who::System => handed_on(scene, charge),
        Fact::Assigned { reason, charge, .. } => {
            format!("{who} assigned it to {}:{}", scene.person(charge.responsible), text(reason))
        }
        Fact::Referred { reason, charge, .. } => {
            format!("{who} referred it to {}:{}", scene.person(charge.responsible), text(reason))
        }
        Fact::Accepted { rationale, second_look, .. } => {
            format!("{who} accepted it{}:{}", looked_twice(*second_look), text(rationale))
        }
        Fact::Declined { class, rationale, second_look, .. } => {
            format!(
                "{who} declined it{}{}:{}",
                words::class_after(", ", *class),
                looked_twice(*second_look),
                text(rationale)
            )
        }
        Fact::Deferred { rationale, until, .. } => {
            format!("{who} deferred it until {}:{}", markup::day(*until), text(rationale))
        }
        Fact::Resumed { .. } => "It was taken up again.".to_owned(),
        Fact::Replanned { reason, .. } => format!("{who} changed the plan:{}", text(reason)),
        Fact::Stopped { reason, .. } => format!("{who} stopped the plan:{}", text(reason)),
        Fact::Implemented { what_changed, .. } => {
            format!("{who} recorded what changed:{}", text(what_changed))
        }
        Fact::OutcomeVerified { effect, note, .. } | Fact::OutcomeOpen { effect, note, .. } => {
            format!("{who} recorded that {}:{}", words::effect(*effect), text(note))
        }
        Fact::OutcomeFailed { note, .. } => format!("{who} recorded that it did not work:{}", text(note)),
        Fact::FeedbackGiven { note: Some(note), .. } => {
            format!("Somebody wrote on \"does it work?\":{}", text(note))
        }
        Fact::FeedbackGiven { note: None, .. } => "Somebody answered \"does it work?\".".to_owned(),
        Fact::CheckAsked { .. } => "Those who work with it were asked whether it works.".to_owned(),
        Fact::LastAsked { .. } => "Those who work with it were asked once more whether it works.".to_owned(),
        Fact::LastQuestionOver => "The last question ended, and the outcome stands.".to_owned(),
        Fact::ReopenedByAnswers { answers, .. } => format!(
            "It was opened again: {} of {} who work with it say that it does not work.",
            answers.not,
            answers.total()
        ),
        Fact::Appealed { reason, .. } => format!("{who} appealed:{}", text(reason)),
        Fact::Edited { .. } => format!("{who} edited it."),
        Fact::Withdrawn { .. } => format!("{who} withdrew it."),
        Fact::MergedInto { into } => format!("{who} merged it into {into}."),
        Fact::Absorbed { from, .. } => format!("{from} was merged into it."),
        Fact::Separated { from, .. } => format!("{from} goes its own way again."),
        Fact::Redacted => format!("{who} removed words."),
        Fact::Reopened { reason, .. } => format!("{who} reopened it:{}", text(reason)),
        Fact::Supported => format!("{who} supports it."),
        Fact::SupportTakenBack => format!("{who} took their support back."),
        Fact::Followed => format!("{who} follows it."),
        Fact::Unfollowed => format!("{who} no longer follows it."),
        Fact::Reminded { to, .. } => format!("{} was reminded.", scene.person(*to)),
        Fact::NextLevelTold { told, .. } => format!("{} was asked to help.", scene.person(*told)),
        Fact::Transferred { charge, .. } => format!("{} took it over.", scene.person(charge.responsible)),
        Fact::DueMoved { kind, before, due, .. } => format!(
            "The team's calendar changed: {} is due by {} instead of {}.",
            words::kind(*kind),
            markup::stamp(*due),
            markup::stamp(*before)
        ),
        Fact::Rerouted { from, because, .. } => words::because(scene.people, scene.policy, *from, *because),
        Fact::QuestionDelivered { .. } => "The question reached the author.".to_owned(),
        Fact::QuestionReturned { .. } => "The question could not be delivered.".to_owned(),
        Fact::PlacedAnew { .. } => "Its place was gone: it goes on elsewhere.".to_owned(),
    }
}

/// How many supporters go along with an idea that leaves.
fn taking(supporters: usize) -> String {
    match supporters {
        0 => String::new(),
        n => format!(", and {} with it", words::count(n as u64, "supporter", "supporters")),
    }
}
