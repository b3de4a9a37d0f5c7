//! Denies that all that an Allow is about falls under. Who cannot evade these gets nowhere, whatever the action and the resource: that is
//! asked once, before actions and resources are told apart.

use super::opening::Denials;
use crate::bits::Bits;
use crate::document::{Element, Polarity, Statement};
use crate::pattern::has_wildcard;

impl Denials<'_> {
    /// Those that every action and every resource of the Allow falls under; some of them may be missed.
    pub(super) fn covering(&self, allow: &Statement) -> Bits {
        self.those(|deny| {
            covers(Some(&deny.action), Some(&allow.action), str::eq_ignore_ascii_case)
                && covers(deny.resource.as_ref(), allow.resource.as_ref(), |deny, allow| {
                    deny == allow
                })
        })
    }
}

/// Whether each pattern of the one element is within a pattern of the other as their texts show; no element is about everything.
fn covers(deny: Option<&Element>, allow: Option<&Element>, is_same: impl Fn(&str, &str) -> bool) -> bool {
    let Some(deny) = deny else { return true };
    if deny.polarity == Polarity::Not {
        return false;
    }
    if deny.patterns.iter().any(|pattern| pattern.text == "*") {
        return true;
    }
    let is_within = |allowed: &str| {
        deny.patterns
            .iter()
            .any(|pattern| match pattern.text.strip_suffix('*') {
                // A variable would read differently for each caller, and a short ARN is completed.
                Some(head) if !has_wildcard(head) && !head.contains("${") && is_whole(head) => {
                    allowed.get(..head.len()).is_some_and(|begin| is_same(head, begin))
                }
                _ => !pattern.text.contains("${") && is_same(&pattern.text, allowed),
            })
    };
    allow.is_some_and(|allow| {
        allow.polarity == Polarity::Is && allow.patterns.iter().all(|pattern| is_within(&pattern.text))
    })
}

/// Whether a text that begins so is an action, or an ARN with all of its parts.
fn is_whole(head: &str) -> bool {
    !head.starts_with("arn:") || head.matches(':').count() >= 5
}
