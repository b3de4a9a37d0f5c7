//! Integration tests of the auditor.

#![expect(clippy::unwrap_used, reason = "a failed expectation is the test's message")]

mod main {
    mod catalogue;
    mod documents;
    mod evaluation;
    mod generated;
    mod loading;
    mod otherwise;
    mod prefix_lists;
    mod scene;
}
