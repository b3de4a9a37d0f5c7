//! The codecs and the endpoint table against botocore itself, over every operation, region and partition.
//!
//! The scripts in `tests/parity/` synthesise cases from botocore's models with writers of their own and print what botocore
//! makes of them; nothing is stored. Each known difference is in a list here, with its reason.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use security_monkey_aws::endpoint::{self, EndpointVariant};
use security_monkey_aws::models::{Models, Operation, Service};
use security_monkey_aws::wire::{RawResponse, S3Addressing, build_request, decode};
use security_monkey_testkit::python;
use serde_json::Value;

/// The services are dealt out to so many tests, which can run beside each other.
const PARTS: usize = 3;

/// Runs a script of `tests/parity/` for a part of the services, and gives each line that it prints to `each`.
fn for_each_case(script: &str, part: usize, mut each: impl FnMut(Value)) {
    let path = python::workspace_root().join("crates/aws/tests/parity").join(script);
    let mut command = python::command().unwrap();
    let mut child = command
        .arg(path)
        .arg(format!("{part}/{PARTS}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).map(|_| text)
    });
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        each(serde_json::from_str(&line.unwrap()).unwrap());
    }
    let status = child.wait().unwrap();
    assert!(status.success(), "{script}: {}", errors.join().unwrap().unwrap());
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn operation(case: &Value) -> (&'static Service, &'static Operation) {
    let service = Models::embedded().service(text(case, "service")).unwrap();
    let operation = service.operation(text(case, "operation"));
    (
        service,
        operation.unwrap_or_else(|| panic!("{}:{} is not in the table", case["service"], case["operation"])),
    )
}

/// Equal as JSON, `1` and `1.0` being the same number; texts must be the same to the letter.
fn same(left: &Value, right: &Value) -> bool {
    same_if(left, right, &|left, right| left == right)
}

/// As [`same`], with another idea of which texts are the same.
fn same_if(left: &Value, right: &Value, texts: &dyn Fn(&str, &str) -> bool) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) if left.is_f64() || right.is_f64() => {
            left.as_f64() == right.as_f64()
        }
        (Value::String(left), Value::String(right)) => texts(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_if(left, right, texts))
        }
        (Value::Object(left), Value::Object(right)) => {
            let same_member =
                |(key, left): (&String, &Value)| right.get(key).is_some_and(|right| same_if(left, right, texts));
            left.len() == right.len() && left.iter().all(same_member)
        }
        _ => left == right,
    }
}

/// The first place where two values differ.
fn difference(left: &Value, right: &Value, path: &str) -> String {
    match (left, right) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in ours {
                match theirs.get(key) {
                    Some(other) if !same(value, other) => return difference(value, other, &format!("{path}/{key}")),
                    None => return format!("{path}/{key}: only ours: {value}"),
                    Some(_) => {}
                }
            }
            let missing = theirs.keys().find(|key| !ours.contains_key(*key));
            format!("{path}/{}: only botocore's", missing.map_or("?", String::as_str))
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let pair = ours.iter().zip(theirs).find(|(ours, theirs)| !same(ours, theirs));
            pair.map_or_else(String::new, |(ours, theirs)| {
                difference(ours, theirs, &format!("{path}[]"))
            })
        }
        _ => format!("{path}: ours {left}, botocore's {right}")
            .chars()
            .take(400)
            .collect(),
    }
}

/// What went wrong, with at most the first forty told.
#[derive(Default)]
struct Differences {
    told: Vec<String>,
    count: usize,
}

impl Differences {
    fn add(&mut self, case: &Value, what: &str) {
        self.count += 1;
        if self.told.len() < 40 {
            let name = |name: &str| case[name].as_str().unwrap_or_default();
            self.told.push(format!(
                "{}:{} {}: {what}",
                name("service"),
                name("operation"),
                name("variant")
            ));
        }
    }

    fn check(&self) {
        assert!(self.count == 0, "{} differences:\n{}", self.count, self.told.join("\n"));
    }
}

#[test]
fn the_table_is_what_the_generator_makes_of_the_reviewed_lists() {
    let told = python::run("models/generate.py", &["--check"]).unwrap();
    assert!(told.contains(Models::embedded().version()), "{told}");
}

