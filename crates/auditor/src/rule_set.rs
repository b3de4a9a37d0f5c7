//! Rules loaded, checked and routed by technology.

mod check;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use security_monkey_model::{Digest, RuleId, TechnologyId};

pub(crate) use check::{ReadPath, Reads, did_you_mean, line_of};

use crate::error::RuleError;
use crate::metadata::RuleMetadata;
use crate::rego::{self, Parsed, Prepared, Value};
use crate::rule::{Origin, Rule};
use crate::shape::ShapeSource;
use crate::source::{RuleFile, RuleSources};

/// Rules ready to be evaluated. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RuleSet {
    pub(crate) inner: Arc<Loaded>,
}

#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) rules: Vec<Rule>,
    pub(crate) code: Vec<Code>,
    pub(crate) by_id: BTreeMap<RuleId, usize>,
    pub(crate) by_technology: BTreeMap<TechnologyId, Vec<usize>>,
    pub(crate) digests: BTreeMap<TechnologyId, Digest>,
    pub(crate) libraries: BTreeMap<String, Parsed>,
    pub(crate) tests: Vec<RuleFile>,
}

/// The evaluable side of a rule, at the same index as its [`Rule`].
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) parsed: Parsed,
    pub(crate) prepared: Prepared,
    pub(crate) reads: Reads,
    pub(crate) parameters: Value,
    /// Full paths of the entry points.
    pub(crate) findings: String,
    pub(crate) unknown: Option<String>,
    pub(crate) not_applicable: Option<String>,
}

/// Values of rule parameters set by the operator: rule → parameter → value. An unknown rule, parameter or another JSON type
/// than the default's is an error.
pub type ParameterOverrides = BTreeMap<RuleId, BTreeMap<String, serde_json::Value>>;

impl RuleSet {
    /// Loads rules. A defective file is reported and left out, the others work.
    pub fn load(sources: &RuleSources, shapes: &dyn ShapeSource) -> (Self, Vec<RuleError>) {
        Self::load_with(sources, shapes, &ParameterOverrides::new())
    }

    /// Loads rules with the operator's parameters.
    pub fn load_with(
        sources: &RuleSources,
        shapes: &dyn ShapeSource,
        parameters: &ParameterOverrides,
    ) -> (Self, Vec<RuleError>) {
        let mut loader = Loader {
            shapes,
            parameters,
            loaded: Loaded::default(),
            ids: BTreeSet::new(),
            errors: Vec::new(),
        };
        loader.libraries(sources);
        for file in sources
            .files()
            .iter()
            .filter(|file| !file.is_library() && !file.is_test())
        {
            loader.rule(file);
        }
        loader.loaded.tests = sources.files().iter().filter(|file| file.is_test()).cloned().collect();
        loader.unknown_parameters();
        let Loader { loaded, mut errors, .. } = loader;
        errors.sort();
        errors.dedup();
        (
            Self {
                inner: Arc::new(index(loaded)),
            },
            errors,
        )
    }

    /// All rules, by id.
    pub fn rules(&self) -> &[Rule] {
        &self.inner.rules
    }

    /// The rule with this id, or with this former id.
    pub fn get(&self, id: &RuleId) -> Option<&Rule> {
        self.inner.by_id.get(id).and_then(|index| self.inner.rules.get(*index))
    }

    /// The rules that look at a technology, by id.
    pub fn for_technology<'a>(&'a self, technology: &TechnologyId) -> impl Iterator<Item = &'a Rule> + use<'a> {
        let indices = self.inner.by_technology.get(technology).map_or(&[][..], Vec::as_slice);
        indices.iter().filter_map(|index| self.inner.rules.get(*index))
    }

    /// Digest over the versions of all rules that look at a technology: when it differs from the one recorded, the
    /// technology's resources are to be audited again.
    pub fn digest_for(&self, technology: &TechnologyId) -> Digest {
        let known = self.inner.digests.get(technology).copied();
        known.unwrap_or_else(|| Digest::of(&[]))
    }

    /// Whether what rules say of a technology's resources depends on which accounts, organisations and networks we know: they reach the
    /// rules through derived parts only.
    pub fn asks_who_is_known(&self, technology: &TechnologyId) -> bool {
        let indices = self.inner.by_technology.get(technology).map_or(&[][..], Vec::as_slice);
        let mut codes = indices.iter().filter_map(|index| self.inner.code.get(*index));
        codes.any(|code| !code.reads.derived.is_empty() || !code.reads.linked_derived.is_empty())
    }
}

