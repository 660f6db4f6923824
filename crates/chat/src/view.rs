//! Every text that people see, as pure functions over data. Handlers hold no text, so that other languages can come.
//!
//! [`markup`] is the only place that knows the platform's markup; text that a person typed passes through
//! [`markup::inline`] or [`markup::block`] and can never become a mention, a link, a heading or anything else but text.
//! [`words`] says the domain's words in plain English; [`compose`] puts a message together and never cuts silently.

pub mod answer;
pub mod away;
pub mod calendars;
pub mod card;
pub mod compose;
pub mod debrief;
pub mod digest;
pub mod export;
pub mod forms;
pub mod help;
pub mod item;
pub mod markup;
pub mod measures;
pub mod notice;
pub mod privacy;
pub mod register;
pub mod rejection;
pub mod setup;
pub mod step;
pub mod words;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod life;
#[cfg(test)]
mod pages;
#[cfg(test)]
pub(crate) mod personas;
