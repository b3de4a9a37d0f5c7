//! Credentials, roles, endpoints, proxies and trust, each against a real socket.

use std::net::IpAddr;

use aws_smithy_async::time::StaticTimeSource;
use aws_smithy_runtime_api::client::dns::SharedDnsResolver;
use security_monkey_aws::{
    Api as _, Call, Client, ErrorKind, Options, Role, Session, SessionError, StaticResolver, Target,
};
use serde_json::json;

use super::server::{Reply, Request, Server, certified, client, options};

const KEYS: &str = r#"{"Keys":[],"Truncated":false}"#;
const ROLE: &str = "arn:aws:iam::222222222222:role/Reader";

fn keys() -> Reply {
    Reply::json(200, KEYS)
}

fn list_keys() -> Call<'static> {
    Call::new("kms", "ListKeys")
}

/// STS's answer with this access key, good for an hour or long over.
fn assumed(key: &str, expiration: &str) -> Reply {
    Reply::xml(&format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId>\
         <SecretAccessKey>s</SecretAccessKey><SessionToken>token-{key}</SessionToken>\
         <Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    ))
}

const LATER: &str = "2999-01-01T00:00:00Z";

fn is_sts(request: &Request) -> bool {
    request.body.contains("Action=AssumeRole")
}

/// A client in `ROLE`, assumed with the environment's credentials.
async fn in_role(options: Options) -> Client {
    let target = Target {
        account: None,
        roles: vec![Role::new(ROLE)],
    };
    Session::load(options).await.unwrap().account(&target).unwrap()
}

