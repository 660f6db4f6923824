//! The outbox: order, leases, merging, what is given up.

use std::collections::BTreeSet;
use std::time::Duration;

use kaizen_domain::ledger::LadderStep;
use kaizen_domain::suggestion::protocol::DirectReason;
use kaizen_domain::suggestion::{Command, Notice};
use kaizen_domain::{ChannelId, MemberId, MessageId, Number, RequirementKind};
use kaizen_storage::Options;
use kaizen_workflow::hand_over::Lessee;
use kaizen_workflow::outbox::{Claimed, Job, Trouble};
use kaizen_workflow::ports::{Founding, Outbox, Queries, Sent, Store, StoreError};

use crate::support::*;

pub(crate) async fn expect_an_item_in_order_and_others_beside_it(world: World) {
    let db = &world.db;
    found(db).await;
    let (_, first) = suggest(db, "one").await;
    act(db, cleo(), first, Command::AddFinding { text: "looked".into() }, at(1)).await.unwrap();
    let (_, second) = suggest(db, "two").await;
    // Only the openings: everything else of an item waits for them, the direct message and the card included.
    let open = claim(db).await;
    assert_eq!(
        open.iter().map(|c| (word(&c.job), c.job.number())).collect::<Vec<_>>(),
        [("open", Some(first)), ("open", Some(second))]
    );
    assert!(claim(db).await.is_empty());
    assert!(db.delivered(&open[0], &sent(&open[0])).await.unwrap());
    let next = claim(db).await;
    assert!(next.iter().all(|c| c.job.number() == Some(first)));
    let posts: Vec<i64> = next
        .iter()
        .filter_map(|c| if let Job::Post { seq, .. } = c.job { Some(seq) } else { None })
        .collect();
    assert_eq!(posts, [1], "the second post waits for the first");
    assert!(jobs(&next).contains(&"card"));
    for claim in &next {
        assert!(db.delivered(claim, &sent(claim)).await.unwrap());
    }
    let last = claim(db).await;
    assert!(matches!(last[0].job, Job::Post { seq: 2, .. }), "{last:?}");
}

pub(crate) async fn expect_a_lease_to_end_and_an_old_fence_to_write_nothing(world: World) {
    let (db, other) = (&world.db, world.another().await);
    suggest(db, "one").await;
    // A lease that is over as soon as it begins.
    let first = db.claim("first", 10, Duration::ZERO).await.unwrap().remove(0);
    assert_eq!((first.attempts, first.begun, first.fence), (1, None, 1));
    assert!(db.begin(&first).await.unwrap());
    let second = other.claim("second", 10, LONG).await.unwrap().remove(0);
    assert_eq!((second.id, second.fence, second.attempts), (first.id, 2, 2));
    assert!(second.begun.is_some(), "the first try may have taken effect");
    assert!(db.claim("third", 10, LONG).await.unwrap().is_empty());
    // Whoever comes late can write nothing.
    assert!(!db.begin(&first).await.unwrap());
    assert!(!db.delivered(&first, &sent(&first)).await.unwrap());
    assert!(!db.retry(&first, Duration::ZERO, "late").await.unwrap());
    assert!(!db.give_up(&first, "late", None).await.unwrap());
    assert!(db.find(first.workspace, Number(1)).await.unwrap().unwrap().card.is_none());
    assert!(other.delivered(&second, &sent(&second)).await.unwrap());
    assert!(!other.delivered(&second, &sent(&second)).await.unwrap());
    assert_eq!(db.find(first.workspace, Number(1)).await.unwrap().unwrap().card, Some(place(Number(1))));
}

