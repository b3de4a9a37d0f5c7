//! `policy … --json`: what it prints is what `schemas/policy-*.json` describe, and they describe nothing else.

use std::path::Path;

use security_monkey_testkit::python::run;
use serde_json::{Value, json};

use crate::policy_questions::{Question, questions};
use crate::product::{command, ran};

/// What schemas allow and no question gets said: places as `tests/schemas/check.py` names them, with the reason.
const UNSEEN: [(&str, &str); 3] = [
    (
        "Access/deleted_principal",
        "who is no more reaches nothing; the class is one of principals",
    ),
    ("Reach/deleted_principal", "nor would without what keeps others out"),
    (
        "Explanation/anyOf/1.are_all_escalations=False",
        "a search that gives up takes a debug build a quarter of a minute",
    ),
];

fn ask(folder: &Path, question: &Question) -> Value {
    for (name, document) in &question.documents {
        std::fs::write(folder.join(name), document.to_string()).expect("write");
    }
    let mut words: Vec<&str> = vec!["policy"];
    words.extend(question.words.split(' '));
    words.push("--json");
    let answer = ran(command(folder, &words));
    assert_eq!(answer.code, Some(0), "{words:?}: {}", answer.stderr);
    let said: Value =
        serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{words:?}: {error}: {}", answer.stdout));
    let documents: Vec<String> = question
        .documents
        .iter()
        .map(|(_, document)| document.to_string())
        .collect();
    json!({ "verb": words[1], "question": format!("{} of {}", question.words, documents.join(" and ")), "answer": said })
}

#[test]
fn answers_are_what_the_schemas_say_and_the_schemas_say_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let answers: Vec<Value> = questions()
        .iter()
        .map(|question| ask(folder.path(), question))
        .collect();
    let file = folder.path().join("answers.json");
    std::fs::write(&file, Value::from(answers).to_string()).expect("write");
    let found = run("tests/schemas/check.py", &[file.to_str().expect("a path in UTF-8")]).expect("the check");
    let found: Value = serde_json::from_str(&found).expect("JSON");
    let list = |name: &str| -> Vec<&str> {
        let found = found[name].as_array().expect("a list");
        found.iter().filter_map(Value::as_str).collect()
    };
    assert_eq!(list("refused"), [""; 0], "answers that their schema does not describe");
    assert_eq!(
        list("loose"),
        [""; 0],
        "objects that take members that are not in the schema"
    );
    let unseen: Vec<&str> = list("unseen");
    let (excused, unseen): (Vec<&str>, Vec<&str>) = unseen
        .into_iter()
        .partition(|place| UNSEEN.iter().any(|(beginning, _)| place.starts_with(beginning)));
    assert_eq!(
        unseen, [""; 0],
        "in a schema and in no answer: ask for it in policy_questions.rs"
    );
    for (beginning, _) in UNSEEN {
        let is_needed = excused.iter().any(|place| place.starts_with(beginning));
        assert!(is_needed, "{beginning} is seen: no reason is needed");
    }
}
