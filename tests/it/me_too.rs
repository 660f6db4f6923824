//! Two hundred presses of **Me too** within ten seconds: few edits of the card, and the count right at the end.

use std::time::{Duration, Instant};

use kaizen_storage::OutboxTiming;
use kaizen_tests::{World, snap, story};
use kaizen_workflow::clock::pause;

story!(two_hundred_presses);
story!(counted_once_each, sqlite);

async fn two_hundred_presses(w: &mut World) {
    w.options.outbox = OutboxTiming { card_gap: Duration::from_secs(2), ..w.options.outbox };
    w.restart().await;
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let card = w.card_message(idea);
    let (started, before) = (Instant::now(), card.history.len());
    let people = ["ines", "mara", "noor", "cleo", "rita"];
    for press in 0..200 {
        // An odd number of presses for the first three, an even one for the others.
        let who = if press < 197 { people[press % 5] } else { people[3] };
        let exchange = w.sim.person(who).press(&card, "Me too").await.expect("there is a button");
        exchange.settled().await.expect("an answer");
        pause(Duration::from_millis(40)).await;
    }
    w.settle().await;
    let elapsed = started.elapsed();
    let presses = |who: usize| (0..197).filter(|p| p % 5 == who).count() + if who == 3 { 3 } else { 0 };
    let supporters = (0..5).filter(|who| presses(*who) % 2 == 1).count();
    assert!(w.card(idea).contains(&format!("Supporters: {supporters}")), "{supporters}: {}", w.card(idea));
    let edits = w.card_message(idea).history.len() - before;
    let most = elapsed.as_secs() / 2 + 1;
    assert!(edits as u64 <= most, "{edits} edits in {elapsed:?}");
    let facts = w.history(idea.0).await;
    assert_eq!(facts.len(), 201, "every press is in the history");
}

async fn counted_once_each(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let reply = w.press("sam", idea, "Me too").await;
    snap!(reply.text(), @"It is your own idea, so your support is counted already. Others can press **Me too**.");
    let reply = w.press("ines", idea, "Me too").await;
    snap!(reply.text(), @r"
    You support [K-1] now, as the first.
    `/idea support` once more takes it back.
    ");
    let reply = w.press("ines", idea, "Me too").await;
    snap!(reply.text(), @"You no longer support [K-1].");
    assert!(w.card(idea).contains("Supporters: none yet"));
    let reply = w.press("ines", idea, "Follow").await;
    snap!(reply.text(), @r"
    You follow [K-1] now: you are told of its decision, its implementation and its outcome.
    `/idea follow` once more ends it.
    ");
}
