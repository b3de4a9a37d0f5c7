//! The figures of `docs/reference/iam-performance.md`, in processor time.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod inputs;
mod processor;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use inputs::{TYPICAL, callers, directory, managed, mixed, set, shared, wide, worst};
use processor::ProcessorTime;
use security_monkey_iam::Policy;
use security_monkey_iam::actions::{expand, list, minimise};
use security_monkey_iam::diff::diff;
use security_monkey_iam::effective::effective;
use security_monkey_iam::escalation::escalations;
use security_monkey_iam::evaluate::{Caller, Request, evaluate};
use security_monkey_iam::reach::{Accepts, ReachContext, normalise, reach_of_resource_policy};

/// That of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BUCKET: ReachContext<'static> = ReachContext {
    resource: Some("arn:aws:s3:::records"),
    accepts: Accepts::Anonymous,
};

fn role() -> Caller {
    Caller::RoleSession {
        role_arn: "arn:aws:iam::111111111111:role/r".to_owned(),
        session: "s".to_owned(),
    }
}

fn goals(criterion: &mut Criterion<ProcessorTime>) {
    let directory = directory();
    criterion.bench_function("typical bucket policy: parse and classify", |bencher| {
        bencher.iter(|| normalise(&Policy::parse(black_box(TYPICAL)).unwrap(), &directory));
    });
    criterion.bench_function("typical bucket policy: full reach", |bencher| {
        bencher.iter(|| reach_of_resource_policy(&Policy::parse(black_box(TYPICAL)).unwrap(), &directory, BUCKET));
    });
    for (name, text) in [("shared", shared()), ("mixed", mixed())] {
        let bytes = text.len();
        criterion.bench_function(&format!("{name} policy of {bytes} bytes: parse"), |bencher| {
            bencher.iter(|| Policy::parse(black_box(&text)).unwrap());
        });
        criterion.bench_function(&format!("{name} policy of {bytes} bytes: full reach"), |bencher| {
            bencher.iter(|| reach_of_resource_policy(&Policy::parse(black_box(&text)).unwrap(), &directory, BUCKET));
        });
    }
    let managed = managed();
    criterion.bench_function("role with 20 policies: effective permissions", |bencher| {
        bencher.iter(|| effective(&set(&managed)));
    });
    criterion.bench_function("role with 20 policies: escalations", |bencher| {
        bencher.iter(|| escalations(&role(), &set(&managed)));
    });
    let request = Request::new(role(), "s3:GetObject", "arn:aws:s3:::team-19/x").owned_by("111111111111");
    criterion.bench_function("role with 20 policies: one request", |bencher| {
        let set = set(&managed);
        bencher.iter(|| evaluate(black_box(&request), &set));
    });
    let old = Policy::parse(TYPICAL).unwrap();
    let new = Policy::parse(&TYPICAL.replace("o-ours1234567", "o-other123456")).unwrap();
    criterion.bench_function("typical bucket policy: diff", |bencher| {
        bencher.iter(|| diff(&old, &new));
    });
}

fn bounds(criterion: &mut Criterion<ProcessorTime>) {
    let directory = directory();
    let everybody = r#""Principal": "*", "#;
    let last =
        |principal: &str| format!(r#"{{"Effect": "Allow", {principal}"Action": "s3:GetObject", "Resource": "*"}}"#);
    let change = r#""Resource": "arn:aws:s3:::records/*""#;
    for (name, of_resource, of_identity) in [
        ("nested wildcards", worst(everybody), worst("")),
        ("wide actions", wide(everybody, &last(everybody)), wide("", &last(""))),
    ] {
        let policy = Policy::parse(&of_resource).unwrap();
        let changed = Policy::parse(
            &of_resource
                .replace(r#""Resource": "*""#, change)
                .replace("c\"}}}]", "d\"}}}]"),
        )
        .unwrap();
        let identity = [Policy::parse(&of_identity).unwrap()];
        criterion.bench_function(
            &format!("worst, {name}: parse {} bytes", of_resource.len()),
            |bencher| {
                bencher.iter(|| Policy::parse(black_box(&of_resource)).unwrap());
            },
        );
        criterion.bench_function(&format!("worst, {name}: full reach"), |bencher| {
            bencher.iter(|| reach_of_resource_policy(&policy, &directory, BUCKET));
        });
        // A text that every pattern nearly matches.
        let near = format!("arn:aws:s3:::{}", "a".repeat(1_000));
        let request =
            Request::new(role(), format!("s3:{}", "a".repeat(120)), near).with("aws:userid", "a".repeat(1_000));
        criterion.bench_function(&format!("worst, {name}: one request"), |bencher| {
            let set = set(&identity);
            bencher.iter(|| evaluate(black_box(&request), &set));
        });
        criterion.bench_function(&format!("worst, {name}: effective permissions"), |bencher| {
            bencher.iter(|| effective(&set(&identity)));
        });
        criterion.bench_function(&format!("worst, {name}: escalations"), |bencher| {
            bencher.iter(|| escalations(&role(), &set(&identity)));
        });
        criterion.bench_function(&format!("worst, {name}: diff"), |bencher| {
            bencher.iter(|| diff(&policy, &changed));
        });
    }
    let callers = Policy::parse(&callers(500)).unwrap();
    criterion.bench_function(
        "worst: full reach, a pattern of callers for each of 1,000 statements",
        |bencher| {
            bencher.iter(|| reach_of_resource_policy(&callers, &directory, BUCKET));
        },
    );
    let patterns: Vec<String> = (0..1_000)
        .map(|number| format!("*:{}{number}*", "*e*t".repeat(30)))
        .collect();
    criterion.bench_function("worst: expand 1,000 patterns of nested wildcards", |bencher| {
        bencher.iter(|| expand(patterns.iter().map(String::as_str)));
    });
    let every_second: Vec<String> = list()
        .all()
        .step_by(2)
        .map(security_monkey_iam::actions::ActionInfo::full_name)
        .collect();
    criterion.bench_function("worst: minimise every second published action", |bencher| {
        bencher.iter(|| minimise(every_second.iter().map(String::as_str), 0));
    });
}

fn config() -> Criterion<ProcessorTime> {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .with_measurement(ProcessorTime)
}

criterion_group! {
    name = policy;
    config = config();
    targets = goals, bounds
}
criterion_main!(policy);
