use std::sync::Mutex;

use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};
use serde_json::json;

use super::*;

/// Answers each call with the next value, and keeps what was asked.
struct Script {
    answers: Mutex<Vec<Value>>,
    asked: Mutex<Vec<Value>>,
}

impl Script {
    fn new(answers: &[Value]) -> Self {
        Self {
            answers: Mutex::new(answers.iter().rev().cloned().collect()),
            asked: Mutex::default(),
        }
    }
}

impl Api for Script {
    fn call<'a>(&'a self, region: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>> {
        self.asked.lock().unwrap().push(call.params.clone());
        let answer = self.answers.lock().unwrap().pop();
        async move {
            match answer {
                Some(value) => Ok(Response {
                    value,
                    attempts: 1,
                    ..Response::default()
                }),
                None => Err(failure(ErrorKind::Service, &call, region, "asked too often".to_owned())),
            }
        }
        .boxed()
    }
}

async fn run(script: &Script, call: Call<'static>) -> Result<Vec<Value>, AwsError> {
    pages(script, "us-east-1", call)
        .map_ok(|page| page.value)
        .try_collect()
        .await
}

#[tokio::test]
async fn tokens_are_followed_and_parameters_kept() {
    let script = Script::new(&[
        json!({"Vpcs": [1], "NextToken": "t1"}),
        json!({"Vpcs": [2], "NextToken": ""}),
    ]);
    let call = Call::new("ec2", "DescribeVpcs").with(json!({"MaxResults": 5}));
    assert_eq!(run(&script, call).await.unwrap().len(), 2);
    assert_eq!(
        *script.asked.lock().unwrap(),
        [json!({"MaxResults": 5}), json!({"MaxResults": 5, "NextToken": "t1"})]
    );
}

#[tokio::test]
async fn a_flag_that_says_no_more_ends_the_list() {
    let script = Script::new(&[
        json!({"IsTruncated": true, "Marker": "m"}),
        json!({"IsTruncated": false, "Marker": "m2"}),
    ]);
    assert_eq!(run(&script, Call::new("iam", "ListUsers")).await.unwrap().len(), 2);
    assert_eq!(*script.asked.lock().unwrap(), [Value::Null, json!({"Marker": "m"})]);
}

#[tokio::test]
async fn several_tokens_travel_together() {
    let script = Script::new(&[
        json!({"IsTruncated": true, "NextRecordName": "n", "NextRecordType": "A"}),
        json!({"IsTruncated": false}),
    ]);
    let call = Call::new("route53", "ListResourceRecordSets").with(json!({"HostedZoneId": "Z"}));
    run(&script, call).await.unwrap();
    let last = script.asked.lock().unwrap().pop().unwrap();
    assert_eq!(
        last,
        json!({"HostedZoneId": "Z", "StartRecordName": "n", "StartRecordType": "A"})
    );
}

#[tokio::test]
async fn a_repeated_token_is_an_error_not_a_loop() {
    let page = json!({"NextToken": "same"});
    let script = Script::new(&[page.clone(), page.clone(), page]);
    let error = run(&script, Call::new("ec2", "DescribeVpcs")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed);
    assert_eq!(script.asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_operation_without_paginator_gives_one_page() {
    let script = Script::new(&[json!({"Account": "1", "NextToken": "not ours"})]);
    assert_eq!(
        run(&script, Call::new("sts", "GetCallerIdentity")).await.unwrap().len(),
        1
    );
}
