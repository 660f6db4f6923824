//! From a request to a reply, whatever happens.

use std::sync::Arc;

use kaizen_domain::suggestion::{ActionName, StageName};
use kaizen_domain::{GuildId, Rejection};
use kaizen_workflow::engine::{Engine, Failure};
use kaizen_workflow::ports::{Outbox, Shown};
use tracing::{debug, error};

use crate::check::PlatformCheck;
use crate::commands::{self, Kind, Opt, OptKind};
use crate::control::{Id, Step};
use crate::reply::{Later, Message, Reply};
use crate::request::{Args, Input, Request};
use crate::turn::{Answer, Turn, rejected};
use crate::{complete, press, view};

/// The conversation.
pub struct Chat {
    pub(crate) engine: Engine,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) platform: Option<Arc<dyn PlatformCheck>>,
}

/// What came of a request, for the counter.
struct Handled {
    command: &'static str,
    answer: Answer,
}

impl Chat {
    /// A conversation on this engine; `/kaizen check` looks at what could not be sent in `outbox`.
    pub fn new(engine: Engine, outbox: Arc<dyn Outbox>) -> Self {
        Chat { engine, outbox, platform: None }
    }

    /// What carries commands out.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The same with a look at the platform's side for `/kaizen check`.
    #[must_use]
    pub fn with_platform_check(self, platform: Arc<dyn PlatformCheck>) -> Self {
        Chat { platform: Some(platform), ..self }
    }

    /// May the answer be a form? No form can follow a deferral: then the answer is waited for as long as the platform
    /// allows. Nothing is cancelled when it comes too late.
    pub fn may_open_form(request: &Request) -> bool {
        match &request.input {
            Input::Command { name, args } => match name.as_str() {
                "suggest" => args.text("idea").is_none(),
                "idea edit" | "idea redact" | "debrief edit" | "debrief redact" => true,
                _ => false,
            },
            Input::MessageCommand { name, .. } => {
                matches!(name.as_str(), "Suggest improvement" | "Add to debrief")
            }
            Input::Press { id, .. } => id.parse().is_ok_and(|id| press::opens_form(&id)),
            Input::Form { .. } | Input::Complete { .. } => false,
        }
    }

    /// The answer to a new idea with ideas that say something similar: looked for after the answer was given. None if there
    /// are none.
    pub async fn with_similar(&self, message: &Message, later: &Later) -> Option<Message> {
        commands::suggest::with_similar(self, message, later).await
    }

    /// Does the answer take its time in any case, and may it bring files? Then the person sees at once that it is on its way.
    pub fn takes_time(request: &Request) -> bool {
        matches!(&request.input, Input::Command { name, .. } if name == "kaizen export")
    }

    /// Answers a request. Refusals and faults are answers too.
    pub async fn handle(&self, request: Request) -> Reply {
        if let Input::Complete { name, option, typed, args } = &request.input {
            return Reply::Choices(
                complete::choices(self, &request, &complete::Typing { name, option, typed, args }).await,
            );
        }
        let Handled { command, answer } = self.answer(&request).await;
        let result = match &answer {
            Ok(_) => "ok",
            Err(Failure::Rejected(..)) => "rejected",
            Err(Failure::Internal(_)) => "fault",
        };
        metrics::counter!("kaizen_commands_total", "command" => command, "result" => result).increment(1);
        match answer {
            Ok(reply) => reply,
            Err(Failure::Rejected(rejection, shown)) => self.refuse(&request, rejection, shown).await,
            Err(Failure::Internal(reference)) => {
                Reply::Message(view::rejection::fault(&reference, &typed(&request)))
            }
        }
    }

    async fn answer(&self, request: &Request) -> Handled {
        let handled = |command, answer| Handled { command, answer };
        let Some(guild) = request.guild else {
            return handled("outside", Err(rejected(Rejection::OnlyInWorkspace)));
        };
        if let Some(bot) = request.bots.first() {
            return handled("a bot", Ok(Reply::Message(view::rejection::not_a_person(*bot))));
        }
        match &request.input {
            Input::Command { name, args } => self.run(request, guild, (name, Kind::Slash), args).await,
            Input::MessageCommand { name, .. } => {
                self.run(request, guild, (name, Kind::OnMessage), &Args::default()).await
            }
            Input::Press { id, .. } | Input::Form { id, .. } => match id.parse() {
                Ok(id) => {
                    let turn = Turn { chat: self, request, guild, args: &Args::default(), pressed: None };
                    handled(press::name(&id), Box::pin(press::run(&turn, id)).await)
                }
                Err(rejection) => handled("unknown", Err(rejected(rejection))),
            },
            // Answered before, without a refusal.
            Input::Complete { .. } => handled("unknown", Err(rejected(Rejection::UnknownCommand))),
        }
    }

