//! Does a condition hold for a request?
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys
//! or values": values of a key are ORed (NORed for negated operators), keys and operators are ANDed.

use std::borrow::Cow;
use std::cmp::Ordering;

use foldhash::{HashSet, HashSetExt};

use super::date;
use super::request::Request;
use super::variable;
use crate::arn::Arn;
use crate::cidr::{NetworkSet, read_address, read_network};
use crate::document::{Condition, OperatorKind, Quantifier, Version};
use crate::pattern::{self, Case, Token};

/// Whether the condition holds.
pub(crate) fn holds(condition: &Condition, version: Version, request: &Request) -> bool {
    if let Some([one]) = request.context.get(&condition.key) {
        // Most keys that are given have one value, which takes no list.
        return holds_for(condition, version, Some(&[one.as_str()]), request);
    }
    match request.values(&condition.key).as_deref() {
        None => holds_for(condition, version, None, request),
        Some([one]) => holds_for(condition, version, Some(&[one.as_ref()]), request),
        Some(several) => {
            let several: Vec<&str> = several.iter().map(AsRef::as_ref).collect();
            holds_for(condition, version, Some(&several), request)
        }
    }
}

/// Whether the condition holds for a request whose context has these values under the condition's key (`None`: the
/// key is absent). `request` supplies what policy variables stand for.
pub(crate) fn holds_for(condition: &Condition, version: Version, values: Option<&[&str]>, request: &Request) -> bool {
    holds_by(condition, values, |value| {
        let mut wanted = condition.values.iter();
        wanted.any(|wanted| compare(condition.operator.kind, &wanted.text, value, version, request))
    })
}

/// The same, where `matches_some` says whether a value of the request matches one of the condition's, the negation of the operator left
/// aside.
fn holds_by(condition: &Condition, values: Option<&[&str]>, matches_some: impl Fn(&str) -> bool) -> bool {
    let operator = condition.operator;
    let values = values.filter(|values| !values.is_empty());
    if operator.kind == OperatorKind::Null {
        let wanted = if values.is_none() { "true" } else { "false" };
        return condition
            .values
            .iter()
            .any(|value| value.text.eq_ignore_ascii_case(wanted));
    }
    let is_negated = operator.kind.is_negated();
    // Source: IAM User Guide, "Set operators for multivalued context keys": values that resolve to an empty data set, such as an empty
    // string, are as no values there.
    let is_a_set = |values: &&[&str]| operator.quantifier.is_none() || !values.iter().all(|value| value.is_empty());
    let values = values.filter(is_a_set);
    let Some(values) = values else {
        return match operator.quantifier {
            Some(Quantifier::ForAllValues) => true,
            Some(Quantifier::ForAnyValue) => operator.if_exists,
            None => operator.if_exists || is_negated,
        };
    };
    let mut each = values.iter();
    match operator.quantifier {
        Some(Quantifier::ForAllValues) => each.all(|value| matches_some(value) != is_negated),
        Some(Quantifier::ForAnyValue) => each.any(|value| matches_some(value) != is_negated),
        None => each.any(|value| matches_some(value)) != is_negated,
    }
}

/// The values of a condition without variables, arranged so that a value of a request is not compared with each of them.
pub(crate) struct Arranged {
    /// Those that match nothing but themselves.
    exact: HashSet<String>,
    networks: Option<NetworkSet>,
    /// Those that have to be compared.
    others: Vec<String>,
}

impl Arranged {
    pub(crate) fn new(condition: &Condition) -> Self {
        let kind = condition.operator.kind;
        let texts = || condition.values.iter().map(|value| value.text.as_str());
        if matches!(kind, OperatorKind::IpAddress | OperatorKind::NotIpAddress) {
            return Self {
                exact: HashSet::new(),
                networks: Some(NetworkSet::new(texts().filter_map(read_network))),
                others: Vec::new(),
            };
        }
        let is_exact = |text: &str| match kind {
            OperatorKind::StringEquals | OperatorKind::StringNotEquals => true,
            OperatorKind::StringLike | OperatorKind::StringNotLike => !pattern::has_wildcard(text),
            OperatorKind::ArnEquals | OperatorKind::ArnNotEquals | OperatorKind::ArnLike | OperatorKind::ArnNotLike => {
                !pattern::has_wildcard(text) && Arn::read(text).is_some()
            }
            _ => false,
        };
        Self {
            exact: texts().filter(|text| is_exact(text)).map(str::to_owned).collect(),
            networks: None,
            others: texts().filter(|text| !is_exact(text)).map(str::to_owned).collect(),
        }
    }

    /// How many comparisons a value takes.
    pub(crate) fn cost(&self) -> usize {
        1 + self.others.len()
    }

