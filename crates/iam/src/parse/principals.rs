//! Reads `Principal` and `NotPrincipal`.

use super::{PRINCIPAL_KINDS, PolicyKind, ProblemCode, Reader, Step};
use crate::document::{Polarity, PrincipalElement, PrincipalEntry, PrincipalKind, Span, Text};
use crate::json::{Kind, Member, Node};

impl Reader {
    pub(super) fn principal_element(
        &mut self,
        is: Option<&Member<'_>>,
        not: Option<&Member<'_>>,
        statement: Span,
    ) -> Option<PrincipalElement> {
        if is.is_some() && not.is_some() {
            self.fatal(
                ProblemCode::ConflictingElements,
                statement,
                "a statement has Principal or NotPrincipal, not both".to_owned(),
            );
            return None;
        }
        let (member, polarity, name) = match (is, not) {
            (Some(member), _) => (member, Polarity::Is, "Principal"),
            (_, Some(member)) => (member, Polarity::Not, "NotPrincipal"),
            (None, None) => {
                if matches!(
                    self.options.kind,
                    PolicyKind::Resource | PolicyKind::Trust | PolicyKind::ResourceControl
                ) {
                    self.problem_of(
                        ("Principal", ""),
                        ProblemCode::MissingElement,
                        statement,
                        "a policy of a resource needs a Principal".to_owned(),
                    );
                }
                return None;
            }
        };
        match self.options.kind {
            PolicyKind::Identity => self.problem_of(
                (name, ""),
                ProblemCode::UnknownElement,
                member.name_span,
                "a policy of an identity has no Principal: the identity it is attached to is meant".to_owned(),
            ),
            PolicyKind::ServiceControl => self.problem_of(
                (name, ""),
                ProblemCode::UnknownElement,
                member.name_span,
                "a service control policy has no Principal".to_owned(),
            ),
            PolicyKind::ResourceControl if polarity == Polarity::Not => self.problem_of(
                (name, ""),
                ProblemCode::UnknownElement,
                member.name_span,
                "a resource control policy has no NotPrincipal".to_owned(),
            ),
            PolicyKind::Any | PolicyKind::Resource | PolicyKind::Trust | PolicyKind::ResourceControl => {}
        }
        let mut entries = Vec::new();
        self.at(name, |reader| reader.principals(&member.value, &mut entries));
        Some(PrincipalElement {
            polarity,
            entries,
            span: member.value.span,
        })
    }

    fn principals(&mut self, node: &Node<'_>, entries: &mut Vec<PrincipalEntry>) {
        match &node.kind {
            Kind::String(text) if text == "*" => entries.push(PrincipalEntry {
                kind: PrincipalKind::Anyone,
                value: "*".to_owned(),
                span: node.span,
            }),
            Kind::String(text) => {
                self.problem(
                    ProblemCode::LegacyForm,
                    node.span,
                    format!("a principal stands under its kind: write {{\"AWS\": {text:?}}}"),
                );
                let kind = if text.ends_with(".amazonaws.com") {
                    PrincipalKind::Service
                } else {
                    PrincipalKind::Aws
                };
                entries.push(PrincipalEntry {
                    kind,
                    value: text.clone().into_owned(),
                    span: node.span,
                });
            }
            Kind::Array(items) => {
                self.problem(
                    ProblemCode::LegacyForm,
                    node.span,
                    "principals stand under their kind: write {\"AWS\": […]}".to_owned(),
                );
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(index));
                    // One level only: a list in a list has no meaning.
                    if matches!(item.kind, Kind::Array(_)) {
                        self.fatal(
                            ProblemCode::WrongType,
                            item.span,
                            "a principal was expected, this is a list".to_owned(),
                        );
                    } else {
                        self.principals(item, entries);
                    }
                    self.path.pop();
                }
            }
            Kind::Object(members) => {
                let kinds = [
                    PrincipalKind::Aws,
                    PrincipalKind::Service,
                    PrincipalKind::Federated,
                    PrincipalKind::CanonicalUser,
                ];
                let found = self.members(members, &PRINCIPAL_KINDS);
                for (position, member) in found.into_iter().enumerate() {
                    let Some(member) = member else { continue };
                    let kind = kinds[position];
                    let values = self.at(PRINCIPAL_KINDS[position], |reader| {
                        let values = reader.strings(&member.value);
                        for value in &values {
                            reader.check_principal(kind, value);
                        }
                        values
                    });
                    entries.extend(values.into_iter().map(|value| PrincipalEntry {
                        kind,
                        value: value.text,
                        span: value.span,
                    }));
                }
            }
            other => self.fatal(
                ProblemCode::WrongType,
                node.span,
                format!("a principal is \"*\" or an object, this is {}", other.noun()),
            ),
        }
    }

    fn check_principal(&mut self, kind: PrincipalKind, value: &Text) {
        let text = value.text.as_str();
        let valid = match kind {
            PrincipalKind::Aws => {
                let account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
                let unique_id = text.len() >= 16
                    && text.starts_with('A')
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
                // Wildcards may not stand for a part of a name. Source: "AWS JSON policy elements: Principal".
                text == "*" || account || unique_id || (text.starts_with("arn:") && !text.contains(['*', '?']))
            }
            PrincipalKind::Service => text.contains('.') && !text.contains('*'),
            PrincipalKind::Federated => !text.is_empty(),
            PrincipalKind::CanonicalUser => text == "*" || text.bytes().all(|byte| byte.is_ascii_hexdigit()),
            PrincipalKind::Anyone => true,
        };
        if !valid {
            self.problem(
                ProblemCode::InvalidValue,
                value.span,
                format!("{text:?} is no {kind} principal"),
            );
        }
    }
}