pub(crate) async fn expect_each_row_to_one_worker(world: World) {
    let handles = [world.db.clone(), world.another().await];
    let loaded = world.db.load(&ask(sam())).await.unwrap();
    let items = (0..40).map(|n| new_item(&loaded, &format!("idea {n}"), at(0))).collect();
    world.db.commit(&commit(loaded.workspace, at(0), items)).await.unwrap();
    let mut workers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let db = handles[n % 2].clone();
        workers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claims = db.claim(&format!("w{n}"), 3, LONG).await.unwrap();
                if claims.is_empty() {
                    return mine;
                }
                for claim in claims {
                    assert!(db.begin(&claim).await.unwrap());
                    assert!(db.delivered(&claim, &sent(&claim)).await.unwrap());
                    mine.push(claim.id);
                }
            }
        });
    }
    let all: Vec<i64> = workers.join_all().await.into_iter().flatten().collect();
    // A worker that saw nothing free went home; what it was kept from is left for the next.
    let rest = deliver_all(&world.db).await.len();
    let once: BTreeSet<i64> = all.iter().copied().collect();
    assert_eq!(once.len(), all.len(), "no row twice");
    assert_eq!(i64::try_from(all.len() + rest).unwrap(), world.raw().await.count("outbox").await);
    assert_eq!(world.db.depth().await.unwrap().pending, 0);
}

pub(crate) async fn expect_one_pending_card_and_again_when_it_changed_meanwhile(world: World) {
    let db = &world.db;
    found(db).await;
    let (_, number) = suggest(db, "one").await;
    deliver_all(db).await;
    for minute in 1..=3 {
        act(db, mara(), number, Command::Support, at(minute)).await.unwrap();
    }
    let cards = claim(db).await;
    assert_eq!(jobs(&cards), ["card"], "three presses, one edit");
    assert!(db.begin(&cards[0]).await.unwrap());
    act(db, sam(), number, Command::Follow, at(4)).await.unwrap();
    act(db, cleo(), number, Command::Support, at(5)).await.unwrap();
    assert!(claim(db).await.is_empty());
    assert!(db.delivered(&cards[0], &sent(&cards[0])).await.unwrap());
    let again = claim(db).await;
    assert_eq!((again.len(), again[0].id, again[0].attempts, again[0].begun), (1, cards[0].id, 1, None));
    assert!(db.delivered(&again[0], &sent(&again[0])).await.unwrap());
    assert!(claim(db).await.is_empty());
    assert_eq!(db.depth().await.unwrap().pending, 0);
}

pub(crate) async fn expect_card_edits_to_keep_their_gap(world: World) {
    let mut slow = options();
    slow.outbox.card_gap = Duration::from_secs(3600);
    let db = world.with(slow).await;
    found(&db).await;
    let (_, number) = suggest(&db, "one").await;
    deliver_all(&db).await;
    act(&db, mara(), number, Command::Support, at(1)).await.unwrap();
    assert!(claim(&db).await.is_empty());
    let wait = db.next_due_in().await.unwrap().unwrap();
    assert!(wait > Duration::from_secs(3500) && wait <= Duration::from_secs(3600), "{wait:?}");
    // The defaults: two seconds.
    assert_eq!(Options::default().outbox.card_gap, Duration::from_secs(2));
}

fn reminder(to: MemberId, step: LadderStep) -> Notice {
    let about = kaizen_domain::suggestion::protocol::Word::Due;
    Notice::Reminder { to, owed_by: to, kind: RequirementKind::Acknowledgement, step, about }
}

fn entries(job: &Job) -> Vec<(u32, LadderStep)> {
    let Job::Reminders { entries, .. } = job else { panic!("{job:?}") };
    entries.iter().map(|e| (e.number.0, e.step)).collect()
}

pub(crate) async fn expect_reminders_of_one_sweep_in_one_message(world: World) {
    let mut holding = options();
    holding.outbox.bundle_hold = LONG;
    let db = world.with(holding).await;
    let workspace = found(&db).await;
    let to = member(&db, workspace, &mara()).await;
    let other = member(&db, workspace, &cleo()).await;
    let (_, one) = suggest(&db, "one").await;
    let (_, two) = suggest(&db, "two").await;
    deliver_all(&db).await;
    tell(&db, one, vec![reminder(to, LadderStep::Halfway), reminder(to, LadderStep::Late)]).await.unwrap();
    tell(&db, two, vec![reminder(to, LadderStep::Late), reminder(other, LadderStep::Late)]).await.unwrap();
    tell(&db, two, vec![reminder(to, LadderStep::Late)]).await.unwrap();
    // Held back until the sweep is over.
    assert!(claim(&db).await.is_empty());
    let raw = world.raw().await;
    raw.run("UPDATE outbox SET available_at = 0").await;
    let claims = claim(&db).await;
    assert_eq!(jobs(&claims), ["reminders", "reminders"]);
    assert_eq!(
        entries(&claims[0].job),
        [(1, LadderStep::Halfway), (1, LadderStep::Late), (2, LadderStep::Late)]
    );
    assert_eq!(entries(&claims[1].job), [(2, LadderStep::Late)]);
}

