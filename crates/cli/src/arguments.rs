//! The command line. Help texts are written for somebody who sees the tool for the first time.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use security_monkey_model::{AccountId, Region, RuleId, TechnologyId, Timestamp, UserEmail};

mod policy;

pub(crate) use policy::{Explain, Policy, Request};

/// Where help lists what every command takes, apart from its own.
const EVERYWHERE: &str = "With every command";

/// Watches AWS accounts, records their history, audits it and tells the right person.
#[derive(Debug, Parser)]
#[command(name = "security-monkey", version, propagate_version = true, max_term_width = 110)]
pub(crate) struct Arguments {
    /// Configuration file; default: security-monkey.toml in this folder, if there is one
    #[arg(
        long,
        short,
        global = true,
        env = "SECURITY_MONKEY_CONFIG",
        value_name = "FILE",
        help_heading = EVERYWHERE
    )]
    pub(crate) config: Option<PathBuf>,
    /// Database: sqlite:FILE or postgres://user@host/database
    #[arg(long, global = true, value_name = "URL", help_heading = EVERYWHERE)]
    pub(crate) database: Option<String>,
    /// Say more (-v, -vv); talk goes to stderr, data to stdout
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = EVERYWHERE)]
    pub(crate) verbose: u8,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Keep watching, and serve the API and the user interface
    Serve(Serve),
    /// Look once, print findings and coverage gaps
    Scan(Scan),
    /// Accounts that are watched, trusted or known
    Accounts {
        /// What to do with them
        #[command(subcommand)]
        action: Accounts,
    },
    /// People who may sign in
    Users {
        /// What to do with them
        #[command(subcommand)]
        action: Users,
    },
    /// What can be watched
    Technologies {
        /// What to do with them
        #[command(subcommand)]
        action: Technologies,
    },
    /// What resources are audited against
    Rules {
        /// What to do with them
        #[command(subcommand)]
        action: Rules,
    },
    /// The revisions of a resource
    History(History),
    /// What differs between two revisions
    Diff(Diff),
    /// The database: schema and tamper evidence
    Db {
        /// What to do with it
        #[command(subcommand)]
        action: Db,
    },
    /// Print the least-privilege IAM policy for what is enabled
    IamPolicy(IamPolicy),
    /// Read IAM policies: who can do what, why, and what changed
    Policy {
        /// What to ask
        #[command(subcommand)]
        action: Policy,
    },
    /// The configuration
    Config {
        /// What to do with it
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// A sample estate on a fake AWS, watched, audited and shown
    Demo(Demo),
}

/// Keep watching.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address and port of the API and the user interface
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// Serve the API and the user interface only; another process watches
    #[arg(long)]
    pub(crate) without_watching: bool,
    /// Refuse to start when the database's schema is old, instead of bringing it up to date
    #[arg(long)]
    pub(crate) without_migrating: bool,
}

/// Look once.
#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Only this region, and what is global (repeatable); default: every region that is switched on
    #[arg(long = "region", short, value_name = "REGION")]
    pub(crate) regions: Vec<Region>,
    /// Only this technology (repeatable), like aws.s3.bucket
    #[arg(long = "technology", short, value_name = "ID")]
    pub(crate) technologies: Vec<TechnologyId>,
    /// Only this account of the database (repeatable); implies --record
    #[arg(long = "account", short, value_name = "NUMBER")]
    pub(crate) accounts: Vec<AccountId>,
    /// Record into the database and scan the accounts in it; default: the account of the credentials, nothing kept
    #[arg(long)]
    pub(crate) record: bool,
    /// How to print
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Leave findings below this severity out; with none, all of them
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) min_severity: Option<SeverityName>,
    /// Exit with 1 when a finding has at least this severity; with none, never
    #[arg(long, value_enum, default_value_t = SeverityName::High, value_name = "SEVERITY")]
    pub(crate) fail_on: SeverityName,
    /// Exit with 3 when something could not be looked at
    #[arg(long)]
    pub(crate) fail_on_gaps: bool,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated, with a header
    Csv,
}

/// A severity by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityName {
    /// Score 0
    Informational,
    /// Scores 1 to 3
    Low,
    /// Scores 4 to 6
    Medium,
    /// Scores 7 and 8
    High,
    /// Scores 9 and 10
    Critical,
    /// No severity at all
    None,
}

/// Accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum Accounts {
    /// All accounts
    List {
        /// How to print
        #[arg(long, short, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Add an account, or change what is given of it; takes effect in a running `serve` at once
    Add(AccountAdd),
    /// Stop scanning an account; its history stays
    Disable {
        /// The account's number
        account: AccountId,
    },
    /// Scan it again
    Enable {
        /// The account's number
        account: AccountId,
    },
}

