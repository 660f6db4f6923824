//! Somebody asks to be forgotten: what they wrote goes everywhere, what they owed moves first, and what happened stays.

use std::time::Duration;

use chrono::TimeDelta;
use discord_sim::{Fault, FaultRule};
use kaizen_domain::{GuildId, UserId};
use kaizen_tests::hospital::{GUILD, person};
use kaizen_tests::{Base, Idea, World, snap, story};
use kaizen_workflow::ports::{Outbox, Store};
use serde_json::json;

story!(a_member_of_staff_goes);
story!(a_manager_goes);
story!(the_owner_goes);
story!(while_another_process_sends, postgres);

/// Does the database still know this person?
async fn is_known(w: &World, name: &str) -> bool {
    let known = w.db.known(GuildId(GUILD), UserId(person(name))).await;
    known.expect("the database answers").is_some()
}

/// Nothing that the bot shows, and nothing in the files of the database, has this word (in lower case).
async fn expect_gone(w: &mut World, word: &str, readers: &[&str]) {
    let gone = |what: &str, text: &str| assert!(!text.to_lowercase().contains(word), "{what}: {text}");
    for who in readers {
        gone(who, &w.dms(who).join("\n"));
    }
    gone("channel", &w.channel("ward-3").join("\n"));
    gone("channel", &w.channel("hospital").join("\n"));
    let found = w.slash("mara", "idea search", json!({ "text": word })).await;
    assert!(found.text().starts_with("No idea matches"), "{}", found.text());
    if w.base == Base::Sqlite {
        for file in ["kaizen.db", "kaizen.db-wal"] {
            let bytes = std::fs::read(w.file().with_file_name(file)).unwrap_or_default().to_ascii_lowercase();
            let found = bytes.windows(word.len()).filter(|part| *part == word.as_bytes()).count();
            assert_eq!(found, 0, "{word} is still in {file}");
        }
    }
}

