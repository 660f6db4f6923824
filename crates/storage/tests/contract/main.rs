//! One suite for both databases: what the ports promise, whatever stands behind them.

#[path = "../../../../tests/src/postgres.rs"]
#[expect(unreachable_pub, reason = "shared with the stories, where it is public")]
#[expect(dead_code, reason = "shared with the stories, which also take the database away")]
mod postgres;

mod alike;
mod answers;
mod debriefs;
mod lessons;
mod outbox;
mod reading;
mod scale;
mod schema;
mod support;
mod sweep;
mod writing;

/// Makes of each test one on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($module:ident { $($test:ident),+ $(,)? })+) => {
        mod sqlite {$(
            mod $module {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    Box::pin(crate::$module::$test(crate::support::World::sqlite().await)).await;
                }
            )+}
        )+}
        mod on_postgres {$(
            mod $module {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    Box::pin(crate::$module::$test(crate::support::World::postgres().await)).await;
                }
            )+}
        )+}
    };
}

on_both! {
    writing {
        expect_one_workspace_and_one_member_each_however_many_come_at_once,
        expect_the_first_person_to_stand_in_for_the_owner,
        expect_names_and_roles_brought_up_to_date,
        expect_numbers_without_gap_from_two_processes,
        expect_a_conflict_when_the_version_moved,
        expect_a_request_to_be_handled_once,
        expect_two_items_or_none,
        expect_history_ledger_timer_and_row_to_agree,
        expect_timers_replaced_and_removed,
        expect_timers_moved_with_the_settings_that_count_them,
        expect_people_looked_at_after_each_change,
        expect_items_marked_when_their_calendar_changes,
        expect_settings_saved_by_one_of_two,
        expect_redaction_everywhere,
        expect_a_post_in_flight_during_redaction_to_be_made_anew,
        expect_reminders_in_flight_during_redaction_to_lose_only_what_they_say_of_it,
        expect_a_caller_who_leaves_to_break_nothing,
        expect_all_who_come_at_once_to_have_their_turn,
        expect_any_text_to_be_kept_as_typed,
        expect_digests_planned_once_by_two_processes,
        expect_old_requests_and_deliveries_purged,
        expect_nothing_saved_without_a_database,
    }
    answers {
        expect_answers_without_names_until_the_question_ends,
        expect_one_answer_of_one_who_presses_twice_at_once,
        expect_nothing_left_of_one_who_is_forgotten_but_the_count,
    }
    sweep {
        expect_the_sweep_to_read_only_what_is_due,
    }
    outbox {
        expect_a_new_idea_to_be_leased_to_whoever_commits_it,
        expect_an_item_in_order_and_others_beside_it,
        expect_a_lease_to_end_and_an_old_fence_to_write_nothing,
        expect_each_row_to_one_worker,
        expect_one_pending_card_and_again_when_it_changed_meanwhile,
        expect_card_edits_to_keep_their_gap,
        expect_reminders_of_one_sweep_in_one_message,
        expect_reminders_to_grow_until_sending_begins,
        expect_several_messages_where_one_would_be_endless,
        expect_given_up_rows_kept_and_revived,
        expect_a_failed_opening_to_hold_back_its_posts_only,
        expect_trouble_reported_once_a_day,
        expect_nothing_sent_where_the_bot_was_removed,
        expect_a_stale_card_refreshed,
        expect_retries_to_wait,
        expect_what_was_made_anew_to_be_known,
        expect_one_name_for_an_installation,
        expect_what_was_left_behind_to_be_taken_over_at_the_start,
        expect_a_restored_database_to_doubt_what_waits,
    }
    reading {
        expect_an_item_by_its_thread,
        expect_lists_with_filters_and_pages,
        expect_what_concerns_a_member,
        expect_search_by_words_and_beginnings,
        expect_hostile_searches_to_be_harmless,
        expect_similar_ideas,
        expect_items_of_a_digest,
        expect_nothing_across_workspaces,
        expect_unreadable_rows_named_without_their_text,
        expect_the_promise_counted_as_defined,
        expect_notes_kept,
    }
    alike {
        expect_duplicates_among_the_first_five,
        expect_search_with_mistakes_and_other_forms,
        expect_erased_words_in_no_vocabulary,
        expect_older_rows_indexed_anew_a_few_at_a_time,
        expect_an_unreadable_idea_to_hold_up_no_other,
    }
    debriefs {
        expect_a_debrief_and_its_ideas_in_one_change,
        expect_no_row_to_lead_to_whoever_adds_without_a_name,
        expect_a_request_about_a_debrief_to_be_handled_once,
        expect_panels_to_merge_and_threads_to_be_known,
        expect_words_gone_from_one_item_and_all_that_quotes_it,
        expect_words_gone_from_title_summary_and_actions,
        expect_reminders_of_actions_in_flight_to_lose_only_what_they_say_of_them,
        expect_a_post_of_an_item_in_flight_during_its_redaction_to_be_made_anew,
        expect_debriefs_and_lessons_counted_as_defined,
        expect_words_of_a_lesson_gone_from_stored_digests,
        expect_timers_of_debriefs_moved_with_the_settings_that_count_them,
        expect_lessons_in_their_order_and_kinds_to_become_one,
        expect_a_briefing_at_once_with_a_hundred_thousand_lessons,
    }
    lessons {
        expect_counting_to_read_indexes,
    }
    schema {
        expect_two_processes_to_migrate_at_once,
        expect_a_newer_schema_refused,
        expect_an_older_schema_named,
        expect_tables_built_by_the_rules,
        expect_one_run_on_an_sqlite_file,
    }
}

/// `cargo test --release -p kaizen-storage --test contract million -- --ignored --nocapture`
mod measures {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[ignore = "measures: a million timers on each database"]
    async fn measure_the_sweep_over_a_million() {
        Box::pin(crate::sweep::measure_the_sweep_over_a_million(crate::support::World::sqlite().await)).await;
        Box::pin(crate::sweep::measure_the_sweep_over_a_million(crate::support::World::postgres().await))
            .await;
    }
}
