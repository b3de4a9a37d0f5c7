//! A request: who asks, for what, on which resource, with which context.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// A request to AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Request {
    /// Who asks.
    pub caller: Caller,
    /// `service:Name`.
    pub action: String,
    /// ARN of the resource asked for, or `*` where the action has none.
    pub resource: String,
    /// The account that owns the resource.
    pub resource_account: Option<String>,
    /// The canonical user id of the caller's account, where a policy names accounts so (S3).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub canonical_user: Option<String>,
    /// The context keys.
    pub context: Context,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Caller {
    /// Somebody without credentials.
    Anonymous,
    /// The root user of an account.
    Root {
        /// The account id.
        account: String,
    },
    /// An IAM user.
    User {
        /// `arn:aws:iam::111111111111:user/path/name`.
        arn: String,
    },
    /// A session of a role.
    RoleSession {
        /// `arn:aws:iam::111111111111:role/path/name`.
        role_arn: String,
        /// The session's name.
        session: String,
    },
    /// A session that a user made with `sts:GetFederationToken`.
    FederatedUser {
        /// `arn:aws:sts::111111111111:federated-user/name`.
        arn: String,
        /// The user who made it, `arn:aws:iam::111111111111:user/path/name`, where that is known: the session's ARN does not tell.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        user: Option<String>,
    },
    /// An AWS service acting by itself.
    Service {
        /// `sns.amazonaws.com`.
        name: String,
    },
    /// Somebody with a token of an identity provider, before assuming a role.
    Federated {
        /// The provider: its ARN, or the host of a public one.
        provider: String,
    },
}

/// Context keys with their values; keys compare without case, so they are kept in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("propertyNames" = json!({ "pattern": "^[^A-Z]*$" })))]
pub struct Context {
    keys: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a single-valued key.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.keys.insert(key.to_ascii_lowercase(), vec![value.into()]);
    }

    /// Sets all values of a key.
    pub fn set_all(&mut self, key: &str, values: Vec<String>) {
        self.keys.insert(key.to_ascii_lowercase(), values);
    }

    /// Pins a key as one that the request does not have; a search leaves it so. Operators take a key without values as absent.
    pub(crate) fn set_absent(&mut self, key: &str) {
        self.set_all(key, Vec::new());
    }

    /// Leaves out the keys that were pinned as absent.
    pub(crate) fn forget_absent(&mut self) {
        self.keys.retain(|_, values| !values.is_empty());
    }

    /// The values of a key; `None` if the request does not have it.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        /// Comparing with so few costs less than writing the key in lower case.
        const FEW: usize = 16;
        if self.keys.len() <= FEW {
            let mut keys = self.keys.iter();
            return keys.find_map(|(known, values)| known.eq_ignore_ascii_case(key).then_some(values.as_slice()));
        }
        self.keys.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    /// All keys with their values, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.keys.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }
}

impl fmt::Display for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self
            .iter()
            .flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
        for (position, (key, value)) in pairs.enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(formatter, "{comma}{key}={value}")?;
        }
        Ok(())
    }
}

