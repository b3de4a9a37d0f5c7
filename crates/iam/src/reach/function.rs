//! Who can invoke a Lambda function, by calling it or by its URL.

use super::access::Access;
use super::findings::{Accepts, ReachContext, reach_of_resource_policy};
use super::{Reach, ReachFinding};
use crate::directory::AccountDirectory;
use crate::document::{Condition, Policy};
use crate::evaluate::{Caller, Request, holds_for, resource_policy_allows};
use crate::pattern::{self, Case};

const BY_CALL: &str = "lambda:InvokeFunction";
const BY_URL: &str = "lambda:InvokeFunctionUrl";

const LACKS_CALL: &str = "AWS may ask for lambda:InvokeFunction too, which the policy does not allow the example: of URLs made since October \
                          2025 it does, and it asked that older ones have it by November 2026";
const LACKS_URL: &str = "only calls of a URL are meant, which ask for lambda:InvokeFunctionUrl too, and the policy does not allow the example that";

/// Who can invoke a Lambda function. Only a function URL without IAM authentication answers requests without
/// credentials; `url_auth_type` is that of the function's URL (`NONE`, `AWS_IAM`), if it is known. If not, a policy that asks for an
/// open URL is taken to have one.
///
/// URLs made since October 2025 ask for `lambda:InvokeFunction` as well as `lambda:InvokeFunctionUrl`; older ones were exempt for a
/// time. When a URL was made and whether it still is exempt is not known here, so the latter is taken to be enough, and
/// [`Access::may_lack`] says so.
/// Sources: Lambda Developer Guide, "Control access to Lambda function URLs"; AWS Health notice of October 2025 to accounts with such URLs.
pub fn reach_of_function(
    function_arn: &str,
    policy: &Policy,
    url_auth_type: Option<&str>,
    directory: &AccountDirectory,
) -> Vec<Access> {
    let is_open = url_auth_type.map_or_else(|| asks_for_open_url(policy), |kind| kind == "NONE");
    let context = ReachContext {
        resource: Some(function_arn),
        accepts: if is_open {
            Accepts::Anonymous
        } else {
            Accepts::SignedOnly
        },
    };
    let with_what_is_missing = |finding: ReachFinding| {
        let may_lack = other_half_missing(policy, &finding);
        Access {
            may_lack,
            ..Access::from(finding)
        }
    };
    let found = reach_of_resource_policy(policy, directory, context);
    found.into_iter().map(with_what_is_missing).collect()
}

/// Whether the policy speaks of a URL without IAM authentication: an Allow asks for the kind and takes that, or a Deny shuts the other out.
fn asks_for_open_url(policy: &Policy) -> bool {
    let request = Request::new(Caller::Anonymous, "", "");
    let takes = |condition: &Condition, kind: &str| {
        condition.key.eq_ignore_ascii_case("lambda:FunctionUrlAuthType")
            && holds_for(condition, policy.version, Some(&[kind]), &request)
    };
    let lets_in = |condition: &Condition| takes(condition, "NONE");
    let leaves = |condition: &Condition| takes(condition, "AWS_IAM") && !takes(condition, "NONE");
    policy.allows().any(|allow| allow.conditions.iter().any(lets_in))
        || policy.denies().any(|deny| deny.conditions.iter().any(leaves))
}

/// What a call of a URL asks for besides what the finding gives, where the policy does not give it. Within the account policies of the
/// caller may.
fn other_half_missing(policy: &Policy, finding: &ReachFinding) -> Option<&'static str> {
    let witness = finding.witness.as_ref()?;
    if finding.class == Reach::SameAccount {
        return None;
    }
    let gives = |action: &str| {
        let mut patterns = finding.actions.iter();
        patterns.any(|pattern| pattern::matches(pattern, action, Case::Insensitive))
    };
    let is_allowed = |action: &str, key: &str, value: &str| {
        let other = Request {
            action: action.to_owned(),
            ..witness.clone()
        };
        resource_policy_allows(policy, &other.with(key, value))
    };
    let is_by_url = || {
        let told = witness.context.get("lambda:InvokedViaFunctionUrl");
        told.is_some_and(|told| told.iter().any(|value| value.eq_ignore_ascii_case("true")))
    };
    match (gives(BY_CALL), gives(BY_URL)) {
        (false, true) if !is_allowed(BY_CALL, "lambda:InvokedViaFunctionUrl", "true") => Some(LACKS_CALL),
        (true, false) if is_by_url() => {
            let mut kinds = ["NONE", "AWS_IAM"].into_iter();
            let may = kinds.any(|kind| is_allowed(BY_URL, "lambda:FunctionUrlAuthType", kind));
            (!may).then_some(LACKS_URL)
        }
        _ => None,
    }
}
