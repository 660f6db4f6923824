//! The ids of buttons, lists and forms: `k1:finding:12:1` is version 1, the action, `K-12`, and the place of the stage that
//! it was shown in ([`StageName::ALL`]). They live as long as the messages that they are on, so that every released form
//! stays readable; they grant nothing, rights are checked in the domain. Reading is strict: what we did not write is
//! [`Rejection::BrokenButton`].

use std::fmt;
use std::str::FromStr;

mod debrief;

use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::suggestion::ActionName;
use kaizen_domain::suggestion::protocol::{AcceptAs, Effect, Works};
use kaizen_domain::suggestion::stage::{SourceMessage, StageName};
use kaizen_domain::{Area, ChannelId, MemberId, MessageId, Number, Policy, Rejection, TeamId};

pub use debrief::DebriefStep;

/// The version of the ids that we write.
const VERSION: &str = "k1";

/// What a button, a list or a form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Id {
    /// A step on an idea: a button, and the form that it opens.
    Step {
        /// Which.
        step: Step,
        /// On which idea.
        number: Number,
        /// The stage that it was offered in.
        stage: StageName,
    },
    /// **Merge into K-m**, after `/suggest`.
    Merge {
        /// The idea that ends.
        number: Number,
        /// The idea that goes on.
        into: Number,
    },
    /// The form of a new idea.
    Suggest(Beforehand),
    /// A page of `/idea list`.
    List(ListPage),
    /// A page of `/idea history`, from 0.
    History {
        /// Of which idea.
        number: Number,
        /// Which page.
        page: u32,
    },
    /// A page of `/kaizen policy list`, from 0.
    Register {
        /// Which page.
        page: u32,
    },
    /// A step of `/kaizen setup`.
    SetUp {
        /// Which.
        step: SetUpStep,
        /// The team that is being set up.
        team: TeamId,
    },
    /// A step on a debrief: a button, and the form that it opens.
    Debrief {
        /// On which.
        number: DebriefNumber,
        /// Which.
        step: DebriefStep,
    },
    /// A page of `/brief` for the kind of work of this debrief, from 0.
    Brief {
        /// Of which debrief.
        number: DebriefNumber,
        /// Which page.
        page: u32,
    },
    /// **Try again** of `/kaizen check`.
    TryAgain,
    /// **Forget me** of `/kaizen forget-me`, for the one who asked.
    ForgetMe {
        /// Who.
        member: MemberId,
    },
}

/// What was said about a new idea before its form opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beforehand {
    /// The message that it is made from.
    pub source: Option<SourceMessage>,
    /// Whose work it is about.
    pub team: Option<TeamId>,
    /// What it is about.
    pub area: Option<AreaId>,
    /// It is already mended.
    pub done: bool,
}

/// An area as ids name it: names are too long for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AreaId {
    /// By a hash of its name, so that it means the same whatever becomes of the others. (Two of 25 areas with the same one: a chance of
    /// one in ten million.)
    Named(u32),
    /// By its place in the workspace's list, as earlier versions wrote it.
    Place(u16),
}

impl AreaId {
    /// That of an area. FNV-1a, written out since it must never change.
    pub fn of(area: &Area) -> AreaId {
        let hash = area.0.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
        AreaId::Named(hash)
    }

    /// The area, if the workspace (still) has it.
    pub fn find(self, policy: &Policy) -> Option<&Area> {
        match self {
            AreaId::Named(_) => policy.areas.iter().find(|area| AreaId::of(area) == self),
            AreaId::Place(at) => policy.areas.get(usize::from(at)),
        }
    }
}

impl fmt::Display for AreaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AreaId::Named(hash) => write!(f, "a{hash:08x}"),
            AreaId::Place(at) => write!(f, "{at}"),
        }
    }
}

impl FromStr for AreaId {
    type Err = std::num::ParseIntError;

    fn from_str(part: &str) -> Result<AreaId, Self::Err> {
        match part.strip_prefix('a') {
            Some(hash) => u32::from_str_radix(hash, 16).map(AreaId::Named),
            None => part.parse().map(AreaId::Place),
        }
    }
}