#[tokio::test]
async fn a_role_chain_uses_each_hop_for_the_next() {
    let server = Server::start(|request, _| {
        if !is_sts(request) {
            return keys();
        }
        let hop = if request.body.contains("111111111111") {
            "HOP1"
        } else {
            "HOP2"
        };
        assumed(hop, LATER)
    })
    .await;
    let session = Session::load(options(&server.url)).await.unwrap();
    let mut reader = Role::new(ROLE);
    reader.external_id = Some("ext-1".to_owned());
    reader.session_policy = Some(r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned());
    let target = Target {
        account: None,
        roles: vec![Role::new("arn:aws:iam::111111111111:role/Hub"), reader],
    };
    let client = session.account(&target).unwrap();
    assert_eq!(&**client.account(), "222222222222");
    client.call("us-east-1", list_keys()).await.unwrap();
    client.call("us-east-1", list_keys()).await.unwrap();
    // A second client for the same chain shares its credentials.
    session
        .account(&target)
        .unwrap()
        .call("us-east-1", list_keys())
        .await
        .unwrap();

    let asked = server.asked();
    let keys: Vec<_> = asked.iter().map(Request::access_key).collect();
    assert_eq!(keys, ["AKIDFROMENVIRONMENT", "HOP1", "HOP2", "HOP2", "HOP2"]);
    assert!(
        asked[1].body.contains("ExternalId=ext-1") && asked[1].body.contains("Policy=%7B"),
        "{}",
        asked[1].body
    );
    assert!(asked[1].body.contains("RoleSessionName=security-monkey"));
    assert_eq!(asked[2].headers["x-amz-security-token"], "token-HOP2");
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_named_and_not_asked_for_again() {
    let server = Server::start(|_, _| {
        Reply::Answer(
            403,
            vec![],
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message>\
             </Error><RequestId>r-5</RequestId></ErrorResponse>"
                .to_owned(),
        )
    })
    .await;
    let client = in_role(options(&server.url)).await;
    for _ in 0..5 {
        let error = client.call("us-east-1", list_keys()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials);
        assert_eq!(error.code.as_deref(), Some("AccessDenied"));
        let text = error.to_string();
        assert!(
            text.contains(&format!("assume {ROLE} (role 1 of 1)")) && text.contains("trust policy"),
            "{text}"
        );
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_broken_link_of_a_chain_is_the_one_named() {
    let server = Server::start(|request, _| {
        if request.body.contains("111111111111") {
            assumed("HOP1", LATER)
        } else {
            Reply::Answer(
                403,
                vec![],
                "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>".to_owned(),
            )
        }
    })
    .await;
    let session = Session::load(options(&server.url)).await.unwrap();
    let roles = vec![Role::new("arn:aws:iam::111111111111:role/Hub"), Role::new(ROLE)];
    let client = session.account(&Target { account: None, roles }).unwrap();
    let error = client.call("us-east-1", list_keys()).await.unwrap_err();
    assert!(
        error.message.starts_with(&format!("assume {ROLE} (role 2 of 2)")),
        "{error}"
    );
    let hub_fails = Server::scripted(vec![Reply::Answer(
        403,
        vec![],
        "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>".to_owned(),
    )])
    .await;
    let session = Session::load(options(&hub_fails.url)).await.unwrap();
    let roles = vec![Role::new("arn:aws:iam::111111111111:role/Hub"), Role::new(ROLE)];
    let client = session.account(&Target { account: None, roles }).unwrap();
    let error = client.call("us-east-1", list_keys()).await.unwrap_err();
    assert!(
        error
            .message
            .starts_with("assume arn:aws:iam::111111111111:role/Hub (role 1 of 2)"),
        "{error}"
    );
}

#[tokio::test]
async fn expired_credentials_are_renewed_once() {
    let server = Server::start(|request, before| {
        if is_sts(request) {
            assumed(if before == 0 { "OLD" } else { "NEW" }, LATER)
        } else if request.access_key() == "OLD" {
            Reply::error(400, "ExpiredTokenException")
        } else {
            keys()
        }
    })
    .await;
    let client = in_role(options(&server.url)).await;
    client.call("us-east-1", list_keys()).await.unwrap();
    assert_eq!(server.asked().iter().filter(|request| is_sts(request)).count(), 2);
}

#[tokio::test]
async fn credentials_that_stay_expired_are_reported_as_that() {
    let server = Server::scripted(vec![Reply::error(400, "ExpiredTokenException")]).await;
    let error = client(&server.url)
        .await
        .call("us-east-1", list_keys())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::ExpiredCredentials);
    assert_eq!(
        server.asked().len(),
        1,
        "the environment gave the same credentials again"
    );
}

#[tokio::test]
async fn credentials_about_to_expire_are_renewed_before_use() {
    let server = Server::start(|request, _| {
        if is_sts(request) {
            assumed("SHORT", "2001-01-01T00:00:00Z")
        } else {
            keys()
        }
    })
    .await;
    let client = in_role(options(&server.url)).await;
    client.call("us-east-1", list_keys()).await.unwrap();
    client.call("us-east-1", list_keys()).await.unwrap();
    assert_eq!(server.asked().iter().filter(|request| is_sts(request)).count(), 2);
}

#[tokio::test]
async fn a_renewal_that_fails_early_is_not_repeated_by_every_call() {
    let server = Server::start(|request, before| match (is_sts(request), before) {
        (true, 0) => assumed("STILLGOOD", "2026-11-22T03:03:00Z"),
        (true, _) => Reply::error(403, "AccessDenied"),
        (false, _) => keys(),
    })
    .await;
    let mut options = options(&server.url);
    let now: jiff::Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
    options.time = StaticTimeSource::new(now.into()).into();
    let client = in_role(options).await;
    for _ in 0..5 {
        client.call("us-east-1", list_keys()).await.unwrap();
    }
    assert_eq!(server.asked().iter().filter(|request| is_sts(request)).count(), 2);
}

#[tokio::test]
async fn many_calls_at_once_assume_a_role_once() {
    let server = Server::start(|request, _| {
        if is_sts(request) {
            assumed("HOP1", LATER)
        } else {
            keys()
        }
    })
    .await;
    let client = in_role(options(&server.url)).await;
    let calls = (0..50).map(|_| client.call("us-east-1", list_keys()));
    for answer in futures::future::join_all(calls).await {
        answer.unwrap();
    }
    assert_eq!(server.asked().iter().filter(|request| is_sts(request)).count(), 1);
}

#[tokio::test]
async fn no_credentials_is_one_clear_error() {
    let server = Server::scripted(vec![keys()]).await;
    let mut options = options(&server.url);
    options.environment.remove("AWS_ACCESS_KEY_ID");
    let client = Session::load(options).await.unwrap().own();
    let error = client.call("us-east-1", list_keys()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert!(error.message.contains("no credentials found"), "{error}");
    assert!(server.asked().is_empty());
}

/// A call with the profile `work` of a home folder made by the test, and nothing in the environment.
async fn refused(prepare: impl FnOnce(&std::path::Path)) -> String {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    prepare(&home.path().join(".aws"));
    let server = Server::scripted(vec![keys()]).await;
    let mut options = options(&server.url);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"] {
        options.environment.remove(name);
    }
    options
        .environment
        .insert("HOME".to_owned(), home.path().display().to_string());
    options.profile = Some("work".to_owned());
    let client = Session::load(options).await.unwrap().own();
    let error = client.call("us-east-1", list_keys()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert!(server.asked().is_empty(), "nothing was asked with other credentials");
    let text = error.to_string();
    assert!(
        text.starts_with("load credentials: ") && text.contains("; hint: "),
        "{text}"
    );
    text.replace(&home.path().display().to_string(), "~")
}

#[tokio::test]
async fn a_garbled_credentials_file_is_named_with_its_line() {
    let text = refused(|folder| {
        let text = "[work]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key\n";
        std::fs::write(folder.join("credentials"), text).unwrap();
    })
    .await;
    assert!(text.contains("~/.aws/credentials on line 3"), "{text}");
}

/// A folder in its place: tests may run as root, who can read any file.
#[tokio::test]
async fn an_unreadable_credentials_file_is_named() {
    let text = refused(|folder| std::fs::create_dir(folder.join("credentials")).unwrap()).await;
    assert!(text.contains("could not read file `~/.aws/credentials`: "), "{text}");
}

#[tokio::test]
async fn a_profile_that_does_not_exist_is_named_with_those_that_do() {
    let text = refused(|folder| {
        let text = "[default]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = s\n[home]\naws_access_key_id = a\naws_secret_access_key = s\n";
        std::fs::write(folder.join("credentials"), text).unwrap();
    })
    .await;
    assert!(
        text.contains("there is no profile 'work' in ~/.aws/credentials; there is default, home"),
        "{text}"
    );
}

#[tokio::test]
async fn an_sso_profile_without_a_token_says_how_to_sign_in() {
    for settings in [
        "sso_session = corp\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1",
        "sso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1",
    ] {
        let (head, tail) = settings.split_once('\n').unwrap();
        let text = refused(|folder| {
            let text = format!("[profile work]\nregion = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = Reader\n{head}\n{tail}\n");
            std::fs::write(folder.join("config"), text).unwrap();
        })
        .await;
        assert!(
            text.to_lowercase().contains("sso") && text.contains("aws sso login --profile work"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_is_not_a_role_is_refused() {
    let session = Session::load(options("http://127.0.0.1:9")).await.unwrap();
    let target = Target {
        account: None,
        roles: vec![Role::new("arn:aws:iam::222222222222:user/Me")],
    };
    assert!(matches!(session.account(&target), Err(SessionError::RoleArn { .. })));
}

#[tokio::test]
async fn endpoints_come_from_the_services_variable_then_from_the_profile() {
    let (kms, sqs, rest) = (
        Server::scripted(vec![keys()]).await,
        Server::scripted(vec![Reply::json(200, r#"{"QueueUrls":[]}"#)]).await,
        Server::scripted(vec![Reply::json(200, "{}")]).await,
    );
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let text = format!(
        "[profile work]\nregion = eu-west-1\nservices = local\nendpoint_url = {}\naws_access_key_id = AKIDPROFILE\n\
         aws_secret_access_key = s\n[services local]\nsqs =\n  endpoint_url = {}\nkms =\n  endpoint_url = http://127.0.0.1:9\n",
        rest.url, sqs.url
    );
    std::fs::write(&config, text).unwrap();
    let mut options = options("unused");
    for name in [
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ] {
        options.environment.remove(name);
    }
    options
        .environment
        .insert("AWS_CONFIG_FILE".to_owned(), config.display().to_string());
    options
        .environment
        .insert("AWS_ENDPOINT_URL_KMS".to_owned(), kms.url.clone());
    options.profile = Some("work".to_owned());
    let session = Session::load(options.clone()).await.unwrap();
    assert_eq!(session.region(), "eu-west-1");
    let client = session.own();
    client.call("eu-west-1", list_keys()).await.unwrap();
    client.call("eu-west-1", Call::new("sqs", "ListQueues")).await.unwrap();
    client
        .call("eu-west-1", Call::new("ecs", "ListClusters"))
        .await
        .unwrap();
    assert_eq!((kms.asked().len(), sqs.asked().len(), rest.asked().len()), (1, 1, 1));
    assert_eq!(kms.asked()[0].access_key(), "AKIDPROFILE");

    // As in all AWS SDKs, the general variable stands above the profile's sections.
    options
        .environment
        .insert("AWS_ENDPOINT_URL".to_owned(), rest.url.clone());
    let client = Session::load(options).await.unwrap().own();
    client.call("eu-west-1", Call::new("sqs", "ListQueues")).await.unwrap();
    assert_eq!((sqs.asked().len(), rest.asked().len()), (1, 2));
}

#[tokio::test]
async fn a_profile_with_a_role_is_honoured() {
    let server = Server::start(|request, _| {
        if is_sts(request) {
            assumed("PROFILEROLE", LATER)
        } else {
            keys()
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let text = format!(
        "[default]\naws_access_key_id = AKIDBASE\naws_secret_access_key = s\nregion = us-east-1\n\
         [profile work]\nregion = us-east-1\nrole_arn = {ROLE}\nsource_profile = default\nexternal_id = ext-2\n"
    );
    std::fs::write(&config, text).unwrap();
    let mut options = options(&server.url);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        options.environment.remove(name);
    }
    options
        .environment
        .insert("AWS_CONFIG_FILE".to_owned(), config.display().to_string());
    options.profile = Some("work".to_owned());
    let client = Session::load(options).await.unwrap().own();
    client.call("us-east-1", list_keys()).await.unwrap();
    let keys: Vec<_> = server.asked().iter().map(Request::access_key).collect();
    assert_eq!(keys, ["AKIDBASE", "PROFILEROLE"]);
    assert!(server.asked()[0].body.contains("ExternalId=ext-2"));
}

#[tokio::test]
async fn a_service_id_with_spaces_has_its_variable() {
    let server = Server::scripted(vec![Reply::xml(
        "<DescribeLoadBalancersResponse><DescribeLoadBalancersResult><LoadBalancers/></DescribeLoadBalancersResult>\
         </DescribeLoadBalancersResponse>",
    )])
    .await;
    let mut options = options("http://127.0.0.1:9");
    options.environment.insert(
        "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2".to_owned(),
        server.url.clone(),
    );
    let client = Session::load(options).await.unwrap().own();
    client
        .call("us-east-1", Call::new("elbv2", "DescribeLoadBalancers"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_bucket_elsewhere_is_found_and_remembered() {
    let server = Server::start(|request, _| {
        if request.signing_region() == "eu-west-1" {
            Reply::xml("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        } else {
            Reply::Answer(
                301,
                vec![("x-amz-bucket-region", "eu-west-1".to_owned())],
                "<Error><Code>PermanentRedirect</Code></Error>".to_owned(),
            )
        }
    })
    .await;
    let client = client(&server.url).await;
    let call = || Call::new("s3", "GetBucketVersioning").with(json!({"Bucket": "far-away"}));
    let answer = client.call("us-east-1", call()).await.unwrap();
    assert_eq!((answer.value["Status"].as_str(), answer.attempts), (Some("Enabled"), 2));
    assert_eq!(
        client.call("us-east-1", call()).await.unwrap().attempts,
        1,
        "remembered"
    );
    let request = &server.asked()[0];
    assert!(request.line.starts_with("GET /far-away?versioning"), "{}", request.line);
    assert!(request.headers.contains_key("x-amz-content-sha256"));
}

#[tokio::test]
async fn a_redirect_that_leads_nowhere_ends() {
    let server = Server::start(|_, before| {
        let region = if before % 2 == 0 { "eu-west-1" } else { "eu-west-2" };
        Reply::Answer(
            301,
            vec![("x-amz-bucket-region", region.to_owned())],
            "<Error><Code>PermanentRedirect</Code></Error>".to_owned(),
        )
    })
    .await;
    let call = Call::new("s3", "GetBucketVersioning").with(json!({"Bucket": "nowhere"}));
    let error = client(&server.url).await.call("us-east-1", call).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::Service, Some("PermanentRedirect"))
    );
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn http_goes_through_its_proxy_unless_excepted() {
    let proxy = Server::scripted(vec![keys()]).await;
    let mut options = options("http://kms.example.internal");
    options
        .environment
        .insert("HTTP_PROXY".to_owned(), format!("localhost:{}", proxy.port()));
    Session::load(options.clone())
        .await
        .unwrap()
        .own()
        .call("us-east-1", list_keys())
        .await
        .unwrap();
    assert_eq!(proxy.asked()[0].line, "POST http://kms.example.internal/ HTTP/1.1");

    let direct = Server::scripted(vec![keys()]).await;
    options
        .environment
        .insert("AWS_ENDPOINT_URL".to_owned(), direct.url.clone());
    options
        .environment
        .insert("NO_PROXY".to_owned(), "localhost".to_owned());
    Session::load(options)
        .await
        .unwrap()
        .own()
        .call("us-east-1", list_keys())
        .await
        .unwrap();
    assert_eq!((proxy.asked().len(), direct.asked().len()), (1, 1));
}

#[tokio::test]
async fn https_asks_its_proxy_to_connect() {
    let proxy = Server::scripted(vec![Reply::Answer(407, vec![], String::new())]).await;
    let mut options = options("https://kms.us-east-1.amazonaws.com");
    options.environment.insert(
        "HTTPS_PROXY".to_owned(),
        format!("http://user:pass@localhost:{}", proxy.port()),
    );
    options.retries.max_attempts = 1;
    let client = Session::load(options).await.unwrap().own();
    let error = client.call("us-east-1", list_keys()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport, "{error}");
    let request = &proxy.asked()[0];
    assert_eq!(request.line, "CONNECT kms.us-east-1.amazonaws.com:443 HTTP/1.1");
    assert_eq!(request.headers["proxy-authorization"], "Basic dXNlcjpwYXNz");
}

#[tokio::test]
async fn a_proxy_that_is_no_url_is_refused() {
    let mut options = options("https://kms.us-east-1.amazonaws.com");
    options
        .environment
        .insert("HTTPS_PROXY".to_owned(), "http://user:secret word@".to_owned());
    let error = Session::load(options).await.unwrap_err();
    assert!(
        error.to_string().contains("HTTPS_PROXY") && !error.to_string().contains("secret word"),
        "{error}"
    );
}

#[tokio::test]
async fn a_ca_bundle_is_trusted_and_nothing_else() {
    let (tls, certificate) = certified(&["localhost"]);
    let server = Server::start_tls(|_, _| keys(), tls).await;
    let mut options = options(&server.url);
    options.retries.max_attempts = 1;
    let error = Session::load(options.clone())
        .await
        .unwrap()
        .own()
        .call("us-east-1", list_keys())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport);
    assert!(error.message.contains("certificate"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    std::fs::write(&bundle, certificate).unwrap();
    options
        .environment
        .insert("AWS_CA_BUNDLE".to_owned(), bundle.display().to_string());
    Session::load(options)
        .await
        .unwrap()
        .own()
        .call("us-east-1", list_keys())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_ca_bundle_that_cannot_be_used_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    let mut options = options("https://localhost");
    options
        .environment
        .insert("AWS_CA_BUNDLE".to_owned(), bundle.display().to_string());
    let missing = Session::load(options.clone()).await.unwrap_err().to_string();
    assert!(
        missing.contains("ca.pem") && missing.contains("No such file"),
        "{missing}"
    );
    std::fs::write(&bundle, "not a certificate").unwrap();
    let empty = Session::load(options).await.unwrap_err().to_string();
    assert!(empty.contains("no certificate"), "{empty}");
}

#[tokio::test]
async fn a_service_without_a_host_in_a_region_is_not_an_outage() {
    let mut options = options("unused");
    options.environment.remove("AWS_ENDPOINT_URL");
    options.environment.insert("NO_PROXY".to_owned(), "*".to_owned());
    let mut resolver = StaticResolver::default();
    // Nothing resolves: the name server is at fault, not the service.
    options.resolver = Some(SharedDnsResolver::new(resolver.clone()));
    let client = Session::load(options.clone()).await.unwrap().own();
    let error = client.call("eu-west-1", list_keys()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport, "{error}");
    // The region's STS resolves: so the service is missing there.
    resolver
        .hosts
        .insert("sts.eu-west-1.amazonaws.com".to_owned(), IpAddr::from([127, 0, 0, 1]));
    options.resolver = Some(SharedDnsResolver::new(resolver));
    let client = Session::load(options).await.unwrap().own();
    for _ in 0..2 {
        let error = client.call("eu-west-1", list_keys()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotAvailableInRegion, "{error}");
    }
}

#[tokio::test]
async fn the_caller_is_named() {
    let server = Server::scripted(vec![Reply::xml(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn>\
         <UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
    )])
    .await;
    let caller = client(&server.url).await.caller_identity().await.unwrap();
    assert_eq!((&*caller.account, &*caller.user_id), ("123456789012", "AIDA"));
}

#[test]
fn options_do_not_show_the_environment() {
    let text = format!("{:?}", options("http://localhost"));
    assert!(!text.contains("secret") && !text.contains("AKID"), "{text}");
}