    async fn run(
        &self,
        request: &Request,
        guild: GuildId,
        (name, kind): (&str, Kind),
        args: &Args,
    ) -> Handled {
        let Some(spec) = commands::find(name, kind) else {
            return Handled { command: "unknown", answer: Err(rejected(Rejection::UnknownCommand)) };
        };
        let turn = Turn { chat: self, request, guild, args, pressed: None };
        Handled { command: spec.name, answer: (spec.run)(&turn).await }
    }

    /// Says why not, and brings the card up to date if it offered what is no longer possible.
    async fn refuse(&self, request: &Request, rejection: Rejection, shown: Option<Box<Shown>>) -> Reply {
        debug!(?request.guild, kind = kind_of(&rejection), "a request was refused");
        let (mut rejection, mut shown, mut stale) = (rejection, shown, false);
        if let Some(shown) = &mut shown {
            rejection = nearest(rejection, shown);
            if let Err(error) = self.know_the_named(&rejection, shown).await {
                error!(%error, "the people named in a refusal could not be read");
            }
            if let Some(offered) = offered_in(request)
                && offered != shown.item.suggestion.stage.name()
            {
                stale = true;
                match self.engine.store().refresh_card(shown.workspace, shown.item.number).await {
                    Ok(()) => self.engine.outbox_nudge().notify_one(),
                    Err(error) => error!(%error, "a card could not be put up for refreshing"),
                }
            }
        }
        let given_back = typed(request);
        let message = match shown.as_deref() {
            Some(shown) if stale && matches!(rejection, Rejection::WrongStage { .. }) => {
                view::answer::stale(shown, &rejection, &given_back)
            }
            shown => view::rejection::with_typed(&rejection, shown, &given_back),
        };
        let message = if pressed_decide(request) { view::rejection::of_deciding(message) } else { message };
        let is_author = |s: &Shown| s.people.user(s.item.suggestion.author) == Some(request.person.user);
        Reply::Message(if shown.as_deref().is_some_and(is_author) {
            view::rejection::to_its_author(message)
        } else {
            message
        })
    }

    /// A refusal may name somebody whom the item does not.
    async fn know_the_named(
        &self,
        rejection: &Rejection,
        shown: &mut Shown,
    ) -> Result<(), kaizen_workflow::ports::StoreError> {
        let (Rejection::CannotTakeIt(member)
        | Rejection::AlreadyTheirs(member)
        | Rejection::SecondDeferral { next: member }
        | Rejection::SecondReplan { next: member }
        | Rejection::NotAllowed { responsible: member, .. }) = rejection
        else {
            return Ok(());
        };
        if shown.people.user(*member).is_none() {
            let known = self.engine.queries().people(shown.workspace, &[*member]).await?;
            shown.people.0.extend(known.0);
        }
        Ok(())
    }
}

/// Declining before anybody looked at it: what is missing is the finding, whatever the stage's name.
fn nearest(rejection: Rejection, shown: &Shown) -> Rejection {
    match rejection {
        Rejection::WrongStage {
            stage: StageName::Submitted | StageName::Acknowledged,
            attempted: ActionName::Decline,
            ..
        } if shown.item.suggestion.findings == 0 => Rejection::NeedsFinding,
        other => other,
    }
}

/// The stage in which the pressed button was offered.
fn offered_in(request: &Request) -> Option<StageName> {
    let (Input::Press { id, .. } | Input::Form { id, .. }) = &request.input else { return None };
    match id.parse() {
        Ok(Id::Step { stage, .. }) => Some(stage),
        Ok(_) | Err(_) => None,
    }
}

/// Was **Decide** pressed, which asks for the verdict first?
fn pressed_decide(request: &Request) -> bool {
    let Input::Press { id, .. } = &request.input else { return false };
    matches!(id.parse(), Ok(Id::Step { step: Step::Decide, .. }))
}

/// What the person typed freely into this request, short or long: to be given back when it was not saved. What was chosen
/// from a list, or names an item, is chosen again as quickly.
fn typed(request: &Request) -> Vec<(&'static str, String)> {
    let options = |name: &str| commands::find(name, Kind::Slash).map_or(&[][..], |spec| spec.options);
    match &request.input {
        Input::Command { name, args } => {
            let freely = |o: &&Opt| matches!(o.kind, OptKind::Text { .. }) && o.name != "number";
            let words = |o: &Opt| args.text(o.name).map(|words| (o.name, words.to_owned()));
            options(name).iter().filter(freely).filter_map(words).collect()
        }
        Input::Form { id, fields } => {
            // A form has no lists: there what is chosen is typed as well.
            let options = match id.parse() {
                Ok(Id::Step { step, .. }) => step.command().map_or(&[][..], |(name, _)| options(name)),
                Ok(_) | Err(_) => &[],
            };
            let chosen =
                |name: &str| options.iter().any(|o| o.name == name && matches!(o.kind, OptKind::Choice(_)));
            let freely = fields.iter().filter(|(name, _)| !chosen(name));
            freely.map(|(name, words)| (label(name), words.clone())).collect()
        }
        Input::MessageCommand { .. } | Input::Press { .. } | Input::Complete { .. } => Vec::new(),
    }
}

