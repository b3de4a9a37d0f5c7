use std::collections::HashMap;
use std::path::Path;

use super::*;

fn load_text(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("security-monkey.toml");
    std::fs::write(&path, text).unwrap();
    let environment: HashMap<String, String> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    load(&ConfigSource {
        file: Some(&path),
        environment: &|name| environment.get(name).cloned(),
    })
    .map(|(config, _)| config)
    .map_err(|error| error.to_string().replace(&folder.path().display().to_string(), ""))
}

#[test]
fn an_empty_file_gives_the_defaults() {
    assert_eq!(load_text("", &[]).unwrap(), Config::default());
}

#[test]
fn a_misspelt_key_is_answered_with_file_line_and_the_right_key() {
    assert_eq!(
        load_text("[server]\nlisten = \"127.0.0.1:1\"\npublic_ulr = \"http://x\"\n", &[]).unwrap_err(),
        "/security-monkey.toml:3:1: unknown field `public_ulr`, expected one of `listen`, `public_url`, `trusted_proxies`\n  |\n  | public_ulr = \"http://x\"\nhint: did you mean `public_url`?"
    );
}

#[test]
fn wrong_values_say_where_and_what() {
    for (text, line, part) in [
        ("[scan]\nregions = [\"eu west\"]\n", 2, "'eu west' is not a region"),
        (
            "[scan.intervals]\n\"aws.s3.bucket\" = \"soon\"\n",
            2,
            "'soon' is not a duration; write it like 90s, 15m, 6h or 1d",
        ),
        ("[database\n", 1, ""),
        ("[log]\nformat = \"xml\"\n", 2, "unknown variant `xml`"),
        (
            "[known]\norganisations = [\"o-short\"]\n",
            2,
            "'o-short' is no organisation; write its id, o- and 10 to 32 lower-case letters and digits",
        ),
        (
            "[known.networks]\noffice = \"203.0.113.0/24\"\nvpn = \"203.0.113.7/24\"\n",
            3,
            "'203.0.113.7/24' is an address in a network; write 203.0.113.0/24 or 203.0.113.7",
        ),
        (
            "[known.networks]\nall = \"0.0.0.0/0\"\n",
            2,
            "what is open to it is open to the internet",
        ),
        ("[known.networks]\nall = \"office\"\n", 2, "'office' is no network"),
    ] {
        let error = load_text(text, &[]).unwrap_err();
        assert!(error.starts_with(&format!("/security-monkey.toml:{line}:")), "{error}");
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn known_organisations_and_networks_are_read_and_written_alike() {
    let text = "[known]\norganisations = [\"o-exampleorgid\"]\n\n[known.networks]\nhome = \"2001:db8::/32\"\nproxy = \"203.0.113.7\"\n";
    let config = load_text(text, &[]).unwrap();
    assert_eq!(config.known.organisations, [Organisation("o-exampleorgid".to_owned())]);
    assert_eq!(config.known.networks["proxy"].0, "203.0.113.7/32".parse().unwrap());
    let written = toml::to_string_pretty(&config).unwrap();
    assert_eq!(load_text(&written, &[]).unwrap(), config);
}

#[test]
fn the_environment_overrides_the_file_and_its_errors_name_the_variable() {
    let config = load_text(
        "[server]\nlisten = \"127.0.0.1:1\"",
        &[("SECURITY_MONKEY_LISTEN", "127.0.0.1:2")],
    )
    .unwrap();
    assert_eq!(config.server.listen.port(), 2);
    let error = load_text("", &[("SECURITY_MONKEY_LISTEN", "nowhere")]).unwrap_err();
    assert!(error.starts_with("SECURITY_MONKEY_LISTEN: "), "{error}");
}

#[test]
fn every_variable_names_a_place_that_exists() {
    // A variable whose keys are misspelt would be refused as an unknown field, whatever its value.
    for (variable, _) in load::VARIABLES {
        if let Err(error) = load_text("", &[(variable, "x")]) {
            assert!(!error.contains("unknown field"), "{error}");
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = load(&ConfigSource {
        file: Some(Path::new("/nowhere/x.toml")),
        environment: &|_| None,
    })
    .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("read configuration file /nowhere/x.toml: "),
        "{error}"
    );
}

#[test]
fn the_generated_schema_is_current() {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Config)).unwrap() + "\n";
    security_monkey_testkit::generated::check("schemas/config.json", &schema);
}
