//! What AWS answers to a policy that it refuses.
//!
//! AWS documents the codes and not the words. The words are those that people quote from answers of `iam:CreatePolicy` and
//! `iam:PutUserPolicy` (identity policies), `iam:CreateRole` (trust policies), `s3:PutBucketPolicy` (policies of resources; each other
//! service has its own) and `organizations:CreatePolicy`; where they are not known, the code stands alone. Sources: IAM API
//! Reference, "`CreatePolicy`", errors; S3 API Reference, "Error responses"; Organizations API Reference, "`CreatePolicy`", errors; moto's tests of policy
//! documents, recorded from AWS (<https://github.com/getmoto/moto>); issues of Terraform's provider for AWS.

use super::{PolicyKind, ProblemCode, SizeLimit};

/// A problem, as AWS's answer depends on it.
pub(super) struct Refused<'t> {
    pub(super) kind: PolicyKind,
    pub(super) limit: Option<SizeLimit>,
    pub(super) code: ProblemCode,
    /// The element at fault; empty for the whole document.
    pub(super) element: &'t str,
    /// What stands there, where AWS repeats it.
    pub(super) value: &'t str,
}

impl Refused<'_> {
    /// The code and the words of AWS's answer.
    pub(super) fn answer(&self) -> String {
        if self.code == ProblemCode::TooLarge {
            return self.too_large();
        }
        let (code, words) = match self.kind {
            // Not knowing better: most policies are those of identities.
            PolicyKind::Any | PolicyKind::Identity => ("MalformedPolicyDocument", self.of_identity()),
            PolicyKind::Trust => ("MalformedPolicyDocument", self.of_trust()),
            PolicyKind::Resource => ("MalformedPolicy", self.of_resource()),
            PolicyKind::ServiceControl | PolicyKind::ResourceControl => (
                "MalformedPolicyDocumentException",
                "The provided policy document does not meet the requirements of the specified policy type.".to_owned(),
            ),
        };
        if words.is_empty() {
            code.to_owned()
        } else {
            format!("{code}: {words}")
        }
    }

    fn of_identity(&self) -> String {
        let value = self.value;
        match (self.code, self.element) {
            (ProblemCode::DuplicateSid, _) => "Statement IDs (SID) in a single policy must be unique.".to_owned(),
            (ProblemCode::InvalidValue, "Sid") => {
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
                    .to_owned()
            }
            (ProblemCode::UnknownElement, "Principal" | "NotPrincipal") => {
                "Policy document should not specify a principal.".to_owned()
            }
            (ProblemCode::MissingElement, "Action" | "NotAction") => "Policy statement must contain actions.".to_owned(),
            (ProblemCode::MissingElement, "Resource" | "NotResource") => {
                "Policy statement must contain resources.".to_owned()
            }
            (ProblemCode::InvalidValue, "Action" | "NotAction") => match value.split_once(':') {
                None => "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned(),
                Some((_, name)) if name.contains(':') => "Actions/Condition can contain only one colon.".to_owned(),
                Some((vendor, _)) if !vendor.chars().all(may_stand_in_vendor) => format!("Vendor {vendor} is not valid"),
                // The vendor or the name is missing.
                Some(_) => String::new(),
            },
            (ProblemCode::InvalidValue, "Resource" | "NotResource") if value.starts_with("arn:") => {
                "The policy failed legacy parsing".to_owned()
            }
            (ProblemCode::InvalidValue, "Resource" | "NotResource") => {
                format!("Resource {value} must be in ARN format or \"*\".")
            }
            // The grammar takes "allow"; what comes after it does not.
            (ProblemCode::LetterCase, "Effect") => "The policy failed legacy parsing".to_owned(),
            _ => "Syntax errors in policy.".to_owned(),
        }
    }

    fn of_trust(&self) -> String {
        let words = match (self.code, self.element) {
            (ProblemCode::NotJson | ProblemCode::PercentEncoded, _) | (ProblemCode::Wrapped, "") => {
                "This policy contains invalid Json"
            }
            (ProblemCode::DuplicateSid, _) => "The Statement Ids in the policy are not unique",
            (ProblemCode::InvalidValue | ProblemCode::WrongType, "Version") => {
                "The policy must contain a valid version string"
            }
            (ProblemCode::MissingElement, "Statement") => "Could not parse the policy: Statement is empty!",
            (ProblemCode::MissingElement, element) => return format!("Missing required field {element}"),
            (ProblemCode::UnknownElement, "Resource") => "Has prohibited field Resource",
            (ProblemCode::UnknownElement, "NotPrincipal") => "AssumeRole policy must not contain NotPrincipal field.",
            (ProblemCode::UnknownElement, "NotResource") => "AssumeRole policy must not contain resources.",
            (ProblemCode::InvalidValue | ProblemCode::LetterCase, "Effect") => {
                return format!("Invalid effect: {}", self.value);
            }
            (ProblemCode::InvalidValue | ProblemCode::LegacyForm, "Principal" | "NotPrincipal") => {
                "Invalid principal in policy"
            }
            _ => "Syntax error in policy.",
        };
        words.to_owned()
    }

    /// S3's words, and no words where it is not known to have any.
    fn of_resource(&self) -> String {
        let words = match (self.code, self.element) {
            (ProblemCode::NotJson | ProblemCode::DuplicateMember, _) => "This policy contains invalid Json",
            (ProblemCode::PercentEncoded, _) | (ProblemCode::WrongType | ProblemCode::Wrapped, "") => {
                "Policies must be valid JSON and the first byte must be '{'"
            }
            (ProblemCode::InvalidValue | ProblemCode::WrongType, "Version") => {
                "The policy must contain a valid version string"
            }
            (ProblemCode::MissingElement, element) => return format!("Missing required field {element}"),
            (ProblemCode::UnknownElement | ProblemCode::LetterCase | ProblemCode::Wrapped, element)
                if element != "Effect" =>
            {
                return format!("Unknown field {element}");
            }
            (ProblemCode::InvalidValue | ProblemCode::LegacyForm, "Principal" | "NotPrincipal") => {
                "Invalid principal in policy"
            }
            (ProblemCode::InvalidValue, "Action" | "NotAction") => "Policy has invalid action",
            (ProblemCode::InvalidValue, "Resource" | "NotResource") => "Policy has invalid resource",
            _ => "",
        };
        words.to_owned()
    }

    fn too_large(&self) -> String {
        let Some(limit) = self.limit else {
            return "LimitExceeded".to_owned();
        };
        let most = limit.limit();
        match limit {
            SizeLimit::ManagedPolicy => format!("LimitExceeded: Cannot exceed quota for PolicySize: {most}"),
            SizeLimit::TrustPolicy => format!("LimitExceeded: Cannot exceed quota for ACLSizePerRole: {most}"),
            SizeLimit::UserInlinePolicies | SizeLimit::GroupInlinePolicies | SizeLimit::RoleInlinePolicies => {
                format!("LimitExceeded: Maximum policy size of {most} bytes exceeded")
            }
            SizeLimit::ServiceControlPolicy | SizeLimit::ResourceControlPolicy => {
                "ConstraintViolationException: POLICY_CONTENT_LIMIT_EXCEEDED".to_owned()
            }
            SizeLimit::BucketPolicy => "PolicyTooLarge: Policy exceeds the maximum allowed document size.".to_owned(),
            SizeLimit::KeyPolicy => "LimitExceededException".to_owned(),
            SizeLimit::SessionPolicy => "ValidationError".to_owned(),
            SizeLimit::FunctionPolicy => "PolicyLengthExceededException".to_owned(),
        }
    }
}

fn may_stand_in_vendor(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-')
}