/// What a button on a card, or on a private answer, does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// **Acknowledge**: at once.
    Acknowledge,
    /// **Add finding**: a form.
    AddFinding,
    /// **Ask author**: a form.
    Ask,
    /// **Refer**: a form.
    Refer,
    /// **Decide**: a private message with the verdicts.
    Decide,
    /// The verdict **Accept**: a form.
    Accept,
    /// The verdict **Trial**: a form.
    Trial,
    /// The verdict **Decline**: a form.
    Decline,
    /// The verdict **Defer**: a form.
    Defer,
    /// **Answer**: a form.
    Answer,
    /// **Implemented**: a form.
    Implemented,
    /// **Record outcome**: a private message with the effects.
    Outcome,
    /// An effect: a form.
    OutcomeOf(Effect),
    /// **It works**, **Partly**, **It does not**: at once.
    Feedback(Works),
    /// **Appeal**: a form.
    Appeal,
    /// **Me too**: at once, and back.
    Support,
    /// **Follow**: at once, and back.
    Follow,
    /// The form of `/idea redact`.
    Redact,
    /// The form of `/idea edit`.
    Edit,
}

impl Step {
    const WORDS: [(Step, &'static str); 24] = [
        (Step::Acknowledge, "acknowledge"),
        (Step::AddFinding, "finding"),
        (Step::Ask, "ask"),
        (Step::Refer, "refer"),
        (Step::Decide, "decide"),
        (Step::Accept, "accept"),
        (Step::Trial, "trial"),
        (Step::Decline, "decline"),
        (Step::Defer, "defer"),
        (Step::Answer, "answer"),
        (Step::Implemented, "implemented"),
        (Step::Outcome, "outcome"),
        (Step::OutcomeOf(Effect::Worked), "outcome-worked"),
        (Step::OutcomeOf(Effect::Partly), "outcome-partly"),
        (Step::OutcomeOf(Effect::DidNotWork), "outcome-did-not-work"),
        (Step::OutcomeOf(Effect::CannotTell), "outcome-cannot-tell"),
        (Step::Feedback(Works::Yes), "works"),
        (Step::Feedback(Works::Partly), "works-partly"),
        (Step::Feedback(Works::No), "works-not"),
        (Step::Appeal, "appeal"),
        (Step::Support, "support"),
        (Step::Follow, "follow"),
        (Step::Redact, "redact"),
        (Step::Edit, "edit"),
    ];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(step, _)| *step == self).map_or("", |(_, word)| word)
    }

    /// Every step.
    pub fn all() -> impl Iterator<Item = Step> {
        Self::WORDS.into_iter().map(|(step, _)| step)
    }

    /// The command that does the same, with the option that the button fills in. The menus **Decide** and **Record outcome**
    /// do nothing by themselves.
    pub fn command(self) -> Option<(&'static str, Option<(&'static str, &'static str)>)> {
        Some(match self {
            Step::Acknowledge => ("idea acknowledge", None),
            Step::AddFinding => ("idea finding", None),
            Step::Ask => ("idea ask", None),
            Step::Refer => ("idea refer", None),
            Step::Accept => ("idea accept", None),
            Step::Trial => ("idea accept", Some(("as", AcceptAs::Trial.as_str()))),
            Step::Decline => ("idea decline", None),
            Step::Defer => ("idea defer", None),
            Step::Answer => ("idea answer", None),
            Step::Implemented => ("idea implemented", None),
            Step::OutcomeOf(effect) => ("idea outcome", Some(("effect", effect.as_str()))),
            Step::Feedback(works) => ("idea feedback", Some(("works", works.as_str()))),
            Step::Appeal => ("idea appeal", None),
            Step::Support => ("idea support", None),
            Step::Follow => ("idea follow", None),
            Step::Redact => ("idea redact", None),
            Step::Edit => ("idea edit", None),
            Step::Decide | Step::Outcome => return None,
        })
    }

    /// Which right the step needs.
    pub const fn action(self) -> ActionName {
        match self {
            Step::Acknowledge => ActionName::Acknowledge,
            Step::AddFinding => ActionName::AddFinding,
            Step::Ask => ActionName::Ask,
            Step::Refer => ActionName::Refer,
            Step::Decide | Step::Accept | Step::Trial => ActionName::Accept,
            Step::Decline => ActionName::Decline,
            Step::Defer => ActionName::Defer,
            Step::Answer => ActionName::Answer,
            Step::Implemented => ActionName::RecordImplementation,
            Step::Outcome | Step::OutcomeOf(_) => ActionName::RecordOutcome,
            Step::Feedback(_) => ActionName::GiveFeedback,
            Step::Appeal => ActionName::Appeal,
            Step::Support => ActionName::Support,
            Step::Follow => ActionName::Follow,
            Step::Redact => ActionName::Redact,
            Step::Edit => ActionName::Edit,
        }
    }

    /// Is it taken at once when its button is pressed, without a form?
    pub const fn at_once(self) -> bool {
        matches!(self, Step::Acknowledge | Step::Feedback(_) | Step::Support | Step::Follow)
    }

    /// Was it offered on the private message that **Decide** or **Record outcome** answers with? That message then becomes
    /// the answer.
    pub const fn from_menu(self) -> bool {
        matches!(self, Step::Accept | Step::Trial | Step::Decline | Step::Defer | Step::OutcomeOf(_))
    }
}

