//! Whom a policy means by variables that follow from who asks: elsewhere it has names and accounts in their place.

use crate::document::{Policy, Statement};
use crate::evaluate::{Part, parts};

/// As many texts are looked for.
const MOST: usize = 256;

/// What stands in the place of `${key}` in other texts of the Allow and of the Denies: in resources, and in values of one condition key. May
/// have wildcards.
pub(super) fn in_place_of<'p>(key: &str, policy: &'p Policy, allow: &'p Statement) -> Vec<&'p str> {
    let statements = || std::iter::once(allow).chain(policy.denies());
    let resources: Vec<&str> = statements()
        .flat_map(|statement| &statement.resource)
        .flat_map(|element| &element.patterns)
        .map(|pattern| pattern.text.as_str())
        .collect();
    let mut found = places(key, &resources);
    let conditions = || statements().flat_map(|statement| &statement.conditions);
    let speaks_of = |text: &str| parts(text).any(|part| is_of(&part, key));
    for asked in conditions().filter(|condition| condition.values.iter().any(|value| speaks_of(&value.text))) {
        let alike = conditions().filter(|condition| condition.key.eq_ignore_ascii_case(&asked.key));
        let texts = alike
            .flat_map(|condition| &condition.values)
            .map(|value| value.text.as_str());
        found.extend(places(key, &texts.collect::<Vec<_>>()));
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST);
    found
}

fn is_of(part: &Part<'_>, key: &str) -> bool {
    part.key().is_some_and(|name| name.eq_ignore_ascii_case(key))
}

/// The parts of texts that stand where others have the variable.
fn places<'t>(key: &str, texts: &[&'t str]) -> Vec<&'t str> {
    let mut found = Vec::new();
    for text in texts {
        let mut head = String::new();
        let mut rest = parts(text);
        while let Some(part) = rest.next() {
            if is_of(&part, key) {
                let behind = rest.next().and_then(|part| part.written().chars().next());
                found.extend(
                    texts
                        .iter()
                        .filter_map(|other| place(other.strip_prefix(&head)?, behind)),
                );
                break;
            }
            head.push_str(part.written());
        }
    }
    found
}

/// What a text begins with, up to what stands behind the variable, or to the end of a part.
fn place(text: &str, behind: Option<char>) -> Option<&str> {
    let ends = |character: char| {
        Some(character) == behind && !matches!(character, '*' | '?') || matches!(character, '/' | ':')
    };
    let place = text.split(ends).next()?;
    (!place.is_empty() && place != "*" && !place.contains("${")).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn names_stand_where_others_have_the_variable() {
        let of =
            |texts: &[&str]| -> Vec<String> { places("aws:username", texts).iter().map(ToString::to_string).collect() };
        assert_eq!(
            of(&[
                "arn:aws:s3:::b/${aws:username}/*",
                "arn:aws:s3:::b/team-*",
                "arn:aws:s3:::b/bob/x",
                "arn:aws:s3:::c/eve"
            ]),
            ["team-*", "bob"]
        );
        assert_eq!(of(&["${aws:UserName}-*", "red-x", "blue"]), ["red", "blue"]);
        assert_eq!(of(&["${aws:username}", "u", "*", "${aws:userid}"]), ["u"]);
        assert_eq!(of(&["a/${aws:PrincipalTag/t}", "a/b"]), [""; 0]);
    }
}