impl Request {
    /// A request with an empty context.
    pub fn new(caller: Caller, action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            caller,
            action: action.into(),
            resource: resource.into(),
            resource_account: None,
            canonical_user: None,
            context: Context::new(),
        }
    }

    /// The same request to a resource of this account.
    #[must_use]
    pub fn owned_by(mut self, account: impl Into<String>) -> Self {
        self.resource_account = Some(account.into());
        self
    }

    /// The same request with a context key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.set(key, value);
        self
    }

    /// The values of a context key: those given, else those that follow from the caller and the resource.
    /// Source: IAM User Guide, "AWS global condition context keys", the "Availability" of each key, and "IAM policy
    /// elements: Variables and tags", table "Principal key values".
    pub fn values(&self, key: &str) -> Option<Vec<Cow<'_, str>>> {
        if let Some(values) = self.context.get(key) {
            return Some(values.iter().map(|value| Cow::Borrowed(value.as_str())).collect());
        }
        let value = match Derived::of(key)? {
            Derived::PrincipalArn => self.principal_arn().map(Cow::Owned),
            Derived::PrincipalAccount => match &self.caller {
                Caller::Anonymous => Some(Cow::Borrowed("anonymous")),
                caller => caller.account().map(Cow::Borrowed),
            },
            Derived::CallerAccount => self.caller.account().map(Cow::Borrowed),
            Derived::PrincipalType => self.caller.principal_type().map(Cow::Borrowed),
            Derived::UserId => self.caller.user_id(),
            Derived::IsService => match &self.caller {
                // Not signed with credentials of AWS.
                Caller::Anonymous | Caller::Federated { .. } => None,
                Caller::Service { .. } => Some(Cow::Borrowed("true")),
                _ => Some(Cow::Borrowed("false")),
            },
            Derived::ServiceName => match &self.caller {
                Caller::Service { name } => Some(Cow::Borrowed(name.as_str())),
                _ => None,
            },
            Derived::Username => match &self.caller {
                Caller::User { arn } => arn.rsplit('/').next().map(Cow::Borrowed),
                _ => None,
            },
            // A URL that asks for signed requests does not answer others.
            Derived::UrlAuthType => (self.caller == Caller::Anonymous).then_some(Cow::Borrowed("NONE")),
            Derived::ResourceAccount => self.resource_account.as_deref().map(Cow::Borrowed),
        };
        value.map(|value| vec![value])
    }

    /// The value of `aws:PrincipalArn`. A root user belongs to the partition of what it asks for: partitions share no accounts.
    /// Source: IAM User Guide, "Amazon Resource Names (ARNs)", on partitions.
    fn principal_arn(&self) -> Option<String> {
        match &self.caller {
            Caller::Root { account } => Some(format!("arn:{}:iam::{account}:root", self.partition())),
            caller => caller.principal_arn(),
        }
    }

    /// The partition of the caller, or where its kind does not say that of the resource.
    pub fn partition(&self) -> &str {
        match self.caller {
            Caller::Root { .. } => crate::arn::Arn::read(&self.resource).map_or("aws", |arn| arn.partition),
            _ => self.caller.partition(),
        }
    }
}

/// What follows from the caller and the resource, if the request does not give it.
#[derive(Debug, Clone, Copy)]
enum Derived {
    PrincipalArn,
    PrincipalAccount,
    CallerAccount,
    PrincipalType,
    UserId,
    IsService,
    ServiceName,
    Username,
    UrlAuthType,
    ResourceAccount,
}

impl Derived {
    const KEYS: [(&str, Self); 12] = [
        ("aws:PrincipalArn", Self::PrincipalArn),
        ("aws:PrincipalAccount", Self::PrincipalAccount),
        ("kms:CallerAccount", Self::CallerAccount),
        ("aws:PrincipalType", Self::PrincipalType),
        ("aws:userid", Self::UserId),
        ("aws:PrincipalIsAWSService", Self::IsService),
        ("aws:PrincipalServiceName", Self::ServiceName),
        ("aws:PrincipalServiceNamesList", Self::ServiceName),
        ("aws:username", Self::Username),
        ("lambda:FunctionUrlAuthType", Self::UrlAuthType),
        ("aws:ResourceAccount", Self::ResourceAccount),
        ("s3:ResourceAccount", Self::ResourceAccount),
    ];

    fn of(key: &str) -> Option<Self> {
        let mut keys = Self::KEYS.iter();
        keys.find_map(|(name, derived)| key.eq_ignore_ascii_case(name).then_some(*derived))
    }
}

/// Whether the values of a key follow from the caller and the resource for some requests that do not give it.
pub(crate) fn may_be_derived(key: &str) -> bool {
    Derived::of(key).is_some()
}

/// The name of a session of a role that is named without one.
pub(crate) const SOME_SESSION: &str = "session";

/// The ARN of a role's session: `arn:aws:sts::111111111111:assumed-role/name/session`.
pub(crate) fn session_arn(role_arn: &str, session: &str) -> String {
    let mut parts = role_arn.splitn(6, ':');
    let partition = parts.nth(1).unwrap_or("aws");
    let account = parts.nth(2).unwrap_or("");
    let name = role_arn.rsplit('/').next().unwrap_or("");
    format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
}

