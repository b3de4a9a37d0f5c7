//! Checks of one rule beyond its syntax: names, entry points, and that everything it reads from `input` exists.

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_model::{RuleId, TechnologyId};

use crate::error::RuleError;
use crate::metadata::RuleMetadata;
use crate::rego::{DefinitionKind, Parsed, RefStep, Reference, references};
use crate::shape::{Shape, ShapeSource, Step};
use crate::source::RuleFile;

/// What a rule reads, beyond itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Paths below `input.config`.
    pub(crate) config: BTreeSet<ReadPath>,
    /// Parts of `input.derived`.
    pub(crate) derived: BTreeSet<String>,
    /// Members of `input.resource`.
    pub(crate) resource: BTreeSet<String>,
    /// Whether it reads `input.links`.
    pub(crate) links: bool,
    /// Parts of `derived` of linked resources.
    pub(crate) linked_derived: BTreeSet<String>,
    /// Whether it reads `input.collections`.
    pub(crate) collections: bool,
    /// Paths below the configuration of linked and collected resources, by their technology.
    pub(crate) others: BTreeMap<TechnologyId, BTreeSet<ReadPath>>,
    /// Parameters it reads by name.
    pub(crate) parameters: BTreeSet<String>,
    /// Whether it reads `input.now_ns`.
    pub(crate) now: bool,
}

/// A path below `input.config` that a rule reads; no steps mean all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReadPath {
    /// The steps.
    pub(crate) steps: Vec<RefStep>,
    /// Whether the rule only names what is there, and reads it through that name.
    pub(crate) is_binding: bool,
}

/// Parts of `input.derived` and what they hold; see [`crate::enrich`].
pub(crate) const DERIVED: [&str; 7] = [
    "policies",
    "reach",
    "administration",
    "escalations",
    "grants",
    "ingress",
    "egress",
];
const INPUT: [&str; 7] = [
    "config",
    "resource",
    "derived",
    "links",
    "collections",
    "parameters",
    "now_ns",
];
const RESOURCE: [&str; 8] = [
    "account",
    "region",
    "technology",
    "id",
    "name",
    "arn",
    "tags",
    "first_seen",
];
const LINKED: [&str; 4] = ["id", "arn", "config", "derived"];
const COLLECTED: [&str; 4] = ["id", "arn", "region", "config"];

/// The id a file's path stands for: `aws/s3/bucket.public.rego` is `aws.s3.bucket.public`.
pub(crate) fn id_of_path(path: &str) -> String {
    path.strip_suffix(".rego").unwrap_or(path).replace('/', ".")
}

/// The package a rule must have: `rules.` and its id with underscores.
pub(crate) fn package_of_id(id: &str) -> Vec<String> {
    std::iter::once("rules".to_owned())
        .chain(id.replace('-', "_").split('.').map(str::to_owned))
        .collect()
}

/// Checks id, package, imports and entry points.
pub(crate) fn names(file: &RuleFile, parsed: &Parsed, metadata: &RuleMetadata, errors: &mut Vec<RuleError>) {
    let id = metadata.custom.id.as_str();
    let at = |line, column, message: String| RuleError::new(&file.shown, line, column, message);
    let line_of_id = line_of(&file.text, "id:");
    let wanted = id_of_path(&file.path);
    if id != wanted {
        errors.push(
            at(line_of_id, 0, format!("the id '{id}' differs from the file's path")).with_hint(format!(
                "write 'id: {wanted}', or move the file to {}.rego",
                id.replace('.', "/")
            )),
        );
    }
    let package = package_of_id(id);
    if parsed.package != package {
        errors.push(
            at(
                parsed.package_at.0,
                parsed.package_at.1,
                format!("the package is '{}'", parsed.package.join(".")),
            )
            .with_hint(format!("write 'package {}'", package.join("."))),
        );
    }
    for import in &parsed.imports {
        if import.path.len() != 3 || import.path[..2] != ["data", "lib"] {
            errors.push(
                at(
                    import.at.0,
                    import.at.1,
                    format!("'{}' may not be imported", import.path.join(".")),
                )
                .with_hint("rules import data.lib.<name> only"),
            );
        }
    }
    for name in ["findings", "unknown", "not_applicable"] {
        let mut is_defined = false;
        for definition in parsed.defined(name) {
            is_defined = true;
            if definition.kind != DefinitionKind::Set {
                errors.push(
                    at(definition.at.0, definition.at.1, format!("'{name}' is not a set"))
                        .with_hint(format!("write '{name} contains … if {{ … }}'")),
                );
            }
        }
        if !is_defined && name == "findings" {
            errors.push(
                at(parsed.package_at.0, 0, "the rule defines no 'findings'".to_owned())
                    .with_hint("write 'findings contains finding if { … finding := {\"subject\": …, \"message\": …, \"evidence\": …} }'"),
            );
        }
    }
}

