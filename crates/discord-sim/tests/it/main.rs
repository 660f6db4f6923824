//! The local Discord, tried by a raw bot and by people: one binary, so that it links once.

mod common;
mod conversation;
mod gateway;
mod page;
mod refusals;
