//! Whether actions can be about the resources of a statement: `s3:ListBucket` on `arn:aws:s3:::b/*` allows nothing, as it is about buckets.
//!
//! The published list says which resource types an action has, and how their ARNs look. It is never complete: what looks like no type that
//! a service is known to have may be a new one, and an action without types may be given some, so that only two things rule an action out:
//! resources of another service's, and resources of known types that are not the action's.
//! Source: Service Authorization Reference, "Reference", columns of the actions table.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::actions::{ActionInfo, ServiceInfo, list};
use crate::arn::complete;
use crate::bits::Bits;
use crate::document::{Polarity, Statement};
use crate::evaluate;
use crate::pattern::{self, Token, has_wildcard};

/// What looks like ARNs of one resource type.
struct Kind {
    name: &'static str,
    service: &'static str,
    /// What its resources begin with.
    begins: &'static str,
    tokens: Vec<Token>,
    /// How many tokens stand before the resource.
    head: usize,
    /// What comes last holds no slash, which tells a bucket from its objects.
    is_without_slash: bool,
}

/// A resource of a statement.
struct Pattern {
    /// The service of its ARN, where it says it.
    service: Option<String>,
    /// What is written behind the account, up to a wildcard.
    resource: String,
    tokens: Vec<Token>,
}

/// What one service's actions find in the resources of a statement.
struct Found {
    /// Whether some resource may be one of the service's of which no type is known.
    is_unknown: bool,
    /// Which of the service's types some resource may be of.
    types: Vec<bool>,
    /// Whether some resource may be an access point.
    is_access_point: bool,
}

/// Those of the actions that can be about some resource of a statement.
pub(super) fn applicable(statement: &Statement, mut actions: Bits) -> Bits {
    if actions.is_empty() {
        return actions;
    }
    let Some(patterns) = patterns(statement) else {
        return actions;
    };
    let mut inapplicable = Bits::new(list().len());
    let mut last: Option<(&str, Found)> = None;
    for position in actions.iter() {
        let Some(info) = list().at(position) else {
            continue;
        };
        if last.as_ref().is_none_or(|(service, _)| *service != info.service) {
            last = list()
                .service(info.service)
                .map(|service| (info.service, Found::of(service, &patterns)));
        }
        if last.as_ref().is_some_and(|(_, found)| !found.may_be_about(info)) {
            inapplicable.set(position..position + 1);
        }
    }
    actions.remove(&inapplicable);
    actions
}

/// The resources of a statement, where they are listed and none is everything.
fn patterns(statement: &Statement) -> Option<Vec<Pattern>> {
    let element = statement.resource.as_ref()?;
    let is_limited = |text: &str| text.starts_with("arn:");
    let is_list = element.polarity == Polarity::Is && element.patterns.iter().all(|pattern| is_limited(&pattern.text));
    is_list.then(|| {
        let texts = element.patterns.iter().map(|pattern| complete(&pattern.text));
        texts.map(|text| Pattern::read(&text, statement)).collect()
    })
}

impl Pattern {
    fn read(text: &str, statement: &Statement) -> Self {
        let text = if evaluate::has_variable(text, statement.version) {
            evaluate::without_variables(text)
        } else {
            text.to_owned()
        };
        let mut parts = text.splitn(6, ':');
        let service = parts.nth(2).filter(|service| !has_wildcard(service));
        let resource = parts.nth(2).unwrap_or_default();
        Self {
            service: service.map(str::to_owned),
            resource: resource.split(['*', '?']).next().unwrap_or_default().to_owned(),
            tokens: pattern::tokens(&text),
        }
    }

    fn may_be_of(&self, service: &str) -> bool {
        self.service.as_ref().is_none_or(|own| own == service)
    }

    fn may_be(&self, kind: &Kind) -> bool {
        // Where the service is written as such, so is what stands around it.
        let separators = if self.service.is_some() { 5 } else { 0 };
        self.may_be_of(kind.service) && is_shared(&self.tokens, kind, separators)
    }
}

impl Found {
    fn of(service: &ServiceInfo, patterns: &[Pattern]) -> Self {
        let kinds = kinds(service.prefix);
        let mut types = vec![false; kinds.len()];
        let mut is_unknown = false;
        for pattern in patterns {
            for (is_found, kind) in types.iter_mut().zip(kinds) {
                *is_found |= pattern.may_be(kind);
            }
            // By how it begins, so that what takes in more is never more of a known type.
            let begins_as = |kind: &Kind| pattern.may_be_of(kind.service) && pattern.resource.starts_with(kind.begins);
            let mut services = kinds.iter().map(|kind| kind.service).chain([service.prefix]);
            is_unknown |= services.any(|own| pattern.may_be_of(own)) && !kinds.iter().any(begins_as);
        }
        let mut found = kinds.iter().zip(&types).filter(|(_, is_found)| **is_found);
        Self {
            is_unknown,
            is_access_point: found.any(|(kind, _)| kind.name.contains("accesspoint")),
            types,
        }
    }

