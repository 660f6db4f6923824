//! What operators and their machines read over HTTP.
//!
//! ```text
//! GET /healthz   200 as long as the process answers
//! GET /readyz    200 when the gateway is up and the database answers, else 503 with the reasons, as JSON
//! GET /metrics   Prometheus
//! ```
//!
//! The readings come from whoever runs the program ([`Readings`]); nothing here knows a database or a chat platform.

pub mod measures;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use kaizen_workflow::outbox::OutboxDepth;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// No answer takes longer: a database that hangs is reported, not waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How the connection to the chat platform stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gateway {
    /// Not yet, or no longer, connected; it is being tried.
    Connecting,
    /// Connected: what people do arrives.
    Ready,
    /// It ended for good: the token is no longer accepted, or the program is stopping.
    Stopped,
}

impl Gateway {
    /// The word for people and machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Gateway::Connecting => "connecting",
            Gateway::Ready => "ready",
            Gateway::Stopped => "stopped",
        }
    }

    /// Every state.
    pub const ALL: [Gateway; 3] = [Gateway::Connecting, Gateway::Ready, Gateway::Stopped];
}

/// What can be said of the running program at one moment.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The connection to the chat platform.
    pub gateway: Gateway,
    /// The outbox; or why the database does not answer, in the database's words (nobody's text is in them).
    pub outbox: Result<OutboxDepth, String>,
    /// How far the next timer lies behind its due time, in seconds; zero while none is overdue. None if unknown.
    pub timer_lag: Option<f64>,
    /// Requests that the platform called invalid (401, 403, 429) in the last ten minutes.
    pub invalid_requests: u64,
}

/// Supplies readings.
#[async_trait]
pub trait Readings: Send + Sync + 'static {
    /// Looks now.
    async fn read(&self) -> Reading;
}

#[derive(Clone)]
struct Shared {
    readings: Arc<dyn Readings>,
    recorder: PrometheusHandle,
}

/// Everything: health, readiness, metrics.
pub fn router(readings: Arc<dyn Readings>, recorder: PrometheusHandle) -> Router {
    let shared = Shared { readings, recorder };
    finish(health_routes().merge(metrics_routes()).with_state(shared))
}

/// Health and readiness only, where metrics have a listener of their own.
pub fn health(readings: Arc<dyn Readings>, recorder: PrometheusHandle) -> Router {
    finish(health_routes().with_state(Shared { readings, recorder }))
}

/// Metrics only.
pub fn metrics(readings: Arc<dyn Readings>, recorder: PrometheusHandle) -> Router {
    finish(metrics_routes().with_state(Shared { readings, recorder }))
}

fn health_routes() -> Router<Shared> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

fn metrics_routes() -> Router<Shared> {
    Router::new().route("/metrics", get(scrape))
}

fn finish(router: Router) -> Router {
    router.layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN)).layer(
        SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    )
}

async fn healthz() -> &'static str {
    "ok\n"
}

/// The answer of `/readyz`.
#[derive(Debug, Serialize)]
struct Ready {
    ready: bool,
    gateway: &'static str,
    database: &'static str,
    /// What is missing, in words; empty when ready.
    reasons: Vec<String>,
}

async fn readyz(State(shared): State<Shared>) -> impl IntoResponse {
    let reading = shared.readings.read().await;
    let mut reasons = Vec::new();
    match reading.gateway {
        Gateway::Ready => {}
        Gateway::Connecting => reasons.push("the chat platform's gateway is not connected yet".to_owned()),
        Gateway::Stopped => reasons.push("the chat platform's gateway has stopped".to_owned()),
    }
    let database = match &reading.outbox {
        Ok(_) => "ok",
        Err(why) => {
            reasons.push(format!("the database does not answer: {why}"));
            "unavailable"
        }
    };
    let ready = reasons.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Ready { ready, gateway: reading.gateway.as_str(), database, reasons }))
}

async fn scrape(State(shared): State<Shared>) -> impl IntoResponse {
    let reading = shared.readings.read().await;
    measures::set(&reading);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], shared.recorder.render())
}

#[cfg(test)]
mod tests;
