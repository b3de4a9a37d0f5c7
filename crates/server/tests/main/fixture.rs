//! A server over a store with a small estate, and the ways people call it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use security_monkey_auditor::{AnyShape, Auditor, Origin, RuleSet, RuleSources};
use security_monkey_aws::Api;
use security_monkey_aws::models::Models;
use security_monkey_engine::{AccountClients, ClientError, Engine, EngineParts, EngineSettings, RuleLoading};
use security_monkey_model::{
    Account, AccountId, Change, Clock, CoverageGap, Digest, EvaluatedFinding, Evaluation, FixedClock, GapCause, Link,
    ObservedResource, Region, ResourceId, Role, RuleId, Scope, Score, Subject, TechnologyId, Timestamp, UserEmail,
    Verdict,
};
use security_monkey_notifier::{Channel, SmtpChannel, SmtpSettings};
use security_monkey_server::password::{HashingCost, hash_password};
use security_monkey_server::randomness::SystemRandomness;
use security_monkey_server::{PublicUrl, ServerParts, ServerSettings};
use security_monkey_store::record::{Observation, RecordBatch, ResourceEvaluations, RuleFact, RuleFacts};
use security_monkey_store::resource::ResourceFilter;
use security_monkey_store::scan::ScanEnd;
use security_monkey_store::{Author, Page, ResourceRow, Store, StoreOptions};
use security_monkey_testkit::postgres::{Database, Postgres};
use security_monkey_testkit::python::workspace_root;
use security_monkey_watcher::{SourceFile, Technologies};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// 2026-11-22T03:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_795_316_400_000_000);
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const ORIGIN: &str = "http://127.0.0.1:5000";
pub(crate) const RULE: &str = "aws.ec2.security-group.admin-port-open";
/// What tests pay for a password hash.
pub(crate) const CHEAP: HashingCost = HashingCost {
    memory_kib: 64,
    passes: 1,
};

pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) engine: Engine,
    pub(crate) store: Store,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) shutdown: CancellationToken,
    _database: Kept,
}

#[expect(dead_code, reason = "held for their Drop only")]
pub(crate) enum Kept {
    Folder(tempfile::TempDir),
    Database(Database),
}

/// Nothing is scanned in these tests.
struct NoClients;

impl AccountClients for NoClients {
    fn client(&self, _: &Account) -> Result<Arc<dyn Api>, ClientError> {
        Err(ClientError {
            message: "these tests do not scan".to_owned(),
        })
    }

    fn partition(&self, _: &Account) -> Arc<str> {
        Arc::from("aws")
    }

    fn home_region(&self, _: &Account) -> String {
        "us-east-1".to_owned()
    }
}

/// Mail to a port that nobody listens on: it fails, at once.
fn no_mail() -> Arc<dyn Channel> {
    let mail: SmtpSettings = serde_json::from_value(json!({
        "host": "127.0.0.1", "port": 1, "tls": "none", "from": "Monkey <monkey@example.com>", "hello_name": "localhost",
    }))
    .unwrap();
    Arc::new(SmtpChannel::new(&mail).unwrap())
}

async fn engine(store: Store, clock: Arc<FixedClock>, channels: Vec<Arc<dyn Channel>>) -> Engine {
    let files = SourceFile::built_in()
        .into_iter()
        .filter(|file| file.path.ends_with("ec2/security-group.toml") || file.path.ends_with("s3/bucket.toml"));
    let (technologies, errors) = Technologies::load(files, Models::embedded());
    assert_eq!(errors.len(), 0, "{errors:?}");
    let mut sources = RuleSources::empty();
    for path in ["aws/ec2/security-group.admin-port-open.rego", "lib/network.rego"] {
        let text = std::fs::read_to_string(workspace_root().join("rules").join(path)).unwrap();
        sources = sources.with_file(path, &text, Origin::BuiltIn);
    }
    let (rules, errors) = RuleSet::load(&sources, &AnyShape);
    assert_eq!(errors.len(), 0, "{errors:?}");
    Engine::new(EngineParts {
        store,
        technologies: Arc::new(technologies),
        auditor: Arc::new(Auditor::new(rules)),
        clients: Arc::new(NoClients),
        clock,
        channels,
        process: "test".to_owned(),
        seed: 7,
        rules: RuleLoading::Complete,
        settings: EngineSettings::default(),
    })
    .await
    .unwrap()
}

async fn open(url: &str) -> Store {
    Store::connect(url, StoreOptions::default()).await.unwrap()
}

pub(crate) fn settings() -> ServerSettings {
    let mut settings = ServerSettings::new(PublicUrl::parse(ORIGIN).unwrap());
    settings.hashing_cost = CHEAP;
    settings
}

