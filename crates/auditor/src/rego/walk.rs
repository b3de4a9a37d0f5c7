//! Walks the syntax tree: what a file defines, and every expression of a definition.

use regorus::unstable::{Expr, Literal, LiteralStmt, Module, Query, Ref, Rule, RuleHead};

use super::refer;

/// What a file defines under one name; a name defined several times has several of these.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    /// The name below the package.
    pub(crate) name: String,
    /// What kind.
    pub(crate) kind: DefinitionKind,
    /// Line and column.
    pub(crate) at: (u32, u32),
    pub(super) rule: Ref<Rule>,
}

/// The kinds of definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefinitionKind {
    /// `name contains …`.
    Set,
    /// `name(…) …`.
    Function,
    /// `name := …`, `name if …`, `default name := …`, `name[key] := …`.
    Other,
}

pub(super) fn definitions(module: &Module) -> Vec<Definition> {
    let define = |rule: &Ref<Rule>| {
        let (kind, reference) = match &**rule {
            Rule::Spec { head, .. } => match head {
                RuleHead::Set { refr, .. } => (DefinitionKind::Set, refr),
                RuleHead::Func { refr, .. } => (DefinitionKind::Function, refr),
                RuleHead::Compr { refr, .. } => (DefinitionKind::Other, refr),
            },
            Rule::Default { refr, .. } => (DefinitionKind::Other, refr),
        };
        let span = rule.span();
        Some(Definition {
            name: refer::path_of(reference)?.root,
            kind,
            at: (span.line, span.col),
            rule: rule.clone(),
        })
    };
    module.policy.iter().filter_map(define).collect()
}

/// What a walk meets.
pub(super) enum Node<'a> {
    /// An expression, before its parts.
    Expression(&'a Expr),
    /// A statement of a query, before its parts.
    Literal(&'a Literal),
    /// A function's parameter.
    Parameter(&'a Expr),
}

/// Calls `see` on everything in a definition, from the outside in.
pub(super) fn walk_rule<'a>(rule: &'a Rule, see: &mut dyn FnMut(&Node<'a>)) {
    match rule {
        Rule::Spec { head, bodies, .. } => {
            match head {
                RuleHead::Compr { refr, assign, .. } => {
                    walk_head(refr, see);
                    if let Some(assign) = assign {
                        walk_expression(&assign.value, see);
                    }
                }
                RuleHead::Set { refr, key, .. } => {
                    walk_head(refr, see);
                    if let Some(key) = key {
                        walk_expression(key, see);
                    }
                }
                RuleHead::Func { refr, args, assign, .. } => {
                    walk_head(refr, see);
                    for argument in args {
                        see(&Node::Parameter(argument));
                    }
                    if let Some(assign) = assign {
                        walk_expression(&assign.value, see);
                    }
                }
            }
            for body in bodies {
                if let Some(assign) = &body.assign {
                    walk_expression(&assign.value, see);
                }
                walk_query(&body.query, see);
            }
        }
        Rule::Default { value, .. } => walk_expression(value, see),
    }
}

/// The name in a head is no reference; keys in its brackets are expressions.
fn walk_head<'a>(reference: &'a Expr, see: &mut dyn FnMut(&Node<'a>)) {
    match reference {
        Expr::RefDot { refr, .. } => walk_head(refr, see),
        Expr::RefBrack { refr, index, .. } => {
            walk_head(refr, see);
            walk_expression(index, see);
        }
        _ => {}
    }
}

fn walk_query<'a>(query: &'a Query, see: &mut dyn FnMut(&Node<'a>)) {
    for LiteralStmt { literal, with_mods, .. } in &query.stmts {
        see(&Node::Literal(literal));
        match literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn {
                key, value, collection, ..
            } => {
                for part in key.iter().chain([value, collection]) {
                    walk_expression(part, see);
                }
            }
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => walk_expression(expr, see),
            Literal::Every { domain, query, .. } => {
                walk_expression(domain, see);
                walk_query(query, see);
            }
        }
        for with in with_mods {
            walk_expression(&with.refr, see);
            walk_expression(&with.r#as, see);
        }
    }
}

fn walk_expression<'a>(expression: &'a Expr, see: &mut dyn FnMut(&Node<'a>)) {
    see(&Node::Expression(expression));
    match expression {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. } => {}
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            for item in items {
                walk_expression(item, see);
            }
        }
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                walk_expression(key, see);
                walk_expression(value, see);
            }
        }
        Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
            walk_expression(term, see);
            walk_query(query, see);
        }
        Expr::ObjectCompr { key, value, query, .. } => {
            walk_expression(key, see);
            walk_expression(value, see);
            walk_query(query, see);
        }
        Expr::Call { fcn, params, .. } => {
            walk_expression(fcn, see);
            for parameter in params {
                walk_expression(parameter, see);
            }
        }
        Expr::UnaryExpr { expr, .. } => walk_expression(expr, see),
        Expr::RefDot { refr, .. } => walk_expression(refr, see),
        Expr::RefBrack { refr, index, .. } => {
            walk_expression(refr, see);
            walk_expression(index, see);
        }
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            walk_expression(lhs, see);
            walk_expression(rhs, see);
        }
        Expr::Membership {
            key, value, collection, ..
        } => {
            for part in key.iter().chain([value, collection]) {
                walk_expression(part, see);
            }
        }
    }
}
