//! The structural difference of two documents.

use serde::{Deserialize, Serialize};

use super::Document;

/// One place where two documents differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// JSON pointer (RFC 6901) of the place: in the newer document, or for a removal in the older one.
    pub path: String,
    /// What happened there.
    #[serde(flatten)]
    pub kind: DifferenceKind,
}

/// What happened at a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "difference", rename_all = "lowercase")]
pub enum DifferenceKind {
    /// Only the newer document has it.
    Added {
        /// The new value.
        after: Document,
    },
    /// Only the older document had it.
    Removed {
        /// The old value.
        before: Document,
    },
    /// Both have a value, and they differ.
    Changed {
        /// The old value.
        before: Document,
        /// The new value.
        after: Document,
    },
}

/// Every place where the documents differ, in document order.
///
/// Lists are compared as AWS uses them: elements that are equal are matched wherever they stand (so a rule inserted at the front of a
/// security group is one addition); what remains is matched by an identifying member when both sides have one, else shown as
/// removed and added. A list whose elements are the same in another order is one change of the whole list: order can matter.
pub fn difference(before: &Document, after: &Document) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), before, after, &mut found);
    found
}

/// Members that name a list's element, in order of preference; from AWS's own models, where lists of structures carry them.
const IDENTIFYING: [&str; 10] = [
    "Sid",
    "Id",
    "Key",
    "Name",
    "Arn",
    "ARN",
    "RuleId",
    "PolicyName",
    "AccessKeyId",
    "GroupId",
];

fn compare(path: String, before: &Document, after: &Document, found: &mut Vec<Difference>) {
    match (before, after) {
        _ if before == after => {}
        (Document::Object(old), Document::Object(new)) => {
            let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let place = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                match (old.get(name), new.get(name)) {
                    (Some(old), Some(new)) => compare(place, old, new, found),
                    (Some(old), None) => push(place, DifferenceKind::Removed { before: old.clone() }, found),
                    (None, Some(new)) => push(place, DifferenceKind::Added { after: new.clone() }, found),
                    (None, None) => {}
                }
            }
        }
        (Document::Array(old), Document::Array(new)) => compare_lists(&path, before, after, old, new, found),
        _ => push(
            path,
            DifferenceKind::Changed {
                before: before.clone(),
                after: after.clone(),
            },
            found,
        ),
    }
}

fn compare_lists(
    path: &str,
    before: &Document,
    after: &Document,
    old: &[Document],
    new: &[Document],
    found: &mut Vec<Difference>,
) {
    let mut new_left: Vec<usize> = (0..new.len()).collect();
    let mut old_left: Vec<usize> = Vec::new();
    for (index, element) in old.iter().enumerate() {
        match new_left.iter().position(|&candidate| &new[candidate] == element) {
            Some(position) => {
                new_left.remove(position);
            }
            None => old_left.push(index),
        }
    }
    if old_left.is_empty() && new_left.is_empty() {
        push(
            path.to_owned(),
            DifferenceKind::Changed {
                before: before.clone(),
                after: after.clone(),
            },
            found,
        );
        return;
    }
    for index in old_left {
        let twin = identity(&old[index]).and_then(|id| {
            new_left
                .iter()
                .position(|&candidate| identity(&new[candidate]) == Some(id))
        });
        if let Some(position) = twin {
            let candidate = new_left.remove(position);
            compare(format!("{path}/{candidate}"), &old[index], &new[candidate], found);
        } else {
            push(
                format!("{path}/{index}"),
                DifferenceKind::Removed {
                    before: old[index].clone(),
                },
                found,
            );
        }
    }
    for index in new_left {
        push(
            format!("{path}/{index}"),
            DifferenceKind::Added {
                after: new[index].clone(),
            },
            found,
        );
    }
}

fn identity(element: &Document) -> Option<(&'static str, &Document)> {
    let members = element.as_object()?;
    IDENTIFYING.iter().find_map(|name| {
        members
            .get(*name)
            .filter(|value| value.is_string())
            .map(|value| (*name, value))
    })
}

fn push(path: String, kind: DifferenceKind, found: &mut Vec<Difference>) {
    found.push(Difference { path, kind });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_documents_do_not_differ() {
        assert_eq!(
            difference(&json!({"a": [1, {"b": 2}]}), &json!({"a": [1, {"b": 2}]})),
            []
        );
    }

    #[test]
    fn an_inserted_element_is_one_addition() {
        let before = json!({"Rules": [{"port": 80}, {"port": 443}]});
        let after = json!({"Rules": [{"port": 22}, {"port": 80}, {"port": 443}]});
        assert_eq!(
            difference(&before, &after),
            [Difference {
                path: "/Rules/0".into(),
                kind: DifferenceKind::Added {
                    after: json!({"port": 22})
                }
            }]
        );
    }

    #[test]
    fn an_element_with_an_identity_is_compared_inside() {
        let before = json!([{"Sid": "a", "Effect": "Allow"}, {"Sid": "b", "Effect": "Allow"}]);
        let after = json!([{"Sid": "b", "Effect": "Deny"}, {"Sid": "a", "Effect": "Allow"}]);
        assert_eq!(
            difference(&before, &after),
            [Difference {
                path: "/0/Effect".into(),
                kind: DifferenceKind::Changed {
                    before: json!("Allow"),
                    after: json!("Deny")
                }
            }]
        );
    }

    #[test]
    fn a_reordered_list_is_one_change() {
        assert_eq!(difference(&json!({"a": [1, 2]}), &json!({"a": [2, 1]})).len(), 1);
    }

    #[test]
    fn members_with_slashes_are_escaped() {
        let found = difference(&json!({}), &json!({"a/b~c": 1}));
        assert_eq!(found[0].path, "/a~1b~0c");
    }
}
