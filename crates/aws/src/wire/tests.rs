//! What real answers do that synthesised ones do not: newer members, odd scalars, errors, broken bodies.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::models::Models;

fn operation(service: &str, operation: &str) -> (&'static Service, &'static Operation) {
    let service = Models::embedded().service(service).unwrap();
    (service, service.operation(operation).unwrap())
}

fn response(status: u16, body: &[u8]) -> RawResponse {
    RawResponse {
        status,
        headers: Vec::new(),
        body: Bytes::copy_from_slice(body),
    }
}

fn decoded(service: &str, name: &str, body: &str) -> Decoded {
    let (service, operation) = operation(service, name);
    decode(service, operation, &response(200, body.as_bytes())).unwrap()
}

fn problem(service: &str, name: &str, body: &[u8]) -> DecodeProblem {
    let (service, operation) = operation(service, name);
    decode(service, operation, &response(200, body)).unwrap_err().problem
}

#[expect(clippy::needless_pass_by_value, reason = "reads better with json!")]
fn request(service: &str, name: &str, params: Value) -> Result<HttpParts, ParamError> {
    let (service, operation) = operation(service, name);
    build_request(service, operation, &params, S3Addressing::VirtualHost)
}

#[test]
fn members_newer_than_the_table_are_kept_and_told_in_xml() {
    let decoded = decoded(
        "ec2",
        "DescribeVpcs",
        "<DescribeVpcsResponse><requestId>r-1</requestId><newTop>t</newTop><vpcSet><item><vpcId>vpc-1</vpcId>\
         <brandNewFlag>true</brandNewFlag><newThingSet><item><a>1</a><b>x &amp; y</b></item><item><a>2</a></item></newThingSet>\
         <newObj><p>1</p><q><r>2</r></q></newObj><isDefault/></item><item><brandNewFlag>no</brandNewFlag></item></vpcSet>\
         </DescribeVpcsResponse>",
    );
    let expected = json!({
        "NewTop": "t",
        "Vpcs": [
            {
                "VpcId": "vpc-1", "BrandNewFlag": "true", "NewThingSet": [{"a": "1", "b": "x & y"}, {"a": "2"}],
                "NewObj": {"p": "1", "q": {"r": "2"}}, "IsDefault": "",
            },
            {"BrandNewFlag": "no"},
        ],
    });
    assert_eq!(decoded.value, expected);
    assert_eq!(
        decoded.unknown,
        [
            "/NewTop",
            "/Vpcs[]/BrandNewFlag",
            "/Vpcs[]/NewObj",
            "/Vpcs[]/NewThingSet"
        ]
    );
    assert_eq!(decoded.request_id.as_deref(), Some("r-1"));
}

#[test]
fn members_newer_than_the_table_are_kept_and_told_in_json() {
    let body = json!({
        "Functions": [{"FunctionName": "f", "Quantum": {"Deep": [null, 1.5]}, "Timeout": "30", "MemorySize": "lots"}],
        "__type": "x", "NextMarker": null,
    });
    let decoded = decoded("lambda", "ListFunctions", &body.to_string());
    let expected = json!({
        "Functions": [{"FunctionName": "f", "Quantum": {"Deep": [null, 1.5]}, "Timeout": 30, "MemorySize": "lots"}],
    });
    assert_eq!(decoded.value, expected);
    assert_eq!(decoded.unknown, ["/Functions[]/Quantum"]);
}

#[test]
fn epoch_moments_are_exact() {
    let body = r#"{"SecretList": [{"CreatedDate": 1795352377.52, "LastChangedDate": 1.4E9, "LastAccessedDate": 1795352377.123}]}"#;
    let secret = &decoded("secretsmanager", "ListSecrets", body).value["SecretList"][0];
    let expected = json!({
        "CreatedDate": "2026-11-22T12:59:37.52Z", "LastChangedDate": "2014-05-13T16:53:20Z",
        "LastAccessedDate": "2026-11-22T12:59:37.123Z",
    });
    assert_eq!(*secret, expected);
}

