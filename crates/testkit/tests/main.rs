//! The real servers start, answer and stop.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use security_monkey_testkit::moto::Moto;

fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn moto_answers_until_it_is_dropped() {
    let moto = Moto::start().unwrap();
    let address = moto.url().trim_start_matches("http://").to_owned();
    let answer = get(&address, "/moto-api/data.json").unwrap();
    assert!(answer.contains(" 200 "), "{answer}");
    drop(moto);
    assert!(TcpStream::connect(&address).is_err());
}
