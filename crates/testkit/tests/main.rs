//! The real servers start, answer and stop.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use security_monkey_testkit::moto::Moto;
use security_monkey_testkit::postgres::Postgres;

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

/// Asks the database for one value by `psql`, which is what a person would do.
fn ask(url: &str, question: &str) -> String {
    let output = std::process::Command::new("psql")
        .args(["--no-psqlrc", "--tuples-only", "--no-align", "--command", question, url])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn postgres_gives_each_test_a_database_of_its_own() {
    let server = Postgres::start().unwrap();
    let one = server.database().unwrap();
    let two = Postgres::start().unwrap().database().unwrap();
    assert_ne!(one.url(), two.url());
    ask(&one.url(), "create table here (a int)");
    assert_eq!(
        ask(&one.url(), "select count(*) from pg_tables where tablename = 'here'"),
        "1"
    );
    assert_eq!(
        ask(&two.url(), "select count(*) from pg_tables where tablename = 'here'"),
        "0"
    );
    assert_eq!(
        ask(&one.url(), "select 'a' < 'B'"),
        "t",
        "text is sorted as people sort it"
    );
}

#[tokio::test]
async fn postgres_prepares_a_template_once() {
    let server = Postgres::start().unwrap();
    let mut prepared = 0;
    for _ in 0..2 {
        let database = server
            .database_like("testkit", async |url| {
                prepared += 1;
                ask(&url, "create table made (a int)");
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(ask(&database.url(), "select count(*) from made"), "0");
    }
    assert_eq!(prepared, 1);
}
