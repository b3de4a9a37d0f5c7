//! Integration tests of the auditor.

mod main {
    mod catalogue;
}
