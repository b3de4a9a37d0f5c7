//! What we know about condition keys: who decides a key's value. A condition restricts *who* may come only if the
//! value is not the requester's to choose.
//!
//! Source: IAM User Guide, "AWS global condition context keys", and the condition-key pages of the services named.

/// Who decides the value of a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Authority {
    /// The address of the requester (`aws:SourceIp`): a fact of the network.
    SourceAddress,
    /// The private address inside some VPC (`aws:VpcSourceIp`): free to whoever owns a VPC, so without
    /// `aws:SourceVpc` it names nobody.
    VpcAddress,
    /// A VPC, its endpoint, or the account or organisation that owns the endpoint: assigned by AWS.
    Vpc,
    /// The account of the requester.
    CallerAccount,
    /// The ARN of the requester.
    CallerArn,
    /// The organisation or organisational unit of the requester.
    CallerOrganisation,
    /// The unique id of the requester, `AIDA…` or `AROA…:session`: assigned by AWS, unique in the world.
    CallerId,
    /// The account for which a service acts.
    SourceAccount,
    /// The resource for which a service acts.
    SourceArn,
    /// The organisation for which a service acts.
    SourceOrganisation,
    /// A name of the resource for which a service acts, unique in the world and no ARN: the id of an Alexa skill.
    SourceToken,
    /// Whether, or which, AWS service calls.
    CallerIsService,
    /// An account that owns what the request goes through (an S3 access point).
    ThroughAccount,
    /// The ARN of what the request goes through or comes from: an S3 access point; the function or instance of the requester.
    ThroughArn,
    /// A claim of an identity provider's token.
    Claim,
    /// Multi-factor authentication.
    Mfa,
    /// Encryption in transit.
    Transport,
    /// The clock.
    Time,
    /// A secret both sides know.
    SharedSecret,
    /// Whether a file system is reached through a mount target, which stands in the owner's VPC.
    MountTarget,
    /// A fact of the resource, the same for every requester.
    Resource,
    /// Names and tags a requester gives to identities in an account of their own.
    ChosenIdentity,
    /// A header the client may set as it likes.
    ClientHeader,
    /// A parameter of the request: limits what is asked, not who asks.
    Parameter,
}

/// Who decides the value of `key` (any letter case).
pub fn authority(key: &str) -> Authority {
    // Asked for every condition of every principal: keys in lower case without an allocation.
    let mut buffer = [0; 64];
    let Some(lower) = buffer.get_mut(..key.len()) else {
        return authority_of(&key.to_ascii_lowercase());
    };
    lower.copy_from_slice(key.as_bytes());
    lower.make_ascii_lowercase();
    std::str::from_utf8(lower).map_or(Authority::Parameter, authority_of)
}

fn authority_of(lower: &str) -> Authority {
    match lower {
        "aws:sourceip" => Authority::SourceAddress,
        "aws:vpcsourceip" => Authority::VpcAddress,
        "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:sourcevpcarn"
        | "aws:vpceaccount"
        | "aws:vpceorgid"
        | "aws:vpceorgpaths"
        | "aws:ec2instancesourcevpc" => Authority::Vpc,
        "aws:principalaccount" | "kms:calleraccount" => Authority::CallerAccount,
        "aws:principalarn" => Authority::CallerArn,
        "aws:principalorgid" | "aws:principalorgpaths" => Authority::CallerOrganisation,
        "aws:userid" => Authority::CallerId,
        // aws:SourceOwner is SNS's: see [`is_of_owner`].
        "aws:sourceaccount" | "aws:sourceowner" => Authority::SourceAccount,
        "aws:sourcearn" => Authority::SourceArn,
        "aws:sourceorgid" | "aws:sourceorgpaths" => Authority::SourceOrganisation,
        "aws:principalisawsservice" | "aws:principalservicename" | "aws:principalservicenameslist" => {
            Authority::CallerIsService
        }
        "s3:dataaccesspointaccount" => Authority::ThroughAccount,
        // In requests with the credentials of a role that a function or an instance has. Sources: Lambda Developer Guide, "Using source
        // function ARN to control function access behavior"; IAM User Guide, "AWS global condition context keys".
        "s3:dataaccesspointarn" | "ec2:sourceinstancearn" | "lambda:sourcefunctionarn" => Authority::ThroughArn,
        "aws:multifactorauthpresent" | "aws:multifactorauthage" => Authority::Mfa,
        "aws:securetransport" | "s3:tlsversion" | "kafka:tlsversion" => Authority::Transport,
        "aws:currenttime" | "aws:epochtime" | "aws:tokenissuetime" => Authority::Time,
        "sts:externalid" => Authority::SharedSecret,
        // Source: Alexa Skills Kit, "Host a custom skill as an AWS Lambda function": the id of the skill.
        "lambda:eventsourcetoken" => Authority::SourceToken,
        "elasticfilesystem:accessedviamounttarget" => Authority::MountTarget,
        "aws:resourceaccount" | "aws:resourceorgid" | "aws:resourceorgpaths" | "s3:resourceaccount" => {
            Authority::Resource
        }
        "aws:username"
        | "aws:principaltype"
        | "aws:federatedprovider"
        | "aws:rolesessionname"
        | "sts:rolesessionname"
        | "sts:sourceidentity"
        | "aws:sourceidentity" => Authority::ChosenIdentity,
        "aws:referer" | "aws:useragent" => Authority::ClientHeader,
        _ if lower.starts_with("aws:principaltag/") => Authority::ChosenIdentity,
        _ if lower.starts_with("aws:resourcetag/") => Authority::Resource,
        _ if is_claim(lower) => Authority::Claim,
        _ => Authority::Parameter,
    }
}