pub(crate) async fn expect_reminders_to_grow_until_sending_begins(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    let to = member(db, workspace, &mara()).await;
    let (_, one) = suggest(db, "one").await;
    deliver_all(db).await;
    tell(db, one, vec![reminder(to, LadderStep::Halfway)]).await.unwrap();
    let early = claim(db).await.remove(0);
    tell(db, one, vec![reminder(to, LadderStep::Late)]).await.unwrap();
    // It grew since it was claimed: not begun, but free again with everything in it.
    assert!(!db.begin(&early).await.unwrap());
    let full = claim(db).await.remove(0);
    assert_eq!((full.id, full.attempts), (early.id, 1));
    assert_eq!(entries(&full.job), [(1, LadderStep::Halfway), (1, LadderStep::Late)]);
    assert!(db.begin(&full).await.unwrap());
    // Now it is on its way; what comes later is another message, and after it.
    tell(db, one, vec![reminder(to, LadderStep::Transferred)]).await.unwrap();
    assert!(claim(db).await.is_empty());
    assert!(db.delivered(&full, &sent(&full)).await.unwrap());
    let next = claim(db).await.remove(0);
    assert_ne!(next.id, full.id);
    assert_eq!(entries(&next.job), [(1, LadderStep::Transferred)]);
}

pub(crate) async fn expect_several_messages_where_one_would_be_endless(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    let to = member(db, workspace, &mara()).await;
    let mut wanted = Vec::new();
    for n in 0..55 {
        let (_, number) = suggest(db, &format!("idea {n}")).await;
        tell(db, number, vec![reminder(to, LadderStep::Halfway), reminder(to, LadderStep::Late)])
            .await
            .unwrap();
        wanted.extend([(number.0, LadderStep::Halfway), (number.0, LadderStep::Late)]);
    }
    let mut messages = Vec::new();
    loop {
        let claims = claim(db).await;
        if claims.is_empty() {
            break;
        }
        for claim in claims {
            if matches!(claim.job, Job::Reminders { .. }) {
                messages.push(entries(&claim.job));
                assert!(db.begin(&claim).await.unwrap());
            }
            assert!(db.delivered(&claim, &sent(&claim)).await.unwrap());
        }
    }
    assert_eq!(messages.iter().map(Vec::len).collect::<Vec<_>>(), [100, 10]);
    let mut told = messages.concat();
    told.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(told, wanted, "each once");
}

pub(crate) async fn expect_given_up_rows_kept_and_revived(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    let (_, number) = suggest(db, "one").await;
    deliver_all(db).await;
    act(db, mara(), number, Command::Support, at(1)).await.unwrap();
    let card = claim(db).await.remove(0);
    assert!(db.give_up(&card, "no access \0 there", None).await.unwrap());
    let dead = db.dead_letters(None).await.unwrap();
    assert_eq!(
        (dead.len(), dead[0].id, dead[0].attempts, dead[0].error.as_str()),
        (1, card.id, 1, "no access  there")
    );
    assert_eq!(db.dead_letters(Some(workspace)).await.unwrap(), dead);
    assert!(db.dead_letters(Some(kaizen_domain::WorkspaceId(999))).await.unwrap().is_empty());
    let depth = db.depth().await.unwrap();
    assert_eq!((depth.pending, depth.dead, depth.oldest), (0, 1, Duration::ZERO));
    // A change after it is not held back; with another row waiting, reviving makes two.
    act(db, cleo(), number, Command::Support, at(2)).await.unwrap();
    assert_eq!(db.revive(Some(kaizen_domain::WorkspaceId(999))).await.unwrap(), 0);
    assert_eq!(db.revive(Some(workspace)).await.unwrap(), 1);
    assert_eq!(db.revive(None).await.unwrap(), 0);
    assert_eq!(deliver_all(db).await, [Job::Card { number }, Job::Card { number }]);
    assert_eq!(db.depth().await.unwrap().dead, 0);
}

