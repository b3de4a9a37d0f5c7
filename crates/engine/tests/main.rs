//! The engine against real stores: an account in memory for faults that no fake AWS can produce, moto for everything else.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its supporting functions too"
)]

#[path = "main/cloud.rs"]
mod cloud;
#[path = "main/world.rs"]
mod world;

#[path = "main/again.rs"]
mod again;
#[path = "main/between.rs"]
mod between;
#[path = "main/broken_rules.rs"]
mod broken_rules;
#[path = "main/built_in.rs"]
mod built_in;
#[path = "main/faults.rs"]
mod faults;
#[path = "main/never_false.rs"]
mod never_false;
#[path = "main/notifying.rs"]
mod notifying;
#[path = "main/on_moto.rs"]
mod on_moto;
#[path = "main/running.rs"]
mod running;

/// Names every test once for each backend.
macro_rules! on_both {
    ($($module:ident: $($name:ident),+;)*) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::$module::$name(crate::world::World::sqlite().await).await;
                }
            )+)*
        }
        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::$module::$name(crate::world::World::postgres().await).await;
                }
            )+)*
        }
    };
}

on_both! {
    faults:
        a_field_that_was_refused_is_neither_a_removal_nor_a_change,
        a_listing_that_broke_off_deletes_nothing,
        an_account_that_cannot_be_read_is_one_error_and_a_gap_per_scope,
        a_region_that_was_switched_off_hides_and_deletes_nothing,
        a_region_out_of_sight_before_it_was_switched_off_is_said_to_be_off,
        a_scan_of_what_was_left_out_is_not_called_complete,
        a_cancelled_scan_deletes_nothing_and_the_next_one_goes_on;
    between:
        what_is_deleted_between_its_list_and_its_details_is_left_to_the_next_list,
        an_answer_without_its_list_deletes_nothing,
        a_trail_of_another_region_counts_and_is_there_once;
    broken_rules:
        a_rule_left_out_keeps_its_findings,
        a_rule_that_fails_while_it_runs_says_so_and_keeps_its_findings;
    again:
        a_load_balancer_is_audited_again_when_its_security_group_opens,
        an_absence_is_unknown_until_everything_was_seen,
        a_verdict_left_unknown_is_made_up_for,
        time_alone_opens_a_finding,
        changed_rules_are_applied_to_what_has_not_changed,
        processes_that_know_other_networks_say_so,
        a_rule_switched_on_again_is_evaluated_again,
        an_accounts_own_setting_outweighs_the_general_one,
        an_account_that_becomes_known_is_audited_again,
        a_network_that_becomes_known_is_audited_again_by_the_next_scan,
        a_port_open_to_everybody_is_told_beside_a_list_nobody_read;
    never_false:
        a_killed_first_scan_leaves_unread_fields_unknown,
        a_refused_join_is_unknown_first_and_again,
        a_refused_element_keeps_what_is_known_of_it,
        refused_tags_are_neither_lost_nor_missing,
        what_was_refused_of_a_neighbour_is_unknown_here,
        a_neighbour_out_of_sight_is_unknown_then_as_last_seen,
        an_absence_is_unknown_again_after_a_restart_until_every_region_was_seen,
        a_listing_that_broke_off_keeps_what_was_unread_before,
        an_ephemeral_change_hides_no_new_rule;
    notifying:
        an_event_is_mailed_once_however_often_processes_die,
        a_webhook_is_called_once_however_often_processes_die,
        a_mail_says_what_is_wrong_and_what_to_do,
        a_refused_message_is_sent_later,
        an_account_out_of_sight_is_one_message,
        many_events_at_once_are_one_message,
        many_events_are_one_message_after_an_outage_too,
        messages_of_another_database_have_other_ids,
        two_processes_tell_each_event_once;
    running:
        a_new_account_is_scanned_without_a_restart,
        a_new_interval_takes_effect_without_a_restart,
        a_clock_that_was_ahead_stops_no_scan,
        two_processes_share_the_work,
        a_person_can_ask_for_a_scan,
        an_unreadable_account_is_tried_again_later,
        an_account_that_was_scanned_before_is_scanned_again_at_once;
    on_moto:
        an_estate_is_watched_recorded_audited_and_told;
}