impl Server {
    pub(crate) async fn sqlite() -> Self {
        Self::with(settings()).await
    }

    pub(crate) async fn with(settings: ServerSettings) -> Self {
        Self::through(settings, vec![no_mail()]).await
    }

    /// A server that tells people through these channels.
    pub(crate) async fn through(settings: ServerSettings, channels: Vec<Arc<dyn Channel>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&format!("sqlite:{}", folder.path().join("test.db").display())).await;
        store.migrate([7; 32], START).await.unwrap();
        Self::over(store, Kept::Folder(folder), settings, channels).await
    }

    pub(crate) async fn postgres() -> Self {
        let database = Postgres::start()
            .unwrap()
            .database_like("server", async |url| {
                let store = open(&url).await;
                store.migrate([7; 32], START).await?;
                store.close().await;
                Ok(())
            })
            .await
            .unwrap();
        let store = open(&database.url()).await;
        Self::over(store, Kept::Database(database), settings(), vec![no_mail()]).await
    }

    async fn over(store: Store, database: Kept, settings: ServerSettings, channels: Vec<Arc<dyn Channel>>) -> Self {
        let clock = Arc::new(FixedClock::at(START));
        let engine = engine(store.clone(), Arc::clone(&clock), channels).await;
        let shutdown = CancellationToken::new();
        let router = security_monkey_server::router(ServerParts {
            engine: engine.clone(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            randomness: Arc::new(SystemRandomness),
            settings,
            shutdown: shutdown.clone(),
        })
        .unwrap();
        let server = Self {
            router,
            engine,
            store,
            clock,
            shutdown,
            _database: database,
        };
        for role in Role::ALL {
            server.add_user(&format!("{}@example.com", role.as_str()), role).await;
        }
        server
    }

    pub(crate) async fn add_user(&self, email: &str, role: Role) {
        let hash = hash_password(PASSWORD, &SystemRandomness, CHEAP).unwrap();
        let email = UserEmail::parse(email).unwrap();
        self.engine
            .add_user(&email, role, Some(&hash), &Author::System)
            .await
            .unwrap();
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
        }
    }

    /// A caller who is not signed in.
    pub(crate) fn nobody(&self) -> Client<'_> {
        Client {
            server: self,
            headers: HeaderMap::new(),
            session: Value::Null,
        }
    }

    /// The user of the fixture with this role, signed in.
    pub(crate) async fn user(&self, role: Role) -> Client<'_> {
        self.sign_in(&format!("{}@example.com", role.as_str()), PASSWORD).await
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Client<'_> {
        let answer = self.try_sign_in(email, password).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        self.client_of(&answer)
    }

    pub(crate) async fn try_sign_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password });
        self.nobody().post("/api/v1/session", &body).await
    }

    /// Who an answer that began a session makes of the caller.
    pub(crate) fn client_of(&self, answer: &Answer) -> Client<'_> {
        let session = answer.json();
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.split(';').next().unwrap().parse().unwrap());
        headers.insert("x-csrf-token", session["csrf_token"].as_str().unwrap().parse().unwrap());
        headers.insert(header::ORIGIN, ORIGIN.parse().unwrap());
        Client {
            server: self,
            headers,
            session,
        }
    }

    /// A script with an API token of the user with this role.
    pub(crate) async fn script(&self, role: Role) -> Client<'_> {
        let user = self.user(role).await;
        let body = json!({ "name": "script", "role": role.as_str() });
        let made = user.post("/api/v1/tokens", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        self.bearer(made.json()["text"].as_str().unwrap())
    }

    pub(crate) fn bearer(&self, token: &str) -> Client<'_> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        Client {
            server: self,
            headers,
            session: Value::Null,
        }
    }

    /// Records security groups `sg-0…` of account 111111111111, each with one finding, by one complete scan.
    pub(crate) async fn estate(&self, groups: usize) {
        self.scan((0..groups).map(group).collect(), 0).await;
    }

    /// One complete scan that sees these groups, each with one finding.
    pub(crate) async fn scan(&self, resources: Vec<ObservedResource>, seconds: i64) {
        let scope = scope();
        let at = START.plus_seconds(seconds);
        let scan = self.store.begin_scan(&scope, at).await.unwrap();
        let ids: Vec<ResourceId> = resources.iter().map(|resource| resource.id.clone()).collect();
        let heads = self.store.heads(&scope, &ids).await.unwrap();
        let evaluations = resources
            .iter()
            .enumerate()
            .map(|(number, resource)| ResourceEvaluations {
                id: resource.id.clone(),
                evaluations: vec![Evaluation {
                    rule: RuleId::parse(RULE).unwrap(),
                    verdict: Verdict::Fail {
                        findings: vec![EvaluatedFinding {
                            subject: Subject::parse("0.0.0.0/0 tcp/22").unwrap(),
                            message: format!("port 22 of {} is open", resource.name),
                            evidence: json!("IpPermissions"),
                            score: Score::new(u8::try_from(number % 11).unwrap()).unwrap(),
                        }],
                    },
                }],
                ruleset: Digest::of(b"rules"),
                unread: Vec::new(),
            })
            .collect();
        let observations = resources
            .into_iter()
            .filter(|resource| {
                heads
                    .iter()
                    .all(|head| head.id != resource.id || head.full != Digest::of_document(&resource.document))
            })
            .map(|resource| Observation::Revision {
                full: Digest::of_document(&resource.document),
                durable: Digest::of_document(&resource.document),
                change: if heads.iter().any(|head| head.id == resource.id) {
                    Change::Changed
                } else {
                    Change::Created
                },
                actor: None,
                differences: Vec::new(),
                resource,
            })
            .collect();
        let facts = RuleFacts::from([(
            RuleId::parse(RULE).unwrap(),
            RuleFact {
                title: "A port is open".to_owned(),
                score: Score::new(8).unwrap(),
            },
        )]);
        let batch = RecordBatch {
            scan,
            scope: &scope,
            at,
            observations,
            evaluations,
            rules: &facts,
            lease: None,
        };
        let report = self.store.record(batch).await.unwrap();
        let mut seen: BTreeSet<ResourceRow> = report.rows.values().copied().collect();
        seen.extend(heads.iter().map(|head| head.row));
        let end = ScanEnd {
            seen,
            gaps: vec![CoverageGap {
                resource: Some(ResourceId::parse("sg-0").unwrap()),
                field: Some("Tags".to_owned()),
                operation: "ec2:DescribeTags".to_owned(),
                cause: GapCause::Denied,
                code: Some("UnauthorizedOperation".to_owned()),
                message: "allow ec2:DescribeTags".to_owned(),
            }],
            is_listing_complete: true,
            ..ScanEnd::default()
        };
        self.store.finish_scan(scan, end, at).await.unwrap();
    }

    /// The number of the resource with this AWS id.
    pub(crate) async fn row(&self, aws_id: &str) -> i64 {
        let all = self
            .store
            .resources(&ResourceFilter::default(), &Page::first(1_000))
            .await
            .unwrap();
        let found = all.items.iter().find(|resource| resource.key.id.as_str() == aws_id);
        found.unwrap().row.0
    }
}

