//! The binary `security-monkey`.
fn main() {}
