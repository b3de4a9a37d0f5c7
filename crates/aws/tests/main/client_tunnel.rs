//! HTTPS through a proxy that really tunnels, to a server that answers in AWS's own names.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::dns::SharedDnsResolver;
use security_monkey_aws::{Api as _, Call, ErrorKind, Options, Session, StaticResolver};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::server::{Reply, Request, Server, certified, options};

const KMS: &str = "kms.us-east-1.amazonaws.com";
const SSO: &str = "portal.sso.us-east-1.amazonaws.com";

/// A proxy that connects everybody to one server, whatever host they ask for, and keeps what they asked.
struct Tunnel {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Tunnel {
    async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = asked.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let log = log.clone();
                connections.spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        head.push(stream.read_u8().await.unwrap());
                    }
                    let head = String::from_utf8(head).unwrap();
                    log.lock().unwrap().push(head.lines().next().unwrap().to_owned());
                    stream
                        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                        .await
                        .unwrap();
                    let mut beyond = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                    // Ends when either side does; how is the client's matter.
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut beyond).await;
                });
            }
        });
        Self {
            port,
            asked,
            _tasks: tasks,
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// All calls to AWS's own names, through this proxy, trusting this certificate.
fn through(tunnel: &Tunnel, certificate: &str, folder: &tempfile::TempDir) -> Options {
    let bundle = folder.path().join("ca.pem");
    std::fs::write(&bundle, certificate).unwrap();
    let mut options = options("unused");
    options.environment.remove("AWS_ENDPOINT_URL");
    for (name, value) in [
        ("HTTPS_PROXY", format!("http://127.0.0.1:{}", tunnel.port)),
        ("AWS_CA_BUNDLE", bundle.display().to_string()),
    ] {
        options.environment.insert(name.to_owned(), value);
    }
    // Only the proxy looks names up.
    options.resolver = Some(SharedDnsResolver::new(StaticResolver::default()));
    options.retries.max_attempts = 1;
    options
}

fn keys() -> Reply {
    Reply::json(200, r#"{"Keys":[],"Truncated":false}"#)
}

#[tokio::test]
async fn https_goes_through_the_tunnel_of_its_proxy() {
    let (tls, certificate) = certified(&[KMS]);
    let server = Server::start_tls(|_, _| keys(), tls).await;
    let tunnel = Tunnel::to(server.port()).await;
    let folder = tempfile::tempdir().unwrap();
    let options = through(&tunnel, &certificate, &folder);
    let client = Session::load(options.clone()).await.unwrap().own();
    let answer = client.call("us-east-1", Call::new("kms", "ListKeys")).await.unwrap();
    assert_eq!(answer.value["Truncated"], false);
    assert_eq!(tunnel.asked(), [format!("CONNECT {KMS}:443 HTTP/1.1")]);
    assert_eq!(server.asked()[0].headers["host"], KMS);
    assert_eq!(server.asked()[0].access_key(), "AKIDFROMENVIRONMENT");

    // Behind the tunnel, too, only AWS is AWS.
    let (_, stranger) = certified(&[KMS]);
    let options = through(&tunnel, &stranger, &folder);
    let client = Session::load(options).await.unwrap().own();
    let error = client
        .call("us-east-1", Call::new("kms", "ListKeys"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport);
    assert!(error.message.contains("certificate"), "{error}");
}

/// A person who has signed in with `aws sso login`: the token is in the cache, the role's credentials come from the portal.
#[tokio::test]
async fn a_cached_sso_token_gives_the_credentials_of_its_role() {
    let (tls, certificate) = certified(&[KMS, SSO]);
    let answer = |request: &Request, _| {
        if request.line.starts_with("GET /federation/credentials") {
            let credentials =
                r#"{"accessKeyId":"AKIDOFSSO","secretAccessKey":"s","sessionToken":"t","expiration":32503680000000}"#;
            Reply::json(200, &format!(r#"{{"roleCredentials":{credentials}}}"#))
        } else {
            keys()
        }
    };
    let server = Server::start_tls(answer, tls).await;
    let tunnel = Tunnel::to(server.port()).await;
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    std::fs::write(
        folder.path().join(".aws/config"),
        "[profile person]\nregion = us-east-1\nsso_start_url = https://example.awsapps.com/start\nsso_region = us-east-1\n\
         sso_account_id = 222222222222\nsso_role_name = Reader\n",
    )
    .unwrap();
    // Its name is the start page's SHA-1.
    std::fs::write(
        cache.join("e8be5486177c5b5392bd9aa76563515b29358e6e.json"),
        r#"{"accessToken":"the-token","expiresAt":"2999-01-01T00:00:00Z","region":"us-east-1","startUrl":"https://example.awsapps.com/start"}"#,
    )
    .unwrap();
    let mut options = through(&tunnel, &certificate, &folder);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        options.environment.remove(name);
    }
    options
        .environment
        .insert("HOME".to_owned(), folder.path().display().to_string());
    options.profile = Some("person".to_owned());
    let client = Session::load(options).await.unwrap().own();
    client.call("us-east-1", Call::new("kms", "ListKeys")).await.unwrap();
    let [portal, kms] = &server.asked()[..] else {
        panic!("{:?}", server.asked());
    };
    assert!(
        portal.line.contains("role_name=Reader") && portal.line.contains("account_id=222222222222"),
        "{}",
        portal.line
    );
    assert_eq!(portal.headers["x-amz-sso_bearer_token"], "the-token");
    assert_eq!(kms.access_key(), "AKIDOFSSO");
    assert_eq!(kms.headers["x-amz-security-token"], "t");
}

/// The name that is missing is the proxy's. That AWS's names resolve says nothing of the service: taken for "not offered in this
/// region", the account would look empty there.
#[tokio::test]
async fn a_proxy_without_a_host_is_an_outage_and_no_missing_service() {
    let mut options = options("unused");
    options.environment.remove("AWS_ENDPOINT_URL");
    options.environment.insert(
        "HTTPS_PROXY".to_owned(),
        "http://proxy.example.internal:3128".to_owned(),
    );
    let mut resolver = StaticResolver::default();
    resolver
        .hosts
        .insert("sts.eu-west-1.amazonaws.com".to_owned(), [127, 0, 0, 1].into());
    options.resolver = Some(SharedDnsResolver::new(resolver));
    options.retries.max_attempts = 1;
    let client = Session::load(options).await.unwrap().own();
    for _ in 0..2 {
        let error = client
            .call("eu-west-1", Call::new("kms", "ListKeys"))
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Transport, "{error}");
        assert!(error.message.contains("proxy.example.internal"), "{error}");
    }
}