/// Sorts by id and builds the look-ups.
fn index(mut loaded: Loaded) -> Loaded {
    let mut both: Vec<(Rule, Code)> = loaded.rules.drain(..).zip(loaded.code.drain(..)).collect();
    both.sort_by(|left, right| left.0.id.cmp(&right.0.id));
    (loaded.rules, loaded.code) = both.into_iter().unzip();
    let mut versions: BTreeMap<TechnologyId, Vec<String>> = BTreeMap::new();
    for (index, rule) in loaded.rules.iter().enumerate() {
        for id in std::iter::once(&rule.id).chain(&rule.aliases) {
            loaded.by_id.insert(id.clone(), index);
        }
        for technology in &rule.technologies {
            loaded.by_technology.entry(technology.clone()).or_default().push(index);
            versions
                .entry(technology.clone())
                .or_default()
                .push(format!("{} {}", rule.id, rule.version));
        }
    }
    loaded.digests = versions
        .into_iter()
        .map(|(technology, versions)| (technology, Digest::of(versions.join("\n").as_bytes())))
        .collect();
    loaded
}

struct Loader<'a> {
    shapes: &'a dyn ShapeSource,
    parameters: &'a ParameterOverrides,
    loaded: Loaded,
    /// Ids of all rule files, the defective ones too.
    ids: BTreeSet<String>,
    errors: Vec<RuleError>,
}

impl Loader<'_> {
    fn parse(&mut self, file: &RuleFile) -> Option<Parsed> {
        if file.is_too_long() {
            let error = RuleError::new(&file.shown, 0, 0, "the file is longer than 256 KiB");
            self.errors.push(error.with_hint("split it: one file holds one rule"));
            return None;
        }
        match Parsed::parse(&file.shown, &file.text) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    /// Shared predicates: `lib/<name>.rego`, package `lib.<name>`. A user's file cannot replace one of ours.
    fn libraries(&mut self, sources: &RuleSources) {
        for file in sources
            .files()
            .iter()
            .filter(|file| file.is_library() && !file.is_test())
        {
            let Some(parsed) = self.parse(file) else { continue };
            let name = file
                .path
                .trim_start_matches("lib/")
                .trim_end_matches(".rego")
                .replace('-', "_");
            let (line, column) = parsed.package_at;
            let refuse =
                |message: String, hint: String| RuleError::new(&file.shown, line, column, message).with_hint(hint);
            if parsed.package != ["lib".to_owned(), name.clone()] {
                self.errors.push(refuse(
                    format!("the package is '{}'", parsed.package.join(".")),
                    format!("write 'package lib.{name}'"),
                ));
                continue;
            }
            if self.loaded.libraries.contains_key(&name) {
                self.errors.push(refuse(
                    format!("there is already a library '{name}'"),
                    "give the file a name of its own; ours cannot be replaced, because our rules rely on it".into(),
                ));
                continue;
            }
            let mut defects = rego::refused_builtins(&parsed);
            defects.extend(rego::reads_of_input(&parsed));
            let imported = self.imported(&parsed);
            let mut files = vec![&parsed];
            files.extend(&imported);
            defects.extend(rego::recursion(&files));
            defects.extend(rego::unknown_functions(&parsed, &imported));
            if defects.is_empty()
                && let Err(error) = Prepared::new(&files, &[])
            {
                defects.push(error);
            }
            if defects.is_empty() {
                self.loaded.libraries.insert(name, parsed);
            } else {
                self.errors.extend(defects);
            }
        }
    }

    /// The libraries a file imports, and those that they import. Loaded in the order of their names, a library can import
    /// those before it only, so this cannot loop.
    fn imported(&self, parsed: &Parsed) -> Vec<Parsed> {
        let mut found: BTreeMap<String, Parsed> = BTreeMap::new();
        let mut pending: Vec<&Parsed> = vec![parsed];
        while let Some(file) = pending.pop() {
            for import in &file.imports {
                if let [data, lib, name] = import.path.as_slice()
                    && data == "data"
                    && lib == "lib"
                    && let Some(library) = self.loaded.libraries.get(name)
                    && found.insert(name.clone(), library.clone()).is_none()
                {
                    pending.push(library);
                }
            }
        }
        found.into_values().collect()
    }

    fn rule(&mut self, file: &RuleFile) {
        self.ids.insert(check::id_of_path(&file.path));
        let metadata = RuleMetadata::read(&file.shown, &file.text);
        let parsed = self.parse(file);
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) => return self.errors.push(error),
        };
        let Some(parsed) = parsed else { return };
        let mut errors = Vec::new();
        check::names(file, &parsed, &metadata, &mut errors);
        let technologies = metadata.custom.technology.clone().into_vec();
        let reads = check::reads(file, &parsed, &metadata, &technologies, self.shapes, &mut errors);
        errors.extend(rego::refused_builtins(&parsed));
        for import in &parsed.imports {
            if let [_, lib, name] = import.path.as_slice()
                && lib == "lib"
                && !self.loaded.libraries.contains_key(name)
            {
                let known: Vec<String> = self.loaded.libraries.keys().cloned().collect();
                errors.push(
                    RuleError::new(
                        &file.shown,
                        import.at.0,
                        import.at.1,
                        format!("there is no library '{name}'"),
                    )
                    .with_hint(did_you_mean(name, &known)),
                );
            }
        }
        let id = &metadata.custom.id;
        let taken = self.loaded.rules.iter().map(|rule| (&rule.id, rule.aliases.as_slice()));
        if check::is_taken(id, taken) {
            let hint = if file.origin == Origin::User {
                "choose another id; to replace a built-in rule, disable it"
            } else {
                "ids are never reused"
            };
            errors.push(
                RuleError::new(
                    &file.shown,
                    line_of(&file.text, "id:"),
                    0,
                    format!("the id '{id}' is already used"),
                )
                .with_hint(hint),
            );
        }
        let parameters = self.effective_parameters(file, &metadata);
        let imported = self.imported(&parsed);
        let mut files = vec![&parsed];
        files.extend(&imported);
        if errors.is_empty() {
            errors.extend(rego::recursion(&files));
            errors.extend(rego::unknown_functions(&parsed, &imported));
        }
        let entry = |name: &str| {
            let is_defined = parsed.defined(name).next().is_some();
            is_defined.then(|| format!("data.{}.{name}", parsed.package.join(".")))
        };
        let entries = [entry("findings"), entry("unknown"), entry("not_applicable")];
        if errors.is_empty() {
            let paths: Vec<String> = entries.iter().flatten().cloned().collect();
            match Prepared::new(&files, &paths) {
                Ok(prepared) => {
                    let version = version(&files, &parameters);
                    let [findings, unknown, not_applicable] = entries;
                    self.loaded.code.push(Code {
                        prepared,
                        reads,
                        parameters: rego::convert(&serde_json::json!(parameters)),
                        findings: findings.unwrap_or_default(),
                        unknown,
                        not_applicable,
                        parsed,
                    });
                    self.loaded
                        .rules
                        .push(assemble(file, metadata, technologies, parameters, version));
                    return;
                }
                Err(error) => errors.push(error),
            }
        }
        self.errors.extend(errors);
    }

    /// A defective override is reported and its default kept: a typing mistake must not switch a rule off.
    fn effective_parameters(
        &mut self,
        file: &RuleFile,
        metadata: &RuleMetadata,
    ) -> BTreeMap<String, serde_json::Value> {
        let mut parameters = metadata.custom.parameters.clone();
        let errors = &mut self.errors;
        for (name, value) in self.parameters.get(&metadata.custom.id).into_iter().flatten() {
            match parameters.get_mut(name) {
                Some(default) if std::mem::discriminant(default) == std::mem::discriminant(value) => {
                    *default = value.clone();
                }
                Some(default) => errors.push(
                    RuleError::new(
                        &file.shown,
                        0,
                        0,
                        format!(
                            "parameter '{name}' is set to {value}, which is of another type than its default {default}"
                        ),
                    )
                    .with_hint("correct the parameter in the configuration"),
                ),
                None => {
                    let known: Vec<String> = parameters.keys().cloned().collect();
                    errors.push(
                        RuleError::new(
                            &file.shown,
                            0,
                            0,
                            format!("the rule has no parameter '{name}', but the configuration sets it"),
                        )
                        .with_hint(did_you_mean(name, &known)),
                    );
                }
            }
        }
        parameters
    }

    fn unknown_parameters(&mut self) {
        let mut found = Vec::new();
        for id in self.parameters.keys() {
            if !self.ids.contains(id.as_str()) {
                let known: Vec<String> = self
                    .loaded
                    .rules
                    .iter()
                    .map(|rule| rule.id.as_str().to_owned())
                    .collect();
                found.push(
                    RuleError::new(
                        "configuration",
                        0,
                        0,
                        format!("parameters are set for the rule '{id}', which does not exist"),
                    )
                    .with_hint(did_you_mean(id.as_str(), &known)),
                );
            }
        }
        self.errors.extend(found);
    }
}

