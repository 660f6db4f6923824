//! The calls that we make, each with what may be repeated.

use std::collections::HashMap;
use std::time::Duration;

use kaizen_chat::reply::File;
use kaizen_domain::{ChannelId, GuildId, MessageId, UserId};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::model::{Application, Channel, GatewayBot, Guild, Member, Message, Threads, User};
use super::{Call, Failure, Repeat, Rest, Terminal};
use crate::budget::{Lane, RouteKey};
use crate::limits;

/// How long a call that nobody waits for may take, waiting for a free place in its bucket and repeats included.
const PATIENT: Duration = Duration::from_secs(10);
/// How long a call may take for which a person waits.
const PROMPT: Duration = Duration::from_secs(5);
/// How long it may take to hand files over, repeats included, and how long one try.
const UPLOAD: Duration = Duration::from_mins(5);
const UPLOAD_TRY: Duration = Duration::from_secs(100);
/// How long one try to answer an interaction may take: there is time for a second one.
const ANSWER_TRY: Duration = Duration::from_millis(1200);

/// What is needed to answer an interaction; lives in memory only.
#[derive(Debug, Clone)]
pub struct InteractionRef {
    /// Its id.
    pub id: u64,
    /// The application that it is for.
    pub application: u64,
    /// Its token: who holds it can answer.
    pub token: SecretString,
    /// When it came in.
    pub received: Instant,
}

/// Where a page of messages begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The newest.
    Newest,
    /// The first ones after this id.
    After(MessageId),
    /// The last ones before this id.
    Before(MessageId),
}

impl Rest {
    /// The first answer to an interaction. Answered before by an earlier try of this very call counts as done.
    ///
    /// # Errors
    /// [`Terminal::AlreadyAcknowledged`] if somebody else answered it, [`Terminal::UnknownInteraction`] if it is too late.
    pub async fn answer(&self, to: &InteractionRef, response: &Value) -> Result<(), Failure> {
        let call = Call {
            method: Method::POST,
            key: RouteKey { template: "POST /interactions/{}/{}/callback", major: 0 },
            lane: Lane::Interaction,
            path: format!("/interactions/{}/{}/callback", to.id, to.token.expose_secret()),
            body: Some(response),
            files: &[],
            repeat: Repeat::Safe,
            deadline: to.received + limits::FIRST_ANSWER,
            attempt: ANSWER_TRY,
        };
        let done = self.send(&call).await;
        match done.failure {
            None => Ok(()),
            Some(Failure::Api(e))
                if done.maybe_before
                    && e.class() == super::Class::Terminal(Terminal::AlreadyAcknowledged) =>
            {
                Ok(())
            }
            Some(failure) => Err(failure),
        }
    }

