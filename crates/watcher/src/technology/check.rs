//! Checks a technology file against AWS's API table, and derives what the scanner needs from it.

mod paths;
mod steps;

use security_monkey_aws::models::{Models, Operation, Service, Shape, ShapeId};
use security_monkey_model::document::{Path, Segment};

use super::file::{Gather, TechnologyFile};
use super::locate::Key;
use super::shape::{DocumentShape, ValueKind, kind, walk};
use super::template::Template;

/// Something wrong with a file, at a key path of it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) at: Vec<Key>,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// What the checks found out about a sound file.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) shape: DocumentShape,
    pub(crate) join_fields: Vec<Vec<String>>,
    pub(crate) detail_steps: Vec<usize>,
    pub(crate) detail_fields: Vec<Vec<String>>,
}

/// Checks a file; all its problems at once.
pub(crate) fn check(file: &TechnologyFile, models: &'static Models) -> Result<Checked, Vec<Problem>> {
    let mut checker = Checker {
        file,
        models,
        problems: Vec::new(),
        shape: DocumentShape::new(models),
    };
    checker.texts();
    checker.lists();
    let listed = checker.shape.clone();
    let join_fields = checker.joins(&listed);
    checker.batches();
    let detail_fields = checker.details(&listed);
    for path in &file.document.json {
        checker.shape.add_json(path.clone());
    }
    // Paths are judged by the answers' shapes; with a call unknown, every path into its answer would be reported as well.
    if checker.problems.is_empty() {
        checker.paths(&listed);
    }
    if checker.problems.is_empty() {
        Ok(Checked {
            detail_steps: steps::detail_steps(file),
            shape: checker.shape,
            join_fields,
            detail_fields,
        })
    } else {
        Err(checker.problems)
    }
}

struct Checker<'a> {
    file: &'a TechnologyFile,
    models: &'static Models,
    problems: Vec<Problem>,
    shape: DocumentShape,
}

/// Something is wrong, and is among the problems already.
struct Reported;

/// An operation of a call, and where the call stands in the file.
struct Found {
    service: &'static Service,
    operation: &'static Operation,
    at: Vec<Key>,
}