    /// [`holds_for`], of the condition that was arranged.
    pub(crate) fn holds_for(&self, condition: &Condition, values: Option<&[&str]>, request: &Request) -> bool {
        let kind = condition.operator.kind;
        holds_by(condition, values, |value| {
            if let Some(networks) = &self.networks {
                return read_address(value).is_some_and(|address| networks.contains(address));
            }
            let mut others = self.others.iter();
            // Of version 2008, in which nothing is a variable.
            self.exact.contains(value) || others.any(|wanted| compare(kind, wanted, value, Version::V2008, request))
        })
    }
}

/// The condition as it reads for a request: with the values of its variables, as far as the request has them.
pub(crate) fn read_for<'c>(condition: &'c Condition, version: Version, request: &Request) -> Cow<'c, Condition> {
    let mut texts = condition.values.iter();
    if !texts.any(|text| variable::has_variable(&text.text, version)) {
        return Cow::Borrowed(condition);
    }
    let mut condition = condition.clone();
    for text in &mut condition.values {
        if let Some(tokens) = variable::tokens(&text.text, version, request) {
            let characters = tokens.iter().map(|token| match token {
                Token::Run => '*',
                Token::One => '?',
                Token::Character(character) => *character,
            });
            text.text = characters.collect();
        }
    }
    Cow::Owned(condition)
}

/// Whether one value of the request matches one value of the policy, the negation of the operator left aside.
fn compare(kind: OperatorKind, wanted: &str, value: &str, version: Version, request: &Request) -> bool {
    // Variables stand only in values of string and ARN operators; elsewhere "${" is text.
    // Source: IAM User Guide, "IAM policy elements: Variables and tags", section "Where you can use policy variables".
    let plain = || variable::plain(wanted, version, request);
    match kind {
        OperatorKind::StringEquals | OperatorKind::StringNotEquals => plain().is_some_and(|wanted| wanted == value),
        OperatorKind::BinaryEquals => wanted == value,
        OperatorKind::StringEqualsIgnoreCase | OperatorKind::StringNotEqualsIgnoreCase => {
            plain().is_some_and(|wanted| wanted.to_lowercase() == value.to_lowercase())
        }
        OperatorKind::StringLike | OperatorKind::StringNotLike => {
            variable::matches(wanted, version, request, value, Case::Sensitive)
        }
        OperatorKind::ArnEquals | OperatorKind::ArnNotEquals | OperatorKind::ArnLike | OperatorKind::ArnNotLike => {
            compare_arns(wanted, value, version, request)
        }
        OperatorKind::Bool => wanted.eq_ignore_ascii_case(value),
        OperatorKind::IpAddress | OperatorKind::NotIpAddress => {
            let network = read_network(wanted);
            let address = read_address(value);
            network
                .zip(address)
                .is_some_and(|(network, address)| network.contains(&address))
        }
        OperatorKind::NumericEquals
        | OperatorKind::NumericNotEquals
        | OperatorKind::NumericLessThan
        | OperatorKind::NumericLessThanEquals
        | OperatorKind::NumericGreaterThan
        | OperatorKind::NumericGreaterThanEquals => number(wanted)
            .zip(number(value))
            .and_then(|(wanted, value)| value.partial_cmp(&wanted))
            .is_some_and(|order| is_in_order(kind, order)),
        OperatorKind::DateEquals
        | OperatorKind::DateNotEquals
        | OperatorKind::DateLessThan
        | OperatorKind::DateLessThanEquals
        | OperatorKind::DateGreaterThan
        | OperatorKind::DateGreaterThanEquals => date::read(wanted.trim())
            .zip(date::read(value.trim()))
            .is_some_and(|(wanted, value)| is_in_order(kind, value.cmp(&wanted))),
        OperatorKind::Null => false,
    }
}

/// Integers and decimals; "inf" and "nan" are words.
fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

fn is_in_order(kind: OperatorKind, value_to_wanted: Ordering) -> bool {
    match kind {
        OperatorKind::NumericLessThan | OperatorKind::DateLessThan => value_to_wanted.is_lt(),
        OperatorKind::NumericLessThanEquals | OperatorKind::DateLessThanEquals => value_to_wanted.is_le(),
        OperatorKind::NumericGreaterThan | OperatorKind::DateGreaterThan => value_to_wanted.is_gt(),
        OperatorKind::NumericGreaterThanEquals | OperatorKind::DateGreaterThanEquals => value_to_wanted.is_ge(),
        _ => value_to_wanted.is_eq(),
    }
}

