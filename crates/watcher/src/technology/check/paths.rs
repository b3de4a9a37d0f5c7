//! Checks every path and template of a technology file against the shapes of the answers.

use security_monkey_model::document::Path;

use super::{Checker, templates};
use crate::technology::condition::Condition;
use crate::technology::locate::Key;
use crate::technology::shape::{DocumentShape, PathError};
use crate::technology::template::{Source, Template};

impl Checker<'_> {
    fn path_in(&mut self, shape: &DocumentShape, path: &Path, at: Vec<Key>) {
        if let Err(PathError { reason, hint }) = shape.at(path.segments()) {
            self.problem(at, format!("`{path}`: {reason}"), hint);
        }
    }

    fn template_in(&mut self, shape: &DocumentShape, template: &Template, at: &[Key]) {
        for path in template.paths() {
            self.path_in(shape, path, at.to_vec());
        }
    }

    fn conditions_in(&mut self, shape: &DocumentShape, conditions: &[Condition], at: &[Key]) {
        for (index, condition) in conditions.iter().enumerate() {
            let mut place = at.to_vec();
            place.extend([Key::Index(index), Key::Name("path")]);
            self.path_in(shape, &condition.path, place.clone());
            if condition.is.is_none() && condition.is_not.is_none() && condition.present.is_none() {
                self.problem(
                    place,
                    "the condition asks for nothing",
                    Some("add is, is_not or present".to_owned()),
                );
            }
        }
    }

    /// Every path and template of the file against the shapes: `listed` before detail calls, the whole after.
    pub(super) fn paths(&mut self, listed: &DocumentShape) {
        let file = self.file;
        let whole = self.shape.clone();
        let resource = |key| vec![Key::Name("resource"), Key::Name(key)];
        if file.lists.is_empty() {
            for path in file.resource.id.paths() {
                self.problem(
                    resource("id"),
                    format!("`{path}`: without a list call there is nothing to take the id from"),
                    Some("use {@account}".to_owned()),
                );
            }
        } else {
            self.template_in(listed, &file.resource.id, &resource("id"));
        }
        for (key, template) in [
            ("name", &file.resource.name),
            ("arn", &file.resource.arn),
            ("region", &file.resource.region),
        ] {
            if let Some(template) = template {
                self.template_in(&whole, template, &resource(key));
            }
        }
        if let Some(path) = &file.resource.tags {
            self.path_in(&whole, path, resource("tags"));
        }
        for (index, call) in file.lists.iter().enumerate() {
            let at = vec![Key::Name("list"), Key::Index(index), Key::Name("where")];
            self.conditions_in(listed, &call.conditions, &at);
            if let Some(home) = &call.home {
                let at = vec![Key::Name("list"), Key::Index(index), Key::Name("home")];
                self.path_in(listed, home, at);
            }
        }
        for (index, call) in file.joins.iter().enumerate() {
            self.template_in(
                listed,
                &call.by,
                &[Key::Name("join"), Key::Index(index), Key::Name("by")],
            );
        }
        for (index, call) in file.batches.iter().enumerate() {
            self.template_in(
                listed,
                &call.by,
                &[Key::Name("batch"), Key::Index(index), Key::Name("by")],
            );
        }
        for (index, call) in file.details.iter().enumerate() {
            let at = |key| vec![Key::Name("detail"), Key::Index(index), Key::Name(key)];
            self.conditions_in(&whole, &call.conditions, &at("when"));
            if let Some(each) = &call.each {
                self.path_in(&whole, each, at("each"));
            }
            for (name, template) in templates(&call.params) {
                let mut place = at("params");
                place.push(Key::Parameter(name));
                for source in template.sources() {
                    match (source, &call.each) {
                        (Source::Document(path), _) => self.path_in(&whole, path, place.clone()),
                        (Source::Each(Some(path)), Some(each)) => {
                            let mut segments = each.segments().to_vec();
                            segments.extend(path.segments().iter().cloned());
                            if let Err(error) = whole.at(&segments) {
                                self.problem(place.clone(), format!("`@each.{path}`: {error}"), error.hint);
                            }
                        }
                        (Source::Each(_), None) => {
                            self.problem(
                                place.clone(),
                                "`@each` without `each`",
                                Some("name the list: each = \"…[]\"".to_owned()),
                            );
                        }
                        _ => {}
                    }
                }
            }
        }
        for (index, link) in file.links.iter().enumerate() {
            let at = |key| vec![Key::Name("link"), Key::Index(index), Key::Name(key)];
            self.path_in(&whole, &link.by, at("by"));
            if let Some(template) = &link.written_as {
                self.template_in(&whole, template, &at("as"));
            }
        }
        // A text that holds JSON stands where AWS's model says text: look at the shape without them.
        let mut plain = whole.clone();
        plain.forget_json();
        for (key, paths, shape) in [
            ("ephemeral", &file.document.ephemeral, &whole),
            ("secret", &file.document.secret, &whole),
            ("unordered", &file.document.unordered, &whole),
            ("json", &file.document.json, &plain),
        ] {
            for (index, path) in paths.iter().enumerate() {
                let at = vec![Key::Name("document"), Key::Name(key), Key::Index(index)];
                self.path_in(shape, path, at);
            }
        }
    }
}
