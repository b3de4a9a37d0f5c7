//! Values of the claims of identity providers' tokens.

use super::free::patterns;
use super::{Situation, Standing, Values, free, fresh, instances, some, takes_wildcards};
use crate::claims::{AS_GUEST, Claim};
use crate::document::Condition;
use crate::evaluate::Caller;
use crate::pattern::has_wildcard;

/// Token claims. Whoever holds just any token of the provider has the provider's fixed claims, but not those that name
/// somebody in particular.
pub(super) fn claims(situation: &Situation<'_>) -> Vec<Values> {
    if !matches!(situation.asker.caller.as_deref(), Some(Caller::Federated { .. })) {
        return vec![None];
    }
    let claim = Claim::of(situation.key.name);
    let standing = situation.asker.standing.as_ref();
    let is_guest = *standing == Standing::Guest;
    if is_guest && claim.tells_guests() {
        return vec![some(AS_GUEST)];
    }
    let is_known = is_guest && claim.is_shared_with_guests();
    if standing.may_be_named() || is_known || !claim.tells_owners_apart() {
        return free(situation.conditions, situation.search);
    }
    let mut found = vec![
        None,
        some("repo:strangers/witness:ref:refs/heads/main"),
        some("strangers"),
    ];
    let other = ["repo:nobody/any:pull_request", "outlander", "J1-quux"];
    found.extend(fresh(situation.conditions, &other).take(1).map(some));
    for condition in situation.conditions {
        let takes_wildcards = takes_wildcards(condition.operator.kind);
        for value in &condition.values {
            // `repo:*`, `repo:my-*/x`, `system:serviceaccount:*`: the wildcard stands where the owner would. `environment:prod`: no owner.
            if claim.names_owner(&value.text, takes_wildcards) {
                continue;
            }
            if takes_wildcards && has_wildcard(&value.text) {
                let filled = value.text.replacen('*', "strangers/witness", 1);
                found.push(some(&filled.replace(['*', '?'], "x")));
                found.extend(instances(&value.text).iter().map(|text| some(text)));
            } else {
                found.push(some(&value.text));
            }
        }
    }
    // Several patterns met together, by a text of nobody whom the policy names.
    let named = situation.conditions.iter().flat_map(|condition| &condition.values);
    let mut owners: Vec<&str> = named
        .map(|value| value.text.as_str())
        .filter(|text| claim.names_owner(text, true))
        .collect();
    owners.sort_unstable();
    owners.dedup();
    let open = open_patterns(situation.conditions, &claim);
    if !open.is_empty() && open.len() + owners.len() > 1 {
        let together = situation.search.texts(&owners, &open);
        situation.search.note(together.are_all);
        found.extend(together.found.iter().map(|text| some(text)));
    }
    found
}

/// Patterns of a claim that leave the owner open.
fn open_patterns<'c>(conditions: &[&'c Condition], claim: &Claim) -> Vec<&'c str> {
    let mut open = patterns(conditions);
    open.retain(|text| !claim.names_owner(text, true));
    open
}
