//! Where credentials come from, and which hosts AWS's own endpoints are.

use std::net::IpAddr;

use aws_smithy_runtime_api::client::dns::SharedDnsResolver;
use security_monkey_aws::{Api as _, Call, ErrorKind, Options, Session, StaticResolver};
use serde_json::json;

use super::server::{Reply, Request, Server, options};

const CREDENTIALS: &str = r#"{"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-01T00:00:00Z",
    "AccessKeyId":"AKIDSOURCE","SecretAccessKey":"s","Token":"token-source","Expiration":"2999-01-01T00:00:00Z"}"#;

/// Options without credentials of their own, all calls to `url`.
fn bare(url: &str, environment: &[(&str, &str)]) -> Options {
    let mut options = options(url);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        options.environment.remove(name);
    }
    for (name, value) in environment {
        options.environment.insert((*name).to_owned(), (*value).to_owned());
    }
    options
}

/// Calls KMS and returns the request it got.
async fn kms_request(server: &Server, options: Options) -> Request {
    let client = Session::load(options).await.unwrap().own();
    client.call("us-east-1", Call::new("kms", "ListKeys")).await.unwrap();
    server
        .asked()
        .into_iter()
        .find(|request| request.headers.contains_key("x-amz-target"))
        .unwrap()
}

fn is_kms(request: &Request) -> bool {
    request.headers.contains_key("x-amz-target")
}

#[tokio::test]
async fn an_instance_gives_its_roles_credentials() {
    let server = Server::start(|request, _| match request.line.as_str() {
        _ if is_kms(request) => Reply::json(200, "{}"),
        line if line.starts_with("PUT /latest/api/token") => Reply::Answer(
            200,
            vec![("x-aws-ec2-metadata-token-ttl-seconds", "600".to_owned())],
            "t".to_owned(),
        ),
        line if line.contains("security-credentials/the-role") => Reply::json(200, CREDENTIALS),
        line if line.contains("security-credentials") => Reply::Answer(200, vec![], "the-role".to_owned()),
        _ => Reply::Answer(404, vec![], String::new()),
    })
    .await;
    let options = bare(
        &server.url,
        &[
            ("AWS_EC2_METADATA_DISABLED", "false"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.url),
        ],
    );
    assert_eq!(kms_request(&server, options).await.access_key(), "AKIDSOURCE");
}

#[tokio::test]
async fn a_container_gives_its_roles_credentials() {
    let server = Server::start(|request, _| {
        if is_kms(request) {
            Reply::json(200, "{}")
        } else {
            Reply::json(200, CREDENTIALS)
        }
    })
    .await;
    let source = format!("{}/credentials", server.url.replace("localhost", "127.0.0.1"));
    let options = bare(&server.url, &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &source)]);
    let request = kms_request(&server, options).await;
    assert_eq!(request.access_key(), "AKIDSOURCE");
    assert_eq!(request.headers["x-amz-security-token"], "token-source");
}

