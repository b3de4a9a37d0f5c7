use super::*;

fn gate(start: usize, max: usize, per_second: Option<f64>) -> Arc<Gate> {
    Arc::new(Gate::new(Limit { start, max, per_second }))
}

#[test]
fn the_embedded_limits_parse() {
    let none = Limits {
        default: Limit {
            start: 1,
            max: 1,
            per_second: None,
        },
        service: BTreeMap::new(),
    };
    let limits = none.overridden(EMBEDDED).unwrap();
    assert_eq!(limits, Limits::default());
    assert_eq!(limits.of("organizations").per_second, Some(4.0));
    assert_eq!(limits.of("ec2"), limits.default);
}

#[test]
fn an_override_changes_only_what_it_names() {
    let limits = Limits::default().overridden("[service.iam]\nper_second = 2").unwrap();
    assert_eq!(
        limits.of("iam"),
        Limit {
            start: 8,
            max: 16,
            per_second: Some(2.0)
        }
    );
    assert_eq!(limits.of("organizations"), Limits::default().of("organizations"));
}

#[test]
fn a_wrong_limit_says_where() {
    for (text, wanted) in [
        (
            "[service.iam]\nconcurrency = { start = 0, max = 1 }",
            "iam: concurrency wants",
        ),
        (
            "[service.iam]\nconcurrency = { start = 3, max = 2 }",
            "iam: concurrency wants",
        ),
        ("[service.iam]\nconcurrency = { start = -1, max = 2 }", "invalid value"),
        (
            "[default]\nconcurrency = { start = 0, max = 0 }",
            "default: concurrency wants",
        ),
        ("[service.iam]\nper_second = -4", "iam: per_second must be above 0"),
        ("[service.iam]\nper_second = 0", "iam: per_second must be above 0"),
        ("[service.iam]\nper_second = nan", "iam: per_second must be above 0"),
        ("[default]\nper_second = inf", "default: per_second must be above 0"),
        ("[service.iam]\nper_secnd = 1", "per_secnd"),
        ("[service.imm]\nper_second = 1", "no service `imm`"),
    ] {
        let error = Limits::default().overridden(text).unwrap_err();
        assert!(error.to_string().contains(wanted), "{text}: {error}");
    }
}

#[tokio::test]
async fn successes_raise_the_limit_and_a_throttle_halves_it() {
    let gate = gate(4, 6, None);
    for _ in 0..4 {
        gate.acquire().await.succeeded();
    }
    assert_eq!(gate.allowed(), 5);
    for _ in 0..20 {
        gate.acquire().await.succeeded();
    }
    assert_eq!(gate.allowed(), 6, "never above the maximum");
    gate.acquire().await.throttled();
    assert_eq!(gate.allowed(), 3);
    assert_eq!(gate.permits.available_permits(), 3);
}

#[tokio::test]
async fn one_wave_of_throttles_halves_once() {
    let gate = gate(8, 8, None);
    let mut wave = Vec::new();
    for _ in 0..8 {
        wave.push(gate.acquire().await);
    }
    for permit in &mut wave {
        permit.throttled();
    }
    assert_eq!(gate.allowed(), 4);
    assert_eq!(gate.permits.available_permits(), 0, "all are still under way");
    drop(wave);
    assert_eq!(gate.permits.available_permits(), 4);
}

#[tokio::test]
async fn the_limit_never_falls_below_one() {
    let gate = gate(1, 8, None);
    for _ in 0..5 {
        gate.acquire().await.throttled();
    }
    assert_eq!(gate.allowed(), 1);
    assert_eq!(gate.permits.available_permits(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fixed_rate_holds_after_a_burst_of_one_second() {
    let gate = gate(4, 4, Some(5.0));
    let begin = Instant::now();
    for _ in 0..15 {
        gate.acquire().await.succeeded();
    }
    // Five at once and the one at the boundary, then one each 200 ms.
    let elapsed = begin.elapsed();
    assert!(
        elapsed >= Duration::from_millis(1800) && elapsed <= Duration::from_millis(2100),
        "{elapsed:?}"
    );
}

#[tokio::test]
async fn a_dropped_waiter_leaves_its_place() {
    let gate = gate(1, 1, None);
    let held = gate.acquire().await;
    {
        let waiting = gate.acquire();
        futures::pin_mut!(waiting);
        assert!(futures::poll!(&mut waiting).is_pending());
    }
    drop(held);
    assert_eq!(gate.permits.available_permits(), 1);
}
