//! From an interaction to what the person sees: at once if it is ready within 1.5 s, else "thinking" first and then the
//! answer. The platform voids an interaction that is not answered within 3 s; what was recorded by then stays recorded, and
//! the same request asked again gives the same answer.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kaizen_chat::Chat;
use kaizen_chat::reply::{Later, Message, Reply};
use kaizen_chat::view::answer as texts;
use kaizen_chat::view::export;
use kaizen_domain::{Number, WorkspaceId};
use kaizen_workflow::export::File;
use kaizen_workflow::outbox::Posted;
use kaizen_workflow::ports::CardPlace;
use serde_json::Value;
use serenity::all::Interaction;
use tokio::sync::{Semaphore, broadcast, oneshot};
use tokio::time::Instant;

use crate::body;
use crate::inbound::{self, Wants};
use crate::limits;
use crate::rest::{Failure, InteractionRef, Rest, Terminal};
use crate::turns::Turns;

/// An answer that is ready by then is the first answer.
const PROMPT: Duration = Duration::from_millis(1500);
/// After that, even a form is deferred: it could not be answered in time.
const LAST_MOMENT: Duration = Duration::from_millis(2200);
/// An answer that waits for its card longer than this gets similar ideas first. Where many wait, they wait for the card: the
/// look for similar ideas must not compete with what people do.
const CARD_SOON: Duration = Duration::from_secs(3);
const MANY_WAIT: usize = 32;
/// How long an answer may wait for the card that it links to.
const CARD_WITHIN: Duration = Duration::from_mins(10);
/// Answers that may wait for a card at the same time; the link is a courtesy.
const WAITING: usize = 4096;
/// Cards that were posted just now, for answers that come a moment later.
const JUST_POSTED: usize = 256;

/// Answers interactions.
pub(crate) struct Answers {
    rest: Rest,
    chat: Arc<Chat>,
    cards: Arc<Cards>,
    turns: Turns,
    /// One look for similar ideas at a time.
    looks: Arc<Semaphore>,
    /// Files in one message at the most.
    files: usize,
}

/// How the first answer went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Given,
    /// The platform does not want it any more, or it could not be sent.
    Lost,
}

impl Answers {
    pub(crate) fn new(
        rest: Rest,
        chat: Arc<Chat>,
        posted: broadcast::Receiver<Posted>,
        files: usize,
    ) -> Self {
        let cards = Arc::new(Cards::default());
        tokio::spawn(Arc::clone(&cards).listen(posted));
        Answers { rest, chat, cards, turns: Turns::default(), looks: Arc::new(Semaphore::new(1)), files }
    }

    pub(crate) async fn interaction(&self, interaction: Interaction, received: Instant) {
        let Some(incoming) = inbound::read(interaction, received) else {
            metrics::counter!("kaizen_discord_interactions_dropped_total", "why" => "unasked").increment(1);
            return;
        };
        let (to, wants) = (incoming.to, incoming.wants);
        // What may open a form cannot be deferred; the chat gives up on it by itself, in time.
        let wait = match &incoming.request {
            request if Chat::takes_time(request) => Duration::ZERO,
            request if Chat::may_open_form(request) => LAST_MOMENT,
            _ => PROMPT,
        };
        let request = incoming.request;
        let mut reply = pin!(async {
            let turn = self.turns.wait(&request).await;
            let reply = self.chat.handle(request).await;
            drop(turn);
            reply
        });
        if let Ok(reply) = tokio::time::timeout_at(received + wait, &mut reply).await {
            self.at_once(&to, wants, reply).await;
            return;
        }
        if wants == Wants::Choices {
            // Whoever types sees nothing to choose from; what they type counts all the same.
            let _ = self.first(&to, &body::choices(&[])).await;
            return;
        }
        let first = self.first(&to, &body::defer()).await;
        metrics::counter!("kaizen_discord_deferred_total").increment(1);
        // Whatever became of "thinking": what was begun is finished.
        let reply = reply.await;
        if first == First::Given {
            self.afterwards(&to, reply).await;
        }
    }

    /// An interaction that cannot be read at all.
    pub(crate) async fn unreadable(&self, to: &InteractionRef) {
        let _ = self.first(to, &body::answer(&texts::not_now(None))).await;
    }

    async fn at_once(&self, to: &InteractionRef, wants: Wants, reply: Reply) {
        if let Reply::Message(Message { files, .. }) | Reply::Update(Message { files, .. }) = &reply
            && !files.is_empty()
        {
            // Files have no time in a first answer.
            if self.first(to, &body::defer()).await == First::Given {
                self.afterwards(to, reply).await;
            }
            return;
        }
        let (first, message) = match reply {
            Reply::Message(message) => (body::answer(&message), Some(message)),
            Reply::Update(message) if matches!(wants, Wants::AnswerOrUpdate | Wants::NoFormOrUpdate) => {
                (body::update(&message), Some(message))
            }
            Reply::Update(message) => (body::answer(&message), Some(message)),
            Reply::Form(form) if !matches!(wants, Wants::NoForm | Wants::NoFormOrUpdate) => {
                (body::form(&form), None)
            }
            Reply::Form(_) => (body::answer(&texts::not_now(None)), None),
            Reply::Choices(choices) => (body::choices(&choices), None),
        };
        let waits = message.and_then(|m| self.cards.expect(m));
        if self.first(to, &first).await == First::Given {
            self.add_later(to, waits);
        }
    }

