//! One way in, whatever opens it: a policy, an ACL, a grant, a sharing list.

use schemars::JsonSchema;
use serde::Serialize;

use super::Reach;
use super::findings::{ConditionNote, ReachFinding};
use super::normalise::standing_class;
use crate::directory::AccountDirectory;
use crate::document::Span;
use crate::evaluate::Request;

/// Somebody who can reach a resource.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Access {
    /// How far.
    #[serde(flatten)]
    pub class: Reach,
    /// Who.
    pub who: String,
    /// The account, where one is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub account: Option<String>,
    /// Its name, if we know one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// What can be done, as action patterns.
    pub actions: Vec<String>,
    /// What opens the way.
    pub through: Through,
    /// The setting that closes it nevertheless; then nobody gets in this way today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "str")]
    pub blocked_by: Option<&'static str>,
    /// What AWS may ask for besides, which the policy does not give; then nobody gets in this way where AWS does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "str")]
    pub may_lack: Option<&'static str>,
    /// The conditions that restrict.
    pub restricting: Vec<ConditionNote>,
    /// The conditions that do not, and why not.
    pub ineffective: Vec<ConditionNote>,
    /// An example request, confirmed by the reference evaluator where a policy opens the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Request")]
    pub witness: Option<Request>,
    /// Why there is no example, where nothing closes the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "str")]
    pub unproven: Option<&'static str>,
}

/// The search for an example gave up: the class is not excluded.
pub(super) const CUT_SHORT: &str = "the search for an example was cut short; the class is not excluded";

/// What opens a way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Through {
    /// A statement of the resource's policy.
    Policy {
        /// Its position.
        statement: usize,
        /// Its Sid.
        sid: Option<String>,
        /// Where it stands.
        span: Span,
    },
    /// A grant of the bucket's ACL.
    Acl,
    /// A grant of a KMS key.
    KeyGrant {
        /// The grant's id.
        id: String,
    },
    /// A sharing list: a snapshot's or an image's permissions.
    Sharing,
}

impl From<ReachFinding> for Access {
    fn from(finding: ReachFinding) -> Self {
        Self {
            class: finding.class,
            who: finding.who,
            account: finding.account,
            name: finding.name,
            actions: finding.actions,
            through: Through::Policy {
                statement: finding.statement,
                sid: finding.sid,
                span: finding.span,
            },
            blocked_by: None,
            may_lack: None,
            restricting: finding.restricting,
            ineffective: finding.ineffective,
            unproven: finding.witness.is_none().then_some(CUT_SHORT),
            witness: finding.witness,
        }
    }
}

impl Access {
    /// A way in that no condition limits.
    pub(super) fn plain(class: Reach, who: impl Into<String>, actions: &[&str], through: Through) -> Self {
        Self {
            class,
            who: who.into(),
            account: None,
            name: None,
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            through,
            blocked_by: None,
            may_lack: None,
            restricting: Vec::new(),
            ineffective: Vec::new(),
            witness: None,
            unproven: None,
        }
    }

    /// The same with the reason why no policy proves it.
    #[must_use]
    pub(super) fn unproven(self, why: &'static str) -> Self {
        Self {
            unproven: Some(why),
            ..self
        }
    }

    /// A way in for an account.
    pub(super) fn of_account(account: &str, actions: &[&str], through: Through, directory: &AccountDirectory) -> Self {
        Self {
            account: Some(account.to_owned()),
            name: directory.name(account).map(str::to_owned),
            ..Self::plain(standing_class(directory.standing(account)), account, actions, through)
        }
    }
}
