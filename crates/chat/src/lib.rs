//! The conversation, for any chat platform: what people type and press comes in as a [`Request`], what they see goes out
//! as a [`Reply`]. No chat platform's types, no database.
//!
//! [`Chat::handle`] looks the command up in [`commands::COMMANDS`] (a button or a form leads to the command that does the
//! same), which parses its options into a command of the domain, has the engine carry it out, and leaves the words to
//! [`view`].

mod chat;
pub mod check;
pub mod commands;
mod complete;
pub mod control;
mod dates;
mod debriefs;
mod press;
pub mod reply;
pub mod request;
#[cfg(test)]
mod talk;
mod turn;
pub mod view;

pub use chat::Chat;
pub use reply::{Card, Choice, Control, Form, Message, Reply};
pub use request::{Arg, Args, Input, Place, Request};
