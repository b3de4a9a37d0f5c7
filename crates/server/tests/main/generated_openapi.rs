//! `openapi/v1.json` is what the operations say.

use std::collections::BTreeSet;

use serde_json::Value;

#[test]
fn the_generated_openapi_document_is_committed() {
    security_monkey_testkit::generated::check("openapi/v1.json", &security_monkey_server::openapi::document().unwrap());
}

fn parsed() -> Value {
    serde_json::from_str(&security_monkey_server::openapi::document().unwrap()).unwrap()
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_a_described_answer() {
    let document = parsed();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut names = BTreeSet::new();
    for operation in security_monkey_server::operations() {
        let described = &document["paths"][operation.path()][operation.method().as_str().to_ascii_lowercase()];
        let name = described["operationId"]
            .as_str()
            .unwrap_or_else(|| panic!("{operation:?} has no operation id"));
        assert!(names.insert(name.to_owned()), "{name} twice");
        assert!(
            !described["summary"].as_str().unwrap_or_default().is_empty(),
            "{operation:?} has no summary"
        );
        assert_eq!(described["x-access"], operation.access.as_str(), "{operation:?}");
        assert!(described["responses"]["default"]["content"]["application/problem+json"].is_object());
        for (_, response) in described["responses"].as_object().unwrap() {
            assert!(
                !response["description"].as_str().unwrap_or_default().is_empty(),
                "{operation:?}"
            );
        }
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            assert!(
                !parameter["description"].as_str().unwrap_or_default().is_empty(),
                "{operation:?} {parameter}"
            );
        }
    }
}

#[test]
fn changes_say_what_they_take_and_answers_leave_nothing_out() {
    let document = parsed();
    let without_body: Vec<String> = security_monkey_server::operations()
        .filter(|operation| ["PUT", "PATCH", "POST"].contains(&operation.method().as_str()))
        .filter(|operation| {
            let method = operation.method().as_str().to_ascii_lowercase();
            document["paths"][operation.path()][method]["requestBody"].is_null()
        })
        .map(security_monkey_server::Operation::id)
        .collect();
    assert_eq!(without_body, ["resetPassword", "testSubscription", "verifyHistory"]);
    let finding = &document["components"]["schemas"]["FindingSummary"];
    assert!(
        finding["required"]
            .as_array()
            .unwrap()
            .contains(&"justification".into())
    );
    assert_eq!(
        document["components"]["schemas"]["PageOf_FindingSummary"]["properties"]["items"]["items"],
        serde_json::json!({ "$ref": "#/components/schemas/FindingSummary" })
    );
}

#[test]
fn every_reference_has_its_schema() {
    let document = parsed();
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name} is missing");
    }
}

#[test]
fn every_file_below_operations_is_an_operation() {
    let folder = security_monkey_testkit::python::workspace_root().join("crates/server/src/operations");
    let mut files = 0;
    for noun in std::fs::read_dir(folder).unwrap() {
        files += std::fs::read_dir(noun.unwrap().path()).unwrap().count();
    }
    assert_eq!(files, security_monkey_server::operations().count());
}