pub(crate) fn scope() -> Scope {
    Scope {
        account: AccountId::parse("111111111111").unwrap(),
        region: Region::parse("eu-west-1").unwrap(),
        technology: TechnologyId::parse("aws.ec2.security-group").unwrap(),
    }
}

/// The security group `sg-<number>`, which refers to `sg-0` unless it is that.
pub(crate) fn group(number: usize) -> ObservedResource {
    let id = format!("sg-{number}");
    let links = (number > 0).then(|| Link {
        to: scope().technology,
        id: "sg-0".to_owned(),
    });
    ObservedResource {
        id: ResourceId::parse(&id).unwrap(),
        name: format!("group {number}"),
        arn: Some(format!("arn:aws:ec2:eu-west-1:111111111111:security-group/{id}")),
        home_region: None,
        tags: BTreeMap::from([("Team".to_owned(), format!("team-{}", number % 2))]),
        links: links.into_iter().collect(),
        document: json!({ "GroupId": id, "Description": format!("number{number}") }),
        unread: Vec::new(),
    }
}

/// Somebody who calls the server.
pub(crate) struct Client<'a> {
    server: &'a Server,
    pub(crate) headers: HeaderMap,
    pub(crate) session: Value,
}

impl Client<'_> {
    pub(crate) async fn request(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:5000");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let body = match body {
            None => Body::empty(),
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
        };
        self.server.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, None).await
    }

    /// A GET that succeeds, as JSON.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        answer.json()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path, None).await
    }
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: bytes::Bytes,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The problem's code; a problem must say the same status, and its media type.
    pub(crate) fn code(&self) -> String {
        let media_type = self
            .headers
            .get(header::CONTENT_TYPE)
            .map(|value| value.to_str().unwrap());
        assert_eq!(media_type, Some("application/problem+json"), "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16(), "{self:?}");
        assert!(!body["detail"].as_str().unwrap().is_empty(), "{self:?}");
        body["code"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn days(number: i64) -> i64 {
    number * i64::try_from(Duration::from_hours(24).as_secs()).unwrap()
}
