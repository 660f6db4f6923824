//! One request at a time for each idea, in the order in which they came. serenity starts a task for every event, all at once:
//! two hundred presses on one card would take each other's versions away, and a quick "yes" and "no" could change places.
//!
//! What names no idea has nobody to wait for. Other processes are kept apart by the versions in the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kaizen_chat::control::Id;
use kaizen_chat::request::{Input, Request};
use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::{ChannelId, GuildId, Number};
use tokio::sync::OwnedMutexGuard;

/// What a request is about, as far as that can be seen before anything is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum About {
    /// An idea by its number.
    Idea(GuildId, Number),
    /// A debrief by its number.
    Debrief(GuildId, DebriefNumber),
    /// The idea whose thread this is.
    Thread(ChannelId),
}

impl About {
    fn of(request: &Request) -> Option<About> {
        let guild = request.guild?;
        let number = match &request.input {
            Input::Command { args, .. } => args.text("number").and_then(|n| n.parse().ok()),
            Input::Press { id, .. } | Input::Form { id, .. } => match id.parse() {
                Ok(Id::Debrief { number, .. }) => return Some(About::Debrief(guild, number)),
                Ok(Id::Step { number, .. } | Id::Merge { number, .. } | Id::History { number, .. }) => {
                    Some(number)
                }
                Ok(
                    Id::Suggest(_)
                    | Id::List(_)
                    | Id::Register { .. }
                    | Id::SetUp { .. }
                    | Id::TryAgain
                    | Id::ForgetMe { .. }
                    | Id::Brief { .. },
                )
                | Err(_) => return None,
            },
            Input::MessageCommand { .. } => None,
            // Choices change nothing.
            Input::Complete { .. } => return None,
        };
        match number {
            Some(number) => Some(About::Idea(guild, number)),
            None => request.place.thread().map(About::Thread),
        }
    }
}

/// Who is at work on which idea, and who waits.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<About, Arc<tokio::sync::Mutex<()>>>>);

/// The right to work on an idea; given on when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    held: Option<(About, OwnedMutexGuard<()>)>,
}

impl Turns {
    /// Waits until everything that came before, about the same idea, is done.
    pub(crate) async fn wait(&self, request: &Request) -> Turn<'_> {
        let held = match About::of(request) {
            Some(about) => {
                // The lock is fair: first come, first served.
                let lock = Arc::clone(self.all().entry(about).or_default());
                Some((about, lock.lock_owned().await))
            }
            None => None,
        };
        Turn { turns: self, held }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<About, Arc<tokio::sync::Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Some((about, guard)) = self.held.take() else { return };
        drop(guard);
        let mut all = self.turns.all();
        // Nobody but the table knows it any more.
        if all.get(&about).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            all.remove(&about);
        }
    }
}

#[cfg(test)]
mod tests {
    use kaizen_chat::request::{Arg, Args, Place};
    use kaizen_domain::UserId;
    use kaizen_workflow::ports::Person;

    use super::*;

    fn request(input: Input, thread: Option<u64>) -> Request {
        Request {
            id: "1".into(),
            guild: Some(GuildId(1)),
            person: Person { user: UserId(1), name: String::new(), roles: Vec::new(), admin: false },
            place: Place { channel: ChannelId(thread.unwrap_or(2)), parent: thread.map(|_| ChannelId(2)) },
            locale: "en-GB".into(),
            bots: Vec::new(),
            input,
        }
    }

    fn press(id: &str) -> Input {
        Input::Press { id: id.into(), values: Vec::new(), people: Vec::new(), private: false }
    }

    fn command(number: Option<&str>) -> Input {
        let args = number.map(|n| ("number".to_owned(), Arg::Text(n.into()))).into_iter().collect();
        Input::Command { name: "idea acknowledge".into(), args: Args(args) }
    }

    #[test]
    fn expect_the_same_idea_however_it_is_named() {
        let twelve = Some(About::Idea(GuildId(1), Number(12)));
        assert_eq!(About::of(&request(press("k1:support:12:1"), None)), twelve);
        assert_eq!(About::of(&request(command(Some("K-12")), None)), twelve);
        assert_eq!(About::of(&request(command(Some("12")), Some(5))), twelve);
        assert_eq!(About::of(&request(command(None), Some(5))), Some(About::Thread(ChannelId(5))));
        assert_eq!(About::of(&request(command(None), None)), None, "a new idea waits for nobody");
        assert_eq!(About::of(&request(press("forged"), Some(5))), None);
    }

    #[tokio::test]
    async fn expect_one_at_a_time_in_order_of_coming_and_nothing_kept() {
        let turns = Arc::new(Turns::default());
        let order = Arc::new(Mutex::new(Vec::new()));
        let first = turns.wait(&request(press("k1:support:12:1"), None)).await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..5 {
            let (turns, order) = (Arc::clone(&turns), Arc::clone(&order));
            tasks.spawn(async move {
                let _turn = turns.wait(&request(press("k1:support:12:1"), None)).await;
                order.lock().unwrap().push(n);
            });
            tokio::task::yield_now().await;
        }
        // Another idea, and what is about none, are not held up.
        drop(turns.wait(&request(press("k1:support:13:1"), None)).await);
        drop(turns.wait(&request(command(None), None)).await);
        assert_eq!(*order.lock().unwrap(), Vec::<i32>::new());
        drop(first);
        tasks.join_all().await;
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
        assert!(turns.all().is_empty());
    }
}