impl Caller {
    /// Reads who asks, as people and policies write it: `*`, an account id (its root user), the ARN of a user, role, session or
    /// identity provider, the name of a service, the host of a public identity provider. `None`: nobody can be that.
    pub fn read(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Anonymous);
        }
        if crate::arn::is_account_id(text) {
            return Some(Self::Root {
                account: text.to_owned(),
            });
        }
        let Some(arn) = crate::arn::Arn::read(text) else {
            // Identity pools are the one service whose name stands for its users. Alexa's services have names of the shop; the shop
            // itself is an identity provider.
            let is_service = text.contains(".amazonaws.com") && text != "cognito-identity.amazonaws.com"
                || text.ends_with(".amazon.com") && text != "www.amazon.com";
            let name = text.to_owned();
            return match text.contains('.') && !text.contains([':', ' ']) {
                false => None,
                true if is_service => Some(Self::Service { name }),
                true => Some(Self::Federated { provider: name }),
            };
        };
        let whole = text.to_owned();
        let account = arn.account;
        if !crate::arn::is_account_id(account) {
            return None;
        }
        match (arn.service, arn.resource) {
            ("iam", "root") => Some(Self::Root {
                account: account.to_owned(),
            }),
            ("iam", resource) if resource.starts_with("user/") => Some(Self::User { arn: whole }),
            ("iam", resource) if resource.starts_with("role/") => Some(Self::RoleSession {
                role_arn: whole,
                session: SOME_SESSION.to_owned(),
            }),
            ("iam", resource) if resource.starts_with("saml-provider/") || resource.starts_with("oidc-provider/") => {
                Some(Self::Federated { provider: whole })
            }
            ("sts", resource) if resource.starts_with("federated-user/") => {
                Some(Self::FederatedUser { arn: whole, user: None })
            }
            ("sts", resource) => {
                let mut parts = resource.strip_prefix("assumed-role/")?.splitn(2, '/');
                Some(Self::RoleSession {
                    role_arn: format!("arn:{}:iam::{account}:role/{}", arn.partition, parts.next()?),
                    session: parts.next().unwrap_or(SOME_SESSION).to_owned(),
                })
            }
            _ => None,
        }
    }

    /// The same session of a federated user as one that this IAM user made; `None` where the caller is no such session, or of another
    /// account than the user. Source: STS API Reference, "`GetFederationToken`": a user federates into its own account.
    #[must_use]
    pub fn federated_by(self, user: &str) -> Option<Self> {
        let is_of_account = crate::arn::Arn::read(user).is_some_and(|arn| {
            arn.service == "iam"
                && arn.resource.starts_with("user/")
                && arn.partition == self.partition()
                && Some(arn.account) == self.account()
        });
        match self {
            Self::FederatedUser { arn, .. } if is_of_account => Some(Self::FederatedUser {
                arn,
                user: Some(user.to_owned()),
            }),
            _ => None,
        }
    }

    /// Whether this is a session of a service-linked role, which no policy of the organisation binds.
    /// Source: Organizations User Guide, "Service control policies (SCPs)" and "Resource control policies (RCPs)", sections
    /// on what they do not restrict; IAM User Guide, "Service-linked roles" (the path).
    pub fn is_service_linked_role(&self) -> bool {
        matches!(self, Self::RoleSession { role_arn, .. }
            if crate::arn::Arn::read(role_arn).is_some_and(|arn| arn.resource.starts_with("role/aws-service-role/")))
    }

    /// The value of `aws:PrincipalType`; services and tokens have none.
    pub fn principal_type(&self) -> Option<&'static str> {
        match self {
            Self::Anonymous => Some("Anonymous"),
            Self::Root { .. } => Some("Account"),
            Self::User { .. } => Some("User"),
            Self::RoleSession { .. } => Some("AssumedRole"),
            Self::FederatedUser { .. } => Some("FederatedUser"),
            Self::Service { .. } | Self::Federated { .. } => None,
        }
    }

    /// The value of `aws:userid` where it follows from the rest; users and roles have ids that their ARNs do not tell.
    fn user_id(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Anonymous => Some(Cow::Borrowed("anonymous")),
            Self::Root { account } => Some(Cow::Borrowed(account)),
            Self::FederatedUser { arn, .. } => {
                let (account, name) = (self.account()?, arn.rsplit('/').next()?);
                Some(Cow::Owned(format!("{account}:{name}")))
            }
            Self::User { .. } | Self::RoleSession { .. } | Self::Service { .. } | Self::Federated { .. } => None,
        }
    }

    /// The account the caller belongs to.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account } => Some(account),
            Self::User { arn } | Self::FederatedUser { arn, .. } => crate::arn::account_of(arn),
            Self::RoleSession { role_arn, .. } => crate::arn::account_of(role_arn),
            Self::Anonymous | Self::Service { .. } | Self::Federated { .. } => None,
        }
    }

    /// The partition the caller belongs to: `aws` where its kind does not say.
    pub fn partition(&self) -> &str {
        let arn = match self {
            Self::User { arn } | Self::FederatedUser { arn, .. } => arn,
            Self::RoleSession { role_arn, .. } => role_arn,
            Self::Anonymous | Self::Root { .. } | Self::Service { .. } | Self::Federated { .. } => "",
        };
        crate::arn::Arn::read(arn).map_or("aws", |arn| arn.partition)
    }

    /// The value of `aws:PrincipalArn`: for a session that of its role. Source: "AWS global condition context keys".
    pub fn principal_arn(&self) -> Option<String> {
        match self {
            Self::Root { account } => Some(format!("arn:aws:iam::{account}:root")),
            Self::User { arn } | Self::FederatedUser { arn, .. } => Some(arn.clone()),
            Self::RoleSession { role_arn, .. } => Some(role_arn.clone()),
            Self::Anonymous | Self::Service { .. } | Self::Federated { .. } => None,
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => formatter.write_str("anybody, without credentials"),
            Self::Root { account } => write!(formatter, "arn:aws:iam::{account}:root"),
            Self::FederatedUser { arn, user: Some(user) } => write!(formatter, "{arn} (made by {user})"),
            Self::User { arn } | Self::FederatedUser { arn, user: None } => formatter.write_str(arn),
            Self::RoleSession { role_arn, session } => write!(formatter, "{role_arn} (session {session})"),
            Self::Service { name } => formatter.write_str(name),
            Self::Federated { provider } => write!(formatter, "a user of {provider}"),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resource = if self.resource.is_empty() {
            "anything"
        } else {
            &self.resource
        };
        write!(formatter, "{} asks for {} on {resource}", self.caller, self.action)?;
        if self.context.iter().next().is_some() {
            write!(formatter, " with {}", self.context)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Caller, Context, Request, may_be_derived};

    #[test]
    fn a_key_that_is_pinned_as_absent_has_no_values_until_it_is_forgotten() {
        let mut context = Context::new();
        context.set("aws:SourceVpc", "vpc-1");
        context.set_absent("aws:SourceIp");
        assert_eq!(context.get("AWS:SourceIP"), Some(&[][..]));
        context.forget_absent();
        assert_eq!(context.get("aws:SourceIp"), None);
        assert_eq!(context.get("aws:SourceVpc"), Some(&["vpc-1".to_owned()][..]));
    }

    #[test]
    fn what_follows_from_caller_and_resource() {
        assert!(may_be_derived("AWS:PrincipalArn") && may_be_derived("s3:ResourceAccount"));
        assert!(!may_be_derived("aws:SourceIp") && !may_be_derived("aws:PrincipalOrgID"));
    }

    #[test]
    fn a_request_in_words() {
        let request = Request::new(Caller::Anonymous, "s3:GetObject", "");
        let words = "anybody, without credentials asks for s3:GetObject on anything";
        assert_eq!(request.to_string(), words);
        let mut request = request.with("aws:SourceVpc", "vpc-1");
        let values = ["a", "b"].map(str::to_owned).to_vec();
        request.context.set_all("aws:PrincipalOrgPaths", values);
        let with = "aws:principalorgpaths=a, aws:principalorgpaths=b, aws:sourcevpc=vpc-1";
        assert_eq!(request.to_string(), format!("{words} with {with}"));
    }
}
