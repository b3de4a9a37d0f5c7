//! Answers for people and machines about one policy and what stands around it: who can reach the resource, what the identity
//! can do, what a guardrail leaves, and whether one request is allowed and by which statement.
//!
//! The analyses are elsewhere; here they are chosen by the kind of document and put into words.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::actions::AccessLevel;
use crate::arn::{Arn, is_account_id};
use crate::directory::AccountDirectory;
use crate::document::{Effect, Policy, Statement};
use crate::effective::{Administrator, Rights, effective, effective_in};
use crate::escalation::{Escalation, escalations_of_anybody};
use crate::evaluate::{NamedPolicy, PolicySet, ResourceKind};
use crate::pattern::has_wildcard;
use crate::reach::{
    Accepts, Access, Bucket, NormalisedStatement, ReachContext, normalise, reach_of_bucket, reach_of_function,
    reach_of_key, reach_of_resource_policy, reach_of_trust_policy, under_resource_control,
};

mod closed;
mod missing;
mod render;
mod ruling;
mod sharing;
mod surroundings;

pub use closed::{ClosedStatement, Obstacle};
pub use missing::{Effect as MissingEffect, MissingKey};
pub use ruling::{Question, Ruling, rule};
pub use sharing::SharingList;
use surroundings::Asks;
pub use surroundings::{Kind, Paper, Surroundings, SurroundingsError};

/// The account a policy is taken to belong to where none is named.
const SOME_ACCOUNT: &str = "111111111111";

/// What can be said about a document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(untagged)]
pub enum Explanation {
    /// Who can reach the resource.
    Reach {
        /// What was explained.
        #[schemars(extend("enum" = Kind::asking(Asks::WhoReaches)))]
        kind: Kind,
        /// Each statement by itself.
        statements: Vec<NormalisedStatement>,
        /// Whoever can reach it, farthest first.
        reach: Vec<Access>,
        /// The Allow statements that let nobody in, and why not.
        lets_nobody_in: Vec<ClosedStatement>,
    },
    /// What the identity can do.
    Permissions {
        /// What was explained.
        #[schemars(extend("enum" = Kind::asking(Asks::WhatItAllows)))]
        kind: Kind,
        /// How much of an administrator.
        administrator: Administrator,
        /// How many actions of each access level are allowed, on some resource or under some condition.
        #[schemars(extend("propertyNames" = json!({ "enum": AccessLevel::ALL })))]
        actions_by_level: BTreeMap<AccessLevel, usize>,
        /// Actions that read what resources hold (AWS's access level Read), and those that hand data out otherwise: `data/exposing.toml`.
        data_exposing: Rights,
        /// Actions that grant permissions or share resources.
        permissions_management: Rights,
        /// Action patterns that match no action AWS has published.
        unknown_actions: Vec<String>,
        /// Published ways to more rights that work, with the requests that make them up.
        escalations: Vec<Escalation>,
        /// Whether the search for them went to its end; if not, there may be more.
        are_all_escalations: bool,
    },
    /// With whom a snapshot or an image is shared.
    Sharing {
        /// What is shared.
        #[schemars(extend("enum" = sharing::kinds()))]
        of: &'static str,
        /// Whoever it is shared with, farthest first.
        reach: Vec<Access>,
    },
    /// What a guardrail leaves of full access.
    Guardrail {
        /// What was explained.
        #[schemars(extend("enum" = Kind::asking(Asks::WhatItLeaves)))]
        kind: Kind,
        /// How many of the published actions may still be allowed.
        actions_left: usize,
        /// How many of those on every resource and under every condition.
        actions_unlimited: usize,
        /// How many there are.
        actions_published: usize,
        /// How many can never be allowed.
        never_allowed: usize,
        /// Action patterns that match no action AWS has published.
        unknown_actions: Vec<String>,
    },
}

impl Surroundings {
    fn kind_of(&self, paper: &Paper) -> Kind {
        self.kind
            .unwrap_or_else(|| Kind::guess(&paper.policy, self.resource.as_deref()))
    }

    fn own_account(&self) -> &str {
        self.known_account().unwrap_or(SOME_ACCOUNT)
    }

    /// The account that the policy belongs to, where that is given or the resource tells.
    fn known_account(&self) -> Option<&str> {
        let of_resource = self
            .resource
            .as_deref()
            .and_then(Arn::read)
            .map(|arn| arn.account)
            .filter(|account| is_account_id(account));
        self.account.as_deref().or(of_resource)
    }

