//! Questions whose answers, taken together, show everything that the schemas describe.

use serde_json::{Value, json};

/// One run of `policy`, with the documents it names.
pub(crate) struct Question {
    pub(crate) documents: Vec<(&'static str, Value)>,
    pub(crate) words: String,
}

const BUCKET: &str = "--surroundings around.json --resource arn:aws:s3:::records --account 111111111111";
const ALICE: &str = "--account 111111111111 --principal arn:aws:iam::111111111111:user/alice";

const GITHUB: &str = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
const AUDIENCE: &str = "token.actions.githubusercontent.com:aud";
const SUBJECT: &str = "token.actions.githubusercontent.com:sub";

pub(crate) fn questions() -> Vec<Question> {
    [
        resources(),
        closed(),
        buckets(),
        shared(),
        identities(),
        guardrails(),
        requests(),
        changes(),
        actions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn policy(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A question about a policy; `words` come after `policy`.
fn about(statements: &Value, words: &str) -> Question {
    with(statements, &json!({}), words)
}

fn with(statements: &Value, around: &Value, words: &str) -> Question {
    Question {
        documents: vec![("policy.json", policy(statements)), ("around.json", around.clone())],
        words: words.replace("explain", "explain policy.json"),
    }
}

/// Everybody may read objects, under a condition.
fn read(condition: &Value) -> Value {
    to(&json!("*"), condition)
}

/// Somebody may read objects, under a condition.
fn to(principal: &Value, condition: &Value) -> Value {
    json!({ "Sid": "Read", "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*", "Condition": condition })
}

/// Somebody may take the role, under a condition.
fn assume(principal: &Value, action: &str, condition: &Value) -> Value {
    json!({ "Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition })
}

fn deny(condition: &Value) -> Value {
    json!({ "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition })
}

/// Whom we know.
fn known() -> Value {
    json!({
        "friendly": { "222222222222": "staging" }, "third_parties": { "333333333333": "vendor" }, "organisations": ["o-ours1234567"],
        "canonical_users": { "a".repeat(64): "222222222222" }, "networks": ["203.0.113.0/24"],
    })
}

/// Everybody that a policy can let in, and everything that can hold them to something.
fn resources() -> Vec<Question> {
    let none = json!({});
    let principals: Value = [
        json!("*"),
        json!({ "AWS": "*" }),
        json!({ "AWS": "111111111111" }),
        json!({ "AWS": "arn:aws:iam::222222222222:root" }),
        json!({ "AWS": ["333333333333", "arn:aws:iam::444444444444:role/r", "AIDAJQABLZS4A3QDU576Q"] }),
        json!({ "CanonicalUser": "a".repeat(64) }),
        json!({ "CanonicalUser": "b".repeat(64) }),
        json!({ "Service": "sns.amazonaws.com" }),
        json!({ "Federated": "arn:aws:iam::111111111111:saml-provider/p" }),
    ]
    .iter()
    .map(|principal| to(principal, &none))
    .collect();
    let conditions: Value = [
            json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.0/24", "192.0.2.0/24"] } }),
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-ours1234567" } }),
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-other123456" } }),
            json!({ "StringEquals": { "aws:PrincipalAccount": "222222222222" } }),
            json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::222222222222:role/*" } }),
            json!({ "Bool": { "aws:PrincipalIsAWSService": "true" } }),
            json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
            json!({ "Bool": { "aws:SecureTransport": "true" } }),
            json!({ "IpAddress": { "aws:SourceIp": "nowhere" } }),
            json!({ "DateLessThan": { "aws:CurrentTime": "2040-01-01T00:00:00Z" } }),
            json!({ "DateLessThan": { "aws:CurrentTime": "not a date" } }),
            json!({ "StringLike": { "aws:UserAgent": "x*" }, "ForAnyValue:StringEquals": { "aws:TagKeys": "a" }, "Null": { "aws:userid": "false" } }),
        ]
    .iter()
    .map(read)
    .collect();
    let explain = format!("explain {BUCKET}");
    let mut asked = vec![
        with(&principals, &known(), &explain),
        with(&conditions, &known(), &explain),
    ];
    let service = json!({ "Service": "sns.amazonaws.com" });
    let guarded = json!({ "StringEquals": { "aws:SourceAccount": "111111111111" } });
    asked.push(with(&json!([to(&service, &guarded)]), &known(), &explain));
    let others = json!({ "Effect": "Deny", "NotPrincipal": { "AWS": "111111111111" }, "NotAction": "s3:GetObject", "NotResource": "arn:aws:s3:::b/*" });
    asked.push(about(
        &json!([others]),
        "explain --kind resource --resource arn:aws:s3:::records",
    ));
    let door = |principal: Value, action: &str, condition: Value| {
        about(
            &json!([assume(&principal, action, &condition)]),
            "explain --account 111111111111",
        )
    };
    let federated = json!({ "Federated": GITHUB });
    asked.extend([
        door(
            federated.clone(),
            "sts:AssumeRoleWithWebIdentity",
            json!({ "StringEquals": { AUDIENCE: "sts.amazonaws.com", SUBJECT: "repo:ours/app:ref:refs/heads/main" } }),
        ),
        door(
            federated,
            "sts:AssumeRoleWithWebIdentity",
            json!({ "StringEquals": { AUDIENCE: "sts.amazonaws.com" } }),
        ),
        door(
            json!({ "AWS": "333333333333" }),
            "sts:AssumeRole",
            json!({ "StringEquals": { "sts:ExternalId": "secret" } }),
        ),
    ]);
    let decrypt = json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111111111111:root" }, "Action": "kms:*", "Resource": "*" });
    let grant = |principal: &str| json!({ "GrantId": "g", "GranteePrincipal": principal, "Operations": ["Decrypt"] });
    asked.push(with(
        &json!([decrypt]),
        &json!({ "grants": [grant("arn:aws:iam::444444444444:role/r"), grant("nobody")] }),
        "explain --surroundings around.json --resource arn:aws:kms:us-east-1:111111111111:key/k",
    ));
    let invoke = json!({ "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": "*", "Condition": { "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } } });
    asked.push(about(
        &json!([invoke]),
        "explain --resource arn:aws:lambda:us-east-1:111111111111:function:f",
    ));
    asked
}

/// Values that somebody may have, at a time that is none.
fn and_never(values: &Value) -> Value {
    json!({ "StringEquals": values, "DateLessThan": { "aws:CurrentTime": "not a date" } })
}

/// Everything that can keep everybody out.
fn closed() -> Vec<Question> {
    let never = json!({ "DateLessThan": { "aws:CurrentTime": "not a date" } });
    let networks = json!({
        "IpAddress": { "aws:SourceIp": "203.0.113.0/24", "aws:VpcSourceIp": "10.0.0.0/8" },
        "IpAddressIfExists": { "aws:SourceIp": "198.51.100.0/24", "aws:VpcSourceIp": "192.168.0.0/16" },
    });
    let all = deny(&json!({}));
    let anybody = read(&json!({}));
    let mut nameless = all.clone();
    nameless.as_object_mut().expect("a statement").remove("Sid");
    let elsewhere =
        json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::another/*" });
    let many: Vec<Value> = (0..40).map(|_| read(&never)).collect();
    let mut asked: Vec<Question> = [
        json!([read(&never)]),
        json!([read(&networks)]),
        json!([anybody, all]),
        json!([anybody, nameless]),
        json!([anybody, all, all]),
        json!([elsewhere]),
        json!([to(&json!({ "AWS": [] }), &json!({}))]),
        json!(many),
    ]
    .iter()
    .map(|statements| about(statements, &format!("explain {BUCKET}")))
    .collect();
    // How far each would reach without what nobody meets.
    let named = ["111111111111", "222222222222", "333333333333", "444444444444"].map(|id| json!({ "AWS": id }));
    let service = json!({ "Service": "sns.amazonaws.com" });
    let mut to_somebody: Vec<Value> = named.iter().chain([&service]).map(|who| to(who, &never)).collect();
    to_somebody.push(to(
        &service,
        &and_never(&json!({ "aws:SourceAccount": "111111111111" })),
    ));
    let mut to_some: Vec<Value> = ["o-ours1234567", "o-other123456"]
        .iter()
        .map(|id| read(&and_never(&json!({ "aws:PrincipalOrgID": id }))))
        .collect();
    to_some.push(read(&and_never(&json!({ "aws:SourceVpc": "vpc-1" }))));
    for statements in [to_somebody, to_some] {
        asked.push(with(&json!(statements), &known(), &format!("explain {BUCKET}")));
    }
    let token = |claims: &Value| {
        assume(
            &json!({ "Federated": GITHUB }),
            "sts:AssumeRoleWithWebIdentity",
            &and_never(claims),
        )
    };
    asked.push(about(
        &json!([
            token(&json!({ AUDIENCE: "sts.amazonaws.com", SUBJECT: "repo:ours/app:ref:refs/heads/main" })),
            token(&json!({ AUDIENCE: "sts.amazonaws.com" })),
            assume(&json!({ "AWS": "*" }), "sts:AssumeRole", &never),
        ]),
        "explain --account 111111111111",
    ));
    asked.push(with(
        &json!([anybody]),
        &json!({ "resource_control": [[policy(&json!([all]))]] }),
        &format!("explain {BUCKET}"),
    ));
    asked
}

/// Buckets under ACL, object ownership and block public access.
fn buckets() -> Vec<Question> {
    let everybody = json!({ "Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers" });
    let grants = json!([
        { "Grantee": everybody, "Permission": "READ" },
        { "Grantee": { "Type": "CanonicalUser", "ID": "b".repeat(64) }, "Permission": "FULL_CONTROL" },
        { "Grantee": { "Type": "AmazonCustomerByEmail", "EmailAddress": "a@example.com" }, "Permission": "WRITE" },
    ]);
    let acl = json!({ "Owner": { "ID": "a".repeat(64) }, "Grants": grants });
    let public = json!([read(&json!({}))]);
    let blocked =
        json!({ "PublicAccessBlockConfiguration": { "RestrictPublicBuckets": true, "IgnorePublicAcls": true } });
    [
        json!({ "acl": acl }),
        json!({ "acl": acl, "object_ownership": "BucketOwnerEnforced" }),
        json!({ "acl": acl, "public_access_block": blocked }),
    ]
    .iter()
    .map(|around| with(&public, around, &format!("explain {BUCKET}")))
    .collect()
}

/// What AWS prints of a snapshot or an image.
fn shared() -> Vec<Question> {
    let all = json!([{ "AttributeName": "restore", "AttributeValues": ["all", "444444444444"] }]);
    [
        json!({ "SnapshotId": "snap-1", "CreateVolumePermissions": [{ "Group": "all" }] }),
        json!({ "ImageId": "ami-1", "LaunchPermissions": [{ "UserId": "444444444444" }] }),
        json!({ "DBSnapshotAttributesResult": { "DBSnapshotAttributes": all } }),
        json!({ "DBClusterSnapshotAttributesResult": { "DBClusterSnapshotAttributes": all } }),
        json!({ "CreateVolumePermissions": [] }),
    ]
    .into_iter()
    .map(|printed| Question {
        documents: vec![("printed.json", printed)],
        words: "explain printed.json".to_owned(),
    })
    .collect()
}

/// Administrators of all kinds, and ways to become one.
fn identities() -> Vec<Question> {
    let allow = |actions: Value, condition: Value| json!([{ "Sid": "May", "Effect": "Allow", "Action": actions, "Resource": "*", "Condition": condition }]);
    [
        allow(json!("*"), json!({})),
        allow(json!("iam:*"), json!({})),
        allow(json!("*"), json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } })),
        allow(json!(["s3:Get*", "s3:NoSuch", "kms:TagResource"]), json!({})),
        allow(
            json!("secretsmanager:GetSecretValue"),
            json!({ "Bool": { "aws:SecureTransport": "true" } }),
        ),
        json!([]),
    ]
    .iter()
    .map(|statements| about(statements, "explain --kind identity"))
    .collect()
}

fn guardrails() -> Vec<Question> {
    let only = json!([{ "Effect": "Allow", "Action": ["s3:*", "s4:*"], "Resource": "*" }]);
    let mut asked: Vec<Question> = ["boundary", "session", "service-control"]
        .iter()
        .map(|kind| about(&only, &format!("explain --kind {kind}")))
        .collect();
    asked.push(about(&json!([deny(&json!({}))]), "explain --kind resource-control"));
    asked
}

/// One request: each decision, each layer, each kind of caller.
fn requests() -> Vec<Question> {
    let everything = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let nothing = policy(&json!([{ "Sid": "Other", "Effect": "Allow", "Action": "ec2:*", "Resource": "*" }]));
    let denied = policy(&json!([{ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*" }]));
    let ask =
        format!("explain --surroundings around.json --action s3:GetObject --resource arn:aws:s3:::records/x {ALICE}");
    let full = policy(&json!([everything]));
    let mut asked: Vec<Question> = [
        json!({}),
        json!({ "identity": [full], "boundary": full, "session": [full], "service_control": [[full]], "resource_policy": policy(&json!([read(&json!({}))])) }),
        json!({ "boundary": nothing }),
        json!({ "session": [nothing] }),
        json!({ "service_control": [[nothing]] }),
        json!({ "resource_control": [[denied]] }),
        json!({ "resource_account": "222222222222" }),
    ]
    .iter()
    .map(|around| with(&json!([everything]), around, &ask))
    .collect();
    let public = json!([read(&json!({}))]);
    asked.extend(
        [
            "*",
            "111111111111",
            "arn:aws:iam::222222222222:role/r",
            "arn:aws:sts::111111111111:federated-user/sam",
            "arn:aws:sts::111111111111:federated-user/sam --federating-user arn:aws:iam::111111111111:user/alice",
            "sns.amazonaws.com",
            "arn:aws:iam::111111111111:saml-provider/p",
        ]
        .iter()
        .map(|caller| {
            about(
                &public,
                &format!("explain --action s3:GetObject --resource arn:aws:s3:::records/x --principal {caller}"),
            )
        }),
    );
    let tags: serde_json::Map<String, Value> = (0..40)
        .map(|number| (format!("aws:PrincipalTag/t{number:02}"), json!(["1", "2", "3"])))
        .collect();
    let conditional =
        |condition: Value| json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
    let together = json!([
        conditional(json!({ "StringEquals": { "aws:PrincipalTag/a": "1", "aws:PrincipalTag/b": "2" } })),
        conditional(
            json!({ "StringEquals": { "aws:PrincipalAccount": "222222222222", "aws:PrincipalTag/idle": "x" } })
        ),
        conditional(json!({ "Bool": { "aws:SecureTransport": "false" } })),
    ]);
    asked.extend(
        [
            json!([conditional(json!({ "StringEquals": { "aws:PrincipalTag/a": "1" } }))]),
            together,
            json!([conditional(json!({ "StringEquals": tags }))]),
        ]
        .iter()
        .map(|statements| {
            about(
                statements,
                &format!("explain --action s3:GetObject {ALICE} --context aws:UserAgent=x"),
            )
        }),
    );
    let key = json!([{ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::222222222222:root" }, "Action": "kms:*", "Resource": "*" }]);
    let grants = json!({ "grants": [{ "GrantId": "g", "GranteePrincipal": "arn:aws:iam::111111111111:user/alice", "Operations": ["Decrypt"] }] });
    let decrypt = "--action kms:Decrypt --resource arn:aws:kms:us-east-1:111111111111:key/k";
    asked.extend([
        with(
            &key,
            &grants,
            &format!("explain --surroundings around.json {decrypt} {ALICE}"),
        ),
        about(&key, &format!("explain {decrypt} {ALICE}")),
        about(
            &json!([everything]),
            "explain --action sts:GetCallerIdentity --kind identity",
        ),
    ]);
    asked
}

/// Every direction, gains and losses.
fn changes() -> Vec<Question> {
    let to_bucket = |principal: &str| json!([to(&json!({ "AWS": principal }), &json!({}))]);
    let public = json!([read(&json!({}))]);
    let objects = |action: &str| json!([{ "Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::b/*", "Condition": { "Bool": { "aws:SecureTransport": "true" } } }]);
    let queue = |account: &str| json!([{ "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": format!("arn:aws:sqs:us-east-1:{account}:q") }]);
    let canonical = json!([to(&json!({ "CanonicalUser": "a".repeat(64) }), &json!({}))]);
    [
        (to_bucket("111111111111"), public.clone()),
        (public.clone(), to_bucket("111111111111")),
        (public.clone(), public),
        (to_bucket("222222222222"), to_bucket("333333333333")),
        (objects("s3:GetObject"), objects("s3:Frobnicate")),
        (objects("s3:GetObject"), json!([])),
        (json!([]), queue("a*")),
        (to_bucket("111111111111"), canonical),
    ]
    .into_iter()
    .map(|(before, after)| Question {
        documents: vec![("before.json", policy(&before)), ("after.json", policy(&after))],
        words: "diff before.json after.json".to_owned(),
    })
    .collect()
}

fn actions() -> Vec<Question> {
    [
        json!([{ "Sid": "All", "Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": "*" }]),
        json!([{ "Effect": "Deny", "Action": ["s3:Frobnicate", "s3:GetObject"], "Resource": "*" }]),
        json!([{ "Effect": "Allow", "Action": ["s3:Frobnicate", "s3:GetObject"], "Resource": "*" }]),
        json!([{ "Effect": "Allow", "NotAction": "*", "Resource": "*" }]),
        json!([]),
    ]
    .iter()
    .flat_map(|statements| {
        [
            "expand policy.json",
            "minimise policy.json",
            "minimise policy.json --shortest",
        ]
        .map(|words| Question {
            documents: vec![("policy.json", policy(statements))],
            words: words.to_owned(),
        })
    })
    .collect()
}
