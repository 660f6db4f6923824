//! Why something was not done. Every variant carries what a person needs to go on; the texts are the chat's.

use chrono::NaiveDate;

use crate::Instant;
use crate::calendar::CalendarError;
use crate::ids::{MemberId, Number};
use crate::settings::roles::Part;
use crate::suggestion::protocol::ActionName;
use crate::suggestion::stage::StageName;

/// Who may do something: for "ask one of these".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// Whoever wrote it.
    Author,
    /// The responsible person, or a manager of the team, or the coordinator.
    Responsible,
    /// Whoever investigates it.
    Investigator,
    /// Whoever carries it out.
    Implementer,
    /// Those who are asked whether it works: its author, its supporters, its team.
    WorksWithIt,
    /// The next level above the responsible person.
    NextLevel,
    /// The coordinator.
    Coordinator,
    /// Coordinators and administrators.
    SetUp,
    /// Everybody.
    Anyone,
}

/// A field that a person fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names of the fields in the chat contract")]
pub enum Field {
    Idea,
    Proposal,
    Benefit,
    ForName,
    Area,
    Team,
    Number,
    Finding,
    Question,
    Answer,
    Reason,
    WhatChanged,
    Note,
    Norm,
    TrialHypothesis,
    TrialMeasure,
    BenefitBefore,
    BenefitAfter,
    BenefitUnit,
    Words,
    Due,
    Until,
    Deputy,
    TrialReview,
    Name,
    Channel,
    Managers,
    Parent,
    TimeZone,
    WorkingHours,
    Text,
    Status,
    Topic,
    Dates,
    HolidayName,
    Which,
    To,
    Route,
    Part,
    Who,
    Work,
    Kind,
    Item,
    Action,
    Owner,
    Summary,
}

/// An action and who may take it, in the stage at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Possible {
    /// What can be done.
    pub action: ActionName,
    /// By whom.
    pub by: Party,
}