/// Which page of which list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListPage {
    /// From 0.
    pub page: u32,
    /// The filter by stage.
    pub status: Status,
    /// Of this team.
    pub team: Option<TeamId>,
    /// About this.
    pub area: Option<AreaId>,
    /// Only those of the person who asks.
    pub mine: bool,
    /// With this responsible person.
    pub responsible: Option<MemberId>,
}

/// The `status` of `/idea list`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Status {
    /// Everything.
    #[default]
    Any,
    /// Every open stage.
    Open,
    /// Every closed stage.
    Closed,
    /// One stage.
    Stage(StageName),
}

/// A step of `/kaizen setup`: what the message shows next, and the form or list that it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUpStep {
    /// What is set, and all the steps.
    Overview,
    /// Another team is chosen from a list.
    Team,
    /// The team's name: a form.
    Name,
    /// The team's channel is asked for.
    Channel,
    /// The team's channel was chosen from the list.
    ChannelChosen,
    /// The team's managers are asked for.
    Managers,
    /// The team's managers were chosen from the list.
    ManagersChosen,
    /// Time zone, working hours and due times: a form.
    Times,
    /// What the digest is, and when it comes.
    Digest,
    /// The coordinators are asked for.
    Coordinators,
    /// The coordinators were chosen from the list.
    CoordinatorsChosen,
    /// What is set now, and what to do next.
    Done,
}

impl SetUpStep {
    const WORDS: [(SetUpStep, &'static str); 12] = [
        (SetUpStep::Overview, "overview"),
        (SetUpStep::Team, "team"),
        (SetUpStep::Name, "name"),
        (SetUpStep::Channel, "channel"),
        (SetUpStep::ChannelChosen, "channel-chosen"),
        (SetUpStep::Managers, "managers"),
        (SetUpStep::ManagersChosen, "managers-chosen"),
        (SetUpStep::Times, "times"),
        (SetUpStep::Digest, "digest"),
        (SetUpStep::Coordinators, "coordinators"),
        (SetUpStep::CoordinatorsChosen, "coordinators-chosen"),
        (SetUpStep::Done, "done"),
    ];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(step, _)| *step == self).map_or("", |(_, word)| word)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}:")?;
        match self {
            Id::Step { step, number, stage } => write!(f, "{}:{}:{}", step.word(), number.0, index(*stage)),
            Id::Merge { number, into } => write!(f, "merge:{}:{}", number.0, into.0),
            Id::Suggest(Beforehand { source, team, area, done }) => {
                let source = source.map(|s| format!("{}:{}:{}", s.channel, s.message, u8::from(s.own)));
                let (source, done) = (source.unwrap_or("::".into()), u8::from(*done));
                write!(f, "suggest:{source}:{}:{}:{done}", or_nothing(team.map(|t| t.0)), or_nothing(*area))
            }
            Id::List(ListPage { page, status, team, area, mine, responsible }) => {
                write!(f, "list:{page}:")?;
                match status {
                    Status::Any => write!(f, "any")?,
                    Status::Open => write!(f, "open")?,
                    Status::Closed => write!(f, "closed")?,
                    Status::Stage(stage) => write!(f, "{}", index(*stage))?,
                }
                let (team, area) = (or_nothing(team.map(|t| t.0)), or_nothing(*area));
                write!(f, ":{team}:{area}:{}:{}", u8::from(*mine), or_nothing(responsible.map(|r| r.0)))
            }
            Id::History { number, page } => write!(f, "history:{}:{page}", number.0),
            Id::Register { page } => write!(f, "register:{page}"),
            Id::SetUp { step, team } => write!(f, "setup:{}:{}", step.word(), team.0),
            Id::Debrief { number, step } => write!(f, "d:{}:{step}", number.0),
            Id::Brief { number, page } => write!(f, "brief:{}:{page}", number.0),
            Id::TryAgain => write!(f, "try-again"),
            Id::ForgetMe { member } => write!(f, "forget-me:{}", member.0),
        }
    }
}

