//! Our own executor of REST calls, on our own HTTP client: every call has a time limit, waits for its place in the
//! [`Budget`], is repeated where that does no harm, and says plainly when it may have taken effect.
//!
//! Nothing in here logs a token, an address, a body or a person's id: routes appear as templates only.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use kaizen_chat::reply::File;
use kaizen_domain::GuildId;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, multipart};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use self::calls::{InteractionRef, Page};
pub use self::failure::{ApiError, Class, Failure, Terminal};
use crate::budget::{Admitted, Budget, Lane, RateHeaders, RouteKey, TooMany};

mod calls;
mod failure;
pub mod model;

/// The platform itself.
pub const DISCORD: &str = "https://discord.com";
/// How long one try may take, answer read.
const ATTEMPT: Duration = Duration::from_secs(8);
/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(4);
/// An answer longer than this is not read.
const ANSWER_BYTES: usize = 16 << 20;
/// Tries of one call, the first included.
const TRIES: usize = 5;

/// How to reach the platform.
#[derive(Debug, Clone)]
pub struct Access {
    /// Origin only: `https://discord.com`, or a local Discord. `/api/v10` is appended.
    pub api_base: String,
    /// The bot's token, with or without the word `Bot`.
    pub token: SecretString,
    /// Requests a second that this process may send, of the 50 that all have together.
    pub share: u32,
}

/// The access cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The token holds characters that no token has.
    #[error("the token is not a Discord bot token: it holds characters that none has")]
    Token,
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[source] reqwest::Error),
}

/// For so long it is remembered that a community had no room for another open thread.
const FULL: Duration = Duration::from_mins(30);

/// The executor. Cheap to share.
#[derive(Clone)]
pub struct Rest {
    inner: Arc<Inner>,
}

struct Inner {
    client: reqwest::Client,
    base: String,
    authorization: HeaderValue,
    budget: Budget,
    revoked: AtomicBool,
    on_revoked: CancellationToken,
    /// Communities that had no room for another open thread, and when.
    full: Mutex<HashMap<GuildId, Instant>>,
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rest").field("base", &self.inner.base).finish_non_exhaustive()
    }
}

/// May a call be repeated when nobody knows whether it took effect?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeat {
    /// Twice is the same as once.
    Safe,
    /// An enforced nonce makes it so for a few minutes.
    Nonce,
    /// Never.
    Once,
}

/// One call. Deliberately without `Debug`: paths of interactions hold tokens.
struct Call<'a> {
    method: Method,
    key: RouteKey,
    lane: Lane,
    path: String,
    body: Option<&'a Value>,
    files: &'a [File],
    repeat: Repeat,
    deadline: Instant,
    attempt: Duration,
}

/// What became of a call.
struct Done {
    body: Vec<u8>,
    failure: Option<Failure>,
    /// An earlier try may have taken effect.
    maybe_before: bool,
}

/// What became of one try.
enum Try {
    Answer {
        status: u16,
        headers: HeaderMap,
        body: Vec<u8>,
    },
    /// It never left.
    NotSent(String),
    /// It may have arrived.
    Lost(String),
}