/// The name of an option or field, if it is one of ours.
fn label(name: &str) -> &'static str {
    const FIELDS: [&str; 7] =
        ["proposal", "words", "timezone", "working-hours", "acknowledge", "decide", "answer"];
    let options = commands::COMMANDS.iter().flat_map(|c| c.options).map(|o| o.name);
    options.chain(FIELDS).find(|known| *known == name).unwrap_or("text")
}

/// The name of a refusal for operators: nobody's words.
fn kind_of(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::WrongStage { .. } => "wrong stage",
        Rejection::NotAllowed { .. }
        | Rejection::MayNotSetUp
        | Rejection::NotForYou { .. }
        | Rejection::DeclinedItThemself
        | Rejection::OwnIdea
        | Rejection::OnlyThemself
        | Rejection::NotTheirAbsence(_)
        | Rejection::ImplementerAlone
        | Rejection::AnsweredAlready
        | Rejection::NotAskedNow { .. } => "not allowed",
        Rejection::NoSuchIdea(_)
        | Rejection::WhichIdea
        | Rejection::NoMatch { .. }
        | Rejection::NoSuchTeam(_)
        | Rejection::NoSuchHoliday(_)
        | Rejection::NoSuchRoute { .. }
        | Rejection::PartNotTheirs { .. } => "not found",
        Rejection::BrokenButton | Rejection::UnknownCommand => "not ours",
        Rejection::ChangedMeanwhile => "changed meanwhile",
        Rejection::Empty(_)
        | Rejection::TooLong { .. }
        | Rejection::TooShort { .. }
        | Rejection::NotOneOf { .. }
        | Rejection::NotADate { .. }
        | Rejection::DateInPast(_)
        | Rejection::DateTooFar { .. }
        | Rejection::NormNeeded
        | Rejection::NothingToReplan
        | Rejection::WordsNotFound
        | Rejection::NoSuchZone(_)
        | Rejection::HolidayPassed(_)
        | Rejection::RouteAboutNothing
        | Rejection::Calendar(_) => "bad input",
        Rejection::NeedsFinding
        | Rejection::SecondDeferral { .. }
        | Rejection::SecondReplan { .. }
        | Rejection::AppealOver { .. }
        | Rejection::AppealUsed
        | Rejection::MergeIntoItself
        | Rejection::MergeCircle(_)
        | Rejection::MergeTargetClosed(_)
        | Rejection::MergeTargetMerged { .. }
        | Rejection::MergeIntoYounger(_)
        | Rejection::ReopenOver { .. }
        | Rejection::AlreadyTheirs(_)
        | Rejection::NobodyAbove
        | Rejection::NobodyElseToAppealTo
        | Rejection::NotAbove { .. }
        | Rejection::NoPolicyOwner
        | Rejection::CannotTakeIt(_)
        | Rejection::TeamExists(_)
        | Rejection::LastTeam
        | Rejection::TooManyHolidays { .. }
        | Rejection::AreaExists(_)
        | Rejection::TooManyAreas { .. }
        | Rejection::LastArea
        | Rejection::AreaInRoute { .. }
        | Rejection::RouteExists { .. }
        | Rejection::TooManyRoutes { .. }
        | Rejection::PartTheirs { .. }
        | Rejection::LastCoordinator
        | Rejection::ParentCircle
        | Rejection::OwnDeputy
        | Rejection::DeputyAway { .. }
        | Rejection::DeputyCircle { .. }
        | Rejection::DeputyLeft(_)
        | Rejection::NotAway(_)
        | Rejection::Debrief(_)
        | Rejection::OnlyInWorkspace
        | Rejection::NotInThisVersion { .. } => "not possible",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Arg, Place};
    use kaizen_domain::{ChannelId, Number, UserId};
    use kaizen_workflow::ports::Person;

    fn request(input: Input) -> Request {
        let person = Person { user: UserId(1), name: "sam".into(), roles: vec![], admin: false };
        Request {
            id: "1".into(),
            guild: Some(GuildId(1000)),
            person,
            bots: vec![],
            place: Place { channel: ChannelId(1), parent: None },
            locale: "en-GB".into(),
            input,
        }
    }

    #[test]
    fn expect_what_was_typed_freely_given_back_and_no_choices() {
        let args = [("reason", "No."), ("class", "not feasible"), ("number", "K-12")];
        let args = Args(args.map(|(name, word)| (name.to_owned(), Arg::Text(word.to_owned()))).into());
        let command = request(Input::Command { name: "idea decline".into(), args });
        assert_eq!(typed(&command), [("reason", "No.".to_owned())]);
        let id = Id::Step { step: Step::Decline, number: Number(12), stage: StageName::Investigating };
        let fields = [("reason", "No."), ("class", "other")].map(|(n, w)| (n.to_owned(), w.to_owned()));
        let form = request(Input::Form { id: id.to_string(), fields: fields.into() });
        assert_eq!(typed(&form), [("reason", "No.".to_owned())]);
    }
}