    /// The partition that the resource, else the first ARN of the policies with a partition, belongs to.
    fn partition<'p>(&'p self, paper: &'p Paper) -> &'p str {
        let statements = self.papers(paper).flat_map(|paper| &paper.policy.statements);
        let texts = statements.flat_map(Statement::texts_with_variables);
        let mut partitions = self
            .resource
            .as_deref()
            .into_iter()
            .chain(texts.map(|text| text.text.as_str()))
            .filter_map(|text| text.strip_prefix("arn:")?.split(':').next())
            .filter(|partition| !partition.is_empty() && !has_wildcard(partition) && !partition.contains('$'));
        partitions.next().unwrap_or("aws")
    }

    /// Every layer, with the paper where its kind puts it.
    fn layers<'p>(&'p self, paper: &'p Paper, kind: Kind) -> PolicySet<'p> {
        fn named(paper: &Paper) -> NamedPolicy<'_> {
            NamedPolicy {
                name: &paper.name,
                policy: &paper.policy,
            }
        }
        let list = |papers: &'p [Paper]| papers.iter().map(named).collect::<Vec<_>>();
        let scp_level = |papers: &'p [Paper]| {
            let mut level = list(papers);
            if papers.iter().all(|paper| beside(paper, Kind::ServiceControl).is_some()) {
                level.extend(papers.first().and_then(|paper| beside(paper, Kind::ServiceControl)));
            }
            level
        };
        let mut set = PolicySet {
            identity: list(&self.identity),
            boundary: self.boundary.as_ref().map(named),
            session: (!self.session.is_empty()).then(|| list(&self.session)),
            service_control: self.service_control.iter().map(|level| scp_level(level)).collect(),
            resource_control: self.resource_control.iter().map(|level| list(level)).collect(),
            resource: self.resource_policy.as_ref().map(named),
            grants: &self.grants,
            resource_kind: ResourceKind::Ordinary,
        };
        match kind {
            Kind::Identity => set.identity.insert(0, named(paper)),
            Kind::Boundary => set.boundary = Some(named(paper)),
            Kind::Session => set.session.get_or_insert_default().push(named(paper)),
            Kind::ServiceControl => set.service_control.push(scp_level(std::slice::from_ref(paper))),
            Kind::ResourceControl => set.resource_control.push(vec![named(paper)]),
            Kind::Resource | Kind::Trust | Kind::Bucket | Kind::Key | Kind::Function => {
                set.resource = Some(named(paper));
            }
        }
        let is_role_or_key =
            |arn: Arn<'_>| arn.service == "kms" || arn.service == "iam" && arn.resource.starts_with("role/");
        if matches!(kind, Kind::Trust | Kind::Key)
            || self.resource.as_deref().and_then(Arn::read).is_some_and(is_role_or_key)
        {
            set.resource_kind = ResourceKind::PolicyRequired;
        }
        set
    }

    /// The policy of the resource, be it the document itself.
    fn policy_of_resource<'p>(&'p self, paper: &'p Paper, kind: Kind) -> Option<&'p Paper> {
        if kind.asks() == Asks::WhoReaches {
            Some(paper)
        } else {
            self.resource_policy.as_ref()
        }
    }

    /// The bucket that a policy belongs to.
    fn bucket<'p>(&self, policy: Option<&'p Policy>, arn: &'p str) -> Bucket<'p> {
        Bucket {
            arn,
            policy,
            acl: self.acl.clone(),
            object_ownership: self.object_ownership,
            bucket_block: self.bucket_block,
            account_block: self.account_block,
        }
    }

    fn papers<'p>(&'p self, paper: &'p Paper) -> impl Iterator<Item = &'p Paper> {
        std::iter::once(paper)
            .chain(&self.identity)
            .chain(&self.boundary)
            .chain(&self.session)
            .chain(self.service_control.iter().flatten())
            .chain(self.resource_control.iter().flatten())
            .chain(&self.resource_policy)
    }
}

/// Explains a document.
pub fn explain(paper: &Paper, around: &Surroundings) -> Explanation {
    let kind = around.kind_of(paper);
    match kind.asks() {
        Asks::WhatItAllows => permissions(paper, around),
        Asks::WhatItLeaves => guardrail(paper, kind),
        Asks::WhoReaches => reach(paper, around, kind),
    }
}

