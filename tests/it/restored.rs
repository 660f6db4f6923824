//! The restore drill: a backup is made while ideas come in, more happens, somebody is forgotten and a name is taken out; then
//! the backup is restored. What was erased is erased again before anybody is served, nothing is told twice, and the ledger is
//! what the history gives.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::{ChannelId, GuildId, Number, UserId};
use kaizen_server::erasures::{self, NotReady};
use kaizen_tests::hospital::{GUILD, HOSPITAL, PEOPLE, person};
use kaizen_tests::{Base, World, idea_of, story};
use kaizen_workflow::clock::Clock;
use kaizen_workflow::digest::Schedule;
use kaizen_workflow::engine::Engine;
use kaizen_workflow::ports::{Ask, Loaded, Outbox, Person, Queries, Store};
use serde_json::{Value, json};

use crate::doctor::kaizen;

story!(a_restored_backup_forgets_again);
story!(a_backup_is_whole_or_not_there);

/// How many ideas come in while the backup is made.
const MEANWHILE: usize = 20;

/// An engine on the database whose program does not run: what it writes waits to be sent.
fn engine(w: &World) -> Engine {
    let schedule = Schedule::parse("0 9 * * MON").expect("a schedule");
    let clock = Arc::clone(&w.clock) as Arc<dyn Clock>;
    Engine::new(Arc::new(w.db.clone()), Arc::new(w.db.clone()), clock, schedule)
}

/// Suggests to the team Hospital past the chat; returns its number.
async fn suggest(engine: &Engine, n: usize) -> u32 {
    let (name, id) = PEOPLE[n % PEOPLE.len()];
    let person = Person { user: UserId(id), name: name.to_owned(), roles: vec![], admin: false };
    let request = Some(format!("meanwhile-{n}"));
    let ask = Ask { guild: GuildId(GUILD), person, request, item: None, other: None, named: vec![] };
    let make = |loaded: &Loaded| {
        let team = loaded.policy.team_named("Hospital").expect("a team").id;
        Ok(Submission {
            idea: format!("Meanwhile {n}"),
            proposal: None,
            benefit: None,
            area: None,
            team,
            for_name: None,
            done: false,
            source: None,
        })
    };
    engine.submit(&ask, ChannelId(HOSPITAL), make).await.expect("it is recorded").shown.item.number.0
}

/// How often each text of the bot stands anywhere, without private answers.
fn said(w: &World) -> BTreeMap<(u64, String), usize> {
    let mut said = BTreeMap::new();
    w.sim.read(|world| {
        for m in world.all_messages() {
            let text = m.all_text();
            if m.ephemeral_for.is_none()
                && m.author_id == kaizen_tests::hospital::BOT
                && !m.deleted
                && !text.is_empty()
            {
                *said.entry((m.channel_id, text)).or_default() += 1;
            }
        }
    });
    said
}

/// A backup of the database, made while the program runs.
pub(crate) async fn backup(w: &World, name: &str) -> PathBuf {
    let file = w.fresh().folder().join(name);
    let (out, exit) = kaizen(w, &["backup", &file.display().to_string(), "--json"], &[]).await;
    assert_eq!(exit, 0, "{out}");
    let answer: Value = serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}: {out}"));
    assert_eq!(answer["bytes"], std::fs::metadata(&file).expect("it is written").len(), "{answer}");
    file
}