    /// Edits the first answer, or fills in a deferred one.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn edit_answer(&self, to: &InteractionRef, body: &Value) -> Result<Message, Failure> {
        let path = format!("/webhooks/{}/{}/messages/@original", to.application, to.token.expose_secret());
        let template = "PATCH /webhooks/{}/{}/messages/@original";
        self.typed(Call { body: Some(body), ..webhook(to, call(Method::PATCH, template, 0, path)) }).await
    }

    /// The same, with files that `body` describes by their places in `attachments`.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn edit_answer_with(
        &self,
        to: &InteractionRef,
        body: &Value,
        files: &[File],
    ) -> Result<Message, Failure> {
        if files.is_empty() {
            return self.edit_answer(to, body).await;
        }
        let path = format!("/webhooks/{}/{}/messages/@original", to.application, to.token.expose_secret());
        let template = "PATCH /webhooks/{}/{}/messages/@original";
        self.upload(to, call(Method::PATCH, template, 0, path), body, files).await
    }

    /// Hands over more files, in a further answer. Never repeated where nobody knows whether it arrived: twice would be worse
    /// than missing, which the person sees.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn answer_further_with(
        &self,
        to: &InteractionRef,
        body: &Value,
        files: &[File],
    ) -> Result<Message, Failure> {
        let path = format!("/webhooks/{}/{}", to.application, to.token.expose_secret());
        let further = call(Method::POST, "POST /webhooks/{}/{}", 0, path);
        self.upload(to, Call { repeat: Repeat::Once, ..further }, body, files).await
    }

    async fn upload(
        &self,
        to: &InteractionRef,
        call: Call<'_>,
        body: &Value,
        files: &[File],
    ) -> Result<Message, Failure> {
        let slow = Call { deadline: Instant::now() + UPLOAD, attempt: UPLOAD_TRY, ..call };
        let files = &files[..files.len().min(limits::FILES)];
        self.typed(Call { body: Some(body), files, ..webhook(to, slow) }).await
    }

    /// Sends a message. `body` holds `nonce` and `enforce_nonce`, which make it repeatable for minutes.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn create_message(&self, channel: ChannelId, body: &Value) -> Result<Message, Failure> {
        let enforced = body.get("nonce").is_some() && body.get("enforce_nonce") == Some(&Value::Bool(true));
        let repeat = if enforced { Repeat::Nonce } else { Repeat::Once };
        self.typed(Call {
            body: Some(body),
            repeat,
            ..call(
                Method::POST,
                "POST /channels/{}/messages",
                channel.0,
                format!("/channels/{channel}/messages"),
            )
        })
        .await
    }

    /// Edits a message of ours.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn edit_message(
        &self,
        channel: ChannelId,
        message: MessageId,
        body: &Value,
    ) -> Result<Message, Failure> {
        let path = format!("/channels/{channel}/messages/{message}");
        self.typed(Call {
            body: Some(body),
            ..call(Method::PATCH, "PATCH /channels/{}/messages/{}", channel.0, path)
        })
        .await
    }

    /// One message.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn message(&self, channel: ChannelId, message: MessageId) -> Result<Message, Failure> {
        let path = format!("/channels/{channel}/messages/{message}");
        self.typed(call(Method::GET, "GET /channels/{}/messages/{}", channel.0, path)).await
    }

    /// A page of up to [`limits::PAGE`] messages.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn messages(&self, channel: ChannelId, page: Page) -> Result<Vec<Message>, Failure> {
        let from = match page {
            Page::Newest => String::new(),
            Page::After(id) => format!("&after={id}"),
            Page::Before(id) => format!("&before={id}"),
        };
        let path = format!("/channels/{channel}/messages?limit={}{from}", limits::PAGE);
        self.typed(call(Method::GET, "GET /channels/{}/messages", channel.0, path)).await
    }

    /// Starts the thread of a message. A message has one at most: if there is one already, its id is the message's.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn start_thread(
        &self,
        channel: ChannelId,
        message: MessageId,
        body: &Value,
    ) -> Result<ChannelId, Failure> {
        let path = format!("/channels/{channel}/messages/{message}/threads");
        let template = "POST /channels/{}/messages/{}/threads";
        match self
            .typed::<Channel>(Call { body: Some(body), ..call(Method::POST, template, channel.0, path) })
            .await
        {
            Ok(thread) => Ok(thread.id),
            Err(failure) if failure.terminal() == Some(Terminal::ThreadExists) => Ok(ChannelId(message.0)),
            Err(failure) => Err(failure),
        }
    }

    /// Creates a post in a forum; the id of its first message is its own.
    ///
    /// # Errors
    /// See [`Failure`]; nothing makes it repeatable.
    pub async fn create_post(&self, forum: ChannelId, body: &Value) -> Result<Channel, Failure> {
        let path = format!("/channels/{forum}/threads");
        let call = call(Method::POST, "POST /channels/{}/threads", forum.0, path);
        self.typed(Call { body: Some(body), repeat: Repeat::Once, ..call }).await
    }

    /// Changes a channel or thread: reopens it, sets a post's tags.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn change_channel(&self, channel: ChannelId, body: &Value) -> Result<Channel, Failure> {
        let call = call(Method::PATCH, "PATCH /channels/{}", channel.0, format!("/channels/{channel}"));
        self.typed(Call { body: Some(body), ..call }).await
    }

    /// A channel or thread.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn channel(&self, channel: ChannelId) -> Result<Channel, Failure> {
        self.typed(prompt(call(Method::GET, "GET /channels/{}", channel.0, format!("/channels/{channel}"))))
            .await
    }

    /// The open threads of a guild.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn open_threads(&self, guild: GuildId) -> Result<Threads, Failure> {
        self.typed(call(
            Method::GET,
            "GET /guilds/{}/threads/active",
            guild.0,
            format!("/guilds/{guild}/threads/active"),
        ))
        .await
    }

    /// The newest hundred closed threads of a channel.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn closed_threads(&self, channel: ChannelId) -> Result<Threads, Failure> {
        let path = format!("/channels/{channel}/threads/archived/public?limit=100");
        self.typed(call(Method::GET, "GET /channels/{}/threads/archived/public", channel.0, path)).await
    }

    /// The channel of direct messages with a person; made if there is none yet, the same one each time.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn direct_channel(&self, user: UserId) -> Result<ChannelId, Failure> {
        let body = json!({ "recipient_id": user.to_string() });
        let call = call(Method::POST, "POST /users/@me/channels", 0, "/users/@me/channels".to_owned());
        self.typed::<Channel>(Call { body: Some(&body), ..call }).await.map(|c| c.id)
    }

    /// A guild with its roles.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn guild(&self, guild: GuildId) -> Result<Guild, Failure> {
        self.typed(prompt(call(Method::GET, "GET /guilds/{}", guild.0, format!("/guilds/{guild}")))).await
    }

    /// How many members each role has, by its id.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn role_counts(&self, guild: GuildId) -> Result<HashMap<String, u32>, Failure> {
        let path = format!("/guilds/{guild}/roles/member-counts");
        self.typed(prompt(call(Method::GET, "GET /guilds/{}/roles/member-counts", guild.0, path))).await
    }

    /// A member of a guild.
    ///
    /// # Errors
    /// See [`Failure`]; [`Terminal::UnknownMember`] if the person is not in it.
    pub async fn member(&self, guild: GuildId, user: UserId) -> Result<Member, Failure> {
        let path = format!("/guilds/{guild}/members/{user}");
        self.typed(prompt(call(Method::GET, "GET /guilds/{}/members/{}", guild.0, path))).await
    }

    /// The same when nobody waits for it: a roll call.
    ///
    /// # Errors
    /// See [`Failure`]; [`crate::rest::Terminal::UnknownMember`] if they are not there.
    pub async fn look_up(&self, guild: GuildId, user: UserId) -> Result<Member, Failure> {
        let path = format!("/guilds/{guild}/members/{user}");
        self.typed(call(Method::GET, "GET /guilds/{}/members/{}", guild.0, path)).await
    }

    /// The bot itself.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn bot(&self) -> Result<User, Failure> {
        self.typed(call(Method::GET, "GET /users/@me", 0, "/users/@me".to_owned())).await
    }

    /// The bot's application.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn application(&self) -> Result<Application, Failure> {
        self.typed(call(Method::GET, "GET /applications/@me", 0, "/applications/@me".to_owned())).await
    }

    /// The registered commands: of a guild, or everywhere.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn commands(&self, application: u64, guild: Option<GuildId>) -> Result<Vec<Value>, Failure> {
        let (template, path) = commands_at(application, guild, "GET");
        self.typed(call(Method::GET, template, application, format!("{path}?with_localizations=true"))).await
    }

    /// Replaces the registered commands by these, all at once.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn set_commands(
        &self,
        application: u64,
        guild: Option<GuildId>,
        commands: &Value,
    ) -> Result<Vec<Value>, Failure> {
        let (template, path) = commands_at(application, guild, "PUT");
        self.typed(Call { body: Some(commands), ..call(Method::PUT, template, application, path) }).await
    }

    /// What the gateway says of itself: shards, and how many sessions can still be started.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn gateway(&self) -> Result<GatewayBot, Failure> {
        self.typed(call(Method::GET, "GET /gateway/bot", 0, "/gateway/bot".to_owned())).await
    }

    async fn typed<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Failure> {
        let route = call.key.template;
        let done = self.send(&call).await;
        match done.failure {
            Some(failure) => Err(failure),
            None => serde_json::from_slice(&done.body).map_err(|e| Failure::Unreadable {
                route,
                why: format!("{:?} at column {}", e.classify(), e.column()),
            }),
        }
    }
}