impl FromStr for Id {
    type Err = Rejection;

    fn from_str(id: &str) -> Result<Id, Rejection> {
        read(id).filter(|read| read.to_string() == id).ok_or(Rejection::BrokenButton)
    }
}

/// Reads an id leniently; whoever calls it writes it again and compares, so that there is one spelling for each id.
fn read(id: &str) -> Option<Id> {
    let parts: Vec<&str> = id.split(':').collect();
    let [VERSION, parts @ ..] = parts.as_slice() else { return None };
    Some(match parts {
        ["suggest", channel, message, own, team, area, done] => Id::Suggest(Beforehand {
            source: match (*channel, *message, *own) {
                ("", "", "") => None,
                _ => Some(SourceMessage {
                    channel: ChannelId(channel.parse().ok()?),
                    message: MessageId(message.parse().ok()?),
                    own: flag(own)?,
                }),
            },
            team: optional(team)?.map(TeamId),
            area: optional(area)?,
            done: flag(done)?,
        }),
        ["merge", from, into] => Id::Merge { number: number(from)?, into: number(into)? },
        ["list", page, status, team, area, mine, responsible] => Id::List(ListPage {
            page: page.parse().ok()?,
            status: match *status {
                "any" => Status::Any,
                "open" => Status::Open,
                "closed" => Status::Closed,
                other => Status::Stage(stage(other)?),
            },
            team: optional(team)?.map(TeamId),
            area: optional(area)?,
            mine: flag(mine)?,
            responsible: optional(responsible)?.map(MemberId),
        }),
        ["history", n, page] => Id::History { number: number(n)?, page: page.parse().ok()? },
        ["register", page] => Id::Register { page: page.parse().ok()? },
        ["setup", word, team] => Id::SetUp {
            step: SetUpStep::WORDS.iter().find(|(_, w)| w == word).map(|(step, _)| *step)?,
            team: TeamId(team.parse().ok()?),
        },
        ["d", n, step @ ..] => {
            Id::Debrief { number: DebriefNumber(number(n)?.0), step: DebriefStep::read(step)? }
        }
        ["brief", n, page] => Id::Brief { number: DebriefNumber(number(n)?.0), page: page.parse().ok()? },
        ["try-again"] => Id::TryAgain,
        ["forget-me", member] => Id::ForgetMe { member: MemberId(member.parse().ok()?) },
        [word, n, at] => Id::Step {
            step: Step::WORDS.iter().find(|(_, w)| w == word).map(|(step, _)| *step)?,
            number: number(n)?,
            stage: stage(at)?,
        },
        _ => return None,
    })
}

fn or_nothing<T: fmt::Display>(part: Option<T>) -> String {
    part.map(|p| p.to_string()).unwrap_or_default()
}

fn index(stage: StageName) -> usize {
    StageName::ALL.iter().position(|s| *s == stage).unwrap_or(0)
}

fn stage(index: &str) -> Option<StageName> {
    StageName::ALL.get(index.parse::<usize>().ok()?).copied()
}

fn number(digits: &str) -> Option<Number> {
    digits.parse().ok().filter(|n| *n > 0).map(Number)
}