async fn a_restored_backup_forgets_again(w: &mut World) {
    // Friday afternoon: the next thing to happen by itself is Monday's digest.
    w.advance_to(World::monday() + TimeDelta::days(4) + TimeDelta::hours(5)).await;
    let words = w.suggest("sam", "Xylograph labels on the drawers").await;
    w.press("rita", words, "Follow").await;
    w.press("mara", words, "Acknowledge").await;
    let bell = w.suggest("ines", "Leonhard from bed 4 cannot reach the bell").await;
    w.slash_at(bell, "mara", "idea finding", json!({ "text": "LEONHARD is not the only one" })).await;
    let owned = w.suggest("rita", "A hook behind the door").await;
    w.press("mara", owned, "Acknowledge").await;
    w.slash_at(owned, "mara", "idea accept", json!({ "reason": "Gladly", "owner": "sam" })).await;

    // Ideas come in while the backup is made; nothing of them is sent before it.
    w.stop_program().await;
    let engine = engine(w);
    suggest(&engine, 0).await;
    let coming = (1..=MEANWHILE).map(|n| {
        let engine = engine.clone();
        tokio::spawn(async move { suggest(&engine, n).await })
    });
    let coming: Vec<_> = coming.collect();
    let file = backup(w, "backup").await;
    for one in coming {
        one.await.expect("it is recorded");
    }
    // However quick the others were: the backup knows nothing of this one, and it is not of somebody who goes.
    let lost = Number(suggest(&engine, MEANWHILE + 2).await);
    w.start_program().await;
    w.settle().await;

    // After the backup: everything is sent, answered; the digest comes; a person goes, and a name.
    let first = kaizen_tests::Idea(owned.0 + 1);
    w.press("noor", first, "Acknowledge").await;
    w.advance_to(World::monday() + TimeDelta::days(7) - TimeDelta::minutes(30)).await;
    let asked = w.slash("sam", "kaizen forget-me", json!({})).await;
    w.press_on("sam", asked.message(), "Forget me").await;
    let form = w.slash_at(bell, "mara", "idea redact", json!({})).await;
    w.fill("mara", &form, json!({ "words": "Leonhard" })).await;
    let before = said(w);
    let digests = |said: &BTreeMap<(u64, String), usize>| {
        said.iter().filter(|((_, text), _)| text.contains("New ideas")).map(|(_, n)| n).sum::<usize>()
    };
    assert_eq!(digests(&before), 2, "{before:#?}");
    let journal = std::fs::read_to_string(w.fresh().journal()).expect("there is a journal");
    assert_eq!(journal.lines().count(), 3, "{journal}");
    for word in ["sam", "eonhard", "EONHARD", "ylograph", "\"11\""] {
        assert!(!journal.contains(word), "{word} stands in the journal: {journal}");
    }

    let given = w.db.numbers(w.workspace().await.expect("a workspace").id).await.expect("it answers");
    w.restore(&file).await;
    let known = w.db.known(GuildId(GUILD), UserId(person("sam"))).await.expect("the database answers");
    assert!(known.is_some(), "the backup is from before");
    assert!(w.db.depth().await.expect("it answers").pending > 0, "what was not sent then waits again");
    w.start_program().await;
    let known = w.db.known(GuildId(GUILD), UserId(person("sam"))).await.expect("the database answers");
    assert!(known.is_none(), "sam is forgotten again");
    w.look_around().await;

    expect_erased(w, "xylograph").await;
    expect_erased(w, "leonhard").await;
    assert!(!w.card(words).contains("@sam"), "{}", w.card(words));
    assert!(w.card(owned).contains("the implementation from @mara"), "{}", w.card(owned));
    assert!(w.history(bell.0).await.contains(&"redacted"));
    // Each idea that the backup had has one card, and each message stands where it stood, once.
    let workspace = w.workspace().await.expect("a workspace").id;
    let numbers = w.db.numbers(workspace).await.expect("the database answers");
    assert!(numbers.len() > 3, "the backup has some of the ideas that came in: {numbers:?}");
    for number in &numbers {
        assert_eq!(w.cards(kaizen_tests::Idea(number.0)).len(), 1, "{number}");
        let posts = w.thread(kaizen_tests::Idea(number.0));
        let suggests = posts.iter().filter(|p| p.contains("suggests:")).count();
        assert_eq!(suggests, 1, "{number}: {posts:#?}");
    }
    let after = said(w);
    assert_eq!(digests(&after), digests(&before), "{after:#?}");
    for (said, times) in &after {
        if said.1.contains("is no longer here") {
            // Who answers from now on is said in any case.
            assert!(*times <= 2, "{said:?}");
        } else if before.contains_key(said) {
            assert_eq!(times, &before[said], "said again: {said:?}");
        } else {
            assert_eq!(*times, 1, "said twice: {said:?}");
        }
    }
    w.expect_a_clean_audit().await;
    // Whoever comes now is served, and nothing of theirs is taken for what was sent in the days that are lost.
    let reply = w.slash("otto", "suggest", json!({ "idea": "A bench in the yard" })).await;
    let idea = idea_of(&reply);
    let cards = w.cards(idea);
    assert!(cards.iter().any(|c| w.shown(c).contains("A bench in the yard")), "{idea}: {cards:#?}");
    // No number is given twice: a button on a card that is lost acts on nothing else.
    assert_eq!(cards.len(), 1, "{cards:#?}");
    assert!(given.contains(&lost) && !numbers.contains(&lost), "{lost} is lost");
    assert!(given.iter().all(|n| n.0 < idea.0), "{idea} was given before");
    let reply = w.press("noor", kaizen_tests::Idea(lost.0), "Acknowledge").await;
    assert!(reply.text().starts_with(&format!("There is no idea {lost} here.")), "{}", reply.text());
    // Once more, and nothing is left to be done; nobody who came since is taken for who was forgotten.
    w.restart().await;
    let again = w.suggest("sam", "A new beginning").await;
    w.restart().await;
    let author = w.stored(again.0).await.suggestion.author;
    let people = w.db.people(workspace, &[author]).await.expect("the database answers");
    assert_eq!(people.user(author), Some(UserId(person("sam"))));
    assert_eq!(std::fs::read_to_string(w.fresh().journal()).expect("a journal"), journal);

    // Without the journal nobody is served.
    w.stop_program().await;
    std::fs::rename(w.fresh().journal(), w.fresh().folder().join("lost")).expect("it moves");
    let journal =
        [("KAIZEN__DATABASE__ERASURE_JOURNAL".to_owned(), w.fresh().journal().display().to_string())];
    let config = kaizen_server::Config::layered(None, journal).expect("a configuration");
    let refused = erasures::before_serving(&w.db, &config, Arc::clone(&w.clock) as Arc<dyn Clock>).await;
    assert!(matches!(refused, Err(NotReady::Missing(_))), "{refused:?}");
    let (out, exit) = kaizen(w, &["run"], &[]).await;
    assert_eq!((out.as_str(), exit), ("", 78));
    std::fs::rename(w.fresh().folder().join("lost"), w.fresh().journal()).expect("it moves back");
}