/// Why a command was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The stage does not allow it.
    WrongStage {
        /// Where the item stands.
        stage: StageName,
        /// What was tried.
        attempted: ActionName,
        /// What can be done instead, and by whom.
        possible: Vec<Possible>,
    },
    /// This person may not.
    NotAllowed {
        /// What was tried.
        attempted: ActionName,
        /// Who may.
        who: Vec<Party>,
        /// The responsible person now.
        responsible: MemberId,
    },
    /// This person may not change the workspace's settings.
    MayNotSetUp,
    /// A manager's or coordinator's view was asked for by somebody else.
    NotForYou {
        /// Who may.
        who: Party,
    },
    /// No suggestion has this number.
    NoSuchIdea(Number),
    /// It is not clear which suggestion is meant (no number given, and not in an item's thread).
    WhichIdea,
    /// A piece of text matched no suggestion, or several.
    NoMatch {
        /// What was typed.
        typed: String,
    },
    /// A required text is empty.
    Empty(Field),
    /// A text is too long.
    TooLong {
        /// Which.
        field: Field,
        /// How many characters it may have.
        limit: usize,
        /// How many it has.
        has: usize,
    },
    /// A text is too short.
    TooShort {
        /// Which.
        field: Field,
        /// How many characters it needs.
        needs: usize,
    },
    /// Not one of the words that this field takes.
    NotOneOf {
        /// Which field.
        field: Field,
        /// What was typed.
        typed: String,
        /// What it takes.
        takes: Vec<String>,
    },
    /// Not readable as a date.
    NotADate {
        /// Which field.
        field: Field,
        /// What was typed.
        typed: String,
    },
    /// The date has passed.
    DateInPast(Field),
    /// The date is too far off.
    DateTooFar {
        /// Which field.
        field: Field,
        /// The latest possible.
        latest: Instant,
    },
    /// Declining needs a finding.
    NeedsFinding,
    /// A second deferral is the next level's to decide.
    SecondDeferral {
        /// Who that is.
        next: MemberId,
    },
    /// A second new date is the next level's to grant.
    SecondReplan {
        /// Who that is.
        next: MemberId,
    },
    /// A decision that changes policy needs the norm before and after.
    NormNeeded,
    /// Neither a new date, nor a new implementer, nor a stop.
    NothingToReplan,
    /// The one who implemented it alone cannot record its outcome before somebody else has answered.
    ImplementerAlone,
    /// Each answer to "does it work?" counts once.
    AnsweredAlready,
    /// The outcome is recorded, and nobody is asked now whether it works.
    NotAskedNow {
        /// When people are asked once more; none if they are not.
        again: Option<Instant>,
    },
    /// Too late to appeal.
    AppealOver {
        /// It was possible until then.
        until: Instant,
    },
    /// The one appeal has been used.
    AppealUsed,
    /// Whoever declined it does not decide on the appeal.
    DeclinedItThemself,
    /// That is for the person themself, and nobody else.
    OnlyThemself,
    /// The author cannot support their own idea.
    OwnIdea,
    /// Not into itself.
    MergeIntoItself,
    /// That would be a circle.
    MergeCircle(Number),
    /// The target takes nothing more.
    MergeTargetClosed(Number),
    /// The target has itself been merged into another one.
    MergeTargetMerged {
        /// Which was named.
        target: Number,
        /// Where it goes on.
        goes_on_in: Number,
    },
    /// An author may merge only into an older one.
    MergeIntoYounger(Number),
    /// Too late for the author of a merged idea to reopen it.
    ReopenOver {
        /// It was possible until then.
        until: Instant,
    },
    /// It is theirs already.
    AlreadyTheirs(MemberId),
    /// There is nobody above.
    NobodyAbove,
    /// Nobody is left who could decide on an appeal: whoever declined does not, and nobody else answers for anything here.
    NobodyElseToAppealTo,
    /// A referral goes up, to somebody who has not had it before; colleagues are for assigning.
    NotAbove {
        /// Whom it was to go to.
        to: MemberId,
        /// The next level, if there is one.
        next: Option<MemberId>,
    },
    /// No policy owner is named in this workspace.
    NoPolicyOwner,
    /// The person named is not a manager, coordinator or policy owner here.
    CannotTakeIt(MemberId),
    /// Nobody stands in for themself.
    OwnDeputy,
    /// The deputy is away themself.
    DeputyAway {
        /// Who.
        deputy: MemberId,
        /// Until when.
        until: Instant,
    },
    /// The deputy is away, and would come back to the one who asks.
    DeputyCircle {
        /// Who.
        deputy: MemberId,
    },
    /// The deputy has left the community.
    DeputyLeft(MemberId),
    /// Somebody else's absence is for them, a coordinator or the next level to say.
    NotTheirAbsence(MemberId),
    /// They are not away.
    NotAway(MemberId),
    /// None of the words occurs in the item.
    WordsNotFound,
    /// A team with this name exists.
    TeamExists(String),
    /// No team has this name.
    NoSuchTeam(String),
    /// The last team cannot be removed.
    LastTeam,
    /// Parents would form a circle.
    ParentCircle,
    /// No such time zone.
    NoSuchZone(String),
    /// Working days or hours are not possible.
    Calendar(CalendarError),
    /// A holiday that is entered or taken back after it has passed: what was waited stays waited.
    HolidayPassed(NaiveDate),
    /// The day is no holiday of these teams.
    NoSuchHoliday(NaiveDate),
    /// A team has too many holidays.
    TooManyHolidays {
        /// So many are possible.
        limit: usize,
    },
    /// An area with this name exists.
    AreaExists(String),
    /// The list of areas is full.
    TooManyAreas {
        /// So many are possible.
        limit: usize,
    },
    /// An idea needs something to be about.
    LastArea,
    /// A route is about the area.
    AreaInRoute {
        /// Which area.
        area: String,
        /// The place of the route, from 1.
        route: usize,
    },
    /// A route that names neither area nor team would take everything.
    RouteAboutNothing,
    /// A route about just the same is there.
    RouteExists {
        /// Its place, from 1.
        route: usize,
    },
    /// No route has this place.
    NoSuchRoute {
        /// What was asked for.
        route: usize,
        /// The last that there is; 0 if there is none.
        last: usize,
    },
    /// Too many routes.
    TooManyRoutes {
        /// So many are possible.
        limit: usize,
    },
    /// They play this part already.
    PartTheirs {
        /// Which.
        part: Part,
    },
    /// They do not play this part.
    PartNotTheirs {
        /// Which.
        part: Part,
    },
    /// Somebody has to run the scheme.
    LastCoordinator,
    /// Something about a debrief.
    Debrief(crate::debrief::Refusal),
    /// The workspace lives elsewhere: commands work in a community only.
    OnlyInWorkspace,
    /// The command is not known (any more).
    UnknownCommand,
    /// A button or form that we did not make, or that is broken.
    BrokenButton,
    /// Somebody else changed it at the same moment, again and again.
    ChangedMeanwhile,
    /// This part of the product is not there yet in this version.
    NotInThisVersion {
        /// The option or command that was used.
        what: &'static str,
    },
}
