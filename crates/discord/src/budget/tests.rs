use super::*;

const POST: &str = "POST /channels/{}/messages";
const PATCH: &str = "PATCH /channels/{}";

fn key(major: u64) -> RouteKey {
    RouteKey { template: POST, major }
}

fn headers(bucket: &str, limit: u32, remaining: u32, reset_after: u64) -> RateHeaders {
    RateHeaders {
        bucket: Some(bucket.to_owned()),
        limit: Some(limit),
        remaining: Some(remaining),
        reset_after: Some(Duration::from_millis(reset_after)),
    }
}

fn in_secs(s: u64) -> Instant {
    Instant::now() + Duration::from_secs(s)
}

/// Sends one request that is answered at once with these headers; says how long it waited.
async fn send(budget: &Budget, key: RouteKey, h: &RateHeaders) -> Duration {
    let start = Instant::now();
    budget.admit(key, Lane::Common, in_secs(3600)).await.unwrap().answered(200, h, None);
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn expect_fifty_a_second_over_all_routes() {
    let budget = Budget::new(50);
    let start = Instant::now();
    for i in 0..150 {
        send(&budget, key(i), &RateHeaders::default()).await;
    }
    assert_eq!(start.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn expect_answers_to_people_apart_from_the_global_limit() {
    let budget = Budget::new(1);
    send(&budget, key(1), &RateHeaders::default()).await;
    let start = Instant::now();
    for _ in 0..500 {
        budget.admit(key(1), Lane::Interaction, in_secs(1)).await.unwrap().answered(
            204,
            &RateHeaders::default(),
            None,
        );
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(budget.buckets(), 1);
}

#[tokio::test(start_paused = true)]
async fn expect_a_bucket_to_hold_until_its_reset_and_others_to_go_on() {
    let budget = Budget::new(50);
    for left in (0..5).rev() {
        assert_eq!(send(&budget, key(1), &headers("b", 5, left, 5000)).await, Duration::ZERO);
    }
    assert_eq!(send(&budget, key(2), &headers("b", 5, 4, 5000)).await, Duration::ZERO);
    assert_eq!(send(&budget, key(1), &headers("b", 5, 4, 5000)).await, Duration::from_secs(5));
    // Another route that shares the bucket (same name, same channel).
    let patch = RouteKey { template: PATCH, major: 1 };
    send(&budget, patch, &headers("b", 5, 0, 5000)).await;
    assert_eq!(send(&budget, key(1), &headers("b", 5, 4, 5000)).await, Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn expect_one_at_a_time_until_the_limit_is_known() {
    let budget = Budget::new(50);
    let first = budget.admit(key(1), Lane::Common, in_secs(10)).await.unwrap();
    let second = tokio::spawn({
        let budget = budget.clone();
        async move { budget.admit(key(1), Lane::Common, in_secs(10)).await.map(|_| ()) }
    });
    tokio::task::yield_now().await;
    assert!(!second.is_finished());
    first.answered(200, &headers("b", 5, 4, 1000), None);
    second.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn expect_no_more_under_way_than_the_bucket_has_left() {
    let budget = Budget::new(50);
    send(&budget, key(1), &headers("b", 3, 2, 1000)).await;
    let a = budget.admit(key(1), Lane::Common, in_secs(0)).await.unwrap();
    let b = budget.admit(key(1), Lane::Common, in_secs(0)).await.unwrap();
    let held = budget.admit(key(1), Lane::Common, in_secs(0)).await.unwrap_err();
    assert_eq!((held.wait, held.why), (Duration::from_secs(1), "bucket"));
    // The window passes while both are under way: they count against the next one.
    tokio::time::advance(Duration::from_secs(1)).await;
    let c = budget.admit(key(1), Lane::Common, in_secs(0)).await.unwrap();
    assert!(budget.admit(key(1), Lane::Common, in_secs(0)).await.is_err());
    drop((a, b, c));
}

#[tokio::test(start_paused = true)]
async fn expect_a_global_429_to_stop_every_route_and_nothing_to_wait_in_vain() {
    let budget = Budget::new(50);
    let stop = TooMany { retry_after: Duration::from_secs(7), global: true, shared: false };
    budget.admit(key(1), Lane::Common, in_secs(1)).await.unwrap().answered(
        429,
        &RateHeaders::default(),
        Some(stop),
    );
    let held = budget.admit(key(2), Lane::Interaction, in_secs(3)).await.unwrap_err();
    assert_eq!(held.wait, Duration::from_secs(7));
    assert_eq!(send(&budget, key(3), &RateHeaders::default()).await, Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn expect_a_429_without_headers_to_hold_its_route_only() {
    let budget = Budget::new(50);
    send(&budget, key(1), &RateHeaders::default()).await;
    let hold = TooMany { retry_after: Duration::from_secs(4), global: false, shared: true };
    budget.admit(key(1), Lane::Common, in_secs(1)).await.unwrap().answered(
        429,
        &RateHeaders::default(),
        Some(hold),
    );
    assert_eq!(budget.refused(), 0, "a shared limit is not our fault");
    assert_eq!(send(&budget, key(2), &RateHeaders::default()).await, Duration::ZERO);
    assert_eq!(send(&budget, key(1), &RateHeaders::default()).await, Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn expect_a_brake_well_before_the_ban_that_lets_go_again() {
    let budget = Budget::new(50);
    for i in 0..BRAKE_AT {
        budget.admit(key(u64::from(i)), Lane::Interaction, in_secs(0)).await.unwrap().answered(
            403,
            &RateHeaders::default(),
            None,
        );
    }
    let held = budget.admit(key(1), Lane::Common, in_secs(60)).await.unwrap_err();
    assert_eq!(held.wait, limits::INVALID_WINDOW + SLICE);
    // People are still answered, up to the hard stop.
    for _ in BRAKE_AT..STOP_AT {
        budget.admit(key(1), Lane::Interaction, in_secs(0)).await.unwrap().answered(
            403,
            &RateHeaders::default(),
            None,
        );
    }
    assert!(budget.admit(key(1), Lane::Interaction, in_secs(0)).await.is_err());
    tokio::time::advance(limits::INVALID_WINDOW + SLICE).await;
    assert_eq!(budget.refused(), 0);
    send(&budget, key(1), &RateHeaders::default()).await;
}

#[tokio::test(start_paused = true)]
async fn expect_old_buckets_to_be_freed() {
    let budget = Budget::new(50);
    for channel in 0..20_000 {
        send(&budget, key(channel), &headers("b", 5, 4, 1000)).await;
    }
    // 50 a second for two minutes are remembered, and what came since the last sweep.
    let kept = 50 * 120 + SWEEP_EVERY;
    assert!(budget.buckets() <= kept * 2, "{}", budget.buckets());
    tokio::time::advance(IDLE * 2).await;
    for channel in 0..20_000 {
        send(&budget, key(channel), &headers("b", 5, 4, 1000)).await;
    }
    assert!(budget.buckets() <= kept * 2, "{}", budget.buckets());
}

#[tokio::test(start_paused = true)]
async fn expect_a_lost_request_to_free_its_place() {
    let budget = Budget::new(50);
    drop(budget.admit(key(1), Lane::Common, in_secs(1)).await.unwrap());
    send(&budget, key(1), &headers("b", 5, 4, 1000)).await;
    assert_eq!(budget.buckets(), 1);
}