    /// The answer to what was deferred. It stays as private as the deferral was.
    async fn afterwards(&self, to: &InteractionRef, reply: Reply) {
        let mut message = match reply {
            Reply::Message(message) | Reply::Update(message) => message,
            // No form can follow a deferral.
            Reply::Form(_) | Reply::Choices(_) => texts::not_now(None),
        };
        let mut further = together(&message.files, self.files, limits::FILES_BYTES);
        let of = further.len();
        if of > 1 {
            message.files = further.remove(0);
            message.text = export::in_several(&message.text, of);
        }
        let waits = self.cards.expect(message.clone());
        match self.rest.edit_answer_with(to, &body::edit(&message), &message.files).await {
            Ok(_) => self.add_later(to, waits),
            Err(failure) => return lost("late", &failure),
        }
        if of < 2 {
            return;
        }
        for (place, files) in (2..).zip(further) {
            let part = Message { files, ..export::part(place, of) };
            let sent = self.rest.answer_further_with(to, &body::follow_up(&part), &part.files).await;
            if let Err(failure) = sent {
                // Each says how many there are: the person sees that one is missing.
                lost("files", &failure);
            }
        }
    }

    async fn first(&self, to: &InteractionRef, response: &Value) -> First {
        match self.rest.answer(to, response).await {
            Ok(()) => {
                metrics::histogram!(crate::ACKNOWLEDGEMENT).record(to.received.elapsed().as_secs_f64());
                First::Given
            }
            // The same event came twice, and its twin was answered.
            Err(failure) if failure.terminal() == Some(Terminal::AlreadyAcknowledged) => {
                tracing::debug!(reason = %failure, "an interaction was answered before");
                First::Lost
            }
            Err(failure) => {
                if matches!(failure.terminal(), Some(Terminal::InvalidBody | Terminal::CannotSendEmpty)) {
                    // A mistake of ours in the body must not leave the person without a word.
                    tracing::error!(reason = %failure, "the platform refused the form of an answer");
                    let plain = body::answer(&texts::not_now(None));
                    if self.rest.answer(to, &plain).await.is_ok() {
                        return First::Lost;
                    }
                }
                lost("first", &failure);
                First::Lost
            }
        }
    }

    /// Puts into an answer what comes later: ideas that are similar, and the link to the card once that is posted; together
    /// where the card comes soon. Best effort, and nothing that a stop would wait for.
    fn add_later(&self, to: &InteractionRef, waits: Option<Waits>) {
        let Some(Waits { mut message, later, card }) = waits else { return };
        let (rest, to, chat, looks) =
            (self.rest.clone(), to.clone(), Arc::clone(&self.chat), Arc::clone(&self.looks));
        let patience = if self.cards.are_many() { CARD_WITHIN } else { CARD_SOON };
        let edit = async move |message: &Message| {
            if let Err(failure) = rest.edit_answer(&to, &body::edit(message)).await {
                tracing::debug!(reason = %failure, "an answer could not be given what comes later");
            }
        };
        tokio::spawn(async move {
            let mut card = pin!(async {
                match card {
                    Some(card) => card.await.ok(),
                    None => None,
                }
            });
            let soon = tokio::time::timeout(patience, &mut card).await;
            if let Ok(Some(place)) = soon {
                message = texts::with_card(&message, &later, &place);
            }
            let similar = match looks.acquire().await {
                Ok(_alone) => chat.with_similar(&message, &later).await,
                Err(_) => None,
            };
            if similar.is_some() || matches!(soon, Ok(Some(_))) {
                message = similar.unwrap_or(message);
                edit(&message).await;
            }
            if soon.is_err()
                && let Ok(Some(place)) = tokio::time::timeout(CARD_WITHIN, card).await
            {
                edit(&texts::with_card(&message, &later, &place)).await;
            }
        });
    }
}

/// Files in their order, as many in each message as it may hold.
fn together(files: &[File], most: usize, bytes: usize) -> Vec<Vec<File>> {
    let mut messages: Vec<Vec<File>> = Vec::new();
    let mut held = 0;
    for file in files {
        let size = file.content.len();
        match messages.last_mut() {
            Some(last) if last.len() < most && held + size <= bytes => last.push(file.clone()),
            Some(_) | None => {
                messages.push(vec![file.clone()]);
                held = 0;
            }
        }
        held += size;
    }
    messages
}

fn lost(which: &'static str, failure: &Failure) {
    metrics::counter!("kaizen_discord_answers_lost_total", "which" => which).increment(1);
    tracing::warn!(which, reason = %failure, "an answer did not reach the person");
}