/// ARN operators compare each of the six parts by itself: a wildcard does not reach over a colon of the first five.
fn compare_arns(wanted: &str, value: &str, version: Version, request: &Request) -> bool {
    if !variable::has_variable(wanted, version) {
        if let (Some(pattern), Some(arn)) = (Arn::read(wanted), Arn::read(value)) {
            let part = |pattern: &str, text: &str| pattern::matches(pattern, text, Case::Sensitive);
            return part(pattern.partition, arn.partition)
                && part(pattern.service, arn.service)
                && part(pattern.region, arn.region)
                && part(pattern.account, arn.account)
                && part(pattern.resource, arn.resource);
        }
        // A pattern shortened with a wildcard ("*", "arn:aws:sns:*") is taken as a whole.
        return wanted.ends_with('*') && pattern::matches(wanted, value, Case::Sensitive);
    }
    let Some(tokens) = variable::tokens(wanted, version, request) else {
        return false;
    };
    let parts = split_at_colons(&tokens);
    let texts: Vec<&str> = value.splitn(6, ':').collect();
    if parts.len() != texts.len() {
        return tokens.last() == Some(&Token::Run) && pattern::tokens_match(&tokens, value, Case::Sensitive);
    }
    parts
        .iter()
        .zip(texts)
        .all(|(part, text)| pattern::tokens_match(part, text, Case::Sensitive))
}

fn split_at_colons(tokens: &[Token]) -> Vec<&[Token]> {
    tokens.splitn(6, |token| *token == Token::Character(':')).collect()
}

#[cfg(test)]
mod tests {
    use super::{Arranged, holds_for};
    use crate::Policy;
    use crate::document::Version;
    use crate::evaluate::{Caller, Request};

    /// Every operator with values of every kind, short and long, on values that match and that nearly do.
    #[test]
    fn arranged_conditions_hold_as_those_that_are_written() {
        let written = [
            "a",
            "a*",
            "?",
            "A",
            "10.0.0.0/8",
            "10.1.2.3",
            "2001:db8::/32",
            "arn:aws:iam::111111111111:role/x",
            "arn:aws:iam::*:role/y*",
            "arn:aws:*",
            "5",
            "2026-01-01T00:00:00Z",
            "true",
            "${aws:username}",
            "*",
        ];
        let asked = [
            "a",
            "A",
            "ab",
            "b",
            "",
            "10.9.9.9",
            "11.0.0.1",
            "10.1.2.3",
            "2001:db8::1",
            "4",
            "6",
            "arn:aws:iam::111111111111:role/x",
            "arn:aws:iam::222222222222:role/yes",
            "2025-01-01T00:00:00Z",
            "true",
            "false",
            "${aws:username}",
            "0.0.0.0/0",
        ];
        let operators = [
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
            "ArnEquals",
            "ArnNotEquals",
            "ArnLike",
            "ArnNotLike",
            "IpAddress",
            "NotIpAddress",
            "NumericEquals",
            "NumericLessThan",
            "DateGreaterThan",
            "Bool",
            "Null",
            "BinaryEquals",
            "ForAllValues:StringLike",
            "ForAnyValue:StringNotEquals",
            "StringEqualsIfExists",
            "NotIpAddressIfExists",
        ];
        let request = Request::new(Caller::Anonymous, "s3:GetObject", "*");
        let lists = written.iter().map(|value| vec![*value]).chain([written.to_vec()]);
        let values: Vec<Vec<&str>> = asked
            .iter()
            .map(|value| vec![*value])
            .chain([asked[..3].to_vec(), Vec::new()])
            .collect();
        for (operator, list) in operators
            .iter()
            .flat_map(|operator| lists.clone().map(move |list| (operator, list)))
        {
            let document = format!(
                r#"{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {{"{operator}": {{"a:b": {list:?}}}}}}}]}}"#
            );
            let Ok(policy) = Policy::parse(&document) else {
                continue;
            };
            for condition in policy.statements.iter().flat_map(|statement| &statement.conditions) {
                let arranged = Arranged::new(condition);
                for values in values.iter().map(|values| Some(values.as_slice())).chain([None]) {
                    assert_eq!(
                        arranged.holds_for(condition, values, &request),
                        holds_for(condition, Version::V2008, values, &request),
                        "{operator} {list:?} on {values:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn values_that_stand_for_themselves_cost_one_look_together() {
        let cost = |operator: &str, values: &str| {
            let document = format!(
                r#"{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {{"{operator}": {{"a:b": [{values}]}}}}}}]}}"#
            );
            let policy = Policy::parse(&document).unwrap();
            Arranged::new(&policy.statements[0].conditions[0]).cost()
        };
        assert_eq!(cost("StringEquals", r#""a", "b", "c*""#), 1);
        assert_eq!(cost("StringLike", r#""a", "b", "c*", "*d""#), 3);
        assert_eq!(cost("ArnLike", r#""arn:aws:iam::111111111111:root", "*""#), 2);
        assert_eq!(cost("IpAddress", r#""10.0.0.0/8", "11.0.0.0/8""#), 1);
    }
}