fn reach(paper: &Paper, around: &Surroundings, kind: Kind) -> Explanation {
    let own = around.own_account();
    let directory = around.directory.seen_from(own);
    let resource = around.resource.as_deref();
    // What a guardrail of the owner's organisation denies is denied like by the policy itself.
    let guardrails = around.resource_control.iter().flatten().map(|paper| &paper.policy);
    let policy = under_resource_control(&paper.policy, resource, guardrails);
    let search = |policy: &Policy| who_reaches(policy, around, kind, &directory);
    let found = search(&policy);
    Explanation::Reach {
        kind,
        statements: normalise(&paper.policy, &directory),
        lets_nobody_in: closed::closed(&policy, paper.policy.statements.len(), &found, &search),
        reach: found,
    }
}

/// Who can reach the resource under a policy of this kind.
fn who_reaches(policy: &Policy, around: &Surroundings, kind: Kind, directory: &AccountDirectory) -> Vec<Access> {
    let own = around.own_account();
    let resource = around.resource.as_deref();
    match kind {
        Kind::Bucket => {
            let bucket = around.bucket(Some(policy), resource.unwrap_or("*"));
            reach_of_bucket(&bucket, around.owner_canonical_id.as_deref(), directory)
        }
        Kind::Key => {
            let key = resource.map_or_else(|| format!("arn:aws:kms:us-east-1:{own}:key/some"), str::to_owned);
            reach_of_key(&key, Some(policy), &around.grants, directory)
        }
        Kind::Function => {
            let function = resource.map_or_else(
                || format!("arn:aws:lambda:us-east-1:{own}:function:some"),
                str::to_owned,
            );
            let url = around.function_url_auth.as_deref();
            reach_of_function(&function, policy, url, directory)
        }
        Kind::Trust => {
            let role = resource.map_or_else(|| format!("arn:aws:iam::{own}:role/some"), str::to_owned);
            of_policy(reach_of_trust_policy(&role, policy, directory))
        }
        _ => {
            let context = ReachContext {
                resource,
                accepts: Accepts::of_policy(policy, resource),
            };
            of_policy(reach_of_resource_policy(policy, directory, context))
        }
    }
}

fn of_policy(findings: Vec<crate::ReachFinding>) -> Vec<Access> {
    findings.into_iter().map(Access::from).collect()
}

fn permissions(paper: &Paper, around: &Surroundings) -> Explanation {
    let set = around.layers(paper, Kind::Identity);
    let permissions = effective_in(around.known_account(), &set);
    let ways = escalations_of_anybody(&permissions, around.partition(paper), around.known_account(), &set);
    Explanation::Permissions {
        kind: Kind::Identity,
        administrator: permissions.administrator(),
        actions_by_level: permissions.levels(),
        data_exposing: permissions.data_exposing(),
        permissions_management: permissions.permissions_management(),
        unknown_actions: permissions.unknown,
        escalations: ways.found,
        are_all_escalations: ways.is_complete,
    }
}

/// What stands beside a policy of the organisation that only denies: the one of AWS that allows everything.
/// Sources: Organizations User Guide, "Strategies for using SCPs" (deny list) and "RCP evaluation".
fn beside(paper: &Paper, kind: Kind) -> Option<NamedPolicy<'static>> {
    static FULL_ACCESS: LazyLock<Option<Policy>> = LazyLock::new(|| {
        let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        Policy::parse(text).ok()
    });
    let name = match kind {
        Kind::ServiceControl => "FullAWSAccess",
        Kind::ResourceControl => "RCPFullAWSAccess",
        _ => return None,
    };
    let only_denies = |policy: &Policy| {
        policy
            .statements
            .iter()
            .all(|statement| statement.effect == Effect::Deny)
    };
    let policy = FULL_ACCESS.as_ref().filter(|_| only_denies(&paper.policy))?;
    Some(NamedPolicy { name, policy })
}

fn guardrail(paper: &Paper, kind: Kind) -> Explanation {
    let mut identity = vec![NamedPolicy {
        name: &paper.name,
        policy: &paper.policy,
    }];
    identity.extend(beside(paper, kind));
    let set = PolicySet {
        identity,
        ..PolicySet::default()
    };
    let left = effective(&set);
    let published = crate::actions::list().len();
    let actions_left = left.actions().count();
    Explanation::Guardrail {
        kind,
        actions_left,
        actions_unlimited: left.unlimited_actions().count(),
        actions_published: published,
        never_allowed: published - actions_left,
        unknown_actions: left.unknown,
    }
}

/// The directory of [`Surroundings`], for callers that add to it.
impl Surroundings {
    /// Adds whom we know.
    #[must_use]
    pub fn knowing(mut self, know: impl FnOnce(AccountDirectory) -> AccountDirectory) -> Self {
        self.directory = know(std::mem::take(&mut self.directory));
        self
    }
}
