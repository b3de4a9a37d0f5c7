//! How large a policy may be, and how AWS counts.
//!
//! Sources: IAM User Guide, "IAM and AWS STS quotas" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>; IAM
//! does not count white space); S3 User Guide, "Bucket policies for Amazon S3"
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>, 20 KB); KMS Developer Guide, "Resource quotas"
//! (<https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>, 32 KB); Organizations User Guide, "Quotas and service
//! limits for AWS Organizations" (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>); STS API Reference,
//! "`AssumeRole`" and "`GetFederationToken`", parameter `Policy`
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>, 2,048 characters); Lambda Developer Guide, "Lambda quotas"
//! (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>, 20 KB).

/// A size limit of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeLimit {
    /// A managed policy: 6,144 characters without white space.
    ManagedPolicy,
    /// All inline policies of a user together: 2,048 characters without white space.
    UserInlinePolicies,
    /// All inline policies of a group together: 5,120 characters without white space.
    GroupInlinePolicies,
    /// All inline policies of a role together: 10,240 characters without white space.
    RoleInlinePolicies,
    /// A trust policy: 2,048 characters by default without white space.
    TrustPolicy,
    /// A service control policy: 10,240 characters, white space counted.
    ServiceControlPolicy,
    /// A resource control policy: 5,120 characters, white space counted.
    ResourceControlPolicy,
    /// One session policy: 2,048 characters, white space counted; session policies that are passed together share them.
    SessionPolicy,
    /// A bucket policy: 20 KB.
    BucketPolicy,
    /// The policy of a Lambda function, version or alias: 20 KB.
    FunctionPolicy,
    /// A key policy: 32 KB.
    KeyPolicy,
}

impl SizeLimit {
    /// The most that AWS accepts, in [`Self::unit`].
    pub const fn limit(self) -> usize {
        match self {
            Self::ManagedPolicy => 6_144,
            Self::UserInlinePolicies | Self::TrustPolicy | Self::SessionPolicy => 2_048,
            Self::GroupInlinePolicies | Self::ResourceControlPolicy => 5_120,
            Self::RoleInlinePolicies | Self::ServiceControlPolicy => 10_240,
            Self::BucketPolicy | Self::FunctionPolicy => 20 * 1024,
            Self::KeyPolicy => 32 * 1024,
        }
    }

    /// What AWS counts.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::ManagedPolicy
            | Self::UserInlinePolicies
            | Self::GroupInlinePolicies
            | Self::RoleInlinePolicies
            | Self::TrustPolicy => "characters without white space",
            Self::ServiceControlPolicy | Self::ResourceControlPolicy | Self::SessionPolicy => "characters",
            Self::BucketPolicy | Self::KeyPolicy | Self::FunctionPolicy => "bytes",
        }
    }

    /// What AWS counts of these documents together: all inline policies of a user, group or role share one limit.
    pub fn total<'t>(self, texts: impl IntoIterator<Item = &'t str>) -> usize {
        texts.into_iter().map(|text| self.measure(text)).sum()
    }

    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::ManagedPolicy => "a managed policy",
            Self::UserInlinePolicies => "a user's inline policies",
            Self::GroupInlinePolicies => "a group's inline policies",
            Self::RoleInlinePolicies => "a role's inline policies",
            Self::TrustPolicy => "a trust policy",
            Self::ServiceControlPolicy => "a service control policy",
            Self::ResourceControlPolicy => "a resource control policy",
            Self::SessionPolicy => "a session policy",
            Self::BucketPolicy => "a bucket policy",
            Self::FunctionPolicy => "the policy of a Lambda function",
            Self::KeyPolicy => "a key policy",
        }
    }

    pub(super) fn measure(self, text: &str) -> usize {
        match self {
            Self::ManagedPolicy
            | Self::UserInlinePolicies
            | Self::GroupInlinePolicies
            | Self::RoleInlinePolicies
            | Self::TrustPolicy => policy_size(text),
            Self::ServiceControlPolicy | Self::ResourceControlPolicy | Self::SessionPolicy => text.chars().count(),
            Self::BucketPolicy | Self::KeyPolicy | Self::FunctionPolicy => text.len(),
        }
    }
}

/// The size of a policy as IAM counts it: characters, white space left out.
pub fn policy_size(text: &str) -> usize {
    text.chars().filter(|character| !character.is_whitespace()).count()
}
