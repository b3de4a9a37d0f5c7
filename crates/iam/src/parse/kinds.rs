//! What a kind of policy refuses beyond the language.
//!
//! Sources: Organizations User Guide, "RCP syntax"; IAM User Guide, "AWS JSON policy elements: `NotPrincipal`" and "AWS JSON policy elements:
//! Principal".

use super::{PolicyKind, ProblemCode, Reader};
use crate::document::{Effect, Element, Polarity, PrincipalElement, PrincipalEntry, Span, Statement, Version};
use crate::json::{Member, Node};

impl Reader {
    /// What a resource control policy may not do, and a Principal that excludes or names nobody.
    pub(super) fn check_kind(&mut self, statement: &Statement) {
        if let Some(principal) = &statement.principal {
            self.check_principals(principal, statement.effect);
        }
        if self.options.kind != PolicyKind::ResourceControl {
            return;
        }
        if statement.action.polarity == Polarity::Not {
            self.problem(
                ProblemCode::UnknownElement,
                statement.action.span,
                "a resource control policy has no NotAction".to_owned(),
            );
        }
        if statement.effect == Effect::Allow && !is_full_access(statement) {
            self.problem(
                ProblemCode::InvalidValue,
                statement.span,
                "a resource control policy only denies; RCPFullAWSAccess, which AWS attaches, allows everything"
                    .to_owned(),
            );
        }
    }

    fn check_principals(&mut self, principal: &PrincipalElement, effect: Effect) {
        let kind = self.options.kind;
        let mut refuse = |code, name: &'static str, message: &str| {
            self.at(name, |reader| reader.problem(code, principal.span, message.to_owned()));
        };
        match principal.polarity {
            Polarity::Not if kind == PolicyKind::Trust => {
                refuse(
                    ProblemCode::UnknownElement,
                    "NotPrincipal",
                    "a trust policy has no NotPrincipal",
                );
            }
            Polarity::Not if effect == Effect::Allow => refuse(
                ProblemCode::InvalidValue,
                "NotPrincipal",
                "NotPrincipal only stands in a statement that denies",
            ),
            Polarity::Is
                if kind == PolicyKind::ResourceControl && !principal.entries.iter().all(PrincipalEntry::is_anyone) =>
            {
                refuse(
                    ProblemCode::InvalidValue,
                    "Principal",
                    "the Principal of a resource control policy is \"*\"; conditions say who is meant",
                );
            }
            _ => {}
        }
        if principal.entries.is_empty() {
            let name = principal.polarity.name("Principal", "NotPrincipal");
            refuse(ProblemCode::MissingElement, name, "no principal is named");
        }
    }

    /// A resource control policy says which language it is in.
    pub(super) fn check_version(&mut self, written: Option<&Member<'_>>, version: Version, policy: &Node<'_>) {
        if self.options.kind == PolicyKind::ResourceControl && version != Version::V2012 {
            let span: Span = written.map_or(policy.span, |member| member.value.span);
            let code = if written.is_some() {
                ProblemCode::InvalidValue
            } else {
                ProblemCode::MissingElement
            };
            self.problem(
                code,
                span,
                "a resource control policy has the Version \"2012-10-17\"".to_owned(),
            );
        }
    }
}

/// The statement of `RCPFullAWSAccess`.
fn is_full_access(statement: &Statement) -> bool {
    let is_everything = |element: &Element| {
        element.polarity == Polarity::Is && element.patterns.iter().all(|pattern| pattern.text == "*")
    };
    statement.conditions.is_empty()
        && is_everything(&statement.action)
        && statement.resource.as_ref().is_some_and(is_everything)
}
