//! Tests of the API table.

use super::*;

#[test]
fn every_service_opens() {
    let models = Models::embedded();
    let mut operations = 0;
    for name in models.services() {
        let service = models.service(name).unwrap();
        assert_eq!(service.name, name);
        assert!(service.operations().count() > 0, "{name} has no operation");
        operations += service.operations().count();
    }
    assert!(operations > 7_000, "{operations}");
}

#[test]
fn only_the_reviewed_exceptions_are_not_reads() {
    let models = Models::embedded();
    let mut exceptions = Vec::new();
    for service in models.services().map(|name| models.service(name).unwrap()) {
        for operation in service.operations() {
            match &operation.exception {
                Some(reason) => {
                    assert!(!reason.is_empty());
                    exceptions.push(format!("{}:{}", service.name, operation.name));
                }
                None => assert!(reads(&operation.name), "{}:{}", service.name, operation.name),
            }
        }
    }
    // What nothing calls does not belong there: "read-only" is what the table holds, not what the program happens to do.
    assert_eq!(exceptions, ["sts:AssumeRole"]);
}

/// Beginnings of names that only reads have.
fn reads(name: &str) -> bool {
    let beginnings = ["Get", "List", "Describe", "BatchGet", "BatchDescribe", "Head", "Lookup"];
    let others = [
        "CheckAccessNotGranted",
        "CheckNoNewAccess",
        "CheckNoPublicAccess",
        "CompareDomainConfiguration",
        "IsMemberInGroups",
        "Search",
        "SearchResources",
        "SelectAggregateResourceConfig",
        "SelectResourceConfig",
        "SimulateCustomPolicy",
        "SimulatePrincipalPolicy",
        "TestDNSAnswer",
        "ValidatePolicy",
    ];
    beginnings.iter().any(|beginning| name.starts_with(beginning)) || others.contains(&name)
}

#[test]
fn what_returns_secrets_or_credentials_is_not_there() {
    let forbidden = [
        ("secretsmanager", "GetSecretValue"),
        ("secretsmanager", "BatchGetSecretValue"),
        ("sts", "GetSessionToken"),
        ("sts", "GetFederationToken"),
        ("ecr", "GetAuthorizationToken"),
        ("dynamodb", "GetItem"),
        ("s3", "GetObject"),
        ("s3", "PutObject"),
        ("kinesis", "GetRecords"),
        ("ssm", "GetParameter"),
        ("kms", "Decrypt"),
        ("waf", "GetChangeToken"),
        ("ec2", "GetPasswordData"),
        ("ec2", "RunInstances"),
        ("lambda", "GetFunction"),
        ("redshift", "GetClusterCredentials"),
    ];
    for (service, operation) in forbidden {
        let found = Models::embedded()
            .service(service)
            .ok()
            .and_then(|service| service.operation(operation));
        assert!(found.is_none(), "{service}:{operation}");
    }
}

#[test]
fn a_parameter_that_would_return_a_secret_is_not_there() {
    let gateway = Models::embedded().service("apigateway").unwrap();
    let input = gateway.operation("GetApiKeys").unwrap().input.unwrap();
    let error = gateway.walk(input, &["includeValues"]).unwrap_err();
    assert_eq!(error.step, "includeValues");
}

#[test]
fn an_unknown_service_is_told_with_the_nearest() {
    let error = Models::embedded().service("secretmanager").unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown AWS service `secretmanager`; did you mean `secretsmanager`?"
    );
}

#[test]
fn walking_says_what_is_there_and_what_is_not() {
    let ec2 = Models::embedded().service("ec2").unwrap();
    let output = ec2.operation("DescribeInstances").unwrap().output.unwrap();
    let path = ["Reservations", "[]", "Instances", "[]", "LaunchTime"];
    assert_eq!(ec2.walk(output, &path), Ok(ShapeKind::Scalar(Scalar::Timestamp(None))));
    let error = ec2.walk(output, &["Reservations", "[]", "Instance"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no `Instance` after `Reservations.[]`; did you mean `Instances`?"
    );
    let iam = Models::embedded().service("iam").unwrap();
    let output = iam.operation("GetRole").unwrap().output.unwrap();
    let path = ["Role", "AssumeRolePolicyDocument", "Statement", "[]", "Effect"];
    assert_eq!(iam.walk(output, &path), Ok(ShapeKind::Any));
}

#[test]
fn iam_actions_are_iams_names() {
    let action = |service: &str, operation: &str| {
        let service = Models::embedded().service(service).unwrap();
        service.iam_action(service.operation(operation).unwrap())
    };
    assert_eq!(action("s3", "ListBuckets"), "s3:ListAllMyBuckets");
    assert_eq!(
        action("s3control", "GetPublicAccessBlock"),
        "s3:GetAccountPublicAccessBlock"
    );
    assert_eq!(
        action("elbv2", "DescribeLoadBalancers"),
        "elasticloadbalancing:DescribeLoadBalancers"
    );
    assert_eq!(action("apigateway", "GetRestApis"), "apigateway:GET");
    assert_eq!(action("cloudwatch", "DescribeAlarms"), "cloudwatch:DescribeAlarms");
}

#[test]
fn regions_belong_to_partitions_also_when_they_are_new() {
    let partition = |region: &str| Models::embedded().partition_of(region).name.as_str();
    assert_eq!(partition("eu-west-1"), "aws");
    assert_eq!(partition("us-gov-west-1"), "aws-us-gov");
    assert_eq!(partition("us-gov-north-9"), "aws-us-gov");
    assert_eq!(partition("cn-south-7"), "aws-cn");
    assert_eq!(partition("us-iso-north-3"), "aws-iso");
    assert_eq!(partition("eusc-de-west-2"), "aws-eusc");
    assert_eq!(partition("ap-north-9"), "aws");
    assert_eq!(partition("atlantis"), "aws");
}

#[test]
fn a_damaged_pack_is_an_error() {
    for damaged in [
        &b""[..],
        b"AWSPACK1",
        b"AWSPACK2",
        b"AWSPACK2\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        assert!(Models::from_pack(damaged).is_err());
    }
    for length in [100, 5_000] {
        assert!(Models::from_pack(&EMBEDDED[..length]).is_err());
    }
}