/// Nothing that the bot shows, and nothing in the files of the database, has this word (in lower case).
async fn expect_erased(w: &mut World, word: &str) {
    // What was written to sam directly stays in sam's inbox.
    let own = w.sim.dms("sam").first().map(|m| m.channel_id);
    for ((_, text), _) in said(w).into_iter().filter(|((channel, _), _)| Some(*channel) != own) {
        assert!(!text.to_lowercase().contains(word), "{word}: {text}");
    }
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

async fn a_backup_is_whole_or_not_there(w: &mut World) {
    use std::os::unix::fs::PermissionsExt;

    let idea = w.suggest("sam", "Xylograph labels on the drawers").await;
    let form = w.slash_at(idea, "sam", "idea redact", json!({})).await;
    w.fill("sam", &form, json!({ "words": "Xylograph" })).await;
    let file = backup(w, "backup").await;
    let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
    let bytes = std::fs::read(&file).expect("it can be read");
    assert!(
        !String::from_utf8_lossy(&bytes).to_lowercase().contains("xylograph"),
        "what was erased is not in it"
    );
    // Never over another file, and nothing half is left behind.
    let path = file.display().to_string();
    let (_, exit) = kaizen(w, &["backup", &path], &[]).await;
    assert_eq!(exit, 1);
    assert_eq!(std::fs::read(&file).expect("it can be read"), bytes);
    let nowhere = w.fresh().folder().join("no/such/folder").display().to_string();
    assert_eq!(kaizen(w, &["backup", &nowhere], &[]).await.1, 69);
    let left: Vec<_> = std::fs::read_dir(w.fresh().folder())
        .expect("a folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.contains("backup"))
        .collect();
    assert_eq!(left, ["backup"]);
    // It says how it comes back, and a second restore of the same file is as good as the first.
    let other = w.fresh().folder().join("other").display().to_string();
    let (said, exit) = kaizen(w, &["backup", &other], &[]).await;
    assert_eq!(exit, 0);
    assert!(said.contains("To restore it:") && said.contains("kaizen.db.erasures"), "{said}");
    for _ in 0..2 {
        w.restore(&file).await;
        w.start_program().await;
        w.settle().await;
        assert_eq!(w.thread(idea).len(), 2, "{:#?}", w.thread(idea));
        assert_eq!(w.history(idea.0).await, ["submitted", "redacted"]);
    }
}