fn flag(digit: &str) -> Option<bool> {
    match digit {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

/// An empty part is nothing; anything else has to be readable.
fn optional<T: FromStr>(part: &str) -> Option<Option<T>> {
    if part.is_empty() { Some(None) } else { part.parse().ok().map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What platforms take (Discord: `custom_id`).
    const LONGEST: usize = 100;

    #[test]
    fn expect_an_area_to_mean_the_same_whatever_becomes_of_the_others() {
        let mut policy = crate::view::personas::policy();
        let quality = Area("quality".into());
        let id = AreaId::of(&quality);
        assert_eq!(id.to_string(), "a9ad55026", "for ever: it stands in messages");
        policy.areas.remove(0);
        assert_eq!(id.find(&policy), Some(&quality));
        policy.areas.retain(|area| *area != quality);
        assert_eq!(id.find(&policy), None);
        // What earlier versions wrote is read as they meant it.
        let page = ListPage { area: Some(AreaId::Place(1)), ..ListPage::default() };
        assert_eq!("k1:list:0:any::1:0:".parse(), Ok(Id::List(page)));
        let ids: std::collections::BTreeSet<String> =
            Area::defaults().iter().map(|area| AreaId::of(area).to_string()).collect();
        assert_eq!(ids.len(), Area::DEFAULTS.len());
    }

    fn every_kind() -> Vec<Id> {
        let mut ids = vec![
            Id::Merge { number: Number(12), into: Number(u32::MAX) },
            Id::Suggest(Beforehand::default()),
            Id::Suggest(Beforehand {
                source: Some(SourceMessage {
                    channel: ChannelId(u64::MAX),
                    message: MessageId(u64::MAX),
                    own: true,
                }),
                team: Some(TeamId(i64::MAX)),
                area: Some(AreaId::Named(u32::MAX)),
                done: true,
            }),
            Id::List(ListPage::default()),
            Id::List(ListPage {
                page: u32::MAX,
                status: Status::Stage(StageName::Withdrawn),
                team: Some(TeamId(i64::MAX)),
                area: Some(AreaId::Named(u32::MAX)),
                mine: true,
                responsible: Some(MemberId(i64::MAX)),
            }),
            Id::List(ListPage { status: Status::Open, ..ListPage::default() }),
            Id::List(ListPage { status: Status::Closed, ..ListPage::default() }),
            Id::History { number: Number(7), page: 3 },
            Id::Register { page: 2 },
            Id::Brief { number: DebriefNumber(u32::MAX), page: u32::MAX },
            Id::TryAgain,
            Id::ForgetMe { member: MemberId(i64::MAX) },
        ];
        for (step, _) in Step::WORDS {
            for stage in StageName::ALL {
                ids.push(Id::Step { step, number: Number(u32::MAX), stage });
            }
        }
        let of_debriefs = |step| Id::Debrief { number: DebriefNumber(u32::MAX), step };
        ids.extend(DebriefStep::every_kind().into_iter().map(of_debriefs));
        ids.extend(SetUpStep::WORDS.map(|(step, _)| Id::SetUp { step, team: TeamId(i64::MAX) }));
        ids
    }

    #[test]
    fn expect_every_id_to_come_back_as_it_was() {
        for id in every_kind() {
            let written = id.to_string();
            assert_eq!(written.parse(), Ok(id), "{written}");
            assert!(written.len() <= LONGEST, "{written}");
        }
    }

    #[test]
    fn expect_released_ids_to_stay_readable() {
        let step = |step, stage| Ok(Id::Step { step, number: Number(12), stage });
        assert_eq!("k1:acknowledge:12:0".parse(), step(Step::Acknowledge, StageName::Submitted));
        assert_eq!("k1:works-not:12:5".parse(), step(Step::Feedback(Works::No), StageName::Implemented));
        assert_eq!("k1:merge:12:7".parse(), Ok(Id::Merge { number: Number(12), into: Number(7) }));
    }

    #[test]
    fn expect_anything_else_refused() {
        for id in [
            "",
            "k1",
            "k1:",
            "k2:acknowledge:12:0",
            "k1:acknowledge:12",
            "k1:acknowledge:12:0:",
            "k1:acknowledge:12:0:9",
            "k1:acknowledge:0:0",
            "k1:acknowledge:-1:0",
            "k1:acknowledge:012:0",
            "k1:acknowledge:+12:0",
            "k1:acknowledge:12:11",
            "k1:acknowledge:99999999999:0",
            "k1:Acknowledge:12:0",
            "k1:fire:12:0",
            "k1:setup:explode:1",
            "k1:list:0:any::::",
            "k1:suggest",
            "k1:suggest:1:2:2:::0",
            "k1:suggest:1::1:::0",
            "something else",
            "k1:merge:1:0",
        ] {
            assert_eq!(id.parse::<Id>(), Err(Rejection::BrokenButton), "{id}");
        }
    }
}
