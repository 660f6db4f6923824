//! A local Discord: the part of REST and gateway that a bot uses, a page to use it by hand as several people, the same
//! people as a Rust API for tests, and faults on demand.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use discord_sim::{ChannelSeed, GuildSeed, PersonSeed, Seed, Sim, SimConfig};
//! use serde_json::json;
//!
//! let seed = Seed::new(9000, "kaizen", "token")
//!     .person(PersonSeed::new(11, "sam"))
//!     .guild(GuildSeed::new(1000, "Hospital", 11).channel(ChannelSeed::text(2003, "ward-3")));
//! let sim = Sim::start(SimConfig::new(seed)).await?;
//! // A bot connects to `sim.base_url()`. Then:
//! let sam = sim.person("sam");
//! let exchange = sam.slash("ward-3", "suggest", json!({ "idea": "Label the shelves" })).await.expect("a command");
//! println!("{}", exchange.message().await.expect("an answer").all_text());
//! # Ok(())
//! # }
//! ```
//!
//! What the real Discord refuses is refused here, with its codes. Everything that was asked is recorded for checkers:
//! [`Sim::journal`], [`World::all_messages`] with the history of each message, nonces, and who was pinged.
//! Interactions are timed in real, monotonic time; what people see as the time can follow the host's clock.

#![recursion_limit = "256"]

mod client;
mod error;
mod exchange;
mod faults;
mod gateway;
mod ids;
mod interaction;
mod journal;
mod limits;
mod mentions;
mod net;
mod page;
mod page_feed;
pub mod permission;
mod person;
mod rest;
mod seed;
mod sim;
mod validate;
mod view;
mod world;

pub use client::{ClientRefusal, MessageId, Place};
pub use exchange::{Answer, Choice, Exchange, NoAnswer};
pub use faults::{Fault, FaultRule, GatewayMood, Picks, Target};
pub use gateway::intents;
pub use ids::Id;
pub use interaction::{ANSWER_WITHIN, InteractionKind, TOKEN_LIFE};
pub use journal::{Call, Recording};
pub use page::{HostButton, HostPage};
pub use permission::{Overwrite, OverwriteFor};
pub use person::Person;
pub use seed::{ChannelSeed, GuildSeed, PersonSeed, RoleSeed, Seed};
pub use sim::{Clock, Sim, SimConfig, Strictness, WaitFailed};
pub use world::{
    AnsweredInteraction, Channel, ChannelKind, Guild, Member, Message, Modal, Role, Tag, User, Version, World,
};
