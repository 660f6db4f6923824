//! Against a small server on loopback that answers from a script.

use std::collections::VecDeque;
use std::sync::Mutex;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use kaizen_domain::{ChannelId, MessageId};
use serde_json::json;

use super::*;

/// What the server does with one request.
#[derive(Clone)]
enum Act {
    Json(u16, Value),
    Html(u16),
    Limited {
        retry_after: f64,
        global: bool,
    },
    /// Takes it, and never answers.
    Hang,
}

#[derive(Clone, Default)]
struct Script(Arc<Mutex<(VecDeque<Act>, Vec<Seen>)>>);

/// Path, body, with the bot's token or not.
type Seen = (String, Value, bool);

impl Script {
    /// What came in.
    fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().1.clone()
    }
}

async fn act(
    State(script): State<Script>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let next = {
        let mut script = script.0.lock().unwrap();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let authorised = headers.get(AUTHORIZATION).is_some_and(|v| v == "Bot t0ken");
        script.1.push((format!("{method} {uri}"), body, authorised));
        script.0.pop_front()
    };
    match next {
        Some(Act::Json(status, body)) => {
            (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
        }
        Some(Act::Html(status)) => (StatusCode::from_u16(status).unwrap(), "<html>").into_response(),
        Some(Act::Limited { retry_after, global }) => {
            let body = json!({ "message": "You are being rate limited.", "retry_after": retry_after, "global": global });
            (StatusCode::TOO_MANY_REQUESTS, axum::Json(body)).into_response()
        }
        Some(Act::Hang) => std::future::pending().await,
        None => (StatusCode::OK, axum::Json(message())).into_response(),
    }
}

fn message() -> Value {
    json!({ "id": "5", "channel_id": "1", "author": { "id": "9" }, "content": "hello" })
}

async fn server(acts: impl IntoIterator<Item = Act>) -> (Rest, Script) {
    let script = Script::default();
    script.0.lock().unwrap().0.extend(acts);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api_base = format!("http://{}", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback(act).with_state(script.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let access = Access { api_base, token: SecretString::from("t0ken"), share: 50 };
    (Rest::new(&access).unwrap(), script)
}

fn interaction() -> InteractionRef {
    InteractionRef { id: 77, application: 8, token: SecretString::from("s3cret"), received: Instant::now() }
}

fn with_nonce() -> Value {
    json!({ "content": "x", "nonce": "n", "enforce_nonce": true })
}

const C: ChannelId = ChannelId(1);

#[tokio::test]
async fn expect_a_message_to_be_sent_with_the_token_to_the_versioned_address() {
    let (rest, script) = server([]).await;
    let sent = rest.create_message(C, &with_nonce()).await.unwrap();
    assert_eq!((sent.id, sent.channel_id), (MessageId(5), C));
    assert_eq!(script.seen(), [("POST /api/v10/channels/1/messages".to_owned(), with_nonce(), true)]);
}

#[tokio::test]
async fn expect_what_may_be_repeated_to_be_repeated_after_a_server_error() {
    let (rest, script) =
        server([Act::Html(502), Act::Json(500, json!({ "code": 0, "message": "500" }))]).await;
    rest.create_message(C, &with_nonce()).await.unwrap();
    assert_eq!(script.seen().len(), 3);
    let (rest, script) = server([Act::Html(503)]).await;
    rest.message(C, MessageId(5)).await.unwrap();
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test]
async fn expect_what_may_not_be_repeated_to_be_called_ambiguous() {
    let (rest, script) = server([Act::Html(500)]).await;
    let failure = rest.create_message(C, &json!({ "content": "x" })).await.unwrap_err();
    assert_eq!(failure.class(), Class::Ambiguous);
    assert_eq!(script.seen().len(), 1);
    let (rest, script) = server([Act::Html(502)]).await;
    assert_eq!(rest.create_post(C, &json!({})).await.unwrap_err().class(), Class::Ambiguous);
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn expect_a_request_that_never_left_to_be_no_ambiguity() {
    let access =
        Access { api_base: "http://127.0.0.1:1".into(), token: SecretString::from("t0ken"), share: 50 };
    let rest = Rest::new(&access).unwrap();
    let failure = rest.create_post(C, &json!({})).await.unwrap_err();
    assert_eq!(failure.class(), Class::Retry(None));
}

#[tokio::test]
async fn expect_a_limit_to_be_waited_out_even_for_what_may_not_be_repeated() {
    let (rest, script) = server([Act::Limited { retry_after: 0.05, global: false }]).await;
    rest.create_message(C, &json!({ "content": "x" })).await.unwrap();
    assert_eq!(script.seen().len(), 2);
    assert_eq!(rest.budget().refused(), 1);
}

#[tokio::test]
async fn expect_a_long_limit_to_be_handed_back_and_a_global_one_to_stop_other_routes() {
    let (rest, script) = server([Act::Limited { retry_after: 600.0, global: true }]).await;
    let wait = Duration::from_secs(600);
    assert_eq!(rest.create_message(C, &with_nonce()).await.unwrap_err().class(), Class::Retry(Some(wait)));
    let Class::Retry(Some(left)) = rest.channel(ChannelId(2)).await.unwrap_err().class() else {
        panic!("not held")
    };
    assert!(left <= wait);
    assert!(rest.answer(&interaction(), &json!({})).await.is_err());
    assert_eq!(script.seen().len(), 1, "nothing was sent after the stop");
}

#[tokio::test]
async fn expect_a_refused_token_to_be_tried_once_only() {
    let (rest, script) = server([Act::Json(401, json!({ "message": "401: Unauthorized", "code": 0 }))]).await;
    assert!(matches!(rest.gateway().await, Err(Failure::Revoked)));
    assert!(rest.revoked().is_cancelled());
    assert!(matches!(rest.create_message(C, &with_nonce()).await, Err(Failure::Revoked)));
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn expect_an_answer_that_arrived_but_was_not_confirmed_to_count_as_given() {
    let acknowledged =
        Act::Json(400, json!({ "code": 40060, "message": "Interaction has already been acknowledged." }));
    let (rest, script) = server([Act::Html(502), acknowledged.clone()]).await;
    rest.answer(&interaction(), &json!({ "type": 4 })).await.unwrap();
    let seen = script.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(
        seen[0],
        ("POST /api/v10/interactions/77/s3cret/callback".to_owned(), json!({ "type": 4 }), false)
    );
    // Without a try of ours before it, somebody else answered.
    let (rest, _) = server([acknowledged]).await;
    let failure = rest.answer(&interaction(), &json!({ "type": 4 })).await.unwrap_err();
    assert_eq!(failure.terminal(), Some(Terminal::AlreadyAcknowledged));
}

#[tokio::test]
async fn expect_a_voided_interaction_not_to_revoke_the_bot() {
    let (rest, _) =
        server([Act::Json(401, json!({ "code": 50027, "message": "Invalid Webhook Token" }))]).await;
    let failure = rest.edit_answer(&interaction(), &json!({})).await.unwrap_err();
    assert_eq!(failure.terminal(), Some(Terminal::UnknownInteraction));
    assert!(!rest.revoked().is_cancelled());
}

#[tokio::test]
async fn expect_a_thread_that_exists_to_be_found_by_its_message() {
    let exists = json!({ "code": 160_004, "message": "A thread has already been created for this message" });
    let (rest, _) = server([Act::Html(502), Act::Json(400, exists)]).await;
    assert_eq!(rest.start_thread(C, MessageId(5), &json!({ "name": "K-1" })).await.unwrap(), ChannelId(5));
}

#[tokio::test]
async fn expect_errors_to_hold_no_secret() {
    let (rest, _) = server([Act::Hang, Act::Hang, Act::Hang, Act::Hang]).await;
    let nearly_over =
        InteractionRef { received: Instant::now() - Duration::from_millis(2800), ..interaction() };
    let failure = rest.answer(&nearly_over, &json!({ "data": { "content": "private" } })).await.unwrap_err();
    let text = format!("{failure} {failure:?} {rest:?} {:?}", interaction());
    for secret in ["s3cret", "t0ken", "private", "/77/"] {
        assert!(!text.contains(secret), "{text}");
    }
}
