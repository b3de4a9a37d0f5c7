//! Every built-in technology against boto3 on the same fake estate: nothing missing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::stream::StreamExt as _;
use security_monkey_aws::{Options, Session};
use security_monkey_model::document::Path;
use security_monkey_testkit::moto::Moto;
use security_monkey_watcher::{Technology, regions};
use serde_json::Value;

use crate::fake::{Report, place, scanner, technologies};

/// What may differ, and why: technology, path, reason. Ephemeral paths are not compared at all.
const DIFFERENCES: &[(&str, &str, &str)] = &[];

/// What moto cannot answer: technology, field of the gap, reason.
const GAPS: &[(&str, &str, &str)] = &[(
    "aws.lambda.function",
    "FunctionUrlConfigs",
    "moto does not know ListFunctionUrlConfigs",
)];

/// The text that the seed puts in secret places only.
const SECRET: &str = "correct-horse-battery-staple";

fn options(url: &str) -> Options {
    let environment = [
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL", url),
        ("HOME", "/nonexistent"),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Options::new(HashMap::from(environment.map(owned)))
}

#[tokio::test]
async fn nothing_that_boto3_returns_is_missing() {
    let moto = Moto::start().unwrap();
    let url = moto.url().to_owned();
    let (moto, expected) = tokio::task::spawn_blocking(move || {
        moto.run("crates/watcher/tests/moto/estate.py", &["seed"]).unwrap();
        let expected = moto.run("crates/watcher/tests/moto/estate.py", &["expect"]).unwrap();
        (moto, expected)
    })
    .await
    .unwrap();
    let expected: BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>> =
        serde_json::from_str(&expected).unwrap();
    let client = Session::load(options(&url)).await.unwrap().own();

    let technologies = technologies();
    let known: BTreeSet<&str> = technologies.all().map(|technology| technology.id().as_str()).collect();
    assert_eq!(
        known,
        expected.keys().map(String::as_str).collect(),
        "every technology is compared"
    );
    let switched_on = regions(&client, "aws").await.unwrap();
    assert!(
        switched_on
            .iter()
            .any(|status| status.region.as_str() == "eu-west-1" && status.is_enabled)
    );

    let mut problems = Vec::new();
    let mut compared: BTreeMap<String, usize> = BTreeMap::new();
    for region in ["global", "us-east-1", "eu-west-1"] {
        let chosen: Vec<&Technology> = technologies
            .all()
            .filter(|technology| technology.is_global() == (region == "global"))
            .map(AsRef::as_ref)
            .collect();
        let mut report = Report::default();
        let (scanner, place) = (scanner(), place(region));
        let mut items = std::pin::pin!(scanner.scan(&client, &place, &chosen));
        while let Some(item) = items.next().await {
            report.add(item);
        }
        assert!(!format!("{report:?}").contains(SECRET), "a secret left the watcher");
        for technology in chosen.iter().copied() {
            let id = technology.id().as_str();
            assert!(report.ends[id].complete, "{id} in {region}: {:?}", report.gaps(id));
            for gap in report.gaps(id) {
                let field = gap.field.as_deref().unwrap_or_default();
                if !GAPS.iter().any(|(of, missing, _)| *of == id && *missing == field) {
                    problems.push(format!("{id} in {region}: a gap: {gap:?}"));
                }
            }
            let wanted = &expected[id][region];
            let found: BTreeMap<&str, &Value> = report
                .resources
                .get(id)
                .into_iter()
                .flatten()
                .map(|resource| (resource.id.as_str(), &resource.document))
                .collect();
            for (resource, document) in wanted {
                *compared.entry(id.to_owned()).or_default() += 1;
                match found.get(resource.as_str()) {
                    Some(found) => {
                        let place = format!("{id} {region} {resource}");
                        compare(technology, &place, "", document, found, &mut problems);
                    }
                    None => problems.push(format!("{id} in {region}: {resource} is missing")),
                }
            }
            for resource in found.keys().filter(|resource| !wanted.contains_key(**resource)) {
                problems.push(format!("{id} in {region}: {resource} is not in boto3's answer"));
            }
            for resource in report.resources.get(id).into_iter().flatten() {
                assert!(
                    resource.arn.is_some() || id.ends_with("-block") || id.ends_with("password-policy"),
                    "{id} {} has no ARN",
                    resource.id
                );
            }
        }
    }
    drop(moto);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    for id in known {
        assert!(
            compared.contains_key(id),
            "{id}: nothing of it was compared: {compared:?}"
        );
    }
}

/// Everything in `wanted` is in `found`, and equal. Lists are compared without order: the scanner sorts those whose order means nothing.
fn compare(
    technology: &Technology,
    place: &str,
    path: &str,
    wanted: &Value,
    found: &Value,
    problems: &mut Vec<String>,
) {
    let excused = DIFFERENCES
        .iter()
        .any(|(id, excused, _)| *id == technology.id().as_str() && *excused == path);
    let is_ephemeral = Path::parse(path).is_ok_and(|path| technology.document_rules().ephemeral.contains(&path));
    if excused || is_ephemeral {
        return;
    }
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    match (wanted, found) {
        (Value::Object(members), found) if members.contains_key("$secret") => {
            if !found.get("$digest").is_some_and(Value::is_string) {
                problems.push(format!("{place} {path}: is not a digest"));
            }
        }
        (Value::Object(wanted), Value::Object(found)) => {
            for (name, wanted) in wanted {
                match found.get(name) {
                    Some(found) => compare(technology, place, &below(name), wanted, found, problems),
                    None => problems.push(format!("{place} {}: is missing (boto3: {wanted})", below(name))),
                }
            }
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            // Each wanted element has an element of its own that holds all of it.
            let mut left: Vec<&Value> = found.iter().collect();
            for wanted in wanted {
                let holds = |found: &Value| {
                    let mut differences = Vec::new();
                    compare(technology, place, &format!("{path}[]"), wanted, found, &mut differences);
                    differences.is_empty()
                };
                match left.iter().position(|found| holds(found)) {
                    Some(position) => {
                        left.remove(position);
                    }
                    None => problems.push(format!("{place} {path}[]: no element like {wanted} among {left:?}")),
                }
            }
        }
        (wanted, found) if wanted == found => {}
        (wanted, found) => problems.push(format!("{place} {path}: {found} (boto3: {wanted})")),
    }
}
