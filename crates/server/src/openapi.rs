//! The OpenAPI document, projected from the operations. Committed as `openapi/v1.json`: the user interface's only source of
//! types.

use std::collections::BTreeSet;

use serde_json::Value;
use utoipa::ToSchema as _;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{OperationBuilder, Paths};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApiBuilder, Ref, ResponseBuilder};

use crate::operation::{Access, Operation};
use crate::operations;
use crate::problem::{Code, ProblemBody};

/// The document as JSON text, pretty, with a newline at the end: the content of `openapi/v1.json`.
pub fn document() -> Result<String, serde_json::Error> {
    let mut schemas = Vec::new();
    let mut paths = Paths::new();
    for operation in operations::all() {
        (operation.schemas)(&mut schemas);
        paths.add_path_operation(operation.path(), vec![operation.http_method()], describe(operation));
    }
    schemas.push((
        ProblemBody::name().into_owned(),
        <ProblemBody as utoipa::PartialSchema>::schema(),
    ));
    schemas.push((Code::name().into_owned(), <Code as utoipa::PartialSchema>::schema()));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "security-monkey",
                "Set by signing in; `__Host-security-monkey` over TLS. Changes also need the header X-CSRF-Token.",
            ))),
        )
        .security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("An API token, `smk_…`"))
                    .build(),
            ),
        )
        .build();
    let document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Security Monkey")
                .version("1")
                .description(Some(
                    "Watches AWS accounts, records their history, audits it, and notifies. Errors are RFC 9457 problem \
                     details with a stable `code`. Lists are paged by an opaque cursor.",
                ))
                .build(),
        )
        .paths(paths)
        .components(Some(components))
        .build();
    let mut document = serde_json::to_value(&document)?;
    sharpen(&mut document);
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

/// The operation's own description, with what its access means: security, extension, and the problems anybody can get.
fn describe(operation: &Operation) -> utoipa::openapi::path::Operation {
    let mut described = (operation.describe)();
    let mut responses = std::mem::take(&mut described.responses);
    let problem = ResponseBuilder::new()
        .description("A problem (RFC 9457)")
        .content(
            "application/problem+json",
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name(ProblemBody::name())))
                .build(),
        )
        .build();
    responses.responses.insert("default".to_owned(), problem.into());
    let by_session = SecurityRequirement::new("session", Vec::<String>::new());
    let by_token = SecurityRequirement::new("token", Vec::<String>::new());
    let security = match operation.access {
        Access::Public => vec![],
        Access::Session(_) => vec![by_session],
        Access::Role(_) => vec![by_session, by_token],
    };
    let extensions = ExtensionsBuilder::new()
        .add("x-access", operation.access.as_str())
        .build();
    let mut rebuilt = OperationBuilder::from(described)
        .responses(responses)
        .extensions(Some(extensions))
        .build();
    rebuilt.security = Some(security);
    rebuilt
}

const SCHEMAS: &str = "/components/schemas";

/// Says what the derived schemas leave vague: answers always carry all their members (null instead of absent), and the items
/// of a page are the named type.
fn sharpen(document: &mut Value) {
    let mut taken = BTreeSet::new();
    if let Some(paths) = document.get("paths") {
        visit_members(paths, "requestBody", &mut |body| references(body, &mut taken));
    }
    let mut pending: Vec<String> = taken.iter().cloned().collect();
    while let Some(name) = pending.pop() {
        let mut found = BTreeSet::new();
        if let Some(schema) = document.pointer(&format!("{SCHEMAS}/{name}")) {
            references(schema, &mut found);
        }
        pending.extend(found.into_iter().filter(|name| taken.insert(name.clone())));
    }
    let Some(schemas) = document.pointer_mut(SCHEMAS).and_then(Value::as_object_mut) else {
        return;
    };
    for (name, schema) in schemas {
        if let Some(item) = name.strip_prefix("PageOf_")
            && let Some(items) = schema.pointer_mut("/properties/items/items")
        {
            *items = serde_json::json!({ "$ref": format!("#{SCHEMAS}/{item}") });
        }
        if !taken.contains(name) {
            require_all(schema);
        }
    }
}

fn visit_members(value: &Value, name: &str, visit: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if key == name {
                    visit(member);
                }
                visit_members(member, name, visit);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| visit_members(element, name, visit)),
        _ => {}
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    visit_members(value, "$ref", &mut |reference| {
        let name = reference.as_str().and_then(|text| text.rsplit('/').next());
        found.extend(name.map(str::to_owned));
    });
}

fn require_all(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(properties) = members.get("properties").and_then(Value::as_object) {
                let names: Vec<Value> = properties.keys().cloned().map(Value::from).collect();
                members.insert("required".to_owned(), names.into());
            }
            members.values_mut().for_each(require_all);
        }
        Value::Array(elements) => elements.iter_mut().for_each(require_all),
        _ => {}
    }
}