pub(crate) async fn expect_a_failed_opening_to_hold_back_its_posts_only(world: World) {
    let db = &world.db;
    found(db).await;
    let (_, number) = suggest(db, "one").await;
    act(db, cleo(), number, Command::Acknowledge, at(1)).await.unwrap();
    let open = claim(db).await.remove(0);
    assert!(db.retry(&open, Duration::ZERO, "busy").await.unwrap());
    // It failed once: the direct message to the author no longer waits for the link.
    let open = claim(db).await;
    assert_eq!(jobs(&open), ["open"]);
    let direct = claim(db).await;
    assert_eq!(jobs(&direct), ["direct"]);
    assert!(db.delivered(&direct[0], &sent(&direct[0])).await.unwrap());
    let gone = Trouble::ChannelGone { channel: ChannelId(5), now: None };
    assert!(db.give_up(&open[0], "unknown channel", Some(Job::Trouble(gone))).await.unwrap());
    let next = deliver_all(db).await;
    assert!(!next.iter().any(|j| matches!(j, Job::Post { .. })), "{next:?}");
    assert!(next.iter().any(|j| matches!(j, Job::Trouble(_))));
    assert_eq!(db.next_due_in().await.unwrap(), None, "nothing to wake up for");
    assert_eq!(db.revive(None).await.unwrap(), 1);
    let last: Vec<&str> = deliver_all(db).await.iter().map(word).collect();
    assert_eq!(&last[..2], ["open", "post"]);
}

pub(crate) async fn expect_trouble_reported_once_a_day(world: World) {
    let db = &world.db;
    found(db).await;
    let (_, number) = suggest(db, "one").await;
    deliver_all(db).await;
    let trouble =
        || Job::Trouble(Trouble::Permission { channel: ChannelId(5), permission: "SEND_MESSAGES".into() });
    let mut reports = 0;
    for round in 0..4 {
        act(db, mara(), number, Command::Support, at(round)).await.unwrap();
        for claim in claim(db).await {
            match &claim.job {
                // Reported in the first round, told in the third: meanwhile, and for a day after, it is not said again.
                Job::Trouble(_) if round < 2 => {
                    assert!(db.retry(&claim, Duration::ZERO, "busy").await.unwrap());
                }
                Job::Trouble(_) => {
                    reports += 1;
                    assert!(db.delivered(&claim, &sent(&claim)).await.unwrap());
                }
                _ => {
                    assert!(db.give_up(&claim, "missing permission", Some(trouble())).await.unwrap());
                }
            }
        }
    }
    assert_eq!(reports, 1);
    assert_eq!(deliver_all(db).await, []);
}

pub(crate) async fn expect_nothing_sent_where_the_bot_was_removed(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    suggest(db, "one").await;
    db.plan_missing_digests(workspace, kaizen_domain::TeamId(1), at(10)).await.unwrap();
    db.removed(GUILD).await.unwrap();
    assert!(db.workspace(GUILD).await.unwrap().unwrap().removed);
    let late = at(100_000);
    assert!(claim(db).await.is_empty());
    assert_eq!(db.next_due_in().await.unwrap(), None);
    assert_eq!(db.next_due().await.unwrap(), None);
    assert!(db.due(late, 10).await.unwrap().is_empty() && db.due_digests(late).await.unwrap().is_empty());
    assert_eq!(db.depth().await.unwrap().pending, 0);
    // Back again: everything is still there.
    db.found(&Founding { guild: GUILD, name: "Ward".into(), owner: cleo().user }).await.unwrap();
    assert_eq!(db.due(late, 10).await.unwrap().len(), 1);
    assert_eq!(db.due_digests(late).await.unwrap().len(), 1);
    assert_eq!(jobs(&claim(db).await), ["open"]);
    // A request from a community says that the bot is in it, whatever was heard before.
    db.removed(GUILD).await.unwrap();
    db.load(&ask(sam())).await.unwrap();
    assert!(!db.workspace(GUILD).await.unwrap().unwrap().removed);
}