/// A call that may be repeated and is in no hurry.
fn call<'a>(method: Method, template: &'static str, major: u64, path: String) -> Call<'a> {
    Call {
        method,
        key: RouteKey { template, major },
        lane: Lane::Common,
        path,
        body: None,
        files: &[],
        repeat: Repeat::Safe,
        deadline: Instant::now() + PATIENT,
        attempt: super::ATTEMPT,
    }
}

/// The same by an interaction's token.
fn webhook<'a>(to: &InteractionRef, call: Call<'a>) -> Call<'a> {
    let void = to.received + limits::INTERACTION_TOKEN;
    Call { lane: Lane::Interaction, deadline: void.min(call.deadline), ..call }
}

/// The same for which a person waits.
fn prompt(call: Call<'_>) -> Call<'_> {
    Call { deadline: Instant::now() + PROMPT, ..call }
}

fn commands_at(application: u64, guild: Option<GuildId>, method: &str) -> (&'static str, String) {
    match (guild, method) {
        (None, "GET") => ("GET /applications/{}/commands", format!("/applications/{application}/commands")),
        (None, _) => ("PUT /applications/{}/commands", format!("/applications/{application}/commands")),
        (Some(guild), "GET") => (
            "GET /applications/{}/guilds/{}/commands",
            format!("/applications/{application}/guilds/{guild}/commands"),
        ),
        (Some(guild), _) => (
            "PUT /applications/{}/guilds/{}/commands",
            format!("/applications/{application}/guilds/{guild}/commands"),
        ),
    }
}
