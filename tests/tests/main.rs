//! End to end: the built binary, fake AWS, PostgreSQL and a real browser; and the house rules that no compiler holds.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking; helper functions are no #[test]"
)]

#[path = "main/api.rs"]
mod api;
#[path = "main/arrows.rs"]
mod arrows;
#[path = "main/browser.rs"]
mod browser;
#[path = "main/catalogue.rs"]
mod catalogue;
#[path = "main/command_line.rs"]
mod command_line;
#[path = "main/command_line_settings.rs"]
mod command_line_settings;
#[path = "main/endings.rs"]
mod endings;
#[path = "main/evidence.rs"]
mod evidence;
#[path = "main/full_disk.rs"]
mod full_disk;
#[path = "main/guides.rs"]
mod guides;
#[path = "main/house_rules.rs"]
mod house_rules;
#[path = "main/killed.rs"]
mod killed;
#[path = "main/looking_back.rs"]
mod looking_back;
#[path = "main/policy_command.rs"]
mod policy_command;
#[path = "main/policy_questions.rs"]
mod policy_questions;
#[path = "main/policy_schemas.rs"]
mod policy_schemas;
#[path = "main/product.rs"]
mod product;
#[path = "main/refusals.rs"]
mod refusals;
#[path = "main/refusing.rs"]
mod refusing;
#[path = "main/serving.rs"]
mod serving;
#[path = "main/setting_up.rs"]
mod setting_up;
#[path = "main/terminal.rs"]
mod terminal;
