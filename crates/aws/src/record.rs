//! Record and replay: AWS's raw answers in a file, for tests, for reproducing a defect, and for benchmarks without AWS.
//!
//! A cassette is JSON lines: a head (format, version of the API table), then one line per call with account, region,
//! service, operation, parameters, and either the answer (status, headers, raw body) or the failure. Requests are
//! recorded as parameters, before they are signed: no credentials, no `Authorization`. Answers of `AssumeRole` are not
//! recorded at all. What AWS says about the account is recorded as it is: **treat a cassette as the account's configuration**.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{Api, Call, Response};
use crate::client::{Client, failure, interpret};
use crate::error::{AwsError, ErrorKind};
use crate::models::Models;
use crate::transport::Exchange;
use crate::wire::RawResponse;

/// Version of the file's format. A reader knows all versions up to its own.
const FORMAT: u32 = 1;

/// Headers of an answer that might carry something secret, and say nothing about the account.
const DROPPED_HEADERS: [&str; 4] = ["authorization", "set-cookie", "x-amz-security-token", "x-amz-id-2"];

/// A cassette that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CassetteError {
    /// The file cannot be opened, read or written.
    #[error("cassette {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("cassette {}, line {line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Head {
    cassette: u32,
    api_table: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    account: String,
    region: String,
    service: String,
    operation: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    params: Value,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Answer(Answer),
    Failure(Failure),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// Bodies that are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Failure {
    kind: String,
    message: String,
}

/// A cassette being recorded. Shared by the recorders of several accounts.
#[derive(Debug)]
pub struct Cassette {
    path: PathBuf,
    file: Mutex<BufWriter<File>>,
    /// The first failure to write: kept until [`Cassette::finish`], because a full disk must not fail the calls.
    problem: Mutex<Option<std::io::Error>>,
}

impl Cassette {
    /// Begins a new file; one that exists is replaced.
    pub fn create(path: &Path) -> Result<Self, CassetteError> {
        let problem = |source| CassetteError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = BufWriter::new(File::create(path).map_err(problem)?);
        let head = Head {
            cassette: FORMAT,
            api_table: Models::embedded().version().to_owned(),
        };
        serde_json::to_writer(&mut file, &head).map_err(|error| problem(error.into()))?;
        file.write_all(b"\n").map_err(problem)?;
        Ok(Self {
            path: path.to_owned(),
            file: Mutex::new(file),
            problem: Mutex::default(),
        })
    }

    /// Writes what is still in memory, and reports what could not be written.
    pub fn finish(&self) -> Result<(), CassetteError> {
        let flushed = self.file.lock().unwrap_or_else(PoisonError::into_inner).flush();
        let earlier = self.problem.lock().unwrap_or_else(PoisonError::into_inner).take();
        match earlier.map_or(flushed, Err) {
            Ok(()) => Ok(()),
            Err(source) => Err(CassetteError::Io {
                path: self.path.clone(),
                source,
            }),
        }
    }

    fn write(&self, line: &Line) {
        let written = serde_json::to_vec(line)
            .map_err(std::io::Error::from)
            .and_then(|mut bytes| {
                bytes.push(b'\n');
                self.file
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .write_all(&bytes)
            });
        if let Err(error) = written {
            self.problem
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(error);
        }
    }
}

/// Makes calls and records AWS's answers.
#[derive(Clone, Debug)]
pub struct Recorder {
    client: Client,
    cassette: Arc<Cassette>,
}

impl Recorder {
    /// Records what `client` is answered.
    pub fn new(client: Client, cassette: Arc<Cassette>) -> Self {
        Self { client, cassette }
    }

    async fn answer(&self, region: &str, call: Call<'_>) -> Result<Response, AwsError> {
        let result = self.client.exchange(region, &call).await;
        let outcome = match &result {
            Ok(exchange) => Outcome::Answer(Answer::of(&exchange.raw)),
            Err(error) => Outcome::Failure(Failure {
                kind: error.kind.as_str().to_owned(),
                message: error.message.clone(),
            }),
        };
        if call.service != "sts" || call.operation == "GetCallerIdentity" {
            self.cassette.write(&Line {
                account: self.client.account().to_string(),
                region: region.to_owned(),
                service: call.service.to_owned(),
                operation: call.operation.to_owned(),
                params: call.params.clone(),
                outcome,
            });
        }
        interpret(&call, region, result?, self.client.is_proven()).await
    }
}

impl Api for Recorder {
    fn call<'a>(&'a self, region: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>> {
        self.answer(region, call).boxed()
    }
}