/// Keys of token claims: `<provider host>:claim`, `saml:…`, `graph.facebook.com:…`. AWS service prefixes have no
/// dot, host names have one.
fn is_claim(lower: &str) -> bool {
    lower.starts_with("saml:")
        || lower
            .rsplit_once(':')
            .is_some_and(|(provider, claim)| provider.contains('.') && !claim.is_empty())
}

/// Whether the key is in the context of every request, so that `IfExists` and `ForAllValues` change nothing.
/// Source: the "Availability" line of each key on the global condition keys page.
pub fn is_always_present(key: &str) -> bool {
    [
        "aws:securetransport",
        "aws:currenttime",
        "aws:epochtime",
        "aws:requestedregion",
        "aws:viaawsservice",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(key))
}

/// Whether only requests with credentials have the key, because it says something about them.
/// Source: the "Availability" line of each key on the global condition keys page; S3 User Guide, "Condition keys for signature
/// version 4 authentication".
pub fn is_of_credentials(key: &str) -> bool {
    const KEYS: [&str; 18] = [
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:username",
        "aws:federatedprovider",
        "aws:tokenissuetime",
        "aws:multifactorauthpresent",
        "aws:multifactorauthage",
        "aws:sourceidentity",
        "aws:rolesessionname",
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:assumedroot",
        "ec2:sourceinstancearn",
        "lambda:sourcefunctionarn",
        "s3:authtype",
        "s3:signatureage",
        "s3:signatureversion",
    ];
    KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)) || is_principal_tag(key)
}

/// Whether the key, one of SNS, tells who owns what asks: the account of the requester, and where a service asks that of the resource for
/// which it acts. Source: SNS Developer Guide, "Example cases for Amazon SNS access control", section "`aws:SourceAccount` versus
/// `aws:SourceOwner`": the default policy lets in the topic's owner by it.
pub(crate) fn is_of_owner(key: &str) -> bool {
    key.eq_ignore_ascii_case("aws:SourceOwner")
}

/// Whether also whoever has no account may have such a key, if not without saying who it is: services sign their requests, IAM Roles
/// Anywhere makes tags of what a certificate says, and tokens may bring tags, which are taken for the principal's to be on the careful
/// side. Sources: S3 API Reference, "Amazon S3 Signature Version 4 authentication specific policy keys"; IAM Roles Anywhere User Guide,
/// "Attribute mapping and trust policy"; IAM User Guide, "Pass session tags in AWS STS".
pub(crate) fn needs_no_account(key: &str) -> bool {
    const KEYS: [&str; 3] = ["s3:authtype", "s3:signatureage", "s3:signatureversion"];
    KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)) || is_principal_tag(key)
}

pub(crate) fn is_principal_tag(key: &str) -> bool {
    const PREFIX: &str = "aws:principaltag/";
    key.get(..PREFIX.len())
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case(PREFIX))
}

/// Keys whose value, absence included, follows from who calls and what is called.
pub(crate) fn follows_from_caller(key: &str) -> bool {
    follows_by(authority(key), key)
}

/// The same of a key of which it is known who decides it.
pub(crate) fn follows_by(authority: Authority, key: &str) -> bool {
    matches!(
        authority,
        Authority::CallerArn | Authority::CallerAccount | Authority::CallerIsService
    ) || key.eq_ignore_ascii_case("aws:PrincipalType")
        || key.eq_ignore_ascii_case("aws:username")
        || key.eq_ignore_ascii_case("aws:ResourceAccount")
}
