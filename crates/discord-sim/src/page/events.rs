//! What the page is told while it is open.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::sync::broadcast::{self, error::RecvError};

use super::render::{self, Query};
use super::{PageError, guard};
use crate::ids::Id;
use crate::page_feed::PageEvent;
use crate::sim::Shared;

pub(super) async fn stream(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, PageError> {
    guard(&shared, &headers)?;
    let me = shared.with(|world| Query::new(raw.as_deref()).person(world))?;
    let feed = shared.page.subscribe();
    let events = stream::unfold((shared, feed), move |(shared, mut feed)| async move {
        let batch = next(&shared, &mut feed, me).await?;
        Some((stream::iter(batch), (shared, feed)))
    });
    Ok(Sse::new(events.flatten().map(Ok)).keep_alive(KeepAlive::default()))
}

async fn next(shared: &Shared, feed: &mut broadcast::Receiver<PageEvent>, me: Id) -> Option<Vec<Event>> {
    let found = match feed.recv().await {
        Ok(event) => told(shared, &event, me),
        // The page connects again by itself, and then fetches everything.
        Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
    };
    Some(found.into_iter().map(|(name, data)| Event::default().event(name).data(data.to_string())).collect())
}

/// The events that a person gets to see for a change.
fn told(shared: &Shared, event: &PageEvent, me: Id) -> Vec<(&'static str, Value)> {
    if matches!(event, PageEvent::Host) {
        return vec![("host", render::host(shared))];
    }
    shared.with(|world| match event {
        PageEvent::Message { id, fresh } => {
            let seen = world.message(*id).filter(|one| one.ephemeral_for.is_none_or(|owner| owner == me));
            let Some(message) = seen.filter(|one| !one.deleted) else { return Vec::new() };
            let Some(channel) = world.channel(message.channel_id).filter(|one| world.can_see(one, me)) else {
                return Vec::new();
            };
            let name = if *fresh { "message" } else { "message_update" };
            let mut out = vec![(name, render::message(world, message))];
            // At the top of its thread the message is shown once more.
            if let Some(thread) = world.thread_of(message).filter(|_| !*fresh) {
                let shown_again = world.messages(thread.id).into_iter().find(|one| one.kind == 21);
                out.extend(shown_again.map(|again| ("message_update", render::message(world, again))));
            }
            if *fresh && message.ephemeral_for.is_none() {
                out.push(("channel", render::channel(world, channel)));
            }
            out
        }
        PageEvent::MessageGone { id, channel } => {
            let owner = world.message(*id).and_then(|message| message.ephemeral_for);
            if owner.is_some_and(|owner| owner != me) {
                return Vec::new();
            }
            vec![("message_delete", json!({ "id": id.to_string(), "channel_id": channel.to_string() }))]
        }
        PageEvent::Channel(id) => match world.channel(*id).filter(|channel| world.can_see(channel, me)) {
            Some(channel) => vec![("channel", render::channel(world, channel))],
            None => vec![("channel", json!({ "id": id.to_string(), "deleted": true }))],
        },
        PageEvent::Commands => {
            let guild =
                world.guilds.values().find(|guild| guild.members.contains_key(&me)).map(|guild| guild.id);
            vec![("commands", Value::Array(world.commands(guild)))]
        }
        PageEvent::Modal { user, id } if *user == me => {
            world.modals.get(id).map(|form| ("modal", render::modal(form))).into_iter().collect()
        }
        PageEvent::InteractionFailed { user, id, text } if *user == me => {
            vec![("interaction_failed", json!({ "id": id.to_string(), "text": text }))]
        }
        PageEvent::Bot => vec![("bot", render::bot(world))],
        PageEvent::Modal { .. } | PageEvent::InteractionFailed { .. } | PageEvent::Host => Vec::new(),
    })
}