/// Add an account.
#[derive(Debug, Args)]
pub(crate) struct AccountAdd {
    /// The account's number; left out: the account of the credentials
    pub(crate) account: Option<AccountId>,
    /// What people call it; default: its number
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What it is to us; default: watched
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kind>,
    /// Role to assume (repeatable: one after another); none: the credentials are the account's own
    #[arg(long = "role", value_name = "ARN")]
    pub(crate) roles: Vec<String>,
    /// No role any more: the credentials are the account's own
    #[arg(long, conflicts_with_all = ["roles", "external_id"])]
    pub(crate) no_role: bool,
    /// External id for the last role
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Only this region (repeatable)
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<Region>,
    /// Every region again, whatever was given before
    #[arg(long, conflicts_with = "regions")]
    pub(crate) all_regions: bool,
    /// Leave this technology out (repeatable)
    #[arg(long = "without", value_name = "ID")]
    pub(crate) excluded_technologies: Vec<TechnologyId>,
    /// Every technology again, whatever was given before
    #[arg(long, conflicts_with = "excluded_technologies")]
    pub(crate) all_technologies: bool,
}

/// What an account is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Ours, scanned
    Watched,
    /// Trusted as ours, not scanned
    Friendly,
    /// Somebody else's, known by name
    ThirdParty,
}

/// Users.
#[derive(Debug, Subcommand)]
pub(crate) enum Users {
    /// All users
    List {
        /// How to print
        #[arg(long, short, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Add a user; prints their first password
    Add {
        /// Their e-mail address
        email: UserEmail,
        /// What they may do
        #[arg(long, value_enum, default_value_t = RoleName::View)]
        role: RoleName,
    },
    /// Change what a user may do
    SetRole {
        /// Their e-mail address
        email: UserEmail,
        /// What they may do
        #[arg(value_enum)]
        role: RoleName,
    },
    /// Print a new password for a user; their sessions end
    ResetPassword {
        /// Their e-mail address
        email: UserEmail,
    },
    /// A user may no longer sign in
    Disable {
        /// Their e-mail address
        email: UserEmail,
    },
    /// A user may sign in again
    Enable {
        /// Their e-mail address
        email: UserEmail,
    },
}

/// What a user may do; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    /// Read everything
    View,
    /// And comment
    Comment,
    /// And justify findings
    Justify,
    /// And administer
    Admin,
}

/// Technologies.
#[derive(Debug, Subcommand)]
pub(crate) enum Technologies {
    /// All technologies, yours included
    List {
        /// How to print
        #[arg(long, short, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// One technology: its calls, permissions and links
    Show {
        /// Its id
        technology: TechnologyId,
    },
    /// Check your technology files
    Check,
}

/// Rules.
#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// All rules, yours included
    List {
        /// How to print
        #[arg(long, short, value_enum, default_value_t = Format::Table)]
        format: Format,
        /// Only rules of this technology
        #[arg(long, short)]
        technology: Option<TechnologyId>,
    },
    /// One rule: what it finds, why, what to do
    Show {
        /// Its id
        rule: RuleId,
    },
    /// Run the tests beside the rules
    Test {
        /// Only these rules
        rules: Vec<RuleId>,
    },
    /// Check the rules: errors and remarks with file and line
    Lint,
}

/// The revisions of a resource.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// The resource: its ARN, its AWS identifier, its name, or our number of it
    pub(crate) resource: String,
    /// How to print
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// At most so many revisions, newest first
    #[arg(long, default_value_t = 50, value_name = "COUNT")]
    pub(crate) limit: u32,
    /// Print the whole document as it stood then, like 2026-11-22T03:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub(crate) as_of: Option<Timestamp>,
}

/// What differs between two revisions.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The newer revision's number, as `history` prints it
    pub(crate) revision: i64,
    /// The older revision's number, of any resource; default: the one before
    pub(crate) before: Option<i64>,
    /// How to print
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// The database.
#[derive(Debug, Subcommand)]
pub(crate) enum Db {
    /// Bring the schema up to date
    Migrate,
    /// Check the whole history: every revision's hash, every decision, the chain
    Verify {
        /// A head that an earlier verification printed: it must still be in the chain
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
    },
    /// Print the schema's version
    Status,
    /// Prune what is not history, train the compression dictionary
    Maintain,
}

/// The least-privilege IAM policy.
#[derive(Debug, Args)]
pub(crate) struct IamPolicy {
    /// Only for this technology (repeatable)
    #[arg(long = "technology", short, value_name = "ID")]
    pub(crate) technologies: Vec<TechnologyId>,
}

/// The configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Check the configuration, the technology files and the rules
    Check,
    /// Print the configuration in force
    Show,
    /// Print the JSON Schema of the configuration file
    Schema,
}

/// The demonstration.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Address and port of the user interface
    #[arg(long, default_value = "127.0.0.1:5000", value_name = "ADDRESS:PORT", value_parser = address)]
    pub(crate) listen: std::net::SocketAddr,
    /// Python with moto and boto3
    #[arg(long, default_value = ".venv/bin/python", value_name = "FILE")]
    pub(crate) python: PathBuf,
    /// Folder for its database and mail; emptied at start
    #[arg(long, default_value = "var/demo", value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Seconds between two changes of the estate
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    pub(crate) change_every: u64,
}

/// Names would have several addresses, or none yet when the machine starts.
fn address(text: &str) -> Result<std::net::SocketAddr, String> {
    text.parse()
        .map_err(|_| "write an IP address and a port, like 127.0.0.1:5000 or [::1]:5000".to_owned())
}