pub(crate) async fn expect_a_stale_card_refreshed(world: World) {
    let db = &world.db;
    let (workspace, number) = suggest(db, "one").await;
    deliver_all(db).await;
    db.refresh_card(workspace, number).await.unwrap();
    db.refresh_card(workspace, number).await.unwrap();
    db.refresh_card(workspace, Number(99)).await.unwrap();
    assert_eq!(deliver_all(db).await, [Job::Card { number }]);
}

pub(crate) async fn expect_retries_to_wait(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    let (_, number) = suggest(db, "one").await;
    let to = member(db, workspace, &mara()).await;
    let open = claim(db).await.remove(0);
    let leased = db.next_due_in().await.unwrap().unwrap();
    assert!(leased <= LONG && leased > LONG / 2, "{leased:?}");
    assert!(db.retry(&open, Duration::from_secs(60), "rate limited").await.unwrap());
    assert!(claim(db).await.is_empty());
    let wait = db.next_due_in().await.unwrap().unwrap();
    assert!(wait <= Duration::from_secs(60) && wait > Duration::from_secs(30), "{wait:?}");
    world.raw().await.run("UPDATE outbox SET available_at = 0").await;
    let open = claim(db).await.remove(0);
    assert_eq!(open.attempts, 2);
    assert!(db.delivered(&open, &Sent::Nothing).await.unwrap());
    assert_eq!(db.find(workspace, number).await.unwrap().unwrap().card, None);
    // Where a direct message went is kept with its reason.
    tell(db, number, vec![Notice::Direct { event: 0, to, reason: DirectReason::Following }]).await.unwrap();
    deliver_all(db).await;
    let postings = db.postings(workspace, number).await.unwrap();
    let direct = postings.iter().find(|p| p.direct.is_some()).unwrap();
    assert_eq!(direct.direct, Some((to, DirectReason::Following)));
}

pub(crate) async fn expect_what_was_made_anew_to_be_known(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = suggest(db, "one").await;
    let open = claim(db).await.remove(0);
    assert!(db.delivered(&open, &sent(&open)).await.unwrap());
    let post = claim(db).await.into_iter().find(|c| matches!(c.job, Job::Post { .. })).unwrap();
    let there = place(Number(99));
    let (channel, message) = (there.thread.unwrap(), MessageId(5));
    assert!(db.delivered(&post, &Sent::Anew { place: there, channel, message }).await.unwrap());
    assert_eq!(db.find(workspace, number).await.unwrap().unwrap().card, Some(there));
    let kept = db.postings(workspace, number).await.unwrap();
    assert!(kept.iter().any(|p| (p.seq, p.channel, p.message) == (1, channel, message)), "{kept:?}");
}

pub(crate) async fn expect_one_name_for_an_installation(world: World) {
    let other = world.another().await;
    world.db.migrate().await.unwrap();
    other.migrate().await.unwrap();
    assert_eq!(world.db.installation().len(), 6);
    assert_eq!(world.db.installation(), other.installation());
}

/// On SQLite nobody else runs: what a process that died had in hand need not wait until its lease ends, and may have been sent.
pub(crate) async fn expect_what_was_left_behind_to_be_taken_over_at_the_start(world: World) {
    let db = &world.db;
    suggest(db, "one").await;
    let open = claim(db).await.remove(0);
    assert_eq!((open.attempts, open.begun), (1, None));
    assert!(claim(db).await.is_empty(), "it is leased");
    db.take_over_leases().await.unwrap();
    let again = claim(db).await;
    if db.kind() == "postgres" {
        // Leases are those of others.
        assert!(again.is_empty());
        return;
    }
    assert!(again[0].begun.is_some() && again[0].attempts == 2, "{again:?}");
    assert!(!db.delivered(&open, &sent(&open)).await.unwrap(), "the old claim writes nothing");
    assert!(db.delivered(&again[0], &sent(&again[0])).await.unwrap());
}

