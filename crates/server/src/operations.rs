//! Every operation of the API, one file each: doc, wire types, handler. [`all`] is the only way into the router; a test
//! holds that no file below this folder is missing from it.

use crate::operation::Operation;

mod session {
    pub(super) mod change_password;
    pub(super) mod show;
    pub(super) mod sign_in;
    pub(super) mod sign_out;
}
mod summary {
    pub(super) mod show;
}
mod accounts {
    pub(super) mod list;
    pub(super) mod put;
    pub(super) mod show;
}
mod technologies {
    pub(super) mod list;
}
mod resources {
    pub(super) mod comment;
    pub(super) mod history;
    pub(super) mod list;
    pub(super) mod list_comments;
    pub(super) mod show;
    pub(super) mod verdicts;
}
mod revisions {
    pub(super) mod compare;
    pub(super) mod show;
}
mod findings {
    pub(super) mod export;
    pub(super) mod justify;
    pub(super) mod justify_many;
    pub(super) mod list;
    pub(super) mod revoke;
    pub(super) mod show;
}
mod decisions {
    pub(super) mod export;
    pub(super) mod list;
}
mod coverage_gaps {
    pub(super) mod list;
}
mod scans {
    pub(super) mod list;
    pub(super) mod start;
}
mod rules {
    pub(super) mod configure;
    pub(super) mod list;
    pub(super) mod show;
}
mod users {
    pub(super) mod create;
    pub(super) mod list;
    pub(super) mod reset_password;
    pub(super) mod update;
}
mod tokens {
    pub(super) mod create;
    pub(super) mod list;
    pub(super) mod revoke;
}
mod subscriptions {
    pub(super) mod create;
    pub(super) mod delete;
    pub(super) mod list;
    pub(super) mod test;
    pub(super) mod update;
}
mod events {
    pub(super) mod since;
}
mod verification {
    pub(super) mod run;
}
mod meta {
    pub(super) mod health;
    pub(super) mod openapi;
    pub(super) mod ready;
}

/// All operations, in the order the OpenAPI document's reader meets them.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    const ALL: &[Operation] = &[
        session::sign_in::OPERATION,
        session::show::OPERATION,
        session::sign_out::OPERATION,
        session::change_password::OPERATION,
        summary::show::OPERATION,
        accounts::list::OPERATION,
        accounts::show::OPERATION,
        accounts::put::OPERATION,
        technologies::list::OPERATION,
        resources::list::OPERATION,
        resources::show::OPERATION,
        resources::history::OPERATION,
        resources::verdicts::OPERATION,
        resources::list_comments::OPERATION,
        resources::comment::OPERATION,
        revisions::show::OPERATION,
        revisions::compare::OPERATION,
        findings::list::OPERATION,
        findings::export::OPERATION,
        findings::show::OPERATION,
        findings::justify::OPERATION,
        findings::revoke::OPERATION,
        findings::justify_many::OPERATION,
        decisions::list::OPERATION,
        decisions::export::OPERATION,
        coverage_gaps::list::OPERATION,
        scans::list::OPERATION,
        scans::start::OPERATION,
        rules::list::OPERATION,
        rules::show::OPERATION,
        rules::configure::OPERATION,
        users::list::OPERATION,
        users::create::OPERATION,
        users::update::OPERATION,
        users::reset_password::OPERATION,
        tokens::list::OPERATION,
        tokens::create::OPERATION,
        tokens::revoke::OPERATION,
        subscriptions::list::OPERATION,
        subscriptions::create::OPERATION,
        subscriptions::update::OPERATION,
        subscriptions::delete::OPERATION,
        subscriptions::test::OPERATION,
        events::since::OPERATION,
        verification::run::OPERATION,
        meta::health::OPERATION,
        meta::ready::OPERATION,
        meta::openapi::OPERATION,
    ];
    ALL.iter()
}
