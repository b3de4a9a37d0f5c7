//! Methods that work on one user or role only: who is given a policy has to be who is then asked for a key, or taken.

use super::facts::Facts;
use super::{Method, Question, Step, Target, request};
use crate::document::{Effect, Polarity, Statement};
use crate::evaluate::{self, Caller, PolicySet, Request};
use crate::example::{Effort, Wanted};
use crate::keys::follows_from_caller;
use crate::pattern::Token;

/// The steps of a method, each allowed by itself, on one principal where the method is about one; `None`: there is no such principal, unless
/// the effort is in doubt.
pub(super) fn on_one_principal(found: Vec<Step>, question: &Question<'_>) -> Option<Vec<Step>> {
    let Question {
        method,
        caller,
        policies,
        effort,
    } = *question;
    let mut resources = found.iter().map(|step| &step.witness.resource);
    let first = resources.next();
    if !is_about_one_principal(method) || resources.all(|other| Some(other) == first) {
        return Some(found);
    }
    let on = |principal: &String| -> Option<Vec<Step>> {
        let wanted = Wanted::only(principal);
        let nothing = (&Facts::default(), "");
        let step = |action: &String| question.step_on(&wanted, action, nothing);
        method.all.iter().map(step).collect()
    };
    let at_hand = || found.iter().find_map(|step| on(&step.witness.resource));
    if let Some(steps) = effort.look(at_hand) {
        return Some(steps);
    }
    // Where a pattern cannot be read for the caller, nothing is excluded.
    let Some(principals) = principals(method, caller, policies, effort) else {
        return Some(found);
    };
    effort.look(|| principals.iter().find_map(on))
}

/// Whether every step is about a user, or every one about a role, and both are the same.
fn is_about_one_principal(method: &Method) -> bool {
    let kinds: Vec<Option<&str>> = method.all.iter().map(|action| request::kind_of(action)).collect();
    method.target == Target::Principal
        && method.any.is_empty()
        && kinds.windows(2).all(|pair| pair.first() == pair.last())
        && matches!(kinds.first(), Some(Some("user" | "role")))
}

/// One principal for each combination of patterns that the policies have for the method's actions, of those that Allows name for each
/// of them.
fn principals(method: &Method, caller: &Caller, policies: &PolicySet<'_>, effort: &Effort) -> Option<Vec<String>> {
    let account = caller.account()?;
    let mut must: Vec<Vec<Vec<Token>>> = Vec::new();
    let mut must_not: Vec<Vec<Token>> = Vec::new();
    let mut tracked: Vec<Vec<Token>> = Vec::new();
    for action in &method.all {
        for wanted in request::wanted(action, method, caller, account) {
            must.push(wanted.one_of);
            must_not.extend(wanted.none_of);
        }
        let probe = Request::new(caller.clone(), action, "");
        let read = |statement: &Statement| -> Option<Vec<Vec<Token>>> {
            let patterns = statement.resource.iter().flat_map(|element| &element.patterns);
            // A default is not the only value that a variable may have.
            let is_settled = |key: &str| follows_from_caller(key) || probe.values(key).is_some();
            let is_open = |text: &str| {
                evaluate::has_variable(text, statement.version) && !evaluate::variables(text).all(is_settled)
            };
            let texts: Vec<&str> = patterns.map(|pattern| pattern.text.as_str()).collect();
            // A variable of the caller's that the caller does not have matches nothing.
            let tokens = |text: &&str| evaluate::resource_tokens(text, statement.version, &probe);
            (!texts.iter().any(|text| is_open(text))).then(|| texts.iter().filter_map(tokens).collect())
        };
        let is_about = |statement: &&Statement| evaluate::action_matches(&statement.action, action);
        for statement in policies.statements().filter(is_about) {
            tracked.extend(read(statement)?);
        }
        let own = policies.identity.iter().flat_map(|named| &named.policy.statements);
        let allows: Vec<_> = own
            .filter(|statement| statement.effect == Effect::Allow)
            .filter(is_about)
            .collect();
        let names = |statement: &&Statement| {
            let element = statement.resource.as_ref();
            element.is_some_and(|element| element.polarity == Polarity::Is)
        };
        if allows.iter().all(names) {
            let named: Option<Vec<_>> = allows.iter().map(|statement| read(statement)).collect();
            must.push(named?.concat());
        }
    }
    tracked.sort_unstable();
    tracked.dedup();
    Some(effort.texts(&must, &must_not, &tracked))
}

