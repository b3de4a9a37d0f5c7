//! References: `input.config.IpPermissions[_].FromPort`, also through local names (`some p in input.config.IpPermissions;
//! p.FromPort`), so that what a rule reads is known when it is loaded.

use std::collections::BTreeMap;

use regorus::unstable::{AssignOp, Expr, Literal};

use super::walk::{Definition, Node, walk_rule};
use super::{Parsed, Value};

/// One step of a reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RefStep {
    /// `.name` or `["name"]`.
    Member(String),
    /// `[_]`, `[i]`, `[0]`, or bound by `some … in`.
    Element,
}

/// A reference with its root: `input`, `data`, a definition or a local name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    /// The first name.
    pub(crate) root: String,
    /// The steps after it.
    pub(crate) steps: Vec<RefStep>,
    /// Line and column.
    pub(crate) at: (u32, u32),
    /// Whether it only gives a name to something (`some key in input.config.AccessKeys`): what is read of it is then read
    /// through that name.
    pub(crate) is_binding: bool,
}

/// The reference that an expression is, if it is one.
pub(super) fn path_of(expression: &Expr) -> Option<Reference> {
    match expression {
        Expr::Var { span, .. } => Some(Reference {
            root: span.text().to_owned(),
            steps: Vec::new(),
            at: (span.line, span.col),
            is_binding: false,
        }),
        Expr::RefDot { refr, field, .. } => {
            let mut reference = path_of(refr)?;
            let name = text_of(&field.1).map_or_else(|| field.0.text().to_owned(), str::to_owned);
            reference.steps.push(RefStep::Member(name));
            Some(reference)
        }
        Expr::RefBrack { refr, index, .. } => {
            let mut reference = path_of(refr)?;
            reference.steps.push(match &**index {
                Expr::String { value, .. } | Expr::RawString { value, .. } => {
                    RefStep::Member(text_of(value)?.to_owned())
                }
                _ => RefStep::Element,
            });
            Some(reference)
        }
        _ => None,
    }
}

fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Root and member names, for packages and imports.
pub(super) fn names(reference: &Reference) -> Vec<String> {
    std::iter::once(reference.root.clone())
        .chain(reference.steps.iter().map(|step| match step {
            RefStep::Member(name) => name.clone(),
            RefStep::Element => "_".to_owned(),
        }))
        .collect()
}

/// Local names of a definition, with the references they may stand for (none: computed).
pub(super) type Locals = BTreeMap<String, Vec<Reference>>;

/// Every reference of a definition, longest form only, local names replaced by what they stand for.
pub(crate) fn references(definition: &Definition) -> Vec<Reference> {
    let locals = locals_of(definition);
    let mut found = Vec::new();
    let mut binding: Vec<*const Expr> = Vec::new();
    let mut declared: Vec<*const Expr> = Vec::new();
    walk_rule(&definition.rule, &mut |node| {
        if let Some((name, value)) = binds(node) {
            declared.extend(name.map(std::ptr::from_ref));
            binding.push(value);
        }
        if let Node::Expression(expression) = node
            && !declared.contains(&std::ptr::from_ref(*expression))
        {
            // `see` meets `a.b.c`, then `a.b`, then `a`: the shorter ones are harmless repetitions for every reader but
            // "reads all of input.config", so they are dropped below.
            let is_binding = binding.contains(&std::ptr::from_ref(*expression));
            found.extend(resolved(expression, &locals).into_iter().map(|reference| Reference {
                is_binding,
                ..reference
            }));
        }
    });
    found.sort();
    found.dedup();
    let prefixes: Vec<bool> = found
        .iter()
        .map(|reference| {
            found.iter().any(|longer| {
                longer.at == reference.at
                    && longer.root == reference.root
                    && longer.steps.len() > reference.steps.len()
                    && longer.steps.starts_with(&reference.steps)
            })
        })
        .collect();
    let mut keep = prefixes.into_iter().map(|is_prefix| !is_prefix);
    found.retain(|_| keep.next().unwrap_or(true));
    found
}

/// The name that a node gives to something, and that something; met before the expressions themselves.
fn binds<'a>(node: &Node<'a>) -> Option<(Option<&'a Expr>, *const Expr)> {
    let is_name = |expression: &Expr| matches!(expression, Expr::Var { .. });
    match node {
        Node::Literal(Literal::SomeIn { value, collection, .. }) if is_name(value) => {
            Some((Some(value), std::ptr::from_ref(&**collection)))
        }
        Node::Literal(Literal::Every { domain, .. }) => Some((None, std::ptr::from_ref(&**domain))),
        Node::Expression(Expr::AssignExpr {
            op: AssignOp::ColEq,
            lhs,
            rhs,
            ..
        }) if is_name(lhs) => Some((Some(lhs), std::ptr::from_ref(&**rhs))),
        Node::Literal(_) | Node::Expression(_) | Node::Parameter(_) => None,
    }
}