/// Digest of everything that decides what the rule says.
fn version(files: &[&Parsed], parameters: &BTreeMap<String, serde_json::Value>) -> Digest {
    let parameters = serde_json::json!(parameters).to_string();
    let parts: Vec<&[u8]> = files
        .iter()
        .map(|parsed| parsed.text.as_bytes())
        // What `input.derived` holds may change with a release, so every release looks at everything once.
        .chain([parameters.as_bytes(), env!("CARGO_PKG_VERSION").as_bytes()])
        .collect();
    Digest::of_parts(&parts)
}

fn assemble(
    file: &RuleFile,
    metadata: RuleMetadata,
    technologies: Vec<TechnologyId>,
    parameters: BTreeMap<String, serde_json::Value>,
    version: Digest,
) -> Rule {
    let custom = metadata.custom;
    Rule {
        id: custom.id,
        title: metadata.title,
        technologies,
        score: custom.score,
        description: metadata.description,
        rationale: custom.rationale,
        remediation: custom.remediation,
        references: metadata.related_resources,
        parameters,
        time_dependent: custom.time_dependent,
        links: custom.links,
        reads: custom.reads,
        excused_by: custom.excused_by,
        equivalents: custom.equivalents,
        aliases: custom.aliases,
        deprecated: custom.deprecated,
        origin: file.origin,
        file: file.shown.clone(),
        version,
    }
}