/// An answer into which something comes later.
struct Waits {
    message: Message,
    later: Later,
    /// Where the card is, once it is posted; none if the link is there already.
    card: Option<oneshot::Receiver<CardPlace>>,
}

type Item = (WorkspaceId, Number);

/// Which answers wait for which cards.
#[derive(Default)]
struct Cards(Mutex<Board>);

#[derive(Default)]
struct Board {
    waiting: HashMap<Item, Vec<oneshot::Sender<CardPlace>>>,
    just_posted: VecDeque<(Item, CardPlace)>,
}

impl Cards {
    async fn listen(self: Arc<Self>, mut posted: broadcast::Receiver<Posted>) {
        loop {
            match posted.recv().await {
                Ok((workspace, number, place)) => self.posted((workspace, number), place),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    fn posted(&self, item: Item, place: CardPlace) {
        let mut board = self.lock();
        for waiting in board.waiting.remove(&item).into_iter().flatten() {
            let _ = waiting.send(place);
        }
        if board.just_posted.len() == JUST_POSTED {
            board.just_posted.pop_front();
        }
        board.just_posted.push_back((item, place));
    }

    fn expect(&self, message: Message) -> Option<Waits> {
        let later = message.later.clone()?;
        if later.card.is_none() {
            return Some(Waits { message, later, card: None });
        }
        let item = (later.workspace, later.number);
        let (send, card) = oneshot::channel();
        let mut board = self.lock();
        if let Some((_, place)) = board.just_posted.iter().rev().find(|(posted, _)| *posted == item) {
            let _ = send.send(*place);
        } else {
            if board.waiting.len() >= WAITING {
                board.waiting.retain(|_, all| {
                    all.retain(|w| !w.is_closed());
                    !all.is_empty()
                });
            }
            if board.waiting.len() >= WAITING {
                return None;
            }
            board.waiting.entry(item).or_default().push(send);
        }
        Some(Waits { message, later, card: Some(card) })
    }

    fn are_many(&self) -> bool {
        self.lock().waiting.len() > MANY_WAIT
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use kaizen_domain::{ChannelId, GuildId, MessageId};

    use super::*;

    fn message() -> Message {
        let later = Later {
            workspace: WorkspaceId(1),
            guild: GuildId(1),
            number: Number(7),
            card: Some("#".into()),
            alike: "Labels".into(),
        };
        Message { later: Some(later), ..Message::default() }
    }

    const PLACE: CardPlace = CardPlace { channel: ChannelId(1), message: MessageId(2), thread: None };

    #[tokio::test]
    async fn expect_an_answer_to_get_its_card_before_and_after_it_is_posted() {
        let cards = Cards::default();
        let early = cards.expect(message()).unwrap();
        cards.posted((WorkspaceId(1), Number(8)), PLACE);
        cards.posted((WorkspaceId(1), Number(7)), PLACE);
        assert_eq!(early.card.unwrap().await, Ok(PLACE));
        assert_eq!(cards.expect(message()).unwrap().card.unwrap().await, Ok(PLACE));
        assert!(cards.expect(Message::default()).is_none());
    }

    #[test]
    fn expect_no_more_waiting_answers_than_there_is_room_for() {
        let cards = Cards::default();
        let mut kept = Vec::new();
        for n in 0..WAITING + 10 {
            let mut m = message();
            m.later.as_mut().unwrap().number = Number(u32::try_from(n).unwrap());
            kept.push(cards.expect(m));
        }
        assert_eq!(kept.iter().filter(|k| k.is_some()).count(), WAITING);
        kept.clear();
        assert!(cards.expect(message()).is_some(), "those who gave up make room");
    }

    #[test]
    fn expect_files_in_as_few_messages_as_hold_them_and_in_order() {
        let files = |sizes: &[usize]| -> Vec<File> {
            let file =
                |(at, size): (usize, &usize)| File { name: at.to_string(), content: vec![0; *size].into() };
            sizes.iter().enumerate().map(file).collect()
        };
        let held = |sizes: &[usize]| -> Vec<usize> {
            let messages = together(&files(sizes), 3, 10);
            let names: Vec<String> = messages.iter().flatten().map(|file| file.name.clone()).collect();
            let wanted: Vec<String> = (0..sizes.len()).map(|at| at.to_string()).collect();
            assert_eq!(names, wanted);
            messages.iter().map(Vec::len).collect()
        };
        assert_eq!(held(&[]), [0_usize; 0]);
        assert_eq!(held(&[1, 1, 1]), [3]);
        assert_eq!(held(&[1, 1, 1, 1]), [3, 1]);
        assert_eq!(held(&[6, 4, 1]), [2, 1], "full to the last byte");
        assert_eq!(held(&[6, 5, 5, 1]), [1, 2, 1]);
        assert_eq!(held(&[20, 1]), [1, 1], "one that is too long for all goes alone");
    }
}
