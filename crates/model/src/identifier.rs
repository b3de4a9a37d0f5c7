//! Ids as newtypes: a value that exists is valid.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{value}' is not {kind}: {rule}")]
pub struct InvalidId {
    /// The kind, with its article: "an account id".
    pub kind: &'static str,
    /// The text as given, shortened to 80 characters.
    pub value: String,
    /// What such an id looks like.
    pub rule: &'static str,
}

impl InvalidId {
    pub(crate) fn new(kind: &'static str, value: &str, rule: &'static str) -> Self {
        Self {
            kind,
            value: value.chars().take(80).collect(),
            rule,
        }
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Parses the text.
            ///
            /// # Errors
            /// [`InvalidId`] names the text and the shape that is wanted.
            pub fn parse(text: &str) -> Result<Self, $crate::identifier::InvalidId> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok(Self(text.into()))
                } else {
                    Err($crate::identifier::InvalidId::new($kind, text, $rule))
                }
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::identifier::InvalidId;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::identifier::InvalidId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": concat!($kind, ": ", $rule) })
            }
        }
    };
}
pub(crate) use text_id;

text_id!(
    /// Our definition of one kind of thing we watch: `aws.s3.bucket`. Three or more dotted lower-case words.
    TechnologyId,
    "a technology id",
    "three or more lower-case words joined by dots, like aws.s3.bucket",
    |text| dotted(text, 3)
);
text_id!(
    /// A rule's id: `aws.s3.bucket.public`; never reused, equal to the rule file's path below the rules folder.
    RuleId,
    "a rule id",
    "three or more lower-case words joined by dots, like aws.s3.bucket.public",
    |text| dotted(text, 3)
);
text_id!(
    /// An AWS region's code (`eu-west-1`), or `global` for services without regions.
    Region,
    "a region",
    "a code like eu-west-1, or global",
    |text| text.len() <= 40 && text.split('-').all(|word| !word.is_empty() && word.bytes().all(is_word_byte))
);
text_id!(
    /// AWS's own stable identifier of a resource inside (account, region, technology): the key of its history. At most 2,048 bytes.
    ResourceId,
    "a resource id",
    "1 to 2048 bytes without control characters",
    |text| !text.is_empty() && text.len() <= 2048 && !text.chars().any(char::is_control)
);
text_id!(
    /// The part of a resource at fault: a statement id, a port range, a principal. Part of a finding's identity, so never
    /// a list index and never display text. At most 512 bytes.
    Subject,
    "a subject",
    "1 to 512 bytes without control characters",
    |text| !text.is_empty() && text.len() <= 512 && !text.chars().any(char::is_control)
);

impl TechnologyId {
    /// The service part: `s3` of `aws.s3.bucket`.
    pub fn service(&self) -> &str {
        self.0.split('.').nth(1).unwrap_or_default()
    }
}

impl Region {
    /// The pseudo-region of services without regions.
    pub fn global() -> Self {
        Self("global".into())
    }

    /// Whether this is the pseudo-region of services without regions.
    pub fn is_global(&self) -> bool {
        &*self.0 == "global"
    }
}

const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn dotted(text: &str, least_words: usize) -> bool {
    text.len() <= 200
        && text.split('.').count() >= least_words
        && text.split('.').all(|word| {
            word.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
                && word.bytes().all(|byte| is_word_byte(byte) || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_accept_their_own_shape_only() {
        assert!(TechnologyId::parse("aws.s3.bucket").is_ok());
        assert!(TechnologyId::parse("aws.ec2.security-group").is_ok());
        for wrong in [
            "",
            "aws",
            "aws.s3",
            "aws..s3",
            "Aws.S3.Bucket",
            "aws.s3.bucket ",
            "aws.s3.-b",
            "aws.s3._b",
        ] {
            assert!(TechnologyId::parse(wrong).is_err(), "{wrong:?} was accepted");
        }
        assert!(Region::parse("us-gov-west-1").is_ok());
        assert!(Region::parse("us_east_1").is_err());
        assert!(Subject::parse(&"x".repeat(513)).is_err());
        assert!(ResourceId::parse("a\nb").is_err());
    }

    #[test]
    fn an_error_names_the_text_and_the_shape() {
        let error = TechnologyId::parse("S3").unwrap_err();
        assert_eq!(
            error.to_string(),
            "'S3' is not a technology id: three or more lower-case words joined by dots, like aws.s3.bucket"
        );
    }

    #[test]
    fn serde_refuses_what_parse_refuses() {
        assert!(serde_json::from_str::<Region>("\"eu west\"").is_err());
        assert_eq!(serde_json::to_string(&Region::global()).unwrap(), "\"global\"");
    }
}