#[test]
fn nothing_on_the_list_is_refused_by_a_rule_or_gone_from_aws() {
    let told = python::run("models/propose.py", &[]).unwrap();
    let wrong: Vec<_> = told.lines().filter(|line| !line.starts_with('+')).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// All operations of a part of the services.
fn operations_of(part: usize) -> usize {
    let services = Models::embedded().services().skip(part).step_by(PARTS);
    services
        .map(|name| Models::embedded().service(name).unwrap().operations().count())
        .sum()
}

#[test]
fn every_operation_decodes_an_answer_as_botocore_does_0() {
    decodes_as_botocore(0);
}

#[test]
fn every_operation_decodes_an_answer_as_botocore_does_1() {
    decodes_as_botocore(1);
}

#[test]
fn every_operation_decodes_an_answer_as_botocore_does_2() {
    decodes_as_botocore(2);
}

fn decodes_as_botocore(part: usize) {
    let mut differences = Differences::default();
    let mut decoded_operations = std::collections::BTreeSet::new();
    for_each_case("responses.py", part, |case| {
        let (service, operation) = operation(&case);
        if let Some(reason) = case.get("refused") {
            return differences.add(&case, &format!("botocore refuses the synthesised answer: {reason}"));
        }
        let headers = case["headers"].as_array().unwrap().iter();
        let response = RawResponse {
            status: 200,
            headers: headers
                .map(|pair| {
                    (
                        pair[0].as_str().unwrap().to_owned(),
                        pair[1].as_str().unwrap().to_owned(),
                    )
                })
                .collect(),
            body: STANDARD.decode(text(&case, "body")).unwrap().into(),
        };
        match decode(service, operation, &response) {
            Err(error) => differences.add(&case, &error.to_string()),
            Ok(decoded) if !decoded.unknown.is_empty() => {
                differences.add(&case, &format!("unknown {:?}", decoded.unknown));
            }
            Ok(decoded) if !same(&decoded.value, &case["expected"]) => {
                differences.add(&case, &difference(&decoded.value, &case["expected"], ""));
            }
            Ok(decoded) if decoded.request_id.as_deref() != case["request_id"].as_str() => {
                differences.add(
                    &case,
                    &format!("request id {:?}, botocore's {}", decoded.request_id, case["request_id"]),
                );
            }
            Ok(_) => {}
        }
        decoded_operations.insert((service.name.clone(), operation.name.clone()));
    });
    differences.check();
    assert_eq!(
        decoded_operations.len(),
        operations_of(part),
        "every operation of the table has been decoded"
    );
}

/// Percent-decoding of a path or a query.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The pairs of a query or a form, sorted.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = text
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (unescape(name), unescape(value)))
        .collect();
    pairs.sort();
    pairs
}

/// An XML element as the script's `tree` has it: name, attributes, text, children sorted by name.
fn tree(reader: &mut quick_xml::Reader<&[u8]>, element: &quick_xml::events::BytesStart<'_>) -> Value {
    use quick_xml::events::Event;
    let attributes: BTreeMap<_, _> = element
        .attributes()
        .map(Result::unwrap)
        .map(|attribute| {
            let value = quick_xml::escape::unescape(&attribute.value).unwrap().into_owned();
            (attribute.key.into_inner().to_owned(), value)
        })
        .collect();
    let (mut text, mut children) = (String::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(child) => children.push(tree(reader, &child)),
            Event::Text(piece) => text.push_str(&piece),
            Event::GeneralRef(name) => {
                text.push_str(quick_xml::escape::resolve_predefined_entity(&name).unwrap());
            }
            Event::End(_) => break,
            other => panic!("{other:?}"),
        }
    }
    children.sort_by_key(|child| child[0].as_str().unwrap().to_owned());
    serde_json::json!([element.name().into_inner(), attributes, text, children])
}

fn xml(body: &[u8]) -> Value {
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(body).unwrap());
    reader.config_mut().expand_empty_elements = true;
    match reader.read_event().unwrap() {
        quick_xml::events::Event::Start(element) => tree(&mut reader, &element),
        other => panic!("{other:?}"),
    }
}

/// Whether two texts are the same, or numbers or moments written differently (`1e+21`, `1e21`; `…37.52Z`, `…37.520000Z`).
fn same_text(ours: &str, theirs: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok().filter(|_| text.contains(['.', 'e']));
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok();
    ours == theirs
        || number(ours).is_some_and(|ours| number(theirs) == Some(ours))
        || moment(ours).is_some_and(|ours| moment(theirs) == Some(ours))
}

fn same_tree(ours: &Value, theirs: &Value) -> bool {
    ours[0] == theirs[0]
        && ours[1] == theirs[1]
        && same_text(ours[2].as_str().unwrap(), theirs[2].as_str().unwrap())
        && ours[3].as_array().unwrap().len() == theirs[3].as_array().unwrap().len()
        && ours[3]
            .as_array()
            .unwrap()
            .iter()
            .zip(theirs[3].as_array().unwrap())
            .all(|(ours, theirs)| same_tree(ours, theirs))
}

fn same_body(ours: &[u8], theirs: &Value) -> bool {
    if let Some(json) = theirs.get("json") {
        return serde_json::from_slice(ours).is_ok_and(|ours| same_if(&ours, json, &same_text));
    }
    if let Some(form) = theirs.get("form").and_then(Value::as_object) {
        let ours = pairs(std::str::from_utf8(ours).unwrap());
        let theirs: BTreeMap<_, _> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        return ours.len() == theirs.len()
            && ours
                .iter()
                .all(|(name, value)| theirs.get(name.as_str()).is_some_and(|theirs| same_text(value, theirs)));
    }
    if let Some(theirs) = theirs.get("xml") {
        return same_tree(&xml(ours), theirs);
    }
    STANDARD.decode(text(theirs, "raw")).unwrap() == ours
}

#[test]
fn every_operation_encodes_a_request_as_botocore_does_0() {
    encodes_as_botocore(0);
}

#[test]
fn every_operation_encodes_a_request_as_botocore_does_1() {
    encodes_as_botocore(1);
}