    fn may_be_about(&self, info: &ActionInfo) -> bool {
        let kinds = kinds(info.service);
        let is_found = |name: &&str| {
            let mut of_type = kinds
                .iter()
                .zip(&self.types)
                .filter(|(kind, _)| kind.name == *name)
                .peekable();
            of_type.peek().is_none() || of_type.any(|(_, is_found)| *is_found)
        };
        self.is_unknown
            || info.resource_types.iter().any(is_found)
            // What has no types is asked for as `*`, or as whatever is the service's: `s3:ListAllMyBuckets` on `arn:aws:s3:::*`.
            || info.resource_types.is_empty() && self.types.contains(&true)
            // Requests through an access point are about it, also those for which the list does not say so.
            || self.is_access_point
    }
}

/// What ARNs of a service's resource types look like.
fn kinds(service: &str) -> &'static [Kind] {
    static KINDS: OnceLock<HashMap<&str, Vec<Kind>>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| {
        let of = |service: &'static ServiceInfo| {
            let kinds = service
                .resource_types
                .iter()
                .filter_map(|kind| Kind::read(kind.name, kind.arn));
            (service.prefix, kinds.collect())
        };
        list().services().iter().map(of).collect()
    });
    kinds.get(service).map_or(&[], Vec::as_slice)
}

impl Kind {
    /// Parts of the ARN before the resource are those of any place.
    fn read(name: &'static str, arn: &'static str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (service, resource) = (parts.nth(2)?, parts.nth(2)?);
        let begins = resource.split("${").next().unwrap_or_default();
        let resource = evaluate::without_variables(resource);
        // Documents of AWS's have no account, but access points have one, which tells them from buckets.
        let account = if service == "s3" && arn.contains("${Account}") {
            "?*"
        } else {
            "*"
        };
        let head = pattern::tokens(&format!("arn:*:{service}:*:{account}:"));
        Some(Self {
            name,
            service,
            begins,
            head: head.len(),
            tokens: [head, pattern::tokens(&resource)].concat(),
            is_without_slash: arn.ends_with(":::${BucketName}"),
        })
    }

    /// Whether a wildcard of the kind takes in a token of a pattern: partitions, regions and accounts have no colon.
    fn takes_in(&self, wildcard: usize, token: Token, is_separator: bool) -> bool {
        match token {
            Token::Character(':') => wildcard >= self.head && !is_separator,
            Token::Character('/') => !self.is_without_slash,
            _ => true,
        }
    }
}

/// Whether some ARN of the kind matches the pattern, of which so many colons stand between the parts of an ARN.
fn is_shared(left: &[Token], kind: &Kind, mut separators: usize) -> bool {
    let right = &kind.tokens;
    // Which beginnings of `right` some text matches that the beginning of `left` matches too.
    let mut reached = vec![false; right.len() + 2];
    let mut next = reached.clone();
    reached[0] = true;
    for token in left.iter().copied().map(Some).chain([None]) {
        let is_separator = token == Some(Token::Character(':')) && separators > 0;
        separators -= usize::from(is_separator);
        next.fill(false);
        for at in 0..=right.len() {
            if !reached[at] {
                continue;
            }
            match (token, right.get(at)) {
                (Some(Token::Run), other) => {
                    next[at] = true;
                    reached[at + 1] |= other.is_some();
                }
                (Some(left), Some(Token::Run)) => {
                    next[at] |= kind.takes_in(at, left, is_separator);
                    reached[at + 1] = true;
                }
                (Some(left), Some(Token::One)) => next[at + 1] |= kind.takes_in(at, left, is_separator),
                (Some(left), Some(right)) => next[at + 1] |= left == *right || left == Token::One,
                (None, other) => reached[at + 1] |= other == Some(&Token::Run),
                (Some(_), None) => {}
            }
        }
        if token.is_some() {
            std::mem::swap(&mut reached, &mut next);
        }
    }
    reached.get(right.len()) == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::{Kind, is_shared};
    use crate::pattern::{Case, tokens, tokens_match};

    #[test]
    fn two_patterns_share_a_text_exactly_if_there_is_one() {
        let mut words = vec![String::new()];
        for at in 0..31 {
            words.extend(["a", "b"].map(|end| format!("{}{end}", words[at])));
        }
        let patterns = [
            "", "*", "a", "a*", "*b", "a*b", "?", "??", "*a*", "?b*", "ab", "b*a*", "*?", "ba",
        ];
        for left in patterns {
            for right in patterns {
                let (both, of) = ((tokens(left), tokens(right)), |tokens, word: &str| {
                    tokens_match(tokens, word, Case::Sensitive)
                });
                let is_there = words.iter().any(|word| of(&both.0, word) && of(&both.1, word));
                let kind = Kind {
                    name: "",
                    service: "",
                    begins: "",
                    head: 0,
                    tokens: both.1.clone(),
                    is_without_slash: false,
                };
                assert_eq!(is_shared(&both.0, &kind, 0), is_there, "{left} {right}");
            }
        }
    }
}
