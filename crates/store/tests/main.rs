//! The store's contract: every test of the list below runs on SQLite and on PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![expect(clippy::cast_possible_wrap, reason = "the tests count to hundreds")]

#[path = "main/fixture.rs"]
mod fixture;

#[path = "main/crash.rs"]
mod crash;
#[path = "main/finding.rs"]
mod finding;
#[path = "main/finding_list.rs"]
mod finding_list;
#[path = "main/justification.rs"]
mod justification;
#[path = "main/list.rs"]
mod list;
#[path = "main/open.rs"]
mod open;
#[path = "main/outbox.rs"]
mod outbox;
#[path = "main/people.rs"]
mod people;
#[path = "main/record.rs"]
mod record;
#[path = "main/rule_setting.rs"]
mod rule_setting;
#[path = "main/scan.rs"]
mod scan;
#[path = "main/verify.rs"]
mod verify;

/// Names every test of the contract once for each backend.
macro_rules! contract {
    ($($module:ident: $($name:ident),+;)*) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::$module::$name(&crate::fixture::Fixture::sqlite().await).await;
                }
            )+)*
        }
        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::$module::$name(&crate::fixture::Fixture::postgres().await).await;
                }
            )+)*
        }
    };
}

contract! {
    open:
        every_statement_is_accepted,
        migrating_twice_changes_nothing,
        several_processes_may_migrate_at_once,
        a_newer_schema_is_refused,
        an_empty_database_says_what_to_run,
        a_database_of_version_1_is_read_and_written,
        a_released_migration_never_changes,
        accounts_are_kept_and_their_changes_are_decisions,
        of_processes_at_odds_each_but_the_first_is_told;
    record:
        a_resource_lives_through_its_changes,
        an_ephemeral_change_makes_no_revision,
        a_batch_recorded_twice_makes_no_second_revision,
        an_unchanged_scan_writes_no_row_of_a_resource,
        a_wrong_digest_is_refused_and_nothing_is_written,
        history_never_runs_backwards,
        strange_characters_survive,
        the_longest_name_and_tag_are_accepted,
        links_lead_both_ways,
        events_tell_what_was_recorded,
        two_writers_do_not_disturb_each_other,
        a_dictionary_makes_bodies_smaller_and_old_ones_readable;
    scan:
        only_a_complete_listing_deletes,
        a_gap_keeps_its_beginning,
        a_scope_that_becomes_unreadable_is_an_event,
        a_scan_ends_once,
        what_is_out_of_sight_was_not_scanned,
        the_end_of_a_scan_and_a_scope_out_of_sight_do_not_wait_for_each_other,
        last_seen_follows_the_scope,
        scans_are_listed_and_forgotten;
    finding:
        a_finding_lives_through_its_states,
        unknown_resolves_nothing,
        what_is_proven_opens_beside_unknown,
        a_rule_that_was_not_evaluated_keeps_its_findings,
        the_same_evaluation_writes_nothing,
        a_retired_rule_leaves_no_open_findings,
        a_deleted_resource_has_no_open_findings,
        a_reaudit_of_an_older_document_changes_nothing,
        stale_audits_are_found;
    justification:
        a_justification_survives_resolving_and_coming_back,
        an_expired_justification_is_open_again,
        a_revoked_justification_is_open_again,
        rubbish_is_not_justified,
        a_clock_that_is_behind_brings_no_acceptance_back,
        people_and_scans_do_not_wait_for_each_other;
    rule_setting:
        a_score_is_overridden_per_account,
        a_disabled_rule_has_no_open_findings;
    finding_list:
        the_list_carries_the_scores,
        findings_are_filtered_and_paged,
        the_summary_counts,
        a_list_of_findings_as_of_an_instant;
    list:
        every_order_pages_through_everything_once,
        filters_find_what_they_name,
        every_word_of_a_long_policy_is_found,
        an_as_of_list_shows_what_was_there,
        a_tampered_cursor_is_refused;
    outbox:
        an_event_reaches_each_subscription_once,
        a_delivery_is_claimed_once,
        a_failed_delivery_comes_back_until_given_up,
        a_lost_claim_settles_nothing,
        old_events_are_forgotten_when_settled,
        who_is_disabled_or_demoted_hears_nothing,
        a_clock_that_was_ahead_delays_no_message_and_keeps_no_lease,
        a_lease_has_one_holder,
        a_lost_lease_records_nothing;
    people:
        users_sign_in_and_out,
        a_disabled_user_has_neither_session_nor_token,
        a_password_reset_by_somebody_else_revokes_tokens,
        tokens_end,
        comments_are_kept;
    verify:
        an_honest_history_verifies,
        acceptances_that_ended_verify,
        every_kind_of_tampering_is_found,
        what_is_shown_as_decided_is_what_was_decided;
    crash:
        a_killed_process_loses_nothing_and_deletes_nothing;
}