/// Checks technologies and everything the rule reads, and returns what that is.
pub(crate) fn reads(
    file: &RuleFile,
    parsed: &Parsed,
    metadata: &RuleMetadata,
    technologies: &[TechnologyId],
    shapes: &dyn ShapeSource,
    errors: &mut Vec<RuleError>,
) -> Reads {
    let custom = &metadata.custom;
    if technologies.is_empty() {
        errors.push(RuleError::new(
            &file.shown,
            line_of(&file.text, "technology:"),
            0,
            "the rule names no technology",
        ));
    }
    let mut unknown_technology = false;
    for (key, named) in [
        ("technology:", technologies),
        ("links:", &custom.links),
        ("reads:", &custom.reads),
        ("excused_by:", &custom.excused_by),
    ] {
        for technology in named {
            if !shapes.has_technology(technology) {
                unknown_technology = true;
                let known: Vec<String> = shapes.technologies().iter().map(|id| id.as_str().to_owned()).collect();
                errors.push(
                    RuleError::new(
                        &file.shown,
                        line_of(&file.text, key),
                        0,
                        format!("there is no technology '{technology}'"),
                    )
                    .with_hint(did_you_mean(technology.as_str(), &known)),
                );
            }
        }
    }
    let mut reads = Reads::default();
    for definition in &parsed.definitions {
        for reference in references(definition) {
            let mut check = Check {
                file,
                metadata,
                technologies,
                shapes,
                reference: &reference,
                reads: &mut reads,
            };
            let outcome = match reference.root.as_str() {
                "input" => check.input(),
                "data" => check.data(),
                _ => Ok(()),
            };
            if let Err(error) = outcome
                && !unknown_technology
            {
                errors.push(*error);
            }
        }
    }
    reads
}

struct Check<'a> {
    file: &'a RuleFile,
    metadata: &'a RuleMetadata,
    technologies: &'a [TechnologyId],
    shapes: &'a dyn ShapeSource,
    reference: &'a Reference,
    reads: &'a mut Reads,
}

type Checked = Result<(), Box<RuleError>>;

