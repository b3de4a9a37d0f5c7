//! A client of a running `serve`, by HTTP as any other.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// One request on a connection of its own.
pub(crate) fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("connect to the server");
    let body = body.map_or_else(String::new, Value::to_string);
    let headers: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}",
        body.len(),
        headers.concat()
    );
    write!(stream, "{request}\r\n{body}").expect("send the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("read the answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    Answer {
        status: head
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .expect("a status"),
        head: head.to_owned(),
        body: serde_json::from_str(body).unwrap_or(Value::Null),
    }
}

/// An attempt to sign in.
pub(crate) fn sign_in(address: &str, headers: &[(&str, &str)], email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    ask(address, "POST", "/api/v1/session", headers, Some(&body))
}

/// Somebody who has signed in.
pub(crate) struct Person {
    address: String,
    cookie: String,
    csrf_token: String,
}

impl Person {
    pub(crate) fn sign_in(address: &str, email: &str, password: &str) -> Self {
        let answer = sign_in(address, &[], email, password);
        assert_eq!(answer.status, 200, "{}\n{:#}", answer.head, answer.body);
        let cookie = answer
            .head
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .and_then(|cookie| cookie.split(';').next())
            .expect("a cookie");
        Self {
            address: address.to_owned(),
            cookie: cookie.to_owned(),
            csrf_token: answer.body["csrf_token"].as_str().expect("a CSRF token").to_owned(),
        }
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let headers = [("Cookie", &*self.cookie), ("X-CSRF-Token", &*self.csrf_token)];
        ask(&self.address, method, path, &headers, body)
    }

    /// Waits for an event like this, as the user interface does; fails after two minutes.
    pub(crate) fn event(&self, from: i64, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + Duration::from_mins(2);
        let mut after = from;
        let mut seen = Vec::new();
        while Instant::now() < end {
            let news = self.ask("GET", &format!("/api/v1/events?after={after}&wait_seconds=10"), None);
            assert_eq!(news.status, 200, "{:#}", news.body);
            after = news.body["next"].as_i64().expect("where to go on");
            for event in news.body["events"].as_array().expect("events") {
                if is_wanted(event) {
                    return event.clone();
                }
                seen.push(event["message"].clone());
            }
        }
        panic!("it did not happen within two minutes; this did: {seen:#?}");
    }
}
