use super::*;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt;

struct Fixed(Reading);

#[async_trait]
impl Readings for Fixed {
    async fn read(&self) -> Reading {
        self.0.clone()
    }
}

fn well() -> Reading {
    Reading {
        gateway: Gateway::Ready,
        outbox: Ok(OutboxDepth { pending: 3, dead: 1, oldest: Duration::from_millis(1500) }),
        timer_lag: Some(0.25),
        invalid_requests: 7,
    }
}

async fn get(reading: Reading, path: &str) -> (StatusCode, String) {
    let recorder = measures::recorder().unwrap();
    let handle = recorder.handle();
    let app = router(Arc::new(Fixed(reading)), handle);
    let request = Request::get(path).body(Body::empty()).unwrap();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let answer = app.oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn expect_health_whatever_the_state() {
    let ill = Reading { gateway: Gateway::Stopped, outbox: Err("gone".to_owned()), ..well() };
    assert_eq!(get(ill, "/healthz").await, (StatusCode::OK, "ok\n".to_owned()));
}

#[tokio::test]
async fn expect_ready_with_reasons() {
    let (status, body) = get(well(), "/readyz").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body, r#"{"ready":true,"gateway":"ready","database":"ok","reasons":[]}"#);

    let ill = Reading { gateway: Gateway::Connecting, outbox: Err("disk I/O error".to_owned()), ..well() };
    let (status, body) = get(ill, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body["reasons"],
        serde_json::json!([
            "the chat platform's gateway is not connected yet",
            "the database does not answer: disk I/O error"
        ])
    );
}

#[tokio::test]
async fn expect_every_gauge_when_scraped() {
    let (status, body) = get(well(), "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        "kaizen_outbox_depth 3",
        "kaizen_outbox_age_seconds 1.5",
        "kaizen_outbox_dead_letters 1",
        "kaizen_timer_lag_seconds 0.25",
        "kaizen_invalid_requests 7",
        "kaizen_database_up 1",
        r#"kaizen_gateway_state{state="ready"} 1"#,
        r#"kaizen_gateway_state{state="connecting"} 0"#,
    ] {
        assert!(body.lines().any(|l| l == line), "{line} is missing in\n{body}");
    }
}

#[tokio::test]
async fn expect_no_stale_numbers_without_a_database() {
    let ill = Reading { outbox: Err("gone".to_owned()), ..well() };
    let (_, body) = get(ill, "/metrics").await;
    for line in ["kaizen_outbox_depth NaN", "kaizen_database_up 0"] {
        assert!(body.lines().any(|l| l == line), "{line} is missing in\n{body}");
    }
}