#[test]
fn policies_are_json_wherever_they_come_from() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]});
    let mut encoded = String::new();
    request::percent_encode(&policy.to_string(), "", &mut encoded);
    let body = format!(
        "<GetRoleResponse><GetRoleResult><Role><AssumeRolePolicyDocument>{encoded}</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"
    );
    assert_eq!(
        decoded("iam", "GetRole", &body).value["Role"]["AssumeRolePolicyDocument"],
        policy
    );
    assert_eq!(
        decoded("s3", "GetBucketPolicy", &policy.to_string()).value,
        json!({"Policy": policy})
    );
    let body = json!({"Policy": policy.to_string(), "PolicyName": "default"}).to_string();
    assert_eq!(decoded("kms", "GetKeyPolicy", &body).value["Policy"], policy);
    let body = json!({"Policy": policy.to_string(), "RevisionId": "1"}).to_string();
    assert_eq!(decoded("lambda", "GetPolicy", &body).value["Policy"], policy);
    let body = json!({"Attributes": {"Policy": policy.to_string(), "QueueArn": "arn:aws:sqs:x:y:z"}}).to_string();
    let attributes = &decoded("sqs", "GetQueueAttributes", &body).value["Attributes"];
    assert_eq!(*attributes, json!({"Policy": policy, "QueueArn": "arn:aws:sqs:x:y:z"}));
    let text = policy.to_string().replace('"', "&quot;");
    let body = format!(
        "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>Policy</key><value>{text}</value></entry>\
         <entry><key>TopicArn</key><value>arn</value></entry></Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>"
    );
    let attributes = &decoded("sns", "GetTopicAttributes", &body).value["Attributes"];
    assert_eq!(*attributes, json!({"Policy": policy, "TopicArn": "arn"}));
    // Text that is no JSON stays text.
    let body = json!({"Policy": "see the wiki"}).to_string();
    assert_eq!(decoded("kms", "GetKeyPolicy", &body).value["Policy"], "see the wiki");
}

#[test]
fn a_buckets_location_is_the_root_itself() {
    let body = r#"<?xml version="1.0"?><LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>"#;
    assert_eq!(
        decoded("s3", "GetBucketLocation", body).value,
        json!({"LocationConstraint": "eu-west-1"})
    );
    let body = r#"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#;
    assert_eq!(decoded("s3", "GetBucketLocation", body).value, json!({}));
}

#[test]
fn an_answer_with_nothing_in_it_is_one_only_under_its_own_name() {
    for (service, name, root) in [
        ("s3", "GetBucketVersioning", "VersioningConfiguration"),
        ("s3", "GetBucketLogging", "BucketLoggingStatus"),
        ("s3", "GetBucketNotificationConfiguration", "NotificationConfiguration"),
        ("s3", "GetBucketLocation", "LocationConstraint"),
        ("s3", "GetBucketAcl", "AccessControlPolicy"),
        (
            "s3control",
            "ListStorageLensConfigurations",
            "ListStorageLensConfigurationResult",
        ),
        ("s3control", "ListAccessPoints", "ListAccessPointsResult"),
        ("route53", "ListHostedZones", "ListHostedZonesResponse"),
        ("ec2", "DescribeVpcs", "DescribeVpcsResponse"),
    ] {
        let empty = format!("<{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>");
        assert_eq!(decoded(service, name, &empty).value, json!({}), "{name}");
        assert_eq!(
            problem(service, name, b"<Proxy/>"),
            DecodeProblem::NotAnAnswer {
                what: "<Proxy>".to_owned()
            },
            "{name}"
        );
    }
    // An answer that is one member: its element.
    let block = "<PublicAccessBlockConfiguration/>";
    assert_eq!(
        decoded("s3", "GetPublicAccessBlock", block).value,
        json!({"PublicAccessBlockConfiguration": {}})
    );
    assert_eq!(
        problem("s3", "GetPublicAccessBlock", b"<VersioningConfiguration/>"),
        DecodeProblem::NotAnAnswer {
            what: "<VersioningConfiguration>".to_owned()
        }
    );
}

#[test]
fn no_body_is_no_answer_where_the_answer_would_be_in_it() {
    for name in [
        "GetBucketVersioning",
        "GetBucketLocation",
        "GetPublicAccessBlock",
        "GetBucketEncryption",
    ] {
        assert_eq!(
            problem("s3", name, b"\n"),
            DecodeProblem::NotAnAnswer {
                what: "an empty body".to_owned()
            },
            "{name}"
        );
    }
    assert_eq!(decoded("s3", "HeadBucket", "").value, json!({}));
}