async fn a_member_of_staff_goes(w: &mut World) {
    let done = w.suggest("sam", "Xylograph labels on the drawers").await;
    w.press("rita", done, "Follow").await;
    w.slash_at(done, "mara", "idea ask", json!({ "question": "Which drawers?" })).await;
    w.slash_at(done, "sam", "idea answer", json!({ "text": "The xylograph ones at the window" })).await;
    w.slash_at(done, "mara", "idea accept", json!({ "reason": "Quickly done", "owner": "sam" })).await;
    let open = w.suggest("sam", "A xylograph for the corridor").await;
    w.press("rita", open, "Me too").await;
    let other = w.suggest("ines", "A lamp at the door").await;
    w.press("sam", other, "Me too").await;
    w.advance_to(World::monday() + TimeDelta::days(8)).await;
    assert!(w.channel("ward-3").join("\n").contains("ylograph"), "the digest has it");

    let before = w.slash("sam", "kaizen forget-me", json!({})).await;
    snap!(before.text(), @r"
    Do you want to be forgotten here? This is what happens then, at once and for good:
    - **Gone**: your name, the platform's id of you, and what you wrote (3 texts): in cards, threads, messages, digests, briefings, search and history.
    - **Stays**: what happened and when, done by “a former member”. What others wrote stays theirs. What carries no name cannot be found as yours: answers and notes to “does it work?”, what you added to a debrief without names.
    - **Taken back**: 1 idea of yours, not decided yet: K-2.
    - **Handed on**: what you answer for or carry out goes to whoever is next: K-1.
    Where others name you in their words, ask for those words to be removed: the author, the responsible person or the coordinator does it with `/idea redact`. Messages that you sent in channels yourself, only you can delete; what Kaizen wrote to you directly stays in your inbox.
    If you use Kaizen again later, you begin as somebody new.
    [Forget me]
    ");
    let known = w.db.known(GuildId(GUILD), UserId(person("sam"))).await.expect("the database answers");
    let button = format!("k1:forget-me:{}", known.expect("sam is known").member.0);
    let after = w.press_on("sam", before.message(), "Forget me").await;
    snap!(after.text(), @r"
    Done: you are forgotten here. Your name is gone, and 3 texts with it. Cards and posts are rewritten in a moment.
    Somebody else answers now for K-1.
    Thank you for what you did to make things better.
    ");

    assert!(!is_known(w, "sam").await);
    expect_gone(w, "xylograph", &["rita", "mara", "ines"]).await;
    snap!(w.card(done), @r"
    K-1 · Accepted
    *[removed]*
    Author: a former member
    Stage: Accepted: it is going to be done
    Responsible: @mara (manages Ward 3)
    Due: the implementation from @mara, by Wed 16 Dec 10:00
    Supporters: none yet
    Decision: Accepted as suggested (@mara)
    Quickly done
    K-1
    [Implemented] [Me too] [Follow]
    ");
    snap!(w.thread(done).join("\n---\n"), @r"
    a former member suggests:
    > *[removed]*
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 1
    (pings mara)
    ---
    @mara asks the author:
    > Which drawers?
    Next: a former member answers by Mon 23 Nov 10:00. Until then the decision waits. a former member: `/idea answer` in this thread.
    -# K-1 · 3
    ---
    a former member answers:
    > *[removed]*
    Next: @mara decides by Mon 30 Nov 10:00.
    -# K-1 · 4
    (pings mara)
    ---
    @mara accepted it as suggested. It changes this case.
    **Why**:
    > Quickly done
    Next: a former member carries it out by Wed 16 Dec 10:00.
    -# K-1 · 5
    (pings sam)
    ---
    Whoever had it is no longer here. @mara carries it out now.
    Next: @mara carries it out by Wed 16 Dec 10:00.
    -# K-1 · 6
    ");
    snap!(w.card(open), @r"
    K-2 · Withdrawn
    *[removed]*
    Author: a former member
    Stage: Withdrawn: its author took it back
    Supporters: 1
    K-2
    ");
    assert!(!w.thread(open).join("\n").contains("@sam"), "{:#?}", w.thread(open));
    assert!(!w.channel("ward-3").join("\n").contains("@sam"), "{:#?}", w.channel("ward-3"));
    let name = w.sim.channel(w.thread_id(done)).expect("a thread").name;
    assert_eq!(name, "K-1 [removed]");
    // A voice stays a voice, and nothing that was said about that idea is touched.
    assert_eq!(w.history(3).await[..2], ["submitted", "supported"]);
    assert!(w.card(other).contains("Supporters: 1"), "{}", w.card(other));
    assert!(!w.dms("noor").join("\n").contains("words were taken out of **K-3**"), "{:#?}", w.dms("noor"));
    w.expect_a_clean_audit().await;

    // To ask makes nobody known; pressed again it says so.
    let again = w.press_forged("sam", done, &button).await;
    snap!(again.text(), @"Nothing is kept about you here: no name, no id, no words.");
    let again = w.slash("sam", "kaizen forget-me", json!({})).await;
    snap!(again.text(), @"Nothing is kept about you here: no name, no id, no words.");
    assert!(!is_known(w, "sam").await);
    // Whoever comes back is somebody new, and a button from before is not theirs.
    let idea = w.suggest("sam", "A new beginning").await;
    assert!(w.card(idea).contains("Author: @sam"), "{}", w.card(idea));
    let refused = w.press_forged("sam", done, &button).await;
    snap!(refused.text(), @"That is for each person themself. For yourself: `/kaizen forget-me`.");
    assert!(is_known(w, "sam").await);
    // A restart knows no more.
    w.restart().await;
    expect_gone(w, "xylograph", &["rita", "mara", "ines"]).await;
}

async fn a_manager_goes(w: &mut World) {
    let waiting = w.suggest("sam", "A clock in the ward").await;
    let asked = w.suggest("sam", "A second clock").await;
    w.slash_at(asked, "mara", "idea ask", json!({ "question": "Where would you zygomorphic hang it?" }))
        .await;
    let own = w.suggest("mara", "Zygomorphic tea on Fridays").await;
    w.press("noor", own, "Acknowledge").await;
    w.slash_at(own, "noor", "idea accept", json!({ "reason": "Gladly", "owner": "mara" })).await;
    let norm = w.suggest("sam", "Two people at every bath").await;
    w.press("mara", norm, "Acknowledge").await;
    let policy = json!({ "reason": "Zygomorphic", "loop": "policy", "norm-before": "One zygomorphic carer", "norm-after": "Two" });
    w.slash_at(norm, "mara", "idea accept", policy).await;
    let register = w.slash("noor", "kaizen policy list", json!({})).await;
    assert!(register.text().contains("One zygomorphic carer"), "{}", register.text());

    let before = w.slash("mara", "kaizen forget-me", json!({})).await;
    snap!(before.text(), @r"
    Do you want to be forgotten here? This is what happens then, at once and for good:
    - **Gone**: your name, the platform's id of you, and what you wrote (5 texts): in cards, threads, messages, digests, briefings, search and history.
    - **Stays**: what happened and when, done by “a former member”. What others wrote stays theirs. What carries no name cannot be found as yours: answers and notes to “does it work?”, what you added to a debrief without names.
    - **Handed on**: what you answer for or carry out goes to whoever is next: K-1, K-2, K-3 and K-4.
    Where others name you in their words, ask for those words to be removed: the author, the responsible person or the coordinator does it with `/idea redact`. Messages that you sent in channels yourself, only you can delete; what Kaizen wrote to you directly stays in your inbox.
    If you use Kaizen again later, you begin as somebody new.
    [Forget me]
    ");
    let after = w.press_on("mara", before.message(), "Forget me").await;
    snap!(after.text(), @r"
    Done: you are forgotten here. Your name is gone, and 5 texts with it. Cards and posts are rewritten in a moment.
    Somebody else answers now for K-1, K-2, K-3 and K-4.
    Thank you for what you did to make things better.
    ");
    snap!(w.card(waiting), @r"
    K-1 · Submitted
    A clock in the ward
    Author: @sam
    Stage: Submitted: it waits for a first answer
    Responsible: @noor (manages Hospital, the next level)
    Due: an acknowledgement from @noor, by Wed 18 Nov 10:00
    Supporters: none yet
    K-1
    [Acknowledge] [Add finding] [Ask author] [Refer] [Me too] [Follow]
    ");
    let noor = w.last_dm("noor");
    for number in ["K-1", "K-2", "K-3", "K-4"] {
        assert!(noor.contains(&format!("[{number}]")), "{noor}");
    }
    assert!(noor.contains("Yours now"), "{noor}");
    snap!(w.last_post(waiting), @r"
    Whoever had it is no longer here. @noor answers for it now.
    Next: @noor acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 2
    ");
    snap!(w.last_post(asked), @r"
    Whoever had it is no longer here. @noor answers for it now.
    Next: @sam answers by Mon 23 Nov 10:00. Until then the decision waits.
    -# K-2 · 3
    ");
    snap!(w.last_post(own), @r"
    Whoever had it is no longer here. @noor carries it out now.
    Next: @noor carries it out by Wed 16 Dec 10:00.
    -# K-3 · 4
    ");
    assert!(!is_known(w, "mara").await);
    for idea in [waiting, asked, own] {
        assert!(!w.thread(idea).join("\n").contains("@mara"), "{:#?}", w.thread(idea));
    }
    let register = w.slash("noor", "kaizen policy list", json!({})).await;
    assert!(
        register.text().contains("K-4") && !register.text().contains("zygomorphic"),
        "{}",
        register.text()
    );
    // The team has no manager of its own now: new ideas go to the level above.
    let next = w.suggest("sam", "A third clock").await;
    assert!(w.card(next).contains("Responsible: @noor"), "{}", w.card(next));
    // The question's answer still finds somebody who decides.
    w.slash_at(asked, "sam", "idea answer", json!({ "text": "Over the door" })).await;
    w.slash_at(asked, "noor", "idea accept", json!({ "reason": "Yes" })).await;
    assert!(w.card(asked).contains("K-2 · Accepted"), "{}", w.card(asked));
    w.slash_at(own, "noor", "idea implemented", json!({ "what-changed": "There is tea" })).await;
    assert!(w.card(own).contains("K-3 · Implemented"), "{}", w.card(own));
    assert!(!w.card(own).contains("ygomorphic"), "{}", w.card(own));
}

async fn the_owner_goes(w: &mut World) {
    let idea = w.suggest("sam", "A key for the shed").await;
    w.slash_at(idea, "cleo", "idea finding", json!({ "text": "The quixotic key is lost" })).await;
    let before = w.slash("cleo", "kaizen forget-me", json!({})).await;
    snap!(before.text(), @r"
    Do you want to be forgotten here? This is what happens then, at once and for good:
    - **Gone**: your name, the platform's id of you, and what you wrote (1 text): in cards, threads, messages, digests, briefings, search and history.
    - **Stays**: what happened and when, done by “a former member”. What others wrote stays theirs. What carries no name cannot be found as yours: answers and notes to “does it work?”, what you added to a debrief without names.
    - **Handed on**: what you answer for or carry out goes to whoever is next: K-1.
    - As this community is yours on the platform, you are still asked where nobody else is left: the platform's id of you is kept for that, without a name and apart from all that you did.
    Where others name you in their words, ask for those words to be removed: the author, the responsible person or the coordinator does it with `/idea redact`. Messages that you sent in channels yourself, only you can delete; what Kaizen wrote to you directly stays in your inbox.
    If you use Kaizen again later, you begin as somebody new.
    [Forget me]
    ");
    let after = w.press_on("cleo", before.message(), "Forget me").await;
    snap!(after.text(), @r"
    Done: you are forgotten here. Your name is gone, and 1 text with it. Cards and posts are rewritten in a moment.
    Somebody else answers now for K-1.
    Thank you for what you did to make things better.
    ");
    let workspace = w.workspace().await.expect("there is a workspace");
    assert!(workspace.policy.coordinators.is_empty(), "{:?}", workspace.policy.coordinators);
    assert!(!w.thread(idea).join("\n").contains("quixotic"), "{:#?}", w.thread(idea));
    // What cleo answered for goes back to the team; the owner is asked where nobody else is left.
    assert!(w.card(idea).contains("Responsible: @mara"), "{}", w.card(idea));
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    assert!(check.text().contains("Nobody is named as coordinator"), "{}", check.text());
}

/// Two processes send what is told of sam's ideas, slowly, when sam asks to be forgotten: whatever was on its way by either of
/// them, nothing of it stays.
async fn while_another_process_sends(w: &mut World) {
    w.stop_program().await;
    w.environment = vec![("KAIZEN__DISCORD__SHARDS".to_owned(), "0/2".to_owned())];
    w.start_program().await;
    let other = w.another_program(&[("KAIZEN__DISCORD__SHARDS".to_owned(), "1/2".to_owned())]).await;
    let asked = {
        w.suggest("sam", "A xylograph for the corridor").await;
        w.slash("sam", "kaizen forget-me", json!({})).await
    };
    let sends = |call: &discord_sim::Target<'_>| call.method == "POST" && call.route.ends_with("/messages");
    w.sim.fault(FaultRule::fraction(Fault::DelayAfter(Duration::from_millis(300)), 1.0).when(sends));
    let mut ideas = Vec::new();
    for n in 0..8 {
        let sam = w.sim.person("sam");
        let idea = json!({ "idea": format!("Xylograph {n} for the corridor") });
        let sent = sam.slash("ward-3", "suggest", idea).await.expect("it is sent");
        let answer = sent.settled().await.expect("it is answered");
        assert!(matches!(answer, discord_sim::Answer::Message(_)), "{answer:?}");
        ideas.push(Idea(n + 2));
    }
    let pending = w.db.depth().await.expect("the database answers").pending;
    assert!(pending > 0, "much of it is on its way, or waits");
    let pressed = w.sim.person("sam").press(asked.message().id, "Forget me").await.expect("it is sent");
    pressed.settled().await.expect("it is answered");
    assert!(!is_known(w, "sam").await);
    w.settle().await;
    w.sim.clear_faults();
    expect_gone(w, "xylograph", &["rita", "mara", "noor"]).await;
    for idea in ideas {
        let thread = w.thread(idea).join("\n");
        assert!(!thread.contains("@sam") && !thread.to_lowercase().contains("xylograph"), "{thread}");
        assert!(!w.card(idea).contains("@sam"), "{}", w.card(idea));
        assert_eq!(w.cards(idea).len(), 1, "{idea}");
    }
    assert!(other.stop().await);
    w.expect_a_clean_audit().await;
}