impl Rest {
    /// An executor for this access.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub fn new(access: &Access) -> Result<Self, AccessError> {
        let token = access.token.expose_secret().trim();
        let token = token.strip_prefix("Bot ").unwrap_or(token);
        let mut authorization =
            HeaderValue::from_str(&format!("Bot {token}")).map_err(|_| AccessError::Token)?;
        authorization.set_sensitive(true);
        let client = http_client(&access.api_base).map_err(AccessError::Client)?;
        Ok(Rest {
            inner: Arc::new(Inner {
                client,
                base: format!("{}/api/v10", access.api_base.trim_end_matches('/')),
                authorization,
                budget: Budget::new(access.share),
                revoked: AtomicBool::new(false),
                on_revoked: CancellationToken::new(),
                full: Mutex::default(),
            }),
        })
    }

    /// The limits that it keeps to.
    pub fn budget(&self) -> &Budget {
        &self.inner.budget
    }

    /// Cancelled once the platform has refused the token: nothing can be sent any more.
    pub fn revoked(&self) -> CancellationToken {
        self.inner.on_revoked.clone()
    }

    /// There was no room for another open thread in this community, just now.
    pub(crate) fn threads_are_full(&self, guild: GuildId) {
        self.inner.full.lock().unwrap_or_else(PoisonError::into_inner).insert(guild, Instant::now());
    }

    /// Was that so within the last half hour? What waits for room asks again every quarter of an hour.
    pub(crate) fn threads_were_full(&self, guild: GuildId) -> bool {
        let full = self.inner.full.lock().unwrap_or_else(PoisonError::into_inner);
        full.get(&guild).is_some_and(|at| at.elapsed() < FULL)
    }

    async fn send(&self, call: &Call<'_>) -> Done {
        let route = call.key.template;
        let mut pauses = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(150))
            .with_max_delay(Duration::from_secs(4))
            .with_max_times(TRIES - 1)
            .with_jitter()
            .build();
        let mut maybe_before = false;
        loop {
            let (failure, pause) = match self.try_once(call).await {
                Ok(body) => return Done { body, failure: None, maybe_before },
                Err(failed) => {
                    maybe_before |= failed.lost;
                    let again = match failed.next {
                        Next::Never => None,
                        Next::IfHarmless if call.repeat == Repeat::Once => None,
                        Next::IfHarmless | Next::Always => pauses.next(),
                        // The platform named the moment: that is no try of ours that failed.
                        Next::After(wait) => Some(wait),
                    };
                    (failed.failure, again)
                }
            };
            match pause {
                Some(pause) if Instant::now() + pause < call.deadline => {
                    tracing::debug!(route, again_in = ?pause, reason = %failure, "a call is repeated");
                    metrics::counter!("kaizen_discord_repeats_total", "route" => route).increment(1);
                    wait(pause).await;
                }
                _ => {
                    let failure = match failure {
                        // What can be repeated without harm is only late.
                        Failure::Ambiguous { why } if call.repeat == Repeat::Safe => {
                            Failure::NotNow { why, retry_after: None }
                        }
                        Failure::NotNow { why, .. } if maybe_before && call.repeat != Repeat::Safe => {
                            Failure::Ambiguous { why }
                        }
                        other => other,
                    };
                    return Done { body: Vec::new(), failure: Some(failure), maybe_before };
                }
            }
        }
    }

    async fn try_once(&self, call: &Call<'_>) -> Result<Vec<u8>, Failed> {
        let route = call.key.template;
        if self.inner.revoked.load(Ordering::Acquire) {
            return Err(Failed { failure: Failure::Revoked, next: Next::Never, lost: false });
        }
        let admitted =
            self.inner.budget.admit(call.key, call.lane, call.deadline).await.map_err(|held| Failed {
                failure: Failure::NotNow { why: held.to_string(), retry_after: Some(held.wait) },
                next: Next::Never,
                lost: false,
            })?;
        let started = Instant::now();
        let tried = self.transmit(call).await;
        let status = match &tried {
            Try::Answer { status, .. } => status.to_string(),
            Try::NotSent(_) => "not sent".to_owned(),
            Try::Lost(_) => "lost".to_owned(),
        };
        metrics::counter!("kaizen_discord_requests_total", "route" => route, "status" => status).increment(1);
        metrics::histogram!("kaizen_discord_request_seconds", "route" => route)
            .record(started.elapsed().as_secs_f64());
        match tried {
            Try::NotSent(why) => Err(Failed {
                failure: Failure::NotNow { why, retry_after: None },
                next: Next::Always,
                lost: false,
            }),
            Try::Lost(why) => {
                Err(Failed { failure: Failure::Ambiguous { why }, next: Next::IfHarmless, lost: true })
            }
            Try::Answer { status: status @ 200..=299, headers, body } => {
                admitted.answered(status, &rate_headers(&headers), None);
                Ok(body)
            }
            Try::Answer { status, headers, body } => {
                Err(self.refused(call, admitted, status, (&headers, &body)))
            }
        }
    }

    /// An answer that is no success.
    fn refused(
        &self,
        call: &Call<'_>,
        admitted: Admitted,
        status: u16,
        (headers, body): (&HeaderMap, &[u8]),
    ) -> Failed {
        let route = call.key.template;
        let too_many = (status == 429).then(|| too_many(headers, body));
        admitted.answered(status, &rate_headers(headers), too_many);
        let error = ApiError::read(route, status, body, too_many.map(|t| t.retry_after));
        match (error.class(), too_many) {
            (Class::Revoked, _) if call.lane == Lane::Common => {
                if !self.inner.revoked.swap(true, Ordering::AcqRel) {
                    tracing::error!(
                        route,
                        "the platform does not accept the bot's token; nothing more is sent"
                    );
                }
                self.inner.on_revoked.cancel();
                Failed { failure: Failure::Revoked, next: Next::Never, lost: false }
            }
            (Class::Retry(_), Some(too_many)) => {
                let failure =
                    Failure::NotNow { why: error.to_string(), retry_after: Some(too_many.retry_after) };
                Failed { failure, next: Next::After(too_many.retry_after), lost: false }
            }
            // A server that failed may have done it all the same.
            (Class::Retry(_), None) if status >= 500 => Failed {
                failure: Failure::Ambiguous { why: error.to_string() },
                next: Next::IfHarmless,
                lost: true,
            },
            _ => Failed { failure: Failure::Api(error), next: Next::Never, lost: false },
        }
    }

    async fn transmit(&self, call: &Call<'_>) -> Try {
        let mut request =
            self.inner
                .client
                .request(call.method.clone(), format!("{}{}", self.inner.base, call.path))
                .timeout(call.attempt.min(
                    call.deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1)),
                ));
        if call.lane == Lane::Common {
            request = request.header(AUTHORIZATION, self.inner.authorization.clone());
        }
        request = match call.body {
            Some(body) if !call.files.is_empty() => match multipart(body, call.files) {
                Ok(form) => request.multipart(form),
                Err(e) => return Try::NotSent(plain(e)),
            },
            Some(body) => request.json(body),
            None => request,
        };
        match request.send().await {
            Ok(response) => read(response).await,
            Err(e) if e.is_connect() || e.is_builder() => Try::NotSent(plain(e)),
            Err(e) => Try::Lost(plain(e)),
        }
    }
}