impl Check<'_> {
    fn fail(&self, message: String, hint: impl Into<String>) -> Checked {
        let (line, column) = self.reference.at;
        Err(Box::new(
            RuleError::new(&self.file.shown, line, column, message).with_hint(hint),
        ))
    }

    fn input(&mut self) -> Checked {
        let Some((RefStep::Member(part), rest)) = self.reference.steps.split_first() else {
            return self.fail(
                "the rule reads all of input".into(),
                format!("read one of its members: {}", INPUT.join(", ")),
            );
        };
        match part.as_str() {
            "config" => {
                self.reads.config.insert(ReadPath {
                    steps: rest.to_vec(),
                    is_binding: self.reference.is_binding,
                });
                self.document(self.technologies, rest, "input.config")
            }
            "resource" => {
                match rest.first() {
                    Some(RefStep::Member(name)) => drop(self.reads.resource.insert(name.clone())),
                    _ => self.reads.resource.extend(RESOURCE.map(str::to_owned)),
                }
                self.member(rest.first(), &RESOURCE, "input.resource")
            }
            "derived" => {
                match rest.first() {
                    Some(RefStep::Member(name)) => drop(self.reads.derived.insert(name.clone())),
                    _ => self.reads.derived.extend(DERIVED.map(str::to_owned)),
                }
                self.member(rest.first(), &DERIVED, "input.derived")
            }
            "parameters" => match rest.first() {
                Some(RefStep::Member(name)) if !self.metadata.custom.parameters.contains_key(name) => {
                    let known: Vec<String> = self.metadata.custom.parameters.keys().cloned().collect();
                    self.fail(
                        format!("the rule declares no parameter '{name}'"),
                        did_you_mean(name, &known),
                    )
                }
                Some(RefStep::Member(name)) => {
                    self.reads.parameters.insert(name.clone());
                    Ok(())
                }
                _ => {
                    self.reads
                        .parameters
                        .extend(self.metadata.custom.parameters.keys().cloned());
                    Ok(())
                }
            },
            "now_ns" if !self.metadata.custom.time_dependent => self.fail(
                "the rule reads input.now_ns without declaring it".into(),
                "add 'time_dependent: true' to the metadata, so that it is evaluated every day",
            ),
            "now_ns" => {
                self.reads.now = true;
                Ok(())
            }
            "links" => {
                self.reads.links = true;
                self.others(rest, &self.metadata.custom.links.clone(), "links", &LINKED)
            }
            "collections" => {
                self.reads.collections = true;
                let declared: Vec<TechnologyId> = self
                    .metadata
                    .custom
                    .reads
                    .iter()
                    .chain(&self.metadata.custom.excused_by)
                    .cloned()
                    .collect();
                self.others(rest, &declared, "collections", &COLLECTED)
            }
            other => {
                let known = INPUT.map(str::to_owned);
                self.fail(format!("input has no member '{other}'"), did_you_mean(other, &known))
            }
        }
    }

    /// `input.links["technology"][_].config.…` and `input.collections[…]…`.
    fn others(&mut self, rest: &[RefStep], declared: &[TechnologyId], part: &str, members: &[&str]) -> Checked {
        let Some(RefStep::Member(name)) = rest.first() else {
            return self.fail(
                format!("the rule reads input.{part} without naming a technology"),
                format!("write input.{part}[\"<technology>\"]"),
            );
        };
        let Some(technology) = declared.iter().find(|technology| technology.as_str() == name) else {
            let key = if part == "links" { "links" } else { "reads" };
            return self.fail(
                format!("the rule reads input.{part}[\"{name}\"] without declaring it"),
                format!("add '{key}: [{name}]' to the metadata"),
            );
        };
        let mut read_of = |steps: &[RefStep]| {
            let of_technology = self.reads.others.entry(technology.clone()).or_default();
            of_technology.insert(ReadPath {
                steps: steps.to_vec(),
                is_binding: self.reference.is_binding,
            });
        };
        match rest.get(2..) {
            Some([RefStep::Member(member), below @ ..]) if member == "config" => read_of(below),
            // The whole resource, handed to a function: any part of it may be read.
            Some([] | [RefStep::Element, ..]) => read_of(&[]),
            _ => {}
        }
        match rest.get(2..) {
            Some([first, below @ ..]) => {
                let shown = format!("input.{part}[\"{name}\"][_]");
                self.member(Some(first), members, &shown)?;
                match first {
                    RefStep::Member(member) if member == "config" => {
                        self.document(std::slice::from_ref(technology), below, &format!("{shown}.config"))
                    }
                    RefStep::Member(member) if member == "derived" => {
                        if let Some(RefStep::Member(name)) = below.first() {
                            self.reads.linked_derived.insert(name.clone());
                        } else {
                            self.reads.linked_derived.extend(DERIVED.map(str::to_owned));
                        }
                        self.member(below.first(), &DERIVED, &shown)
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn member(&self, step: Option<&RefStep>, members: &[&str], shown: &str) -> Checked {
        match step {
            Some(RefStep::Member(name)) if !members.contains(&name.as_str()) => {
                let known: Vec<String> = members.iter().map(|&member| member.to_owned()).collect();
                self.fail(format!("{shown} has no member '{name}'"), did_you_mean(name, &known))
            }
            _ => Ok(()),
        }
    }

    /// A path into the documents of technologies: at least one of them must know it.
    fn document(&self, technologies: &[TechnologyId], steps: &[RefStep], shown: &str) -> Checked {
        let mut first_failure = None;
        for technology in technologies {
            match self.walk(technology, steps, shown) {
                Ok(()) => return Ok(()),
                Err(error) => drop(first_failure.get_or_insert(error)),
            }
        }
        first_failure.map_or(Ok(()), Err)
    }

    fn walk(&self, technology: &TechnologyId, steps: &[RefStep], shown: &str) -> Checked {
        let mut path = Vec::new();
        let mut shown = shown.to_owned();
        for step in steps {
            let shape = self.shapes.shape(technology, &path);
            let next = match (shape, step) {
                // A member picked by a variable can be any of them: nothing to check below.
                (None | Some(Shape::Open), _) | (Some(Shape::Members(_)), RefStep::Element) => return Ok(()),
                (Some(Shape::Members(members)), RefStep::Member(name)) if !members.contains(name) => {
                    let known: Vec<String> = members.into_iter().collect();
                    return self.fail(
                        format!("{shown} of {technology} has no member '{name}'"),
                        did_you_mean(name, &known),
                    );
                }
                (Some(Shape::List), RefStep::Member(name)) => {
                    return self.fail(
                        format!("{shown} of {technology} is a list, it has no member '{name}'"),
                        format!("write 'some element in {shown}' and read element.{name}"),
                    );
                }
                (Some(Shape::Scalar), _) => {
                    return self.fail(
                        format!("{shown} of {technology} is a single value, nothing stands below it"),
                        "look at the technology's documentation",
                    );
                }
                (Some(_), RefStep::Member(name)) => Step::Member(name.clone()),
                (Some(_), RefStep::Element) => Step::Element,
            };
            match &next {
                Step::Member(name) => {
                    shown.push('.');
                    shown.push_str(name);
                }
                Step::Element => shown.push_str("[_]"),
            }
            path.push(next);
        }
        Ok(())
    }

    fn data(&self) -> Checked {
        match self.reference.steps.first() {
            Some(RefStep::Member(name)) if name == "lib" => Ok(()),
            _ => self.fail(
                "the rule reads data of other packages".into(),
                "rules see input and data.lib.<name> only, so that one rule's defect stays its own",
            ),
        }
    }
}

/// Line of the first metadata comment that begins with this key, or 1.
pub(crate) fn line_of(text: &str, key: &str) -> u32 {
    let position = text.lines().position(|line| {
        line.strip_prefix('#')
            .is_some_and(|comment| comment.trim_start().starts_with(key))
    });
    position.map_or(1, |index| u32::try_from(index + 1).unwrap_or(1))
}

/// "did you mean X?" when something is close, else the known names.
pub(crate) fn did_you_mean(wrong: &str, known: &[String]) -> String {
    let wrong_lower = wrong.to_lowercase();
    let closest = known
        .iter()
        .map(|name| (edit_distance(&wrong_lower, &name.to_lowercase()), name))
        .min();
    match closest {
        Some((distance, name)) if distance <= 1 + wrong.len() / 3 => format!("did you mean '{name}'?"),
        _ if known.is_empty() => "nothing is known there".to_owned(),
        _ => {
            let shown: Vec<&str> = known.iter().take(25).map(String::as_str).collect();
            let more = if known.len() > 25 { ", …" } else { "" };
            format!("known: {}{more}", shown.join(", "))
        }
    }
}

/// Levenshtein's distance.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.chars().take(100).enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, to) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

/// Checks ids used twice, aliases included.
pub(crate) fn is_taken<'a>(id: &RuleId, mut loaded: impl Iterator<Item = (&'a RuleId, &'a [RuleId])>) -> bool {
    loaded.any(|(other, aliases)| other == id || aliases.contains(id))
}