/// The references an expression stands for: itself, `object.get(reference, "member", …)`, or a local name followed.
fn resolved(expression: &Expr, locals: &Locals) -> Vec<Reference> {
    if let Expr::Call { fcn, params, .. } = expression {
        let is_get = path_of(fcn).is_some_and(|path| names(&path) == ["object", "get"]);
        let (Some(object), Some(key), true) = (params.first(), params.get(1), is_get) else {
            return Vec::new();
        };
        let mut bases = resolved(object, locals);
        let steps: Vec<RefStep> = match &**key {
            Expr::String { value, .. } | Expr::RawString { value, .. } => text_of(value)
                .map(|name| RefStep::Member(name.to_owned()))
                .into_iter()
                .collect(),
            Expr::Array { items, .. } => items
                .iter()
                .map(|item| match &**item {
                    Expr::String { value, .. } => {
                        text_of(value).map_or(RefStep::Element, |name| RefStep::Member(name.to_owned()))
                    }
                    _ => RefStep::Element,
                })
                .collect(),
            _ => vec![RefStep::Element],
        };
        for base in &mut bases {
            base.steps.extend(steps.iter().cloned());
        }
        return bases;
    }
    let Some(reference) = path_of(expression) else {
        return Vec::new();
    };
    match locals.get(&reference.root) {
        None => vec![reference],
        Some(bases) => bases
            .iter()
            .map(|base| Reference {
                root: base.root.clone(),
                steps: base.steps.iter().chain(&reference.steps).cloned().collect(),
                at: reference.at,
                is_binding: false,
            })
            .collect(),
    }
}

/// Collects local names to a fixed point: a name may be bound after its use, and through another name.
pub(super) fn locals_of(definition: &Definition) -> Locals {
    let mut locals = Locals::new();
    for _ in 0..8 {
        let before = locals.clone();
        walk_rule(&definition.rule, &mut |node| bind(node, &mut locals));
        if locals == before {
            break;
        }
    }
    locals
}

fn bind(node: &Node<'_>, locals: &mut Locals) {
    match node {
        Node::Parameter(expression) => declare(expression, &[], locals),
        Node::Literal(Literal::SomeVars { vars, .. }) => {
            for span in vars {
                locals.entry(span.text().to_owned()).or_default();
            }
        }
        Node::Literal(Literal::SomeIn {
            key, value, collection, ..
        }) => {
            let mut bases = resolved(collection, locals);
            for base in &mut bases {
                base.steps.push(RefStep::Element);
            }
            if let Some(key) = key {
                declare(key, &[], locals);
            }
            declare(value, &bases, locals);
        }
        Node::Literal(Literal::Every { key, value, domain, .. }) => {
            let mut bases = resolved(domain, locals);
            for base in &mut bases {
                base.steps.push(RefStep::Element);
            }
            if let Some(key) = key {
                locals.entry(key.text().to_owned()).or_default();
            }
            add(value.text(), &bases, locals);
        }
        Node::Expression(Expr::AssignExpr {
            op: AssignOp::ColEq,
            lhs,
            rhs,
            ..
        }) => {
            let bases = resolved(rhs, locals);
            declare(lhs, &bases, locals);
        }
        Node::Literal(_) | Node::Expression(_) => {}
    }
}

/// Declares the names of a pattern; only a plain name stands for the reference itself.
fn declare(pattern: &Expr, bases: &[Reference], locals: &mut Locals) {
    match pattern {
        Expr::Var { span, .. } => add(span.text(), bases, locals),
        Expr::Array { items, .. } => items.iter().for_each(|item| declare(item, &[], locals)),
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| declare(value, &[], locals)),
        _ => {}
    }
}

fn add(name: &str, bases: &[Reference], locals: &mut Locals) {
    let known = locals.entry(name.to_owned()).or_default();
    for base in bases {
        // A name bound to itself through a cycle would grow for ever.
        if base.steps.len() < 24
            && !known
                .iter()
                .any(|have| have.root == base.root && have.steps == base.steps)
        {
            known.push(base.clone());
        }
    }
}

impl Parsed {
    /// The functions a definition calls, by their names as written (`time.now_ns`, `network.covers`).
    pub(super) fn calls(definition: &Definition) -> Vec<Reference> {
        let mut found = Vec::new();
        walk_rule(&definition.rule, &mut |node| {
            if let Node::Expression(Expr::Call { fcn, .. }) = node {
                found.extend(path_of(fcn));
            }
        });
        found
    }
}
