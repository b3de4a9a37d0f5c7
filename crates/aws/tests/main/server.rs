//! A server that answers as a test says, in this process, on a port of the operating system's choice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use security_monkey_aws::{Client, Options, Retries, Session, Timeouts};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `POST / HTTP/1.1`
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Request {
    /// `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, …`: the part named.
    fn scope(&self, part: usize) -> String {
        let authorization = &self.headers["authorization"];
        let credential = authorization
            .split_once("Credential=")
            .unwrap()
            .1
            .split_once(',')
            .unwrap()
            .0;
        credential.split('/').nth(part).unwrap().to_owned()
    }

    pub(crate) fn access_key(&self) -> String {
        self.scope(0)
    }

    pub(crate) fn signing_region(&self) -> String {
        self.scope(2)
    }
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// An answer. `content-length` is added.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The connection is closed without one.
    Close,
    /// An answer that says it is longer than it is, then the connection is closed.
    Truncated(String),
    /// A head, and then nothing until the test is over.
    Hang,
    /// Held back until so many requests are under way at once; then this.
    Together(usize, Box<Reply>),
}

impl Reply {
    pub(crate) fn xml(body: &str) -> Self {
        Self::Answer(200, vec![("content-type", "text/xml".to_owned())], body.to_owned())
    }

    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::Answer(
            status,
            vec![("content-type", "application/x-amz-json-1.1".to_owned())],
            body.to_owned(),
        )
    }

    /// An error of a JSON service.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::json(status, &format!(r#"{{"__type":"{code}","message":"because"}}"#))
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer(_, headers, _) = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// What a server needs for TLS in these names, and the certificate, PEM, by which it is trusted.
pub(crate) fn certified(names: &[&str]) -> (Arc<rustls::ServerConfig>, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let authority = rcgen::generate_simple_self_signed(names).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(authority.signing_key.serialize_der()).unwrap();
    let tls = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![authority.cert.der().clone()], key)
        .unwrap();
    (Arc::new(tls), authority.cert.pem())
}

type Handler = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// Serves until dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Request>>>,
    load: Arc<Load>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// `handler` gets each request and how many came before it.
    pub(crate) async fn start(handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::serve(handler, None).await
    }

    /// The same with TLS.
    pub(crate) async fn start_tls(
        handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
        tls: Arc<rustls::ServerConfig>,
    ) -> Self {
        Self::serve(handler, Some(tokio_rustls::TlsAcceptor::from(tls))).await
    }

    async fn serve(
        handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
        tls: Option<tokio_rustls::TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}", listener.local_addr().unwrap().port());
        let asked: Arc<Mutex<Vec<Request>>> = Arc::default();
        let load: Arc<Load> = Arc::default();
        let (handler, log): (Arc<Handler>, _) = (Arc::new(handler), asked.clone());
        let shared = load.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (handler, log, load, tls) = (handler.clone(), log.clone(), shared.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => connection(stream, &*handler, &log, &load).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                connection(stream, &*handler, &log, &load).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            url,
            asked,
            load,
            _tasks: tasks,
        }
    }

    /// A server that gives these answers in turn, and the last one from then on.
    pub(crate) async fn scripted(replies: Vec<Reply>) -> Self {
        Self::start(move |_, before| replies[before.min(replies.len() - 1)].clone()).await
    }

    pub(crate) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }

    /// The most requests that were under way at once since this was last asked.
    pub(crate) fn most_at_once(&self) -> usize {
        self.load.most.swap(0, Ordering::SeqCst)
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.rsplit_once(':').unwrap().1.parse().unwrap()
    }
}

/// Requests that have come and are not answered.
#[derive(Default)]
struct Load {
    now: AtomicUsize,
    most: AtomicUsize,
    waiting: AtomicUsize,
    released: Notify,
}

impl Load {
    /// Waits for a group of `size`, then a little longer, so that one too many would be seen.
    async fn together(&self, size: usize) {
        let released = self.released.notified();
        if self.waiting.fetch_add(1, Ordering::SeqCst) + 1 == size {
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            self.waiting.fetch_sub(size, Ordering::SeqCst);
            self.released.notify_waiters();
        } else {
            released.await;
        }
    }
}

async fn connection(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    handler: &Handler,
    log: &Mutex<Vec<Request>>,
    load: &Load,
) {
    while let Some(request) = read(&mut stream).await {
        let before = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        let now = load.now.fetch_add(1, Ordering::SeqCst) + 1;
        load.most.fetch_max(now, Ordering::SeqCst);
        let mut reply = handler(&request, before);
        if let Reply::Together(size, then) = reply {
            load.together(size).await;
            reply = *then;
        }
        load.now.fetch_sub(1, Ordering::SeqCst);
        let text = match reply {
            Reply::Together(..) => unreachable!("not nested"),
            Reply::Close => return,
            Reply::Hang => {
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{")
                    .await;
                std::future::pending::<()>().await;
                return;
            }
            Reply::Truncated(body) => {
                let _ = stream
                    .write_all(
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len() + 7).as_bytes(),
                    )
                    .await;
                return;
            }
            Reply::Answer(status, headers, body) => {
                let mut text = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    text = text + name + ": " + &value + "\r\n";
                }
                text + "\r\n" + &body
            }
        };
        if stream.write_all(text.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |value| value.parse().unwrap());
    while bytes.len() < head_end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8_lossy(&bytes[head_end + 4..head_end + 4 + length]).into_owned();
    Some(Request { line, headers, body })
}

/// Fast retries, an environment with fake credentials and nothing of the developer's, all calls to `url`.
pub(crate) fn options(url: &str) -> Options {
    let mut options = Options::new(HashMap::from(
        [
            ("AWS_ACCESS_KEY_ID", "AKIDFROMENVIRONMENT"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL", url),
            ("HOME", "/nonexistent"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    ));
    options.retries = Retries {
        max_attempts: 3,
        initial_backoff: Duration::from_millis(1),
        max_backoff: Duration::from_millis(2),
    };
    // What a test wants to see end sooner it sets itself; for the others a busy machine is no fault.
    options.timeouts = Timeouts {
        connect: Duration::from_mins(2),
        attempt: Duration::from_mins(4),
        call: Duration::from_mins(8),
    };
    options
}

pub(crate) async fn client(url: &str) -> Client {
    Session::load(options(url)).await.unwrap().own()
}
