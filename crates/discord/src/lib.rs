//! Kaizen on Discord: the only crate that knows serenity.
//!
//! [`Discord`] is what the program holds: it connects, answers (an interaction is read, the chat answers
//! it, [`body`] makes what the platform wants), delivers ([`outbound`]), registers commands ([`register`]) and looks at
//! permissions ([`permissions`]). Everything goes out through [`rest`], our own executor, because serenity's has no time
//! limits, no retries after a server error, and ignores a global stop. [`budget`] keeps us inside the platform's rate
//! limits, [`limits`] names every length that it sets. [`gateway`] says what stands around serenity's connection, and why.

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kaizen_chat::Chat;
use kaizen_workflow::outbox::Posted;
use kaizen_workflow::ports::Store;
use secrecy::SecretString;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::answer::Answers;
use crate::gateway::{Fatal, GatewayConfig, GatewayState, Shards};
use crate::intake::Intake;
use crate::outbound::Outbound;
use crate::register::Register;
use crate::rest::{Access, AccessError, Rest};

mod answer;
pub mod body;
pub mod budget;
pub mod directory;
pub mod gateway;
mod inbound;
mod intake;
pub mod limits;
pub mod outbound;
pub mod permissions;
pub mod register;
pub mod rest;
mod turns;

/// The histogram of acknowledgements: seconds from an interaction's arrival until the platform took our first answer.
pub const ACKNOWLEDGEMENT: &str = "kaizen_acknowledgement_seconds";

/// How to be on Discord.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Origin of the REST interface: [`rest::DISCORD`], or a local Discord.
    pub api_base: String,
    /// The bot's token.
    pub token: SecretString,
    /// Which shards this process connects.
    pub shards: Shards,
    /// Where commands are registered.
    pub register: Register,
    /// A short name of the installation, the same in all of its processes: two installations of one bot (a second database)
    /// must not take each other's messages for their own.
    pub installation: String,
    /// Requests a second that this process may send; [`limits::GLOBAL_PER_SECOND`] for all processes together.
    pub share: u32,
    /// How often the gateway wants a heartbeat: [`limits::HEARTBEAT`], but for tests. The watchdog goes by it.
    pub heartbeat: Duration,
    /// Files in one message at the most: [`limits::FILES`], but for tests. What goes beyond comes in further messages.
    pub files: usize,
    /// Does the gateway tell who comes and goes? Needs a privileged intent, which the operator enables on the platform.
    pub member_events: bool,
}

impl Settings {
    /// As most have it.
    pub fn new(api_base: &str, token: SecretString) -> Self {
        Settings {
            api_base: api_base.to_owned(),
            token,
            shards: Shards::Auto,
            register: Register::Global,
            installation: String::new(),
            share: limits::GLOBAL_PER_SECOND,
            heartbeat: limits::HEARTBEAT,
            files: limits::FILES,
            member_events: false,
        }
    }
}

/// Discord, as the rest of the program sees it.
#[derive(Debug, Clone)]
pub struct Discord {
    settings: Settings,
    rest: Rest,
    outbound: Outbound,
    state: Arc<watch::Sender<GatewayState>>,
}

impl Discord {
    /// Ready to connect; nothing is sent yet.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub fn new(settings: Settings) -> Result<Self, AccessError> {
        let access = Access {
            api_base: settings.api_base.clone(),
            token: settings.token.clone(),
            share: settings.share,
        };
        let rest = Rest::new(&access)?;
        let outbound = Outbound::new(rest.clone(), &settings.installation);
        Ok(Discord { settings, rest, outbound, state: Arc::new(watch::Sender::new(GatewayState::START)) })
    }

    /// Delivers what the outbox holds.
    pub fn notifier(&self) -> Arc<Outbound> {
        Arc::new(self.outbound.clone())
    }

    /// The platform's side of `/kaizen check`.
    pub fn check(&self) -> Arc<permissions::Check> {
        Arc::new(permissions::Check::new(self.rest.clone()))
    }

    /// Who is in a community.
    pub fn directory(&self) -> Arc<directory::Members> {
        Arc::new(directory::Members::new(self.rest.clone()))
    }

    /// Calls of the REST interface, for set-up and `doctor`; also the budget ([`Rest::budget`]).
    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// How the connection stands.
    pub fn state(&self) -> watch::Receiver<GatewayState> {
        self.state.subscribe()
    }

    /// Listens and answers until asked to stop, then finishes what is in hand within ten seconds. `posted` tells which cards
    /// were posted ([`kaizen_workflow::courier::Courier::posted`]).
    ///
    /// # Errors
    /// [`Fatal`] where trying again would make it worse: the token is refused.
    pub async fn run(
        &self,
        chat: Arc<Chat>,
        store: Arc<dyn Store>,
        posted: broadcast::Receiver<Posted>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), Fatal> {
        let stopping = CancellationToken::new();
        let intake = Arc::new(Intake {
            rest: self.rest.clone(),
            chat: Arc::clone(&chat),
            answers: Answers::new(self.rest.clone(), chat, posted, self.settings.files),
            store,
            outbound: self.outbound.clone(),
            register: self.settings.register,
            stop: stopping.clone(),
            registered: Arc::new(AtomicBool::new(false)),
            seen: Mutex::new(HashSet::new()),
            application: watch::Sender::new(0),
        });
        let config = GatewayConfig {
            api_base: self.settings.api_base.clone(),
            token: self.settings.token.clone(),
            shards: self.settings.shards,
            member_events: self.settings.member_events,
            heartbeat: self.settings.heartbeat,
        };
        let asked = async {
            // A sender that is gone asks for a stop as well.
            let _ = stop.wait_for(|stop| *stop).await;
            stopping.cancel();
        };
        let (result, ()) = tokio::join!(
            async {
                let result = gateway::run(&self.rest, &config, intake, &self.state, &stopping).await;
                stopping.cancel();
                result
            },
            async {
                tokio::select! {
                    () = asked => {}
                    () = stopping.cancelled() => {}
                }
            }
        );
        result
    }
}