/// A database that was restored doubts everything that waits, has another name, and gives no number twice.
pub(crate) async fn expect_a_restored_database_to_doubt_what_waits(world: World) {
    let db = &world.db;
    db.migrate().await.unwrap();
    let name = db.installation().to_owned();
    let (workspace, first) = suggest(db, "one").await;
    assert_eq!(db.restored_from().await.unwrap(), None);
    db.set_note(kaizen_storage::RESTORED_FROM, "2026-11-25T19:00:00Z").await.unwrap();
    let restored = world.another().await;
    restored.migrate().await.unwrap();
    assert_ne!(restored.installation(), name);
    let alone = restored.alone().await.unwrap();
    restored.leap_ahead().await.unwrap();
    restored.doubt_outbox(kaizen_storage::Doubt::All).await.unwrap();
    restored.is_ready_again().await.unwrap();
    alone.done().await;
    assert_eq!(restored.restored_from().await.unwrap(), None);
    let open = claim(&restored).await;
    assert!(open.iter().all(|c| c.begun.is_some_and(|ago| ago > Duration::from_hours(1))), "{open:?}");
    let (_, second) = suggest(&restored, "two").await;
    let new = claim(&restored).await;
    assert!(new.iter().all(|c| c.begun.is_none() && c.id > open[0].id + 1_000_000), "{new:?}");
    assert_eq!(new[0].job.number(), Some(second));
    assert!(restored.find(workspace, first).await.unwrap().is_some());
}

pub(crate) async fn expect_a_new_idea_to_be_leased_to_whoever_commits_it(world: World) {
    let (db, other) = (&world.db, world.another().await);
    found(db).await;
    let loaded = db.load(&ask(sam())).await.unwrap();
    let lessee = Lessee { worker: "it's me".into(), lease: LONG };
    let mut request = commit(loaded.workspace, at(0), vec![new_item(&loaded, "one", at(0))]);
    request.request = Some("first".into());
    let (committed, claims) = db.commit_for(&request, &lessee).await.unwrap();
    let number = committed.items[0].number;
    assert_eq!(jobs(&claims), ["open", "post"]);
    assert!(claims.is_sorted_by_key(|c| c.id));
    assert!(claims.iter().all(|c| (c.job.number(), c.attempts, c.begun) == (Some(number), 1, None)));
    // Nobody else gets it, nor the same request once more.
    assert!(other.claim("another", 10, LONG).await.unwrap().is_empty());
    let again = db.commit_for(&request, &lessee).await;
    assert!(matches!(again, Err(StoreError::AlreadyHandled(_))), "{again:?}");

    // What is put back is as it was.
    db.let_go(&claims[1]).await.unwrap();
    assert!(other.claim("another", 10, LONG).await.unwrap().is_empty(), "the post waits for the card");
    assert_eq!(db.delivered_all(&[(claims[0].clone(), sent(&claims[0]))]).await.unwrap(), [true]);
    assert_eq!(db.find(loaded.workspace, number).await.unwrap().unwrap().card, Some(place(number)));
    let post = other.claim("another", 10, LONG).await.unwrap().remove(0);
    assert_eq!((post.id, post.attempts, post.begun), (claims[1].id, 1, None));

    // Words were taken out of the second while it was being sent, and its post was lost to another.
    let request = commit(loaded.workspace, at(1), vec![new_item(&loaded, "two names", at(1))]);
    let (committed, claims) = db.commit_for(&request, &lessee).await.unwrap();
    let number = committed.items[0].number;
    db.let_go(&claims[1]).await.unwrap();
    act(db, cleo(), number, Command::Redact { words: vec!["names".into()] }, at(2)).await.unwrap();
    let both: Vec<(Claimed, Sent)> = claims.iter().map(|c| (c.clone(), sent(c))).collect();
    assert!(other.delivered(&post, &sent(&post)).await.unwrap());
    let mut both = both;
    both.push((post.clone(), sent(&post)));
    assert_eq!(db.delivered_all(&both).await.unwrap(), [true, true, false]);
    assert_eq!(db.postings(loaded.workspace, number).await.unwrap().len(), 1);
    assert!(jobs(&claim(db).await).contains(&"card"), "it is shown without the words");
}
