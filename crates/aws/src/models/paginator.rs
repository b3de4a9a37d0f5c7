//! How pages follow each other.

use serde_json::Value;

/// How the pages of an operation are followed (botocore's `paginators-1`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paginator {
    /// Parameters that take the tokens; same order and number as `output_tokens`.
    pub input_tokens: Vec<String>,
    /// Where the answer has them.
    pub output_tokens: Vec<TokenPath>,
    /// Where the answer says that there is more; without it, an absent token ends the list.
    pub more_results: Option<TokenPath>,
    /// Where the answer has the things listed; several for some operations.
    pub result_keys: Vec<TokenPath>,
    /// The parameter that sets the size of a page.
    pub limit_key: Option<String>,
}

/// The subset of JMESPath that paginators use: names, `[-1]`, and alternatives with `||`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPath {
    source: String,
    alternatives: Vec<Vec<Step>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Last,
}

impl TokenPath {
    /// Reads a path; `None` if it uses more of JMESPath than paginators do.
    pub fn parse(source: &str) -> Option<Self> {
        let alternatives = source
            .split("||")
            .map(|path| parse_steps(path.trim()))
            .collect::<Option<_>>()?;
        Some(Self {
            source: source.to_owned(),
            alternatives,
        })
    }

    /// The path as AWS wrote it.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The value of the first alternative that has one: present and neither null, nor empty, nor false, as in JMESPath.
    pub fn evaluate<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.alternatives
            .iter()
            .filter_map(|steps| follow(steps, value))
            .find(|found| is_truthy(found))
    }
}

fn parse_steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, last) = part.strip_suffix("[-1]").map_or((part, false), |name| (name, true));
        if name.is_empty()
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        {
            return None;
        }
        steps.push(Step::Member(name.to_owned()));
        if last {
            steps.push(Step::Last);
        }
    }
    Some(steps)
}

fn follow<'a>(steps: &[Step], value: &'a Value) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Last => value.as_array()?.last(),
    })
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_followed() {
        let page = json!({"A": {"B": [1, 2]}, "Empty": "", "Keys": [{"Key": "x"}, {"Key": "y"}]});
        let evaluate = |path: &str| TokenPath::parse(path).unwrap().evaluate(&page).cloned();
        assert_eq!(evaluate("A.B[-1]"), Some(json!(2)));
        assert_eq!(evaluate("Empty || Keys[-1].Key"), Some(json!("y")));
        assert_eq!(evaluate("Absent"), None);
        assert_eq!(TokenPath::parse("length(Keys)"), None);
    }
}