#[test]
fn names_of_objects_are_decoded() {
    let body = "<ListBucketResult><EncodingType>url</EncodingType><Prefix>a+b%2F</Prefix><Contents><Key>a+b%2F%01%25</Key></Contents>\
                <CommonPrefixes><Prefix>%C3%A4</Prefix></CommonPrefixes></ListBucketResult>";
    let expected = json!({"Prefix": "a b/", "Contents": [{"Key": "a b/\u{1}%"}], "CommonPrefixes": [{"Prefix": "ä"}]});
    assert_eq!(decoded("s3", "ListObjectsV2", body).value, expected);
    assert!(
        request("s3", "ListObjectsV2", json!({"Bucket": "b-1"}))
            .unwrap()
            .query
            .contains("encoding-type=url")
    );
}

#[test]
fn broken_bodies_are_errors_that_say_where() {
    let xml = b"<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1";
    assert_eq!(
        problem("ec2", "DescribeVpcs", xml),
        DecodeProblem::Truncated {
            format: "XML",
            position: xml.len()
        }
    );
    let problem_of = problem(
        "ec2",
        "DescribeVpcs",
        b"<DescribeVpcsResponse><vpcSet></item></DescribeVpcsResponse>",
    );
    assert!(
        matches!(
            problem_of,
            DecodeProblem::Malformed {
                format: "XML",
                position: 23..40,
                ..
            }
        ),
        "{problem_of:?}"
    );
    let problem_of = problem(
        "ec2",
        "DescribeVpcs",
        b"<DescribeVpcsResponse><a>&what;</a></DescribeVpcsResponse>",
    );
    assert!(
        matches!(problem_of, DecodeProblem::Malformed { format: "XML", .. }),
        "{problem_of:?}"
    );
    assert_eq!(
        problem("ec2", "DescribeVpcs", b"<a>\xff</a>"),
        DecodeProblem::NotUtf8 { position: 3 }
    );
    let json = b"{\"Functions\": [\n{\"FunctionName\": \"f\"";
    assert_eq!(
        problem("lambda", "ListFunctions", json),
        DecodeProblem::Truncated {
            format: "JSON",
            position: json.len()
        }
    );
    let problem_of = problem("lambda", "ListFunctions", b"{\n  \"a\": nope}");
    assert!(
        matches!(
            problem_of,
            DecodeProblem::Malformed {
                format: "JSON",
                position: 9..12,
                ..
            }
        ),
        "{problem_of:?}"
    );
    let (begin, end) = ("<a>".repeat(1_000), "</a>".repeat(1_000));
    let deep = format!("<DescribeVpcsResponse>{begin}{end}</DescribeVpcsResponse>");
    assert!(matches!(
        problem("ec2", "DescribeVpcs", deep.as_bytes()),
        DecodeProblem::TooDeep { .. }
    ));
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(matches!(
        problem("lambda", "ListFunctions", deep.as_bytes()),
        DecodeProblem::Malformed { .. }
    ));
}

#[test]
fn what_is_no_answer_is_an_error() {
    let page = b"<html><body>sign in to the hotel's network</body></html>";
    for (service, name) in [("ec2", "DescribeVpcs"), ("iam", "ListRoles"), ("s3", "ListBuckets")] {
        assert!(
            matches!(problem(service, name, page), DecodeProblem::NotAnAnswer { .. }),
            "{service}"
        );
    }
    assert!(matches!(
        problem("lambda", "ListFunctions", page),
        DecodeProblem::Malformed { .. }
    ));
    assert!(matches!(
        problem("lambda", "ListFunctions", b"[]"),
        DecodeProblem::NotAnAnswer { .. }
    ));
    assert!(matches!(
        problem("iam", "ListRoles", b"<ListRolesResponse/>"),
        DecodeProblem::NotAnAnswer { .. }
    ));
    let error = b"<Error><Code>InternalError</Code></Error>";
    assert!(matches!(
        problem("s3", "ListBuckets", error),
        DecodeProblem::NotAnAnswer { .. }
    ));
}

#[test]
fn a_decode_error_says_which_call() {
    let (service, operation) = operation("ec2", "DescribeVpcs");
    let error = decode(service, operation, &response(200, b"<a")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ec2:DescribeVpcs: cannot read the response (status 200, 2 bytes): XML ends too early, at byte 2"
    );
}