impl Checker<'_> {
    fn problem(&mut self, at: Vec<Key>, message: impl Into<String>, hint: Option<String>) {
        self.problems.push(Problem {
            at,
            message: message.into(),
            hint,
        });
    }

    fn texts(&mut self) {
        let file = self.file;
        let parts: Vec<&str> = file.resource_type.split("::").collect();
        if parts.len() != 3 || parts.iter().any(|part| part.is_empty()) {
            self.problem(
                vec![Key::Name("resource_type")],
                format!("`{}` is not a resource type", file.resource_type),
                Some("write it like AWS::S3::Bucket".to_owned()),
            );
        }
        for (key, text) in [
            ("title", &file.title),
            ("plural", &file.plural),
            ("description", &file.description),
        ] {
            if text.trim().is_empty() {
                self.problem(vec![Key::Name(key)], "the text is empty", None);
            }
        }
        if !file.documentation.starts_with("https://") {
            self.problem(
                vec![Key::Name("documentation")],
                format!("`{}` is not an address", file.documentation),
                Some("write the address of AWS's page, https://docs.aws.amazon.com/…".to_owned()),
            );
        }
        if file.interval_minutes == 0 {
            self.problem(
                vec![Key::Name("interval_minutes")],
                "an interval of no time",
                Some("write at least 1".to_owned()),
            );
        }
        for (index, action) in file.permissions.iter().enumerate() {
            if action.split(':').count() != 2 || action.contains('*') {
                self.problem(
                    vec![Key::Name("permissions"), Key::Index(index)],
                    format!("`{action}` is not an IAM action"),
                    Some("write it like s3:GetBucketPolicy, without patterns".to_owned()),
                );
            }
        }
    }

    fn find(&mut self, table: &'static str, index: usize, service: Option<&str>, operation: &str) -> Option<Found> {
        let at = vec![Key::Name(table), Key::Index(index)];
        let with = |key| {
            let mut path = at.clone();
            path.push(Key::Name(key));
            path
        };
        let models = self.models;
        let name = service.unwrap_or(&self.file.service);
        let service = match models.service(name) {
            Ok(found) => found,
            Err(error) => {
                let place = if service.is_some() {
                    with("service")
                } else {
                    vec![Key::Name("service")]
                };
                let hint = error.suggestion.map(|name| format!("did you mean `{name}`?"));
                self.problem(place, format!("AWS has no service `{name}`"), hint);
                return None;
            }
        };
        let Some(found) = service.operation(operation) else {
            let hint = service.suggest_operation(operation).map_or_else(
                || "only reviewed read operations can be called: see models/allowed-operations.txt".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            self.problem(
                with("operation"),
                format!("the service `{name}` has no operation `{operation}` that may be called"),
                Some(hint),
            );
            return None;
        };
        if !found.is_read() {
            self.problem(with("operation"), format!("`{operation}` is not a read"), None);
            return None;
        }
        Some(Found {
            service,
            operation: found,
            at,
        })
    }

    /// Checks parameters by name against the operation's input; `given` are parameters filled by us.
    fn params(&mut self, found: &Found, params: &toml::Table, given: &[&str]) {
        let mut at = found.at.clone();
        at.push(Key::Name("params"));
        let Some(input) = found.operation.input else {
            if !params.is_empty() {
                self.problem(at, format!("`{}` takes no parameters", found.operation.name), None);
            }
            return;
        };
        self.param_members(found.service, input, params, &at);
        if let Shape::Structure(structure) = found.service.shape(input) {
            for member in structure.members() {
                if member.is_required && !params.contains_key(&member.name) && !given.contains(&member.name.as_str()) {
                    self.problem(
                        at.clone(),
                        format!("`{}` needs the parameter `{}`", found.operation.name, member.name),
                        None,
                    );
                }
            }
            for name in given {
                if structure.member(name).is_none() {
                    self.problem(
                        found.at.clone(),
                        format!("`{}` has no parameter `{name}`", found.operation.name),
                        None,
                    );
                }
            }
        }
    }

    fn param_members(&mut self, service: &Service, shape: ShapeId, params: &toml::Table, at: &[Key]) {
        for (name, value) in params {
            let mut place = at.to_vec();
            place.push(Key::Parameter(name.clone()));
            match walk(service, shape, &[Segment::Member(name.clone())]) {
                Ok(Some(shape)) => self.param_value(service, shape, value, place),
                Ok(None) => {}
                Err(error) => self.problem(place, format!("no parameter `{name}`"), error.hint),
            }
        }
    }

    fn param_value(&mut self, service: &Service, shape: ShapeId, value: &toml::Value, place: Vec<Key>) {
        match (service.shape(shape), value) {
            (Shape::Structure(_) | Shape::Map(_), toml::Value::Table(members)) => {
                self.param_members(service, shape, members, &place);
            }
            (Shape::List(list), toml::Value::Array(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    let mut place = place.clone();
                    place.push(Key::Index(index));
                    self.param_value(service, list.element, element, place);
                }
            }
            (Shape::List(_), other) => {
                self.problem(
                    place,
                    format!("the parameter takes a list, not a {}", other.type_str()),
                    None,
                );
            }
            (Shape::Structure(_) | Shape::Map(_), other) => {
                self.problem(
                    place,
                    format!("the parameter takes members, not a {}", other.type_str()),
                    None,
                );
            }
            (Shape::Scalar(_), toml::Value::Array(_) | toml::Value::Table(_)) => {
                self.problem(place, "the parameter takes a single value", None);
            }
            (Shape::Scalar(_), toml::Value::String(text)) => {
                if let Err(error) = Template::parse(text) {
                    self.problem(place, error.to_string(), None);
                }
            }
            (Shape::Scalar(_), _) => {}
        }
    }

    /// The shape of the elements that `items` points to; `None`: anything.
    fn elements(&mut self, found: &Found, items: &Path) -> Result<Option<ShapeId>, Reported> {
        let mut at = found.at.clone();
        at.push(Key::Name("items"));
        if items.segments().last() != Some(&Segment::Elements) {
            self.problem(
                at,
                format!("`{items}` does not point to elements"),
                Some("end it with `[]`".to_owned()),
            );
            return Err(Reported);
        }
        let Some(output) = found.operation.output else {
            self.problem(at, format!("`{}` has no answer", found.operation.name), None);
            return Err(Reported);
        };
        match walk(found.service, output, items.segments()) {
            Ok(element) => Ok(element),
            Err(error) => {
                self.problem(at, format!("`{items}`: {error}"), error.hint);
                Err(Reported)
            }
        }
    }

    /// The shape at `path` below `from`, where `key` of the call says so.
    fn below(
        &mut self,
        found: &Found,
        key: &'static str,
        from: Option<ShapeId>,
        path: &Path,
    ) -> Result<Option<ShapeId>, Reported> {
        let mut at = found.at.clone();
        at.push(Key::Name(key));
        if path
            .segments()
            .iter()
            .any(|segment| !matches!(segment, Segment::Member(_)))
        {
            self.problem(
                at,
                format!("`{path}` may point to several values"),
                Some("write names joined by dots".to_owned()),
            );
            return Err(Reported);
        }
        let Some(from) = from else { return Ok(None) };
        match walk(found.service, from, path.segments()) {
            Ok(shape) => Ok(shape),
            Err(error) => {
                self.problem(at, format!("`{path}`: {error}"), error.hint);
                Err(Reported)
            }
        }
    }

    fn lists(&mut self) {
        let file = self.file;
        for (index, call) in file.lists.iter().enumerate() {
            let Some(found) = self.find("list", index, call.service.as_deref(), &call.operation) else {
                continue;
            };
            self.params(&found, &call.params, &[]);
            let Ok(element) = self.elements(&found, &call.items) else {
                continue;
            };
            let name = found.service.name.clone();
            let is_scalar = element.is_some_and(|shape| kind(found.service, shape) == ValueKind::Scalar);
            match (&call.element, is_scalar) {
                (Some(member), true) => self.shape.add_scalar(vec![Segment::Member(member.clone())]),
                (None, false) => self.shape.add(Vec::new(), &name, element),
                (Some(_), false) => {
                    let mut at = found.at.clone();
                    at.push(Key::Name("element"));
                    self.problem(
                        at,
                        "the elements are objects already",
                        Some("leave `element` out".to_owned()),
                    );
                }
                (None, true) => {
                    let mut at = found.at.clone();
                    at.push(Key::Name("items"));
                    self.problem(
                        at,
                        "the elements are single values, not objects",
                        Some("name the member they are put in: element = \"QueueUrl\"".to_owned()),
                    );
                }
            }
            if let Some(parent) = &call.parent {
                let segments = call.items.segments();
                let outer = segments[..segments.len() - 1]
                    .iter()
                    .rposition(|segment| *segment == Segment::Elements);
                if let (Some(position), Some(output)) = (outer, found.operation.output) {
                    let shape = walk(found.service, output, &segments[..=position]).ok().flatten();
                    self.shape.add(vec![Segment::Member(parent.clone())], &name, shape);
                } else {
                    let mut at = found.at.clone();
                    at.push(Key::Name("parent"));
                    self.problem(
                        at,
                        format!("`{}` has no outer list", call.items),
                        Some("leave `parent` out".to_owned()),
                    );
                }
            }
        }
    }

    /// Adds the joins' answers to the shape, and says which document paths each fills.
    fn joins(&mut self, listed: &DocumentShape) -> Vec<Vec<String>> {
        let file = self.file;
        let known = listed.members();
        let mut fields = Vec::new();
        for (index, call) in file.joins.iter().enumerate() {
            fields.push(call.into.iter().cloned().collect());
            let Some(found) = self.find("join", index, call.service.as_deref(), &call.operation) else {
                continue;
            };
            self.params(&found, &call.params, &[]);
            let Ok(element) = self.elements(&found, &call.items) else {
                continue;
            };
            if call.into.is_none() && call.gather == Gather::List {
                let mut at = found.at.clone();
                at.push(Key::Name("gather"));
                self.problem(
                    at,
                    "a list needs a member to be put in",
                    Some("name it: into = \"…\"".to_owned()),
                );
            }
            let kept = self.gathered(
                &found,
                element,
                &call.key,
                call.take.as_ref(),
                call.into.as_deref(),
                call.gather,
            );
            if call.into.is_none()
                && let Some(ValueKind::Object(members)) = kept.map(|shape| kind(found.service, shape))
            {
                fields[index] = members.into_iter().filter(|member| !known.contains(member)).collect();
            }
        }
        fields
    }

    fn batches(&mut self) {
        let file = self.file;
        for (index, call) in file.batches.iter().enumerate() {
            let Some(found) = self.find("batch", index, call.service.as_deref(), &call.operation) else {
                continue;
            };
            self.params(&found, &call.params, &[&call.ids]);
            if call.size == 0 {
                let mut at = found.at.clone();
                at.push(Key::Name("size"));
                self.problem(
                    at,
                    "a batch of nothing",
                    Some("write AWS's limit for the call".to_owned()),
                );
            }
            let Ok(element) = self.elements(&found, &call.items) else {
                continue;
            };
            self.gathered(
                &found,
                element,
                &call.key,
                call.take.as_ref(),
                Some(&call.into),
                call.gather,
            );
        }
    }

    /// Elements of a join or batch: where their key is, and what of them is kept where. Gives the shape of what is kept.
    fn gathered(
        &mut self,
        found: &Found,
        element: Option<ShapeId>,
        key: &Path,
        take: Option<&Path>,
        into: Option<&str>,
        gather: Gather,
    ) -> Option<ShapeId> {
        self.below(found, "key", element, key).ok()?;
        let kept = match take {
            Some(path) => self.below(found, "take", element, path).ok()?,
            None => element,
        };
        let mut at: Vec<Segment> = into.map(|into| Segment::Member(into.to_owned())).into_iter().collect();
        if gather == Gather::List {
            at.push(Segment::Elements);
        }
        self.shape.add(at, &found.service.name, kept);
        kept
    }

    /// Adds the details' answers to the shape, and says which document paths each fills.
    fn details(&mut self, listed: &DocumentShape) -> Vec<Vec<String>> {
        let file = self.file;
        let known = listed.members();
        let mut fields = Vec::new();
        for (index, call) in file.details.iter().enumerate() {
            fields.push(Vec::new());
            let Some(found) = self.find("detail", index, call.service.as_deref(), &call.operation) else {
                continue;
            };
            self.params(&found, &call.params, &[]);
            for path in &call.expects {
                // What is wrong is among the problems.
                let _ = self.below(&found, "expects", found.operation.output, path);
            }
            let kept = match (&call.take, found.operation.output) {
                (_, None) => {
                    self.problem(
                        found.at.clone(),
                        format!("`{}` has no answer", found.operation.name),
                        None,
                    );
                    continue;
                }
                (Some(path), output) => match self.below(&found, "take", output, path) {
                    Ok(kept) => kept,
                    Err(Reported) => continue,
                },
                (None, output) => output,
            };
            let mut at = call
                .each
                .as_ref()
                .map_or_else(Vec::new, |path| path.segments().to_vec());
            if call.each.is_some() && at.last() != Some(&Segment::Elements) {
                let mut place = found.at.clone();
                place.push(Key::Name("each"));
                self.problem(
                    place,
                    "`each` does not point to elements",
                    Some("end it with `[]`".to_owned()),
                );
                continue;
            }
            let prefix = call.each.as_ref().map_or_else(String::new, |path| format!("{path}."));
            if let Some(into) = &call.into {
                at.push(Segment::Member(into.clone()));
                fields[index].push(format!("{prefix}{into}"));
            } else if let Some(ValueKind::Object(members)) = kept.map(|shape| kind(found.service, shape)) {
                fields[index].extend(
                    members
                        .into_iter()
                        .filter(|member| call.each.is_some() || !known.contains(member))
                        .map(|member| format!("{prefix}{member}")),
                );
            } else {
                let mut place = found.at.clone();
                place.push(Key::Name("operation"));
                self.problem(
                    place,
                    "what is taken has no members to put into the document",
                    Some("name the member for it: into = \"…\"".to_owned()),
                );
            }
            self.shape.add(at, &found.service.name, kept);
        }
        fields
    }
}

/// Every text of the parameters as a template, with the name of the parameter it belongs to.
pub(crate) fn templates(params: &toml::Table) -> Vec<(String, Template)> {
    fn collect(name: &str, value: &toml::Value, found: &mut Vec<(String, Template)>) {
        match value {
            toml::Value::String(text) => {
                found.extend(Template::parse(text).ok().map(|template| (name.to_owned(), template)));
            }
            toml::Value::Array(elements) => elements.iter().for_each(|element| collect(name, element, found)),
            toml::Value::Table(members) => members.iter().for_each(|(_, member)| collect(name, member, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (name, value) in params {
        collect(name, value, &mut found);
    }
    found
}
