//! The technology files that come with the program, and what is generated from them.

use security_monkey_aws::models::Models;
use security_monkey_testkit::generated;
use security_monkey_watcher::{Technologies, Technology, iam_policy, technologies_page, technology_schema};

use crate::fake::technologies;

#[test]
fn every_built_in_technology_is_sound() {
    let (technologies, errors) = Technologies::built_in(Models::embedded());
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(messages.is_empty(), "{}", messages.join("\n"));
    assert!(technologies.len() >= 20, "only {} technologies", technologies.len());
}

#[test]
fn generated_technology_schema_is_committed() {
    generated::check("schemas/technology.json", &technology_schema());
}

#[test]
fn generated_technologies_page_is_committed() {
    generated::check("docs/reference/technologies.md", &technologies_page(&technologies()));
}

#[test]
fn every_link_points_to_a_technology_that_exists() {
    let technologies = technologies();
    for technology in technologies.all() {
        for target in technology.links_to() {
            assert!(
                technologies.get(target).is_some(),
                "{} links to {target}",
                technology.id()
            );
        }
    }
}

/// An answer that is kept whole says nothing of what should be in it.
#[test]
fn every_detail_that_takes_nothing_says_what_it_expects() {
    let technologies = technologies();
    for technology in technologies.all() {
        for call in technology.file().details.iter().filter(|call| call.take.is_none()) {
            assert!(
                !call.expects.is_empty() || call.leaves_out_empty,
                "{} {}: name with `expects` what AWS always sends, or say `leaves_out_empty`",
                technology.id(),
                call.operation
            );
        }
    }
}

#[test]
fn the_policy_allows_what_is_called_and_nothing_else() {
    let technologies = technologies();
    let chosen: Vec<&Technology> = technologies
        .all()
        .filter(|technology| {
            matches!(
                technology.id().as_str(),
                "aws.s3.bucket" | "aws.s3.account-public-access-block"
            )
        })
        .map(AsRef::as_ref)
        .collect();
    let policy = iam_policy(&chosen);
    let actions: Vec<&str> = policy["Statement"][0]["Action"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action.as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "ec2:DescribeRegions",
            "s3:GetAccountPublicAccessBlock",
            "s3:GetBucketAcl",
            "s3:GetBucketCORS",
            "s3:GetBucketLocation",
            "s3:GetBucketLogging",
            "s3:GetBucketNotification",
            "s3:GetBucketObjectLockConfiguration",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketTagging",
            "s3:GetBucketVersioning",
            "s3:GetBucketWebsite",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:GetReplicationConfiguration",
            "s3:ListAllMyBuckets",
        ]
    );
    let all: Vec<&Technology> = technologies.all().map(AsRef::as_ref).collect();
    let whole = iam_policy(&all).to_string();
    // AWS's limit for a managed policy, in characters without white space.
    assert!(whole.len() <= 6144, "{} characters", whole.len());
    for action in ["Put", "Create", "Delete", "Update", "Attach", ":*"] {
        assert!(
            !whole.contains(&format!(":{action}")) && !whole.contains(":*"),
            "{whole}"
        );
    }
}

#[test]
fn a_document_has_the_paths_its_answers_have_and_no_others() {
    let technologies = technologies();
    let has = |technology: &str, path: &str| technologies.get(&technology.parse().unwrap()).unwrap().has_path(path);
    for (technology, path) in [
        ("aws.s3.bucket", "Policy.Statement[].Principal.AWS"),
        ("aws.s3.bucket", "PublicAccessBlock.BlockPublicAcls"),
        ("aws.s3.bucket", "Acl.Grants[].Grantee.URI"),
        ("aws.iam.user", "AccessKeys[].LastUsed.LastUsedDate"),
        ("aws.iam.user", "PasswordLastUsed"),
        ("aws.iam.managed-policy", "PolicyVersionList[].Document.Statement"),
        ("aws.iam.account-summary", "SummaryMap.AccountMFAEnabled"),
        ("aws.ec2.security-group", "IpPermissions[].IpRanges[].CidrIp"),
        ("aws.ec2.instance", "Reservation.OwnerId"),
        ("aws.ec2.instance", "MetadataOptions.HttpTokens"),
        ("aws.ec2.vpc", "FlowLogs[].TrafficType"),
        ("aws.kms.key", "KeyManager"),
        ("aws.kms.key", "Rotation.KeyRotationEnabled"),
        ("aws.kms.key", "Aliases[].AliasName"),
        ("aws.sqs.queue", "QueueUrl"),
        ("aws.sqs.queue", "Attributes.Policy.Statement"),
        ("aws.elbv2.load-balancer", "Listeners[].SslPolicy"),
        ("aws.elbv2.load-balancer", "Tags[].Key"),
        ("aws.rds.db-snapshot", "DBSnapshotAttributes[].AttributeValues[]"),
        ("aws.lambda.function", "Environment.Variables.ANY"),
    ] {
        assert!(has(technology, path), "{technology} has no {path}");
    }
    for (technology, path) in [
        ("aws.s3.bucket", "Polcy"),
        ("aws.s3.bucket", "Acl.Grant"),
        ("aws.iam.user", "AccessKeys.LastUsed"),
        ("aws.iam.user", "AccessKeys[].LastUsed.Date"),
        ("aws.ec2.security-group", "IpPermissions[].CidrIp"),
        ("aws.kms.key", "KeyMetadata"),
        ("aws.sqs.queue", "QueueUrl.Name"),
        ("aws.elbv2.load-balancer", "TagDescriptions"),
    ] {
        assert!(!has(technology, path), "{technology} has {path}");
    }
}
