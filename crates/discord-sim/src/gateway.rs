//! The gateway: hello, identify, resume, heartbeats, events in order.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc;

use crate::ids::Id;

mod socket;

pub(crate) use socket::{guild_event, serve};

/// Bits of the events that a session asks for.
pub mod intents {
    /// Guilds, channels, threads, roles.
    pub const GUILDS: u64 = 1;
    /// Members coming and going: privileged.
    pub const GUILD_MEMBERS: u64 = 1 << 1;
    /// Who is online: privileged.
    pub const GUILD_PRESENCES: u64 = 1 << 8;
    /// Messages in guilds.
    pub const GUILD_MESSAGES: u64 = 1 << 9;
    /// Direct messages.
    pub const DIRECT_MESSAGES: u64 = 1 << 12;
    /// What others write: privileged.
    pub const MESSAGE_CONTENT: u64 = 1 << 15;
    /// All that need to be enabled for an application first.
    pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
    /// All that there are.
    pub const ALL: u64 = (1 << 26) - 1;
}

/// Events kept for a session that may resume.
const REPLAY_MAX: usize = 10_000;
/// A day's identifies.
const SESSION_START_WINDOW: Duration = Duration::from_secs(24 * 3600);
/// Between two identifies of one concurrency bucket.
const IDENTIFY_EVERY: Duration = Duration::from_secs(5);

/// Something that happened, for the sessions that asked for it.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    pub(crate) name: &'a str,
    pub(crate) data: Value,
    pub(crate) guild: Option<Id>,
    /// The intent that it needs; 0 for none.
    pub(crate) intent: u64,
}

/// What a socket is told to do.
#[derive(Debug, Clone)]
pub(crate) enum Out {
    Text(Arc<str>),
    /// Close with a code; 0 is a close frame without one.
    Close(u16, &'static str),
    /// Drop the connection without a word.
    Drop,
    /// Never say anything again.
    Deaf,
}

/// One session of the bot, connected or waiting to be resumed.
#[derive(Debug)]
pub(crate) struct Session {
    shard: u64,
    shards: u64,
    intents: u64,
    seq: u64,
    replay: VecDeque<(u64, Arc<str>)>,
    socket: Option<mpsc::UnboundedSender<Out>>,
    lost_at: Option<Instant>,
}

/// All sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    sessions: HashMap<String, Session>,
    /// Connected sockets, also those that have not identified.
    sockets: HashMap<u64, mpsc::UnboundedSender<Out>>,
    next_socket: u64,
    identifies: VecDeque<Instant>,
    last_identify: HashMap<u64, Instant>,
    pub(crate) identify_count: u64,
    pub(crate) resume_count: u64,
    pub(crate) connection_count: u64,
}

/// Which shard hears of a guild.
fn shard_of(guild: Option<Id>, shards: u64) -> u64 {
    guild.map_or(0, |id| (id >> 22) % shards.max(1))
}

impl Session {
    fn send(&mut self, name: &str, data: &Value, copies: u32) {
        for _ in 0..copies {
            self.seq += 1;
            let text: Arc<str> = format!(r#"{{"op":0,"s":{},"t":"{name}","d":{data}}}"#, self.seq).into();
            self.replay.push_back((self.seq, Arc::clone(&text)));
            if self.replay.len() > REPLAY_MAX {
                self.replay.pop_front();
            }
            if let Some(socket) = &self.socket
                && socket.send(Out::Text(text)).is_err()
            {
                self.socket = None;
                self.lost_at = Some(Instant::now());
            }
        }
    }
}

impl Sessions {
    pub(crate) fn connected(&self) -> usize {
        self.sessions.values().filter(|session| session.socket.is_some()).count()
    }

    /// The intents of the connected sessions together.
    pub(crate) fn intents(&self) -> u64 {
        self.sessions.values().fold(0, |all, session| all | session.intents)
    }

    /// Did any session ask for this?
    pub(crate) fn wants(&self, intent: u64) -> bool {
        self.intents() & intent != 0
    }

    pub(crate) fn dispatch(&mut self, event: &Event<'_>, copies: u32) {
        for session in self.sessions.values_mut() {
            let wanted = event.intent == 0 || session.intents & event.intent != 0;
            if wanted && shard_of(event.guild, session.shards) == session.shard {
                session.send(event.name, &event.data, copies);
            }
        }
    }

    /// Forgets sessions that were lost too long ago to be resumed.
    pub(crate) fn forget_lost(&mut self, resumable_for: Duration) {
        self.sessions.retain(|_, session| session.lost_at.is_none_or(|at| at.elapsed() < resumable_for));
    }

    fn open_socket(&mut self, sender: mpsc::UnboundedSender<Out>) -> u64 {
        self.next_socket += 1;
        self.connection_count += 1;
        self.sockets.insert(self.next_socket, sender);
        self.next_socket
    }

    fn close_socket(&mut self, id: u64, session: Option<&str>, resumable: bool) {
        let closed = self.sockets.remove(&id);
        let Some(key) = session else { return };
        if !resumable {
            self.sessions.remove(key);
            return;
        }
        if let (Some(session), Some(closed)) = (self.sessions.get_mut(key), closed)
            && session.socket.as_ref().is_some_and(|socket| socket.same_channel(&closed))
        {
            session.socket = None;
            session.lost_at = Some(Instant::now());
        }
    }

    /// Tells every socket, or only the identified ones, to do something.
    pub(crate) fn order(&mut self, out: &Out) {
        for socket in self.sockets.values() {
            drop(socket.send(out.clone()));
        }
    }

    /// Sends a frame that is no event to all.
    pub(crate) fn order_text(&mut self, frame: &Value) {
        self.order(&Out::Text(frame.to_string().into()));
    }

    /// Makes every session unknown, so that nothing can be resumed.
    pub(crate) fn forget_all(&mut self) {
        self.sessions.clear();
    }

    /// Identifies left today, and the milliseconds until the first of them comes back.
    pub(crate) fn starts_left(&mut self, total: u64) -> (u64, u64) {
        while self.identifies.front().is_some_and(|at| at.elapsed() > SESSION_START_WINDOW) {
            self.identifies.pop_front();
        }
        let reset = self
            .identifies
            .front()
            .map_or(Duration::ZERO, |at| SESSION_START_WINDOW.saturating_sub(at.elapsed()));
        let used = u64::try_from(self.identifies.len()).unwrap_or(u64::MAX);
        (total.saturating_sub(used), u64::try_from(reset.as_millis()).unwrap_or(0))
    }

    /// Counts an identify; false if it came too soon after the last one of its bucket.
    fn note_identify(&mut self, shard: u64, concurrency: u64, brake: bool) -> bool {
        let now = Instant::now();
        self.identify_count += 1;
        self.identifies.push_back(now);
        let bucket = shard % concurrency.max(1);
        let soon = self.last_identify.get(&bucket).is_some_and(|at| now.duration_since(*at) < IDENTIFY_EVERY);
        self.last_identify.insert(bucket, now);
        !(brake && soon)
    }
}