#[tokio::test]
async fn a_misspelt_profile_does_not_become_the_machines_own_role() {
    let server = Server::start(|request, _| Reply::json(200, if is_kms(request) { "{}" } else { CREDENTIALS })).await;
    let source = format!("{}/credentials", server.url.replace("localhost", "127.0.0.1"));
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(&config, "[profile work]\nregion = us-east-1\n").unwrap();
    let options = |profile: &str| {
        let mut options = bare(
            &server.url,
            &[
                ("AWS_CONFIG_FILE", &config.display().to_string()),
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &source),
            ],
        );
        options.profile = Some(profile.to_owned());
        options
    };
    let client = Session::load(options("works")).await.unwrap().own();
    let error = client
        .call("us-east-1", Call::new("kms", "ListKeys"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert!(error.message.contains("there is no profile 'works'"), "{error}");
    assert!(server.asked().is_empty(), "somebody was asked for other credentials");
    // One that is there and holds no credentials leaves them to what comes after it.
    assert_eq!(kms_request(&server, options("work")).await.access_key(), "AKIDSOURCE");
    // Keys of the environment come before any profile.
    let mut keyed = options("works");
    for (name, value) in [("AWS_ACCESS_KEY_ID", "AKIDKEYED"), ("AWS_SECRET_ACCESS_KEY", "s")] {
        keyed.environment.insert(name.to_owned(), value.to_owned());
    }
    let client = Session::load(keyed).await.unwrap().own();
    client.call("us-east-1", Call::new("kms", "ListKeys")).await.unwrap();
    assert_eq!(server.asked().last().unwrap().access_key(), "AKIDKEYED");
}

#[tokio::test]
async fn a_process_of_the_profile_gives_credentials() {
    let server = Server::scripted(vec![Reply::json(200, "{}")]).await;
    let folder = tempfile::tempdir().unwrap();
    let (config, answer) = (folder.path().join("config"), folder.path().join("answer.json"));
    std::fs::write(
        &answer,
        r#"{"Version":1,"AccessKeyId":"AKIDPROCESS","SecretAccessKey":"s"}"#,
    )
    .unwrap();
    std::fs::write(
        &config,
        format!("[profile work]\ncredential_process = cat {}\n", answer.display()),
    )
    .unwrap();
    let mut options = bare(&server.url, &[("AWS_CONFIG_FILE", &config.display().to_string())]);
    options.profile = Some("work".to_owned());
    assert_eq!(kms_request(&server, options).await.access_key(), "AKIDPROCESS");
}

#[tokio::test]
async fn a_web_identity_gives_credentials() {
    let server = Server::start(|request, _| {
        if is_kms(request) {
            return Reply::json(200, "{}");
        }
        assert!(request.body.contains("Action=AssumeRoleWithWebIdentity") && request.body.contains("the-token"));
        Reply::xml(
            "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
             <AccessKeyId>AKIDWEB</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
             <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
             </AssumeRoleWithWebIdentityResponse>",
        )
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "the-token").unwrap();
    let options = bare(
        &server.url,
        &[
            ("AWS_WEB_IDENTITY_TOKEN_FILE", &token.display().to_string()),
            ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod"),
        ],
    );
    assert_eq!(kms_request(&server, options).await.access_key(), "AKIDWEB");
}

/// The host a call would go to: nothing resolves, and the error names what was looked up.
async fn host(environment: &[(&str, &str)], region: &str, call: Call<'_>) -> String {
    let mut options = options("unused");
    options.environment.remove("AWS_ENDPOINT_URL");
    for (name, value) in environment {
        options.environment.insert((*name).to_owned(), (*value).to_owned());
    }
    options.resolver = Some(SharedDnsResolver::new(StaticResolver::default()));
    let client = Session::load(options).await.unwrap().own();
    let message = client.call(region, call).await.unwrap_err().message;
    message
        .split_once("there is no host ")
        .unwrap_or_else(|| panic!("{message}"))
        .1
        .to_owned()
}

#[tokio::test]
async fn hosts_are_aws_own() {
    let bucket = |name: &str| Call::new("s3", "GetBucketPolicy").with(json!({"Bucket": name}));
    let public_access = Call::new("s3control", "GetPublicAccessBlock").with(json!({"AccountId": "123456789012"}));
    for (environment, region, call, expected) in [
        (
            &[][..],
            "eu-west-1",
            Call::new("kms", "ListKeys"),
            "kms.eu-west-1.amazonaws.com",
        ),
        (&[], "eu-west-1", Call::new("iam", "ListUsers"), "iam.amazonaws.com"),
        (
            &[],
            "cn-north-1",
            Call::new("kms", "ListKeys"),
            "kms.cn-north-1.amazonaws.com.cn",
        ),
        (
            &[("AWS_USE_FIPS_ENDPOINT", "true")],
            "us-east-1",
            Call::new("kms", "ListKeys"),
            "kms-fips.us-east-1.amazonaws.com",
        ),
        (
            &[],
            "eu-west-1",
            bucket("my-bucket"),
            "my-bucket.s3.eu-west-1.amazonaws.com",
        ),
        (&[], "eu-west-1", bucket("with.dots"), "s3.eu-west-1.amazonaws.com"),
        (
            &[],
            "eu-west-1",
            public_access,
            "123456789012.s3-control.eu-west-1.amazonaws.com",
        ),
        (
            &[
                ("AWS_ENDPOINT_URL", "http://elsewhere.example"),
                ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
            ],
            "eu-west-1",
            Call::new("sqs", "ListQueues"),
            "sqs.eu-west-1.amazonaws.com",
        ),
    ] {
        assert_eq!(host(environment, region, call).await, expected);
    }
}

#[tokio::test]
async fn the_list_of_buckets_says_where_they_are() {
    let server = Server::start(|request, _| {
        if request.line.starts_with("GET / ") || request.line.starts_with("GET /?") {
            Reply::xml(
                "<ListAllMyBucketsResult><Buckets><Bucket><Name>far-away</Name><BucketRegion>eu-west-1</BucketRegion>\
                 </Bucket></Buckets></ListAllMyBucketsResult>",
            )
        } else {
            Reply::xml("<VersioningConfiguration/>")
        }
    })
    .await;
    let client = Session::load(options(&server.url)).await.unwrap().own();
    client.call("us-east-1", Call::new("s3", "ListBuckets")).await.unwrap();
    let call = Call::new("s3", "GetBucketVersioning").with(json!({"Bucket": "far-away"}));
    client.call("us-east-1", call).await.unwrap();
    assert_eq!(server.asked()[1].signing_region(), "eu-west-1");
}

#[tokio::test]
async fn a_private_name_server_is_asked() {
    let server = Server::scripted(vec![Reply::json(200, "{}")]).await;
    let mut options = options(&format!("http://kms.internal.example:{}", server.port()));
    let hosts = [("kms.internal.example".to_owned(), IpAddr::from([127, 0, 0, 1]))].into();
    options.resolver = Some(SharedDnsResolver::new(StaticResolver { hosts }));
    let client = Session::load(options).await.unwrap().own();
    client.call("us-east-1", Call::new("kms", "ListKeys")).await.unwrap();
}

#[tokio::test]
async fn an_endpoint_that_is_no_address_is_refused_by_the_name_of_what_says_so() {
    let server = Server::scripted(vec![]).await;
    let said = async |own: &[(&str, &str)]| {
        let mut options = options(&server.url);
        options.environment.remove("AWS_ENDPOINT_URL");
        for (name, value) in own {
            options.environment.insert((*name).to_owned(), (*value).to_owned());
        }
        Session::load(options)
            .await
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let no_address = |named_by: &str, url: &str| {
        Err(format!(
            "{named_by} is '{url}', which is no address; hint: write it like https://host:port, or take it away"
        ))
    };
    assert_eq!(
        said(&[("AWS_ENDPOINT_URL", "user:secret@host:80")]).await,
        no_address("AWS_ENDPOINT_URL", "…@host:80"),
        "a password is not shown"
    );
    let both = [("AWS_ENDPOINT_URL", "rubbish"), ("AWS_ENDPOINT_URL_STS", "waste")];
    assert_eq!(said(&both).await, no_address("AWS_ENDPOINT_URL_STS", "waste"));
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("config");
    std::fs::write(&profile, "[default]\nendpoint_url = nowhere\n").unwrap();
    let file = ("AWS_CONFIG_FILE", profile.to_str().unwrap());
    assert_eq!(said(&[file]).await, no_address("the profile's endpoint_url", "nowhere"));
    // What does not count is not refused.
    for fine in [
        &[("AWS_ENDPOINT_URL", "HTTPS://aws.example.com")][..],
        &[("AWS_ENDPOINT_URL", "")],
        &[
            ("AWS_ENDPOINT_URL", "rubbish"),
            ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"),
        ],
        &[
            ("AWS_ENDPOINT_URL", "rubbish"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        ],
        &[("AWS_ENDPOINT_URL_KMS", "rubbish")],
    ] {
        assert_eq!(said(fine).await, Ok(()), "{fine:?}");
    }
}

#[tokio::test]
async fn an_endpoint_of_one_service_that_is_no_address_fails_its_calls_only() {
    let server = Server::scripted(vec![Reply::json(200, r#"{"Keys":[],"Truncated":false}"#)]).await;
    let mut options = options(&server.url);
    options
        .environment
        .insert("AWS_ENDPOINT_URL_SQS".to_owned(), "user:secret@queues".to_owned());
    let client = Session::load(options).await.unwrap().own();
    let error = client
        .call("us-east-1", Call::new("sqs", "ListQueues"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport);
    let text = "the endpoint configured for SQS is '…@queues', which is no address";
    assert!(error.message.starts_with(text), "{}", error.message);
    client.call("us-east-1", Call::new("kms", "ListKeys")).await.unwrap();
}

#[tokio::test]
async fn a_home_region_that_is_none_is_refused_by_the_name_of_what_says_so() {
    let said = async |own: &[(&str, &str)], asked_for: Option<&str>| {
        let mut options = options("http://127.0.0.1:1");
        options.environment.remove("AWS_REGION");
        for (name, value) in own {
            options.environment.insert((*name).to_owned(), (*value).to_owned());
        }
        options.region = asked_for.map(ToOwned::to_owned);
        let loaded = Session::load(options).await;
        loaded
            .map(|session| session.region().to_owned())
            .map_err(|error| error.to_string())
    };
    let refused = |named_by: &str| {
        Err(format!(
            "{named_by} is 'EU WEST', which is no region; hint: write it like eu-west-1, in lower case, without spaces"
        ))
    };
    assert_eq!(said(&[("AWS_REGION", "EU WEST")], None).await, refused("AWS_REGION"));
    assert_eq!(
        said(&[("AWS_DEFAULT_REGION", "EU WEST")], None).await,
        refused("AWS_DEFAULT_REGION")
    );
    assert_eq!(
        said(&[], Some("EU WEST")).await,
        refused("the region that was asked for")
    );
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("config");
    std::fs::write(&profile, "[default]\nregion = EU WEST\n").unwrap();
    let file = ("AWS_CONFIG_FILE", profile.to_str().unwrap());
    assert_eq!(said(&[file], None).await, refused("the profile's region"));
    assert_eq!(
        said(&[("AWS_REGION", "")], None).await,
        Ok("us-east-1".to_owned()),
        "set to nothing is not set"
    );
    let better = said(&[("AWS_REGION", "EU WEST")], Some("eu-west-1")).await;
    assert_eq!(better, Ok("eu-west-1".to_owned()));
}
