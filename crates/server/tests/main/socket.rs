//! The server on a real socket.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::fixture::Server;

async fn exchange(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn it_serves_and_finishes_what_it_has_begun_when_told_to_end() {
    let server = Server::sqlite().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = security_monkey_server::serve(
        listener,
        server.router.clone(),
        server.shutdown.clone(),
        Duration::from_mins(1),
    );
    let client = server.user(security_monkey_model::Role::View).await;
    let cookie = client.headers["cookie"].to_str().unwrap().to_owned();
    let calling = async {
        let health = exchange(address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert!(
            health.starts_with("HTTP/1.1 200") && health.ends_with("ok\n"),
            "{health}"
        );
        let rubbish = exchange(address, "NONSENSE\r\n\r\n").await;
        assert!(rubbish.starts_with("HTTP/1.1 400"), "{rubbish}");
        let refused = exchange(
            address,
            "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        )
        .await;
        assert!(refused.starts_with("HTTP/1.1 421"), "{refused}");
        let waiting = format!(
            "GET /api/v1/events?after=0&wait_seconds=30 HTTP/1.1\r\nHost: 127.0.0.1:5000\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(waiting.as_bytes()).await.unwrap();
        // A second request on a connection of its own is answered only after the first has been accepted.
        exchange(address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        server.shutdown.cancel();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with("{\"events\":[],\"next\":0}"), "{answer}");
    };
    let (served, ()) = futures::join!(serving, calling);
    served.unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "it no longer listens");
}

#[tokio::test]
async fn half_a_request_does_not_keep_the_process() {
    let server = Server::sqlite().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = security_monkey_server::serve(
        listener,
        server.router.clone(),
        server.shutdown.clone(),
        Duration::from_millis(50),
    );
    let calling = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: ").await.unwrap();
        // Answered after the half one has been accepted.
        exchange(address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        server.shutdown.cancel();
        stream
    };
    let (served, stream) = futures::join!(serving, calling);
    served.unwrap();
    drop(stream);
}
