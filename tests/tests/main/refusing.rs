//! An AWS that refuses or delays some requests: stands before a fake AWS and passes on what it does not answer itself.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What is answered to requests that hold these words, in head or body.
pub(crate) struct Refusal {
    pub(crate) words: &'static str,
    /// `403 Forbidden`
    pub(crate) status: &'static str,
    pub(crate) body: &'static str,
}

/// STS: the role does not trust us.
pub(crate) const NOT_TRUSTED: Refusal = Refusal {
    words: "Action=AssumeRole",
    status: "403 Forbidden",
    body: "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/monkey is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/Reader</Message></Error><RequestId>r-1</RequestId></ErrorResponse>",
};

/// EC2 of a region that is not switched on for the account.
pub(crate) const SWITCHED_OFF: Refusal = Refusal {
    words: "/me-south-1/ec2/",
    status: "401 Unauthorized",
    body: "<Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able to validate the provided access credentials</Message></Error></Errors><RequestID>r-2</RequestID></Response>",
};

/// Something between us and AWS that answers in its stead.
pub(crate) const CAPTIVE: Refusal = Refusal {
    words: "Action=DescribeSecurityGroups",
    status: "200 OK",
    body: "<html><body>Please sign in to the network</body>",
};

/// Answers in front of `aws` until the process ends; returns its address.
pub(crate) fn before(aws: &str, refusals: &'static [Refusal]) -> String {
    stand_before(aws, move |text| {
        refusals.iter().find(|refusal| text.contains(refusal.words))
    })
}

/// In front of a fake AWS: requests with some words wait, unanswered, until it is opened.
pub(crate) struct Gate {
    /// Its address.
    pub(crate) address: String,
    waiting: Arc<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// How many requests have come to wait, and whether they still must.
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Gate {
    /// Closed.
    pub(crate) fn before(aws: &str, words: &'static str) -> Self {
        let waiting = Arc::new(Waiting::default());
        let held = Arc::clone(&waiting);
        let address = stand_before(aws, move |text| {
            if text.contains(words) {
                let mut state = held.state.lock().expect("no panic");
                state.0 += 1;
                held.changed.notify_all();
                drop(
                    held.changed
                        .wait_while(state, |(_, is_open)| !*is_open)
                        .expect("no panic"),
                );
            }
            None
        });
        Self { address, waiting }
    }

    /// Waits until so many requests have come to the closed gate, since it stands.
    pub(crate) fn hear(&self, count: usize) {
        let state = self.waiting.state.lock().expect("no panic");
        let patience = Duration::from_mins(2);
        let (state, waited) = (self.waiting.changed)
            .wait_timeout_while(state, patience, |(arrived, _)| *arrived < count)
            .expect("no panic");
        assert!(
            !waited.timed_out(),
            "{} requests came to the gate, not {count}",
            state.0
        );
    }

    /// How many requests have come.
    pub(crate) fn arrived(&self) -> usize {
        self.waiting.state.lock().expect("no panic").0
    }

    /// Lets all through, from now on.
    pub(crate) fn open(&self) {
        self.waiting.state.lock().expect("no panic").1 = true;
        self.waiting.changed.notify_all();
    }
}

/// Answers in front of `aws` what `refusal` has an answer for, until the process ends; returns its address.
fn stand_before(aws: &str, refusal: impl Fn(&str) -> Option<&'static Refusal> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let aws = aws.trim_start_matches("http://").to_owned();
    let refusal = Arc::new(refusal);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (aws, refusal) = (aws.clone(), Arc::clone(&refusal));
            // A caller that goes away in the middle of a request is its own affair.
            std::thread::spawn(move || answer(connection, &aws, &*refusal));
        }
    });
    address
}

fn answer(
    mut connection: TcpStream,
    aws: &str,
    refusal: &dyn Fn(&str) -> Option<&'static Refusal>,
) -> std::io::Result<()> {
    let (head, body) = request(&mut connection)?;
    let text = format!("{head}{}", String::from_utf8_lossy(&body));
    if let Some(refusal) = refusal(&text) {
        return write!(
            connection,
            "HTTP/1.1 {}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
            refusal.status,
            refusal.body.len(),
            refusal.body
        );
    }
    let mut onward = TcpStream::connect(aws)?;
    write!(onward, "{}\r\nConnection: close\r\n\r\n", head.trim_end())?;
    onward.write_all(&body)?;
    let mut answer = Vec::new();
    onward.read_to_end(&mut answer)?;
    connection.write_all(&answer)
}

/// Head and body of the only request of a connection.
fn request(connection: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        let count = connection.read(&mut chunk)?;
        bytes.extend_from_slice(&chunk[..count]);
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end + 4]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.trim().parse().ok())
                .unwrap_or(0);
            let mut body = bytes.split_off(end + 4);
            let received = body.len();
            body.resize(length.max(received), 0);
            connection.read_exact(&mut body[received..])?;
            return Ok((head, body));
        }
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}