#[test]
fn errors_are_read_in_every_protocol() {
    let error = |service: &str, status: u16, headers: &[(&str, &str)], body: &str| {
        let service = Models::embedded().service(service).unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let error = decode_error(
            service,
            &RawResponse {
                status,
                headers,
                body: Bytes::copy_from_slice(body.as_bytes()),
            },
        );
        (error.code, error.message, error.request_id.unwrap_or_default())
    };
    let told = |code: &str, message: &str, id: &str| (code.to_owned(), message.to_owned(), id.to_owned());
    let ec2 = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>1</RequestID></Response>";
    assert_eq!(error("ec2", 403, &[], ec2), told("UnauthorizedOperation", "no", "1"));
    let iam = "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>a &lt;b&gt;</Message></Error><RequestId>2</RequestId></ErrorResponse>";
    assert_eq!(error("iam", 404, &[], iam), told("NoSuchEntity", "a <b>", "2"));
    let s3 = "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>gone</Message><BucketName>b</BucketName><RequestId>3</RequestId></Error>";
    assert_eq!(error("s3", 404, &[], s3), told("NoSuchBucket", "gone", "3"));
    assert_eq!(
        error("s3", 404, &[("x-amz-request-id", "4")], ""),
        told("404", "Not Found", "4")
    );
    let kms = r#"{"__type": "com.amazonaws.kms#NotFoundException", "message": "no key"}"#;
    assert_eq!(
        error("kms", 400, &[("x-amzn-RequestId", "5")], kms),
        told("NotFoundException", "no key", "5")
    );
    let lambda = [("X-Amzn-Errortype", "ResourceNotFoundException:http://internal/")];
    assert_eq!(
        error("lambda", 404, &lambda, r#"{"Message": "no function"}"#),
        told("ResourceNotFoundException", "no function", "")
    );
    let sqs = [("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")];
    let body = r#"{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no queue"}"#;
    assert_eq!(
        error("sqs", 400, &sqs, body),
        told("AWS.SimpleQueueService.NonExistentQueue", "no queue", "")
    );
    for service in ["ec2", "iam", "s3", "kms", "lambda", "eventbridgev2"] {
        assert_eq!(
            error(service, 503, &[], "<html><body>Service Unavailable").0,
            "503",
            "{service}"
        );
        assert_eq!(error(service, 500, &[], "").0, "500", "{service}");
    }
}

#[test]
fn parameters_are_checked_before_anything_is_sent() {
    let error = |service: &str, name: &str, params: Value| request(service, name, params).unwrap_err().to_string();
    let params = json!({"Filters": [{"Nam": "x"}]});
    assert_eq!(
        error("ec2", "DescribeVpcs", params),
        "ec2:DescribeVpcs: parameter `Filters[0].Nam` does not exist; did you mean `Name`?"
    );
    assert_eq!(
        error("iam", "GetRole", json!({})),
        "iam:GetRole: parameter `RoleName` is required"
    );
    assert_eq!(
        error("iam", "GetRole", json!({"RoleName": 7})),
        "iam:GetRole: parameter `RoleName` must be a text"
    );
    assert_eq!(
        error("lambda", "GetPolicy", json!({"FunctionName": ""})),
        "lambda:GetPolicy: parameter `FunctionName` may not be empty"
    );
    assert!(error("lambda", "GetPolicy", json!({"FunctionName": ".."})).contains("something else"));
    assert!(
        error(
            "s3control",
            "GetPublicAccessBlock",
            json!({"AccountId": "evil.example/"})
        )
        .contains("host's name")
    );
    assert!(error("apigateway", "GetApiKeys", json!({"includeValues": true})).contains("does not exist"));
    assert!(error("ec2", "DescribeVpcs", json!([])).contains("must be an object"));
}

#[test]
fn quirks_of_single_services_are_in_the_requests() {
    let parts = request(
        "route53",
        "ListResourceRecordSets",
        json!({"HostedZoneId": "/hostedzone/Z1"}),
    )
    .unwrap();
    assert_eq!(parts.path, "/2013-04-01/hostedzone/Z1/rrset");
    let parts = request("apigateway", "GetRestApis", Value::Null).unwrap();
    assert!(
        parts
            .headers
            .contains(&("Accept".to_owned(), "application/json".to_owned()))
    );
    let parts = request("glacier", "ListVaults", Value::Null).unwrap();
    assert_eq!(parts.path, "/-/vaults");
    let parts = request(
        "s3control",
        "GetPublicAccessBlock",
        json!({"AccountId": "123456789012"}),
    )
    .unwrap();
    assert_eq!(parts.host_prefix.as_deref(), Some("123456789012."));
}

#[test]
fn a_bucket_is_in_the_host_where_its_name_allows_it() {
    let address = |bucket: &str, addressing| {
        let (service, operation) = operation("s3", "GetBucketPolicy");
        let parts = build_request(service, operation, &json!({"Bucket": bucket}), addressing).unwrap();
        (parts.host_prefix.unwrap_or_default(), parts.path, parts.query)
    };
    let expected = |prefix: &str, path: &str| (prefix.to_owned(), path.to_owned(), "policy".to_owned());
    assert_eq!(
        address("my-bucket", S3Addressing::VirtualHost),
        expected("my-bucket.", "/")
    );
    assert_eq!(
        address("my.bucket", S3Addressing::VirtualHost),
        expected("", "/my.bucket")
    );
    assert_eq!(
        address("Old_Bucket", S3Addressing::VirtualHost),
        expected("", "/Old_Bucket")
    );
    assert_eq!(address("my-bucket", S3Addressing::Path), expected("", "/my-bucket"));
}

/// Answers to mutate, one for each codec.
fn samples() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    vec![
        ("ec2", "DescribeVpcs", b"<DescribeVpcsResponse><vpcSet><item><vpcId>v</vpcId><tagSet><item><key>a</key><value>&amp;&#65;</value></item></tagSet></item></vpcSet></DescribeVpcsResponse>".to_vec()),
        ("iam", "GetRole", b"<R><GetRoleResult><Role><RoleName>r</RoleName><CreateDate>2020-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></R>".to_vec()),
        ("s3", "GetBucketAcl", b"<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi=\"x\" xsi:type=\"Group\"><URI>u</URI></Grantee></Grant></AccessControlList></AccessControlPolicy>".to_vec()),
        ("lambda", "ListFunctions", br#"{"Functions": [{"FunctionName": "f", "Environment": {"Variables": {"A": "b"}}, "Timeout": 3}]}"#.to_vec()),
        ("secretsmanager", "ListSecrets", br#"{"SecretList": [{"Name": "s", "CreatedDate": 1795352377.52, "Tags": [{"Key": "k"}]}]}"#.to_vec()),
        ("eventbridgev2", "ListEventBuses", b"\xbf\x64Next\x9f\xc1\xfb\x41\xda\xc0\x00\x00\x00\x00\x00\xf9\x7e\x00\x41\xff\xff\xff".to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_body_makes_the_decoder_panic(body in proptest::collection::vec(any::<u8>(), 0..300), status in 200u16..600) {
        for (service, name, _) in samples() {
            let (service, operation) = operation(service, name);
            let _ = decode(service, operation, &response(status, &body));
            let _ = decode_error(service, &response(status, &body));
        }
    }

    #[test]
    fn no_damage_makes_the_decoder_panic(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..6),
    ) {
        for (service, name, sample) in samples() {
            let mut body = sample;
            for (index, byte, kind) in &edits {
                if body.is_empty() {
                    break;
                }
                let at = index.index(body.len());
                match kind {
                    0 => body[at] = *byte,
                    1 => body.truncate(at),
                    2 => body.insert(at, *byte),
                    _ => { let tail = body.split_off(at); body.splice(0..0, tail); }
                }
            }
            let (service, operation) = operation(service, name);
            let answer = response(200, &body);
            if let Ok(decoded) = decode(service, operation, &answer) {
                prop_assert!(decoded.value.is_object());
            }
            let _ = decode_error(service, &answer);
        }
    }

    #[test]
    fn no_moment_makes_the_parser_panic(text in "[-+0-9.eETZ: a-z,é]{0,40}") {
        if let Some(normal) = moment::normalise(&text) {
            prop_assert_eq!(moment::normalise(&normal), Some(normal.clone()), "{}", text);
        }
    }

    #[test]
    fn no_parameter_makes_the_encoder_panic(text in any::<String>(), number in any::<i64>()) {
        for params in [json!({"Bucket": text}), json!({"Bucket": number}), json!({"Bucket": [text]}), json!({text.as_str(): text})] {
            let _ = request("s3", "GetBucketPolicy", params);
        }
        let params = json!({"Filters": [{"Name": text, "Values": [text]}], "MaxResults": number});
        let parts = request("ec2", "DescribeVpcs", params);
        prop_assert!(parts.is_ok_and(|parts| parts.body.is_ascii()));
    }
}
