//! What a rule may not do: recurse (the engine's stack overflows and the process aborts), call what makes results depend on
//! anything but the input, or call what can take all memory in one step.

use std::collections::{BTreeMap, BTreeSet};

use super::refer::{self, RefStep, Reference};
use super::{Definition, Parsed};
use crate::error::RuleError;

/// Builtins that rules may not call, and why.
const REFUSED: [(&str, &str, &str); 11] = [
    (
        "time.now_ns",
        "its result depends on the clock",
        "use input.now_ns and declare time_dependent: true",
    ),
    (
        "rand.intn",
        "its result is random",
        "a rule must say the same of the same input",
    ),
    (
        "uuid.rfc4122",
        "its result is random",
        "a rule must say the same of the same input",
    ),
    ("opa.runtime", "it depends on the process", "use input.parameters"),
    ("http.send", "rules have no network", "use what the input holds"),
    (
        "net.lookup_ip_addr",
        "rules have no network",
        "use what the input holds",
    ),
    (
        "numbers.range",
        "it can take all memory in one step",
        "write the numbers, or iterate over what the input holds",
    ),
    (
        "numbers.range_step",
        "it can take all memory in one step",
        "write the numbers, or iterate over what the input holds",
    ),
    ("print", "rules have no output", "print in the rule's test instead"),
    ("trace", "rules have no output", "print in the rule's test instead"),
    (
        "rego.parse_module",
        "it parses without limits",
        "use what the input holds",
    ),
];

/// Calls of builtins that rules may not use.
pub(crate) fn refused_builtins(parsed: &Parsed) -> Vec<RuleError> {
    let mut errors = Vec::new();
    for definition in &parsed.definitions {
        for call in Parsed::calls(definition) {
            let name = refer::names(&call).join(".");
            if let Some((_, why, instead)) = REFUSED.iter().find(|(refused, ..)| *refused == name) {
                errors.push(
                    RuleError::new(
                        &parsed.file,
                        call.at.0,
                        call.at.1,
                        format!("{name} may not be used in rules: {why}"),
                    )
                    .with_hint(*instead),
                );
            }
        }
    }
    errors
}

/// Reads of `input` in a file of shared predicates: they would escape the checks of the rules that use it.
pub(crate) fn reads_of_input(parsed: &Parsed) -> Vec<RuleError> {
    let references = parsed.definitions.iter().flat_map(refer::references);
    references
        .filter(|reference| reference.root == "input")
        .map(|reference| {
            RuleError::new(
                &parsed.file,
                reference.at.0,
                reference.at.1,
                "a shared predicate reads input",
            )
            .with_hint("take what it needs as a parameter, so that each rule's own reads can be checked")
        })
        .collect()
}

/// Calls of functions that nobody defines: the engine would notice only when it comes to them.
pub(crate) fn unknown_functions(parsed: &Parsed, imported: &[Parsed]) -> Vec<RuleError> {
    let mut errors = Vec::new();
    for call in parsed.definitions.iter().flat_map(Parsed::calls) {
        let name = refer::names(&call).join(".");
        let is_own = call.steps.is_empty() && parsed.defined(&name).next().is_some();
        let is_imported = parsed.imports.iter().any(|import| {
            let library = imported
                .iter()
                .find(|library| import.path.get(1..) == Some(&library.package[..]));
            import.name == call.root
                && matches!(call.steps.as_slice(), [RefStep::Member(function)]
                    if library.is_some_and(|library| library.defined(function).next().is_some()))
        });
        if !is_own && !is_imported && !regorus::unstable::BUILTINS.contains_key(name.as_str()) {
            errors.push(
                RuleError::new(
                    &parsed.file,
                    call.at.0,
                    call.at.1,
                    format!("there is no function '{name}'"),
                )
                .with_hint("rules may call OPA's builtins, their own functions and those of imported libraries"),
            );
        }
    }
    errors
}

type Name = (Vec<String>, String);

/// Definitions that reach themselves, in these files together. Also refuses local names that hide a definition, which
/// would make the call graph wrong (and readers too).
pub(crate) fn recursion(files: &[&Parsed]) -> Vec<RuleError> {
    let mut errors = Vec::new();
    let mut all: BTreeMap<Name, (&Parsed, &Definition)> = BTreeMap::new();
    for parsed in files {
        for definition in &parsed.definitions {
            all.entry((parsed.package.clone(), definition.name.clone()))
                .or_insert((parsed, definition));
        }
    }
    let mut edges: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for parsed in files {
        for definition in &parsed.definitions {
            let locals = refer::locals_of(definition);
            for local in locals.keys().filter(|local| *local != "_") {
                let hides_definition = parsed.defined(local).next().is_some();
                if hides_definition || parsed.imports.iter().any(|import| import.name == *local) {
                    let what = if hides_definition { "a definition" } else { "an import" };
                    errors.push(
                        RuleError::new(
                            &parsed.file,
                            definition.at.0,
                            definition.at.1,
                            format!(
                                "the local name '{local}' in '{}' hides {what} of the same name",
                                definition.name
                            ),
                        )
                        .with_hint("rename one of them"),
                    );
                }
            }
            let targets = edges
                .entry((parsed.package.clone(), definition.name.clone()))
                .or_default();
            for reference in refer::references(definition)
                .into_iter()
                .chain(Parsed::calls(definition))
            {
                targets.extend(all.keys().filter(|name| points_to(parsed, &reference, name)).cloned());
            }
        }
    }
    for (start, (parsed, definition)) in &all {
        let mut seen = BTreeSet::new();
        let mut pending: Vec<&Name> = edges.get(start).into_iter().flatten().collect();
        while let Some(name) = pending.pop() {
            if name == start {
                errors.push(
                    RuleError::new(
                        &parsed.file,
                        definition.at.0,
                        definition.at.1,
                        format!("'{}' reaches itself: recursion is not allowed", definition.name),
                    )
                    .with_hint("walk nested values with walk(), or unroll the levels AWS documents"),
                );
                break;
            }
            if seen.insert(name) {
                pending.extend(edges.get(name).into_iter().flatten());
            }
        }
    }
    errors.sort();
    errors.dedup();
    errors
}

/// Whether a reference in `parsed` may mean the definition `name`.
fn points_to(parsed: &Parsed, reference: &Reference, name: &Name) -> bool {
    let (package, definition) = name;
    let prefix: Vec<String> = if reference.root == "data" {
        Vec::new()
    } else if let Some(import) = parsed.imports.iter().find(|import| import.name == reference.root) {
        match import.path.split_first() {
            Some((first, rest)) if first == "data" => rest.to_vec(),
            _ => return false,
        }
    } else if *package == parsed.package {
        return *definition == reference.root;
    } else {
        return false;
    };
    let target = package.iter().chain([definition]);
    let path = prefix
        .iter()
        .map(|step| Some(step.as_str()))
        .chain(reference.steps.iter().map(|step| match step {
            RefStep::Member(member) => Some(member.as_str()),
            RefStep::Element => None,
        }));
    // Equal as far as both go: `data.lib` may mean anything below it, `data.lib.x.f.member` means `f`.
    path.zip(target)
        .all(|(step, part)| step.is_none_or(|step| step == part))
}