impl Answer {
    fn of(raw: &RawResponse) -> Self {
        let headers = raw
            .headers
            .iter()
            .filter(|(name, _)| !DROPPED_HEADERS.iter().any(|dropped| name.eq_ignore_ascii_case(dropped)))
            .cloned()
            .collect();
        let (body, body_base64) = match std::str::from_utf8(&raw.body) {
            Ok(text) => (Some(text.to_owned()), None),
            Err(_) => (None, Some(STANDARD.encode(&raw.body))),
        };
        Self {
            status: raw.status,
            headers,
            body,
            body_base64,
        }
    }

    fn raw(&self) -> Result<RawResponse, base64::DecodeError> {
        let body = match (&self.body, &self.body_base64) {
            (_, Some(coded)) => Bytes::from(STANDARD.decode(coded)?),
            (Some(text), None) => Bytes::copy_from_slice(text.as_bytes()),
            (None, None) => Bytes::new(),
        };
        Ok(RawResponse {
            status: self.status,
            headers: self.headers.clone(),
            body,
        })
    }
}

/// What one call is known by: account, region, service, operation, parameters.
type Key = (String, String, String, String, String);

/// Answers calls from a cassette, without any network. The same call gets its recorded answers in their order, and the
/// last one again and again; a call that was not recorded fails.
#[derive(Clone, Debug)]
pub struct Replayer {
    account: Arc<str>,
    tape: Arc<Tape>,
}

#[derive(Debug)]
struct Tape {
    recorded: HashMap<Key, Vec<Recorded>>,
    played: Mutex<HashMap<Key, usize>>,
}

#[derive(Clone, Debug)]
enum Recorded {
    Answer(RawResponse),
    Failure(ErrorKind, String),
}

impl Replayer {
    /// Reads a cassette. Its calls are those of `account`, which is the client's label at the time of recording.
    pub fn open(path: &Path, account: &str) -> Result<Self, CassetteError> {
        let io = |source| CassetteError::Io {
            path: path.to_owned(),
            source,
        };
        let mut recorded: HashMap<Key, Vec<Recorded>> = HashMap::new();
        let mut has_head = false;
        for (index, text) in BufReader::new(File::open(path).map_err(io)?).lines().enumerate() {
            let text = text.map_err(io)?;
            let wrong = |reason: String| CassetteError::Line {
                path: path.to_owned(),
                line: index + 1,
                reason,
            };
            if index == 0 {
                let head: Head = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
                if head.cassette > FORMAT {
                    return Err(wrong(format!(
                        "format {} is newer than this program's {FORMAT}",
                        head.cassette
                    )));
                }
                has_head = true;
                continue;
            }
            let line: Line = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
            let entry = match line.outcome {
                Outcome::Answer(answer) => Recorded::Answer(answer.raw().map_err(|error| wrong(error.to_string()))?),
                Outcome::Failure(failure) => {
                    let kind = ErrorKind::from_name(&failure.kind)
                        .ok_or_else(|| wrong(format!("unknown kind of failure `{}`", failure.kind)))?;
                    Recorded::Failure(kind, failure.message)
                }
            };
            let key = (
                line.account,
                line.region,
                line.service,
                line.operation,
                line.params.to_string(),
            );
            recorded.entry(key).or_default().push(entry);
        }
        if !has_head {
            return Err(CassetteError::Line {
                path: path.to_owned(),
                line: 1,
                reason: "the file is empty: it was never finished".to_owned(),
            });
        }
        Ok(Self {
            account: account.into(),
            tape: Arc::new(Tape {
                recorded,
                played: Mutex::default(),
            }),
        })
    }

    /// The same cassette, in the name of another account.
    #[must_use]
    pub fn account(&self, account: &str) -> Self {
        Self {
            account: account.into(),
            tape: self.tape.clone(),
        }
    }

    async fn answer(&self, region: &str, call: Call<'_>) -> Result<Response, AwsError> {
        match self.tape.next(&self.account, region, &call) {
            Some(Recorded::Answer(raw)) => interpret(&call, region, Exchange { raw, attempts: 1 }, true).await,
            Some(Recorded::Failure(kind, message)) => Err(failure(kind, &call, region, message)),
            None => Err(failure(
                ErrorKind::Transport,
                &call,
                region,
                format!(
                    "not recorded for account {} with parameters {}",
                    self.account, call.params
                ),
            )),
        }
    }
}

impl Tape {
    fn next(&self, account: &str, region: &str, call: &Call<'_>) -> Option<Recorded> {
        let key = (
            account.to_owned(),
            region.to_owned(),
            call.service.to_owned(),
            call.operation.to_owned(),
            call.params.to_string(),
        );
        let answers = self.recorded.get(&key)?;
        let mut played = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        let place = played.entry(key).or_insert(0);
        let answer = answers.get(*place).or(answers.last());
        *place += 1;
        answer.cloned()
    }
}

impl Api for Replayer {
    fn call<'a>(&'a self, region: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>> {
        self.answer(region, call).boxed()
    }
}