#[test]
fn every_operation_encodes_a_request_as_botocore_does_2() {
    encodes_as_botocore(2);
}

fn encodes_as_botocore(part: usize) {
    let mut differences = Differences::default();
    let mut count = 0;
    for_each_case("requests.py", part, |case| {
        count += 1;
        let (service, operation) = operation(&case);
        let parts = match build_request(service, operation, &case["params"], S3Addressing::Path) {
            Ok(parts) => parts,
            Err(error) => return differences.add(&case, &error.to_string()),
        };
        if parts.method != text(&case, "method") {
            differences.add(
                &case,
                &format!("method {}, botocore's {}", parts.method, case["method"]),
            );
        }
        if parts.path != text(&case, "path") {
            differences.add(&case, &format!("path {}, botocore's {}", parts.path, case["path"]));
        }
        let mut query: Vec<(String, String)> = serde_json::from_value(case["query"].clone()).unwrap();
        query.sort();
        let ours = pairs(&parts.query);
        let same_pair = |(ours, theirs): (&(String, String), &(String, String))| {
            ours.0 == theirs.0 && same_text(&ours.1, &theirs.1)
        };
        if ours.len() != query.len() || !ours.iter().zip(&query).all(same_pair) {
            differences.add(&case, &format!("query {ours:?}, botocore's {query:?}"));
        }
        if parts.host_prefix.as_deref() != case["host_prefix"].as_str() {
            differences.add(
                &case,
                &format!(
                    "host prefix {:?}, botocore's {}",
                    parts.host_prefix, case["host_prefix"]
                ),
            );
        }
        let headers = |name: &str| name.to_ascii_lowercase();
        let mut ours: BTreeMap<_, _> = parts
            .headers
            .iter()
            .map(|(name, value)| (headers(name), value.clone()))
            .collect();
        let theirs: BTreeMap<String, String> = serde_json::from_value(case["headers"].clone()).unwrap();
        let theirs: BTreeMap<_, _> = theirs
            .into_iter()
            .map(|(name, value)| (headers(&name), value))
            .collect();
        if !theirs.contains_key("content-type")
            && ours.get("content-type").is_some_and(|value| value == "application/xml")
        {
            ours.remove("content-type"); // botocore leaves it out for XML; AWS takes both
        }
        if ours != theirs {
            differences.add(&case, &format!("headers {ours:?}, botocore's {theirs:?}"));
        }
        if !same_body(&parts.body, &case["body"]) {
            let ours = String::from_utf8_lossy(&parts.body);
            let ours: String = ours.chars().take(300).collect();
            let theirs: String = case["body"].to_string().chars().take(300).collect();
            differences.add(&case, &format!("body {ours}, botocore's {theirs}"));
        }
    });
    differences.check();
    assert_eq!(
        count,
        2 * operations_of(part),
        "every operation, with all parameters and with the required ones"
    );
}

#[test]
fn every_endpoint_is_botocores_0() {
    endpoints_are_botocores(0);
}

#[test]
fn every_endpoint_is_botocores_1() {
    endpoints_are_botocores(1);
}

#[test]
fn every_endpoint_is_botocores_2() {
    endpoints_are_botocores(2);
}

fn endpoints_are_botocores(part: usize) {
    let models = Models::embedded();
    let mut differences = Differences::default();
    let mut count = 0;
    for_each_case("endpoints.py", part, |case| {
        count += 1;
        let (service, operation) = operation(&case);
        let variant = if case["fips"] == true {
            EndpointVariant::Fips
        } else {
            EndpointVariant::Standard
        };
        let ours = endpoint::resolve(models, service, operation, text(&case, "region"), variant);
        let same = match &ours {
            Ok(ours) => {
                case["url"] == ours.url.as_str()
                    && case["signing_region"] == ours.signing_region.as_str()
                    && case["signing_name"] == ours.signing_name.as_str()
            }
            Err(_) => case["url"].is_null(),
        };
        if !same {
            differences.add(&case, &format!("{ours:?}, botocore's {case}"));
        }
    });
    differences.check();
    assert!(count > 10_000, "{count}");
}

#[test]
fn a_region_newer_than_the_table_follows_its_partition() {
    let models = Models::embedded();
    let url = |service: &str, operation: &str, region: &str| {
        let service = models.service(service).unwrap();
        let operation = service.operation(operation).unwrap();
        let endpoint = endpoint::resolve(models, service, operation, region, EndpointVariant::Standard).unwrap();
        (endpoint.url, endpoint.signing_region)
    };
    let pair = |url: &str, region: &str| (url.to_owned(), region.to_owned());
    assert_eq!(
        url("ec2", "DescribeVpcs", "eu-north-9"),
        pair("https://ec2.eu-north-9.amazonaws.com", "eu-north-9")
    );
    assert_eq!(
        url("iam", "ListRoles", "eu-north-9"),
        pair("https://iam.amazonaws.com", "us-east-1")
    );
    assert_eq!(
        url("ec2", "DescribeVpcs", "cn-south-9"),
        pair("https://ec2.cn-south-9.amazonaws.com.cn", "cn-south-9")
    );
}