#[cfg(test)]
mod tests {
    use crate::Policy;
    use crate::escalation::{Escalations, escalations};
    use crate::evaluate::{Caller, NamedPolicy, PolicySet};

    fn ways(caller: &Caller, statements: &[String]) -> Escalations {
        let statements = statements.join(", ");
        let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let policy = Policy::parse(&policy).unwrap();
        let set = PolicySet {
            identity: vec![NamedPolicy {
                name: "p",
                policy: &policy,
            }],
            ..PolicySet::default()
        };
        escalations(caller, &set)
    }

    fn statement(effect: &str, action: &str, name: &str) -> String {
        format!(r#"{{"Effect": "{effect}", "Action": "{action}", "Resource": "arn:aws:iam::*:{name}"}}"#)
    }

    /// Whether the method is found, on which resources.
    fn is_found(id: &str, statements: &[String]) -> Option<Vec<String>> {
        let alice = Caller::User {
            arn: "arn:aws:iam::111111111111:user/alice".to_owned(),
        };
        let ways = ways(&alice, statements);
        assert!(ways.is_complete, "{statements:?}");
        let way = ways.found.into_iter().find(|way| way.method.id == id)?;
        Some(way.steps.into_iter().map(|step| step.witness.resource).collect())
    }

    #[test]
    fn a_role_that_is_given_a_policy_and_another_that_is_taken_are_no_way() {
        let id = "iam-attach-role-policy-assume";
        let both = |attached: &str, taken: &str| {
            let allows = [
                statement("Allow", "iam:AttachRolePolicy", attached),
                statement("Allow", "sts:AssumeRole", taken),
            ];
            is_found(id, &allows)
        };
        assert_eq!(both("role/a", "role/b"), None);
        assert_eq!(both("role/a*", "role/b*"), None);
        let of = |name: &str| Some(vec![format!("arn:aws:iam::111111111111:role/{name}"); 2]);
        assert_eq!(both("role/a", "role/*"), of("a"));
        assert_eq!(both("role/*", "role/b"), of("b"));
        assert_eq!(both("role/a*", "role/*b"), of("ab"));
    }

    #[test]
    fn the_one_role_for_both_steps_is_one_that_no_deny_covers() {
        let id = "iam-put-role-policy-assume";
        let allows = [
            statement("Allow", "iam:PutRolePolicy", "role/a*"),
            statement("Allow", "sts:AssumeRole", "role/*"),
        ];
        let denied = |action: &str, name: &str| {
            let mut statements = allows.to_vec();
            statements.push(statement("Deny", action, name));
            is_found(id, &statements)
        };
        assert_eq!(denied("sts:AssumeRole", "role/a*"), None);
        let left = denied("sts:AssumeRole", "role/ab*").unwrap();
        assert!(left[0] == left[1] && !left[0].contains("role/ab"), "{left:?}");
    }

    /// A session of a role has no name of a user: what speaks of one is about nothing.
    #[test]
    fn a_variable_that_the_caller_does_not_have_leaves_the_roles_apart() {
        let statements = [
            statement("Allow", "iam:PutRolePolicy", "role/a"),
            statement("Allow", "sts:AssumeRole", "role/b"),
            statement("Deny", "sts:AssumeRole", "role/${aws:username}x"),
        ];
        let session = Caller::RoleSession {
            role_arn: "arn:aws:iam::111111111111:role/app".to_owned(),
            session: "s".to_owned(),
        };
        let ways = ways(&session, &statements);
        let is_found = |id: &str| ways.found.iter().any(|way| way.method.id == id);
        assert!(!is_found("iam-put-role-policy-assume"));
    }

    #[test]
    fn a_key_of_one_user_and_the_policies_of_another_are_no_way() {
        let key = "iam-put-user-policy-access-key";
        let of = |written: &str, asked: &str| {
            let allows = [
                statement("Allow", "iam:PutUserPolicy", written),
                statement("Allow", "iam:CreateAccessKey", asked),
            ];
            is_found(key, &allows)
        };
        assert_eq!(of("user/bob", "user/carol"), None);
        assert!(of("user/bob", "user/*").is_some());
        // A pattern that only tags would tell may still name the same.
        assert!(of("user/${aws:PrincipalTag/team}", "user/carol").is_some());
        assert!(of("user/${aws:PrincipalTag/team, 'cd'}-x", "user/ab*").is_some());
    }
}
