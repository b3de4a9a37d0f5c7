//! An account in memory: answers by operation, and a record of what was asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::StreamExt as _;
use security_monkey_aws::models::Models;
use security_monkey_aws::{Api, AwsError, Call, ErrorKind, Response};
use security_monkey_model::document::Salt;
use security_monkey_model::{AccountId, CoverageGap, ObservedResource, Region, TechnologyId};
use security_monkey_watcher::{Limits, ScanItem, ScanPlace, Scanner, Technologies, Technology};
use serde_json::Value;

type Answer = Box<dyn Fn(&str, &Value) -> Result<Value, ErrorKind> + Send + Sync>;

/// An [`Api`] over closures. What was not given an answer is denied, as with a role that may do nothing.
#[derive(Default)]
pub(crate) struct Fake {
    answers: HashMap<&'static str, Answer>,
    codes: HashMap<&'static str, &'static str>,
    unknown: HashMap<&'static str, Vec<String>>,
    asked: Mutex<Vec<(String, String, Value)>>,
}

impl Fake {
    /// Answers an operation from its region and parameters.
    pub(crate) fn on(
        mut self,
        operation: &'static str,
        answer: impl Fn(&str, &Value) -> Result<Value, ErrorKind> + Send + Sync + 'static,
    ) -> Self {
        self.answers.insert(operation, Box::new(answer));
        self
    }

    /// Answers an operation always alike.
    pub(crate) fn always(self, operation: &'static str, answer: Value) -> Self {
        self.on(operation, move |_, _| Ok(answer.clone()))
    }

    /// Fails an operation with one of AWS's codes.
    pub(crate) fn fails(mut self, operation: &'static str, kind: ErrorKind, code: &'static str) -> Self {
        self.codes.insert(operation, code);
        self.on(operation, move |_, _| Err(kind))
    }

    /// Failures of this operation carry this code.
    pub(crate) fn code(mut self, operation: &'static str, code: &'static str) -> Self {
        self.codes.insert(operation, code);
        self
    }

    /// Members of the operation's answer that the API table does not know.
    pub(crate) fn unknown(mut self, operation: &'static str, paths: &[&str]) -> Self {
        self.unknown
            .insert(operation, paths.iter().map(|path| (*path).to_owned()).collect());
        self
    }

    /// What was asked: operation, region, parameters.
    pub(crate) fn asked(&self) -> Vec<(String, String, Value)> {
        self.asked.lock().unwrap().clone()
    }

    /// How often an operation was asked for.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.asked().iter().filter(|(asked, _, _)| asked == operation).count()
    }
}

impl Api for Fake {
    fn call<'a>(&'a self, region: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>> {
        self.asked
            .lock()
            .unwrap()
            .push((call.operation.to_owned(), region.to_owned(), call.params.clone()));
        let result = match self.answers.get(call.operation) {
            Some(answer) => answer(region, &call.params),
            None => Err(ErrorKind::Denied),
        };
        let result = result
            .map(|value| Response {
                value,
                unknown: self.unknown.get(call.operation).cloned().unwrap_or_default(),
                ..Response::default()
            })
            .map_err(|kind| AwsError {
                kind,
                service: call.service.to_owned(),
                operation: call.operation.to_owned(),
                region: region.to_owned(),
                code: self.codes.get(call.operation).map(|code| (*code).to_owned()),
                message: "the fake says so".to_owned(),
                request_id: None,
            });
        async move {
            // Let other calls run between question and answer, as a network would.
            tokio::task::yield_now().await;
            result
        }
        .boxed()
    }
}

/// What a scan reported, by technology.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) resources: BTreeMap<String, Vec<ObservedResource>>,
    pub(crate) gaps: BTreeMap<String, Vec<CoverageGap>>,
    /// Resources that were gone when their own calls were made.
    pub(crate) gone: Vec<CoverageGap>,
    pub(crate) ends: BTreeMap<String, End>,
}

#[derive(Debug)]
pub(crate) struct End {
    pub(crate) complete: bool,
    pub(crate) resources: usize,
    pub(crate) calls: u32,
    pub(crate) unknown_members: Vec<String>,
}

impl Report {
    pub(crate) fn add(&mut self, item: ScanItem) {
        match item {
            ScanItem::Batch { technology, resources } => {
                assert!(!self.ends.contains_key(technology.as_str()), "a batch after the end");
                self.resources
                    .entry(technology.to_string())
                    .or_default()
                    .extend(resources);
            }
            ScanItem::Gap { technology, gap } => {
                assert!(!self.ends.contains_key(technology.as_str()), "a gap after the end");
                self.gaps.entry(technology.to_string()).or_default().push(gap);
            }
            ScanItem::Gone { technology, gap } => {
                assert!(!self.ends.contains_key(technology.as_str()), "a gap after the end");
                self.gone.push(gap);
            }
            ScanItem::End {
                technology,
                complete,
                resources,
                calls,
                unknown_members,
            } => {
                let end = End {
                    complete,
                    resources,
                    calls,
                    unknown_members,
                };
                assert!(self.ends.insert(technology.to_string(), end).is_none(), "two ends");
            }
        }
    }

    /// The only resource of a technology.
    pub(crate) fn only(&self, technology: &str) -> &ObservedResource {
        let resources = &self.resources[technology];
        assert_eq!(resources.len(), 1);
        &resources[0]
    }

    pub(crate) fn gaps(&self, technology: &str) -> &[CoverageGap] {
        self.gaps.get(technology).map_or(&[], Vec::as_slice)
    }
}

pub(crate) fn technologies() -> Technologies {
    let (technologies, errors) = Technologies::built_in(Models::embedded());
    assert!(errors.is_empty(), "{errors:?}");
    technologies
}

pub(crate) fn place(region: &str) -> ScanPlace {
    ScanPlace {
        account: AccountId::parse("123456789012").unwrap(),
        region: Region::parse(region).unwrap(),
        partition: "aws".into(),
        regions: Arc::default(),
    }
}

pub(crate) fn scanner() -> Scanner {
    Scanner::new(Salt::new(vec![7; 16]), Limits::default())
}

/// Scans built-in technologies.
pub(crate) async fn scan(api: &dyn Api, region: &str, ids: &[&str]) -> Report {
    scan_of(&technologies(), api, region, ids).await
}

/// Scans some of these technologies.
pub(crate) async fn scan_of(technologies: &Technologies, api: &dyn Api, region: &str, ids: &[&str]) -> Report {
    let chosen: Vec<Arc<Technology>> = ids
        .iter()
        .map(|id| technologies.get(&TechnologyId::parse(id).unwrap()).unwrap().clone())
        .collect();
    let chosen: Vec<&Technology> = chosen.iter().map(AsRef::as_ref).collect();
    let mut report = Report::default();
    let (scanner, place) = (scanner(), place(region));
    let mut items = std::pin::pin!(scanner.scan(api, &place, &chosen));
    while let Some(item) = items.next().await {
        report.add(item);
    }
    assert_eq!(report.ends.len(), ids.len(), "every technology ends once");
    for (technology, end) in &report.ends {
        assert_eq!(end.resources, report.resources.get(technology).map_or(0, Vec::len));
    }
    report
}
