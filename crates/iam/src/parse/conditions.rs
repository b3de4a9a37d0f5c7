//! Reads `Condition`.

use foldhash::HashSet;

use super::{ProblemCode, Reader};
use crate::document::{Condition, Operator, OperatorKind, Span, Text};
use crate::json::{Kind, Member, Node};

impl Reader {
    pub(super) fn conditions(&mut self, node: &Node<'_>, conditions: &mut Vec<Condition>) {
        let Kind::Object(operators) = &node.kind else {
            // A list of objects and an empty string occur in hand-written documents; neither has a meaning to AWS.
            if matches!(&node.kind, Kind::Array(items) if items.is_empty()) || matches!(&node.kind, Kind::Null) {
                self.problem(
                    ProblemCode::WrongType,
                    node.span,
                    format!("a Condition is an object, this is {}", node.kind.noun()),
                );
            } else {
                self.fatal(
                    ProblemCode::WrongType,
                    node.span,
                    format!("a Condition is an object, this is {}", node.kind.noun()),
                );
            }
            return;
        };
        let mut seen = HashSet::default();
        for member in operators {
            if operators.len() > 1 && !seen.insert(member.name.as_ref()) {
                self.problem(
                    ProblemCode::DuplicateMember,
                    member.name_span,
                    format!("the operator {:?} stands more than once", member.name),
                );
            }
            self.at(member.name.to_string(), |reader| reader.operator(member, conditions));
        }
    }

    fn operator(&mut self, member: &Member<'_>, conditions: &mut Vec<Condition>) {
        let Some(operator) = Operator::from_name(&member.name) else {
            let names = OperatorKind::ALL.map(|(_, name)| name);
            let hint = self.hint(&member.name, &names);
            self.fatal(
                ProblemCode::UnknownOperator,
                member.name_span,
                format!("there is no condition operator {:?}{hint}", member.name),
            );
            return;
        };
        let Kind::Object(keys) = &member.value.kind else {
            self.fatal(
                ProblemCode::WrongType,
                member.value.span,
                format!(
                    "an object of condition keys was expected, this is {}",
                    member.value.kind.noun()
                ),
            );
            return;
        };
        let mut seen = HashSet::default();
        for key in keys {
            if keys.len() > 1 && !seen.insert(key.name.to_ascii_lowercase()) {
                self.problem(
                    ProblemCode::DuplicateMember,
                    key.name_span,
                    format!("the key {:?} stands more than once under one operator", key.name),
                );
            }
            let values = self.at(key.name.to_string(), |reader| reader.condition_values(&key.value));
            if operator.kind == OperatorKind::Null || operator.kind == OperatorKind::Bool {
                for value in &values {
                    let is_variable = value.text.starts_with("${");
                    if !is_variable
                        && !value.text.eq_ignore_ascii_case("true")
                        && !value.text.eq_ignore_ascii_case("false")
                    {
                        self.problem(
                            ProblemCode::InvalidValue,
                            value.span,
                            format!("{operator} compares with \"true\" or \"false\", not {:?}", value.text),
                        );
                    }
                }
            }
            let span = Span {
                start: key.name_span.start,
                end: key.value.span.end,
            };
            conditions.push(Condition {
                operator,
                key: key.name.clone().into_owned(),
                values,
                span,
            });
        }
    }

    /// Condition values may also be bare booleans and numbers; AWS stores them as text.
    fn condition_values(&mut self, node: &Node<'_>) -> Vec<Text> {
        let items = match &node.kind {
            Kind::Array(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let text = match &item.kind {
                Kind::String(text) => text.clone().into_owned(),
                Kind::Bool(flag) => flag.to_string(),
                Kind::Number(number) => number.clone().into_owned(),
                other => {
                    self.fatal(
                        ProblemCode::WrongType,
                        item.span,
                        format!("a condition value is a string, this is {}", other.noun()),
                    );
                    continue;
                }
            };
            values.push(Text { text, span: item.span });
        }
        values
    }
}
