//! What the commands show of the configuration.

use crate::product::{command, ran};

#[test]
fn the_configuration_is_shown_without_the_secrets_in_its_addresses() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |proxy: &str| {
        let text = format!(
            "[database]\nurl = \"postgres://monkey:filesecret@db/monkey\"\n\n[notify.webhook]\nproxy = \"{proxy}\"\n"
        );
        std::fs::write(folder.path().join("security-monkey.toml"), text).expect("write");
    };
    for (proxy, shown) in [
        ("http://user:proxysecret@proxy:3128", "proxy = \"http://proxy:3128\""),
        ("proxysecret@proxy:3128", "proxy = \"proxy:3128\""),
        ("http://proxy:3128", "proxy = \"http://proxy:3128\""),
    ] {
        write(proxy);
        let by_file = ran(command(folder.path(), &["config", "show"]));
        let by_environment = ran({
            let mut command = command(folder.path(), &["config", "show"]);
            command.env(
                "SECURITY_MONKEY_DATABASE_URL",
                "postgres://monkey:environmentsecret@db/monkey?password=environmentsecret",
            );
            command
        });
        for answer in [by_file, by_environment] {
            assert_eq!(answer.code, Some(0), "{}", answer.stderr);
            for part in ["url = \"postgres://monkey@db/monkey\"", shown] {
                assert!(
                    answer.stdout.contains(part),
                    "'{part}' is missing in:\n{}",
                    answer.stdout
                );
            }
            let said = format!("{}{}", answer.stdout, answer.stderr);
            assert!(!said.contains("secret"), "{said}");
        }
    }
}
