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

/// Runs a script of `tests/parity/` and gives each line that it prints to `each`.
fn for_each_case(script: &str, mut each: impl FnMut(Value)) {
    let path = python::workspace_root().join("crates/aws/tests/parity").join(script);
    let mut command = python::command().unwrap();
    let mut child = command.arg(path).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
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
    (service, operation.unwrap_or_else(|| panic!("{}:{} is not in the table", case["service"], case["operation"])))
}

/// Equal as JSON, `1` and `1.0` being the same number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
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
            pair.map_or_else(String::new, |(ours, theirs)| difference(ours, theirs, &format!("{path}[]")))
        }
        _ => format!("{path}: ours {left}, botocore's {right}").chars().take(400).collect(),
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
            self.told.push(format!("{}:{} {}: {what}", name("service"), name("operation"), name("variant")));
        }
    }

    fn check(&self) {
        assert!(self.count == 0, "{} differences:\n{}", self.count, self.told.join("\n"));
    }
}

#[test]
fn every_operation_decodes_an_answer_as_botocore_does() {
    let mut differences = Differences::default();
    let mut decoded_operations = std::collections::BTreeSet::new();
    for_each_case("responses.py", |case| {
        let (service, operation) = operation(&case);
        if let Some(reason) = case.get("refused") {
            return differences.add(&case, &format!("botocore refuses the synthesised answer: {reason}"));
        }
        let headers = case["headers"].as_array().unwrap().iter();
        let response = RawResponse {
            status: 200,
            headers: headers.map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned())).collect(),
            body: STANDARD.decode(text(&case, "body")).unwrap().into(),
        };
        match decode(service, operation, &response) {
            Err(error) => differences.add(&case, &error.to_string()),
            Ok(decoded) if !decoded.unknown.is_empty() => differences.add(&case, &format!("unknown {:?}", decoded.unknown)),
            Ok(decoded) if !same(&decoded.value, &case["expected"]) => {
                differences.add(&case, &difference(&decoded.value, &case["expected"], ""));
            }
            Ok(decoded) if decoded.request_id.as_deref() != case["request_id"].as_str() => {
                differences.add(&case, &format!("request id {:?}, botocore's {}", decoded.request_id, case["request_id"]));
            }
            Ok(_) => {}
        }
        decoded_operations.insert((service.name.clone(), operation.name.clone()));
    });
    differences.check();
    let all: usize = Models::embedded().services().map(|name| Models::embedded().service(name).unwrap().operations().count()).sum();
    assert_eq!(decoded_operations.len(), all, "every operation of the table has been decoded");
}
