//! Accounts in memory: answers by account, region and operation, faults included.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use security_monkey_aws::{Api, AwsError, Call, ErrorKind, Response};
use security_monkey_engine::{AccountClients, ClientError};
use security_monkey_model::Account;
use serde_json::{Value, json};
use tokio::sync::Notify;

type Answer = Arc<dyn Fn(&Value) -> Result<Value, ErrorKind> + Send + Sync>;
/// Account, region (`*`: any) and operation.
type Place = (String, String, String);

/// A cloud whose state the test changes while it is scanned. Operations without an answer are denied.
#[derive(Clone, Default)]
pub(crate) struct Cloud(Arc<State>);

#[derive(Default)]
struct State {
    answers: Mutex<BTreeMap<Place, Answer>>,
    /// AWS's codes of answers that are failures; by default the kind's name.
    codes: Mutex<BTreeMap<Place, &'static str>>,
    calls: Mutex<Vec<Place>>,
    /// Operations that do not answer until released.
    held: Mutex<BTreeSet<String>>,
    released: Notify,
    reached: Notify,
}

impl Cloud {
    /// Answers an operation everywhere in an account.
    pub(crate) fn set(&self, account: &str, operation: &str, answer: Value) {
        self.set_in(account, "*", operation, answer);
    }

    /// Answers an operation in one region of an account.
    pub(crate) fn set_in(&self, account: &str, region: &str, operation: &str, answer: Value) {
        self.on(account, region, operation, move |_| Ok(answer.clone()));
    }

    /// Fails an operation everywhere in an account.
    pub(crate) fn fail(&self, account: &str, operation: &str, kind: ErrorKind) {
        self.on(account, "*", operation, move |_| Err(kind));
    }

    /// Answers an operation with AWS's code for "there is none".
    pub(crate) fn none(&self, account: &str, operation: &str, code: &'static str) {
        self.fail(account, operation, ErrorKind::NotFound);
        let place = (account.to_owned(), "*".to_owned(), operation.to_owned());
        self.0.codes.lock().unwrap().insert(place, code);
    }

    /// Answers an operation from its parameters.
    pub(crate) fn on(
        &self,
        account: &str,
        region: &str,
        operation: &str,
        answer: impl Fn(&Value) -> Result<Value, ErrorKind> + Send + Sync + 'static,
    ) {
        let place = (account.to_owned(), region.to_owned(), operation.to_owned());
        self.0.codes.lock().unwrap().remove(&place);
        self.0.answers.lock().unwrap().insert(place, Arc::new(answer));
    }

    /// Takes all answers of an operation away.
    pub(crate) fn forget(&self, account: &str, operation: &str) {
        let mut answers = self.0.answers.lock().unwrap();
        answers.retain(|place, _| place.0 != account || place.2 != operation);
    }

    /// An operation does not answer until [`Cloud::release`].
    pub(crate) fn hold(&self, operation: &str) {
        self.0.held.lock().unwrap().insert(operation.to_owned());
    }

    /// Waits until a held operation was asked.
    pub(crate) async fn reached(&self) {
        self.0.reached.notified().await;
    }

    pub(crate) fn release(&self) {
        self.0.held.lock().unwrap().clear();
        self.0.released.notify_waiters();
    }

    /// How often an operation was asked.
    pub(crate) fn count(&self, operation: &str) -> usize {
        let calls = self.0.calls.lock().unwrap();
        calls.iter().filter(|place| place.2 == operation).count()
    }
}

impl AccountClients for Cloud {
    fn client(&self, account: &Account) -> Result<Arc<dyn Api>, ClientError> {
        Ok(Arc::new(InAccount {
            account: account.id.as_str().to_owned(),
            state: Arc::clone(&self.0),
        }))
    }

    fn partition(&self, _: &Account) -> Arc<str> {
        Arc::from("aws")
    }

    fn home_region(&self, _: &Account) -> String {
        "us-east-1".to_owned()
    }
}

struct InAccount {
    account: String,
    state: Arc<State>,
}

impl Api for InAccount {
    fn call<'a>(&'a self, region: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>> {
        Box::pin(async move {
            let place = |region: &str| (self.account.clone(), region.to_owned(), call.operation.to_owned());
            self.state.calls.lock().unwrap().push(place(region));
            loop {
                let released = self.state.released.notified();
                if !self.state.held.lock().unwrap().contains(call.operation) {
                    break;
                }
                self.state.reached.notify_one();
                released.await;
            }
            let answer = {
                let answers = self.state.answers.lock().unwrap();
                answers
                    .get(&place(region))
                    .or_else(|| answers.get(&place("*")))
                    .cloned()
            };
            let code = self.state.codes.lock().unwrap().get(&place("*")).copied();
            let answered = match (answer, call.operation) {
                (Some(answer), _) => answer(&call.params),
                (None, "GetCallerIdentity") => Ok(json!({"Account": self.account})),
                (None, "DescribeRegions") => Ok(json!({"Regions": [
                    {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"},
                    {"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"},
                ]})),
                (None, _) => Err(ErrorKind::Denied),
            };
            match answered {
                Ok(value) => Ok(Response {
                    value,
                    attempts: 1,
                    ..Response::default()
                }),
                Err(kind) => Err(AwsError {
                    kind,
                    service: call.service.to_owned(),
                    operation: call.operation.to_owned(),
                    region: region.to_owned(),
                    code: Some(code.map_or_else(|| format!("{kind:?}"), str::to_owned)),
                    message: format!("{} fails for the test", call.operation),
                    request_id: None,
                }),
            }
        })
    }
}
