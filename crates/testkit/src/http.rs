//! An HTTP receiver for webhooks, in the test's own process, on a port of the operating system's choice.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A request that came.
#[derive(Debug, Clone)]
pub struct Received {
    headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Received {
    /// A header's value; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut request = Self {
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: Vec::new(),
        };
        let length: usize = request.header("content-length").parse().ok()?;
        request.body = bytes.get(end + 4..end + 4 + length)?.to_vec();
        Some(request)
    }
}

/// Answers every request with the same text; an empty text never answers. Ends with the test.
#[derive(Debug)]
pub struct Receiver {
    /// Where it listens, with a path and a query.
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    _tasks: JoinSet<()>,
}

impl Receiver {
    /// Starts one that answers so: `204 No Content`, with more header lines after a line break.
    pub async fn start(answer: &'static str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
        let url = format!("http://{}/hook?key=hidden", listener.local_addr()?);
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let mut tasks = JoinSet::new();
        let log = Arc::clone(&received);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, answer, Arc::clone(&log)));
            }
        });
        Ok(Self {
            url,
            received,
            _tasks: tasks,
        })
    }

    /// What has come so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn serve(mut stream: TcpStream, answer: &'static str, log: Arc<Mutex<Vec<Received>>>) {
    let mut bytes = Vec::new();
    let request = loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.unwrap_or(0);
        bytes.extend_from_slice(&chunk[..count]);
        match Received::parse(&bytes) {
            Some(request) => break request,
            None if count == 0 => return,
            None => {}
        }
    };
    log.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    if answer.is_empty() {
        std::future::pending::<()>().await;
    }
    let text = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    // Whoever has gone meanwhile does not want it.
    let _ = stream.write_all(text.as_bytes()).await;
}
