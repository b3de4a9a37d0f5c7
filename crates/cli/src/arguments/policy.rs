//! `policy`: questions about IAM policies.

use std::path::PathBuf;

use clap::{Args, Subcommand, builder::PossibleValuesParser};
use security_monkey_iam::explain::Kind;
use security_monkey_model::{AccountId, Timestamp};

/// Questions about IAM policies. FILE is a JSON document; - reads stdin.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Who can reach it, what it allows, or whether it allows one request, and why
    Explain(Box<Explain>),
    /// What the new policy allows that the old did not, and the other way round
    Diff {
        /// The old policy; - reads stdin
        before: PathBuf,
        /// The new policy; - reads stdin
        after: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Wildcards in actions replaced by the actions they match
    Expand {
        /// The policy; - reads stdin
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Actions replaced by wildcards that match nothing else
    Minimise {
        /// The policy; - reads stdin
        file: PathBuf,
        /// Cut every action down to what tells it from others, in lower case, also where no pattern is saved
        #[arg(long)]
        shortest: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Explains one policy. What binds or grants beside it is given in files of their own, or all together in one file.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The policy; - reads stdin
    pub(crate) file: PathBuf,
    /// What kind of document it is; default: by its principals and --resource
    #[arg(long, value_parser = PossibleValuesParser::new(Kind::ALL.map(|(_, name)| name)))]
    pub(crate) kind: Option<String>,
    /// The account it belongs to
    #[arg(long)]
    pub(crate) account: Option<AccountId>,
    /// ARN of the resource it is attached to, or that the request is for
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: Option<String>,
    /// The account that owns the resource asked for, where its ARN does not tell: default the one the policy belongs to
    #[arg(long, value_name = "ACCOUNT", requires = "action", help_heading = "One request")]
    pub(crate) resource_account: Option<AccountId>,
    /// One request instead of everything
    #[command(flatten)]
    pub(crate) request: Request,
    /// Take this for the present, like 2026-11-22T03:00:00Z: what conditions on the clock allowed before counts no more
    #[arg(long, value_name = "INSTANT")]
    pub(crate) as_of: Option<Timestamp>,
    /// Further policies of the caller
    #[arg(long, value_name = "FILE", help_heading = "What stands around it")]
    pub(crate) identity_policy: Vec<PathBuf>,
    /// The policy of the resource asked for
    #[arg(long, value_name = "FILE", help_heading = "What stands around it")]
    pub(crate) resource_policy: Option<PathBuf>,
    /// The permissions boundary of the caller
    #[arg(long, value_name = "FILE", help_heading = "What stands around it")]
    pub(crate) boundary: Option<PathBuf>,
    /// Session policies of the caller
    #[arg(long, value_name = "FILE", help_heading = "What stands around it")]
    pub(crate) session_policy: Vec<PathBuf>,
    /// Service control policies: each of them a level that must allow; one that only denies stands beside FullAWSAccess
    #[arg(long, value_name = "FILE", help_heading = "What stands around it")]
    pub(crate) scp: Vec<PathBuf>,
    /// Resource control policies: what they deny is denied; they allow nothing
    #[arg(long, value_name = "FILE", help_heading = "What stands around it")]
    pub(crate) rcp: Vec<PathBuf>,
    /// Accounts of ours: ID or ID=NAME
    #[arg(long, value_name = "ID[=NAME]", help_heading = "What stands around it")]
    pub(crate) friendly: Vec<String>,
    /// Vendors and partners: ID or ID=NAME
    #[arg(long, value_name = "ID[=NAME]", help_heading = "What stands around it")]
    pub(crate) third_party: Vec<String>,
    /// Organisations of ours, o-…
    #[arg(long, value_name = "ID", help_heading = "What stands around it")]
    pub(crate) organisation: Vec<String>,
    /// All of this, and ACL, block public access or grants, in one JSON file: docs/reference/iam-policy-command.md
    #[arg(long, value_name = "FILE", help_heading = "What stands around it")]
    pub(crate) surroundings: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// One request.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// Is this action allowed? service:Name
    #[arg(long, help_heading = "One request")]
    pub(crate) action: Option<String>,
    /// Who asks: an ARN, an account (its root user), a service, an identity provider, or * for anybody
    #[arg(long, requires = "action", help_heading = "One request")]
    pub(crate) principal: Option<String>,
    /// The IAM user who made the session, where --principal is that of a federated user (sts:GetFederationToken)
    #[arg(long, value_name = "ARN", requires = "principal", help_heading = "One request")]
    pub(crate) federating_user: Option<String>,
    /// A context key; given again, it has several values. KEY= is a key with an empty value. A key with = in it is written as JSON:
    /// '{"aws:RequestTag/a=b": "x"}'
    #[arg(long, value_name = "KEY=VALUE", requires = "action", help_heading = "One request")]
    pub(crate) context: Vec<String>,
}
