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
                // A variable would read differently for each caller, a dollar may begin one in the other pattern, and a short ARN is completed.
                Some(head) if !has_wildcard(head) && !head.contains('$') && is_whole(head) => {
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

#[cfg(test)]
mod tests {
    use super::Denials;
    use crate::Policy;

    /// Whether all of an Allow with this action and resource falls under a Deny of such elements as the text says.
    fn is_covered(deny: (&str, &str), allow: (&str, &str)) -> bool {
        let element = |name: &str, value: &str| match value.strip_prefix("not ") {
            Some(value) => format!(r#""Not{name}": [{value}]"#),
            None => format!(r#""{name}": [{value}]"#),
        };
        let statement = |effect: &str, (action, resource): (&str, &str)| {
            let (action, resource) = (element("Action", action), element("Resource", resource));
            format!(r#"{{"Effect": "{effect}", "Principal": "*", {action}, {resource}}}"#)
        };
        // One that nothing falls under stands before it: the place counts.
        let never = statement("Deny", (r#""never:Asked""#, r#""arn:aws:never:::asked""#));
        let statements = [never, statement("Deny", deny), statement("Allow", allow)].join(", ");
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let policy = Policy::parse(&text).unwrap();
        let covering = Denials::of(&policy).covering(policy.allows().next().unwrap());
        match covering.iter().collect::<Vec<_>>()[..] {
            [] => false,
            [1] => true,
            ref others => panic!("{others:?}: {text}"),
        }
    }

    #[test]
    fn actions_fall_under_a_deny_whose_patterns_begin_them_in_any_letter_case() {
        for (deny, allow, expected) in [
            (r#""*""#, r#""s3:GetObject""#, true),
            (r#""*""#, r#"not "s3:GetObject""#, true),
            (r#""s3:GetObject""#, r#""S3:getobject""#, true),
            (r#""S3:Get*""#, r#""s3:getObject", "s3:Get*", "s3:GETObject?""#, true),
            (r#""sqs:*", "s3:*""#, r#""s3:Get*", "sqs:SendMessage""#, true),
            (r#""s3:Get*Acl""#, r#""s3:get*acl""#, true),
            (r#""s3:Get*""#, r#""s3:GetObject", "s3:PutObject""#, false),
            (r#""s3:Get*""#, r#""s3:*""#, false),
            (r#""s3:Get*""#, r#""s3:Ge""#, false),
            (r#""s3:GetObject""#, r#""s3:GetObjectAcl""#, false),
            (r#""s3:?etObject*""#, r#""s3:?etObjectAcl""#, false),
            (r#""s3:G?tObject""#, r#""s3:GetObject""#, false),
            (r#"not "s3:GetObject""#, r#""s3:PutObject""#, false),
            (r#"not "*""#, r#""s3:PutObject""#, false),
            (r#""s3:*""#, r#"not "s3:GetObject""#, false),
        ] {
            let everything = r#""*""#;
            assert_eq!(
                is_covered((deny, everything), (allow, everything)),
                expected,
                "{deny} of {allow}"
            );
        }
    }

    #[test]
    fn resources_fall_under_a_deny_that_begins_them_as_written() {
        for (deny, allow, expected) in [
            (r#""*""#, r#"not "arn:aws:s3:::b""#, true),
            (r#""arn:aws:s3:::b""#, r#""arn:aws:s3:::b""#, true),
            (r#""arn:aws:s3:::b*""#, r#""arn:aws:s3:::b", "arn:aws:s3:::b?/*""#, true),
            (r#""arn:aws:s3:::b/*""#, r#""arn:aws:s3:::b/${aws:username}/*""#, true),
            (r#""arn:aws:s3:::*""#, r#""arn:aws:s3:::b""#, true),
            (r#""arn:aws:s3*""#, r#""arn:aws:s3*""#, true),
            (r#""arn:aws:s3:::b""#, r#""arn:aws:s3:::B""#, false),
            (r#""arn:aws:s3:::b*""#, r#""arn:aws:s3:::B/x""#, false),
            (
                r#""arn:aws:s3:::b/*""#,
                r#""arn:aws:s3:::b", "arn:aws:s3:::b/x""#,
                false,
            ),
            (r#""arn:aws:s3:::b/*""#, r#""*""#, false),
            (r#"not "arn:aws:s3:::b""#, r#""arn:aws:s3:::c""#, false),
            (r#""arn:aws:s3:::b*""#, r#"not "arn:aws:s3:::b""#, false),
            // A short ARN is completed: here with an account behind a region.
            (r#""arn:aws:s3:*""#, r#""arn:aws:s3:us-east-1::b""#, false),
            // With a variable, the same text reads differently for each caller.
            (
                r#""arn:aws:s3:::${aws:username}""#,
                r#""arn:aws:s3:::${aws:username}""#,
                false,
            ),
            (
                r#""arn:aws:s3:::${aws:username}/*""#,
                r#""arn:aws:s3:::${aws:username}/*""#,
                false,
            ),
            (
                r#""arn:aws:s3:::${aws:username}/*""#,
                r#""arn:aws:s3:::${aws:username}/x""#,
                false,
            ),
            // Only texts with a dollar; what stands for the variable has none.
            (r#""arn:aws:s3:::$*""#, r#""arn:aws:s3:::${aws:username}""#, false),
        ] {
            let everything = r#""*""#;
            assert_eq!(
                is_covered((everything, deny), (everything, allow)),
                expected,
                "{deny} of {allow}"
            );
            assert!(!is_covered((r#""s3:GetObject""#, deny), (everything, allow)));
        }
    }
}