/// A body with files, as the platform wants them: <https://discord.com/developers/docs/reference#uploading-files>.
fn multipart(body: &Value, files: &[File]) -> Result<multipart::Form, reqwest::Error> {
    let json = multipart::Part::text(body.to_string()).mime_str("application/json")?;
    let mut form = multipart::Form::new().part("payload_json", json);
    for (at, file) in files.iter().enumerate() {
        let part = multipart::Part::bytes(file.content.to_vec()).file_name(file.name.clone());
        form = form.part(format!("files[{at}]"), part.mime_str("text/csv; charset=utf-8")?);
    }
    Ok(form)
}

struct Failed {
    failure: Failure,
    next: Next,
    /// It may have taken effect.
    lost: bool,
}

enum Next {
    /// The same again makes no sense.
    Never,
    /// It surely took no effect: again, whatever it is.
    Always,
    /// Again only if twice is the same as once.
    IfHarmless,
    /// It surely took no effect; the platform says when.
    After(Duration),
}

/// An HTTP client with time limits that follows no redirect. A proxy that the environment names is used, but not for a
/// local Discord.
pub(crate) fn http_client(api_base: &str) -> Result<reqwest::Client, reqwest::Error> {
    let local = ["http://127.", "http://localhost", "http://[::1]"].iter().any(|l| api_base.starts_with(l));
    let builder = reqwest::Client::builder();
    let builder = if local { builder.no_proxy() } else { builder };
    builder
        .user_agent(concat!("DiscordBot (https://crates.io/crates/kaizen, ", env!("CARGO_PKG_VERSION"), ")"))
        .connect_timeout(CONNECT)
        .timeout(ATTEMPT)
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(Duration::from_secs(50))
        .tcp_nodelay(true)
        .build()
}

async fn read(mut response: Response) -> Try {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Try::Lost("the answer is too long".to_owned()),
            Ok(None) => return Try::Answer { status, headers, body },
            Err(e) => return Try::Lost(plain(e)),
        }
    }
}

/// What went wrong, without the address: interaction tokens stand in it.
fn plain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Seconds with a fraction, as the platform writes them; nonsense is left out.
fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok().filter(|d| *d <= Duration::from_hours(24))
}

fn rate_headers(headers: &HeaderMap) -> RateHeaders {
    RateHeaders {
        bucket: headers
            .get("x-ratelimit-bucket")
            .and_then(|v| v.to_str().ok())
            .map(|s| s.chars().take(64).collect()),
        limit: number(headers, "x-ratelimit-limit"),
        remaining: number(headers, "x-ratelimit-remaining"),
        reset_after: number::<f64>(headers, "x-ratelimit-reset-after").and_then(seconds),
    }
}

fn too_many(headers: &HeaderMap, body: &[u8]) -> TooMany {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let named =
        body.get("retry_after").and_then(Value::as_f64).or_else(|| number(headers, RETRY_AFTER.as_str()));
    let scope = headers.get("x-ratelimit-scope").and_then(|v| v.to_str().ok());
    // A 429 that is not the platform's own JSON comes from the wall before it: the address is banned for a while.
    let wall = body.get("retry_after").is_none();
    TooMany {
        retry_after: named.and_then(seconds).unwrap_or(Duration::from_secs(5)),
        global: wall
            || scope == Some("global")
            || headers.contains_key("x-ratelimit-global")
            || body["global"] == Value::Bool(true),
        shared: scope == Some("shared"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the pause before a call is repeated")]
async fn wait(pause: Duration) {
    tokio::time::sleep(pause).await;
}

#[cfg(test)]
mod tests;
