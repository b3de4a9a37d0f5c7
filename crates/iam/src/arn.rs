//! Amazon Resource Names, as far as deciding needs them: the six parts, and the account a name belongs to.

use std::borrow::Cow;

/// The parts of an ARN, borrowed. Parts may hold wildcards or variables where the ARN is a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// `iam`, `s3`, …
    pub service: &'a str,
    /// The region, often empty.
    pub region: &'a str,
    /// The account id, often empty (S3 buckets).
    pub account: &'a str,
    /// Everything after the fifth colon.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN; `None` if the text does not have six parts starting with `arn`.
    pub fn read(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("arn:")?;
        let (partition, rest) = cut(rest)?;
        let (service, rest) = cut(rest)?;
        let (region, rest) = cut(rest)?;
        let (account, resource) = cut(rest)?;
        Some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }

    /// The bucket that an ARN of S3 names, or the pattern of buckets: a name that is unique in the world. Region and account
    /// of a bucket's ARN are empty, so wildcards there say nothing; ARNs of access points and jobs do have an account.
    /// Source: Service Authorization Reference, "Resource types defined by Amazon S3".
    pub fn bucket(&self) -> Option<&'a str> {
        const OF_ACCOUNTS: [&str; 5] = [
            "accesspoint",
            "access-grants",
            "job",
            "storage-lens",
            "storage-lens-group",
        ];
        let may_be_empty = |part: &str| part.bytes().all(|byte| byte == b'*');
        let name = self.resource.split('/').next().unwrap_or("");
        let is_bucket = self.service == "s3"
            && may_be_empty(self.region)
            && may_be_empty(self.account)
            && !name.is_empty()
            && (self.account.is_empty() || !OF_ACCOUNTS.contains(&name));
        is_bucket.then_some(name)
    }
}

/// A pattern of resources as AWS reads it: an ARN with fewer than six parts has a `*` for each that is missing. Whatever compares
/// resources has to read them by this, or one analysis sees resources that another does not.
/// Source: "IAM JSON policy elements: Resource", on incomplete ARNs.
pub(crate) fn complete(pattern: &str) -> Cow<'_, str> {
    const PARTS: usize = 6;
    let Some(mut rest) = pattern.strip_prefix("arn:") else {
        return Cow::Borrowed(pattern);
    };
    let mut parts = 2;
    while parts < PARTS
        && let Some((_, behind)) = cut(rest)
    {
        rest = behind;
        parts += 1;
    }
    if parts == PARTS {
        Cow::Borrowed(pattern)
    } else {
        Cow::Owned(format!("{pattern}{}", ":*".repeat(PARTS - parts)))
    }
}

/// At the first colon that stands in no variable: `${aws:ResourceAccount}` is one part. Parts are a few bytes long, where a plain loop
/// beats the general search: this was a fifth of an analysis.
fn cut(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b':' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                at += text.get(at..).and_then(|rest| rest.find('}')).unwrap_or(1);
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether the text is an account id: twelve digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account that a principal value names: the id itself or that of its ARN, which a wildcard may cut short behind the
/// account (`arn:aws:iam::111111111111*`). `None` for `*`, a deleted principal's unique id, or an ARN whose account has a wildcard.
pub fn account_of(value: &str) -> Option<&str> {
    if is_account_id(value) {
        return Some(value);
    }
    // As most are written, which shows faster.
    if let Some((account, behind)) = value
        .strip_prefix("arn:aws:iam::")
        .and_then(|rest| rest.split_at_checked(12))
        && behind.starts_with(':')
        && is_account_id(account)
    {
        return Some(account);
    }
    let account = match Arn::read(value) {
        Some(arn) => arn.account,
        None => value.strip_prefix("arn:")?.split_once('*')?.0.splitn(4, ':').nth(3)?,
    };
    is_account_id(account).then_some(account)
}

/// Whether the value is an origin access identity of CloudFront, which AWS writes as a user of an account `cloudfront`.
/// Source: CloudFront Developer Guide, "Using an origin access identity (legacy, not recommended)".
pub fn is_origin_access_identity(value: &str) -> bool {
    Arn::read(value).is_some_and(|arn| arn.service == "iam" && arn.account == "cloudfront")
}

/// Whether an identity provider is one of SAML, whose ARN says so.
pub(crate) fn is_saml_provider(provider: &str) -> bool {
    provider.contains(":saml-provider/")
}

/// Whether the value is the unique id that AWS shows in place of a deleted user or role (`AIDA…`, `AROA…`).
/// Source: IAM User Guide, "IAM identifiers", table of unique id prefixes.
pub fn is_unique_id(value: &str) -> bool {
    value.len() >= 16
        && [
            "AIDA", "AROA", "AGPA", "AIPA", "ANPA", "ANVA", "APKA", "ASCA", "ASIA", "AKIA",
        ]
        .iter()
        .any(|prefix| value.starts_with(prefix))
        && value
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::complete;

    #[test]
    fn an_incomplete_arn_gets_a_wildcard_for_each_missing_part() {
        let cases = [
            ("arn:", "arn::*:*:*:*"),
            ("arn:*", "arn:*:*:*:*:*"),
            ("arn:aws", "arn:aws:*:*:*:*"),
            ("arn:aws:*", "arn:aws:*:*:*:*"),
            ("arn:aws:lambda", "arn:aws:lambda:*:*:*"),
            ("arn:aws:lambda:*", "arn:aws:lambda:*:*:*"),
            ("arn:aws:lambda:us-*", "arn:aws:lambda:us-*:*:*"),
            ("arn:aws:iam:", "arn:aws:iam::*:*"),
            ("arn:aws:iam::111111111111", "arn:aws:iam::111111111111:*"),
            // The colon of a variable is none of the ARN's.
            ("arn:${aws:Partition}:s3", "arn:${aws:Partition}:s3:*:*:*"),
            (
                "arn:aws:sqs:${aws:RequestedRegion}",
                "arn:aws:sqs:${aws:RequestedRegion}:*:*",
            ),
        ];
        for (shortened, completed) in cases {
            assert_eq!(complete(shortened), completed, "{shortened}");
        }
    }

    #[test]
    fn what_is_whole_or_no_arn_stays_as_it_is() {
        for text in [
            "",
            "*",
            "arn",
            "arn*",
            "a:b",
            "${aws:PrincipalTag/arn}",
            "arn:aws:s3:::",
            "arn:aws:s3:::b/*",
            "arn:aws:lambda:*:*:function:f:1",
            "arn:aws:iam::${aws:PrincipalAccount}:role/${aws:username}",
        ] {
            assert!(matches!(complete(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
