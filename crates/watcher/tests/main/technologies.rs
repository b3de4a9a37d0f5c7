//! The technology files that come with the program.

use security_monkey_aws::models::Models;
use security_monkey_watcher::Technologies;

#[test]
fn every_built_in_technology_is_sound() {
    let (technologies, errors) = Technologies::built_in(Models::embedded());
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(messages.is_empty(), "{}", messages.join("\n"));
    assert!(technologies.len() >= 20, "only {} technologies", technologies.len());
}
