//! Two processes on one PostgreSQL: bursts of ideas through both, and every number once.

use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::{ChannelId, GuildId, UserId};
use kaizen_tests::hospital::{GUILD, PEOPLE, WARD_3};
use kaizen_tests::{World, story};
use kaizen_workflow::ports::{Ask, Person, Queries};
use serde_json::json;

story!(a_burst_of_a_hundred, postgres);
story!(a_burst_in_one_process, sqlite);

async fn a_burst_of_a_hundred(w: &mut World) {
    w.stop_program().await;
    w.environment = vec![("KAIZEN__DISCORD__SHARDS".to_owned(), "0/2".to_owned())];
    w.start_program().await;
    let other = w.another_program(&[("KAIZEN__DISCORD__SHARDS".to_owned(), "1/2".to_owned())]).await;

    // One half is typed, and answered by the process that has the community's shard; the other half is taken by the other.
    let engine = other.engine().clone();
    let there = (0..50).map(|n| {
        let engine = engine.clone();
        tokio::spawn(async move {
            let (name, id) = PEOPLE[n % PEOPLE.len()];
            let ask = Ask {
                guild: GuildId(GUILD),
                person: Person { user: UserId(id), name: name.to_owned(), roles: vec![], admin: false },
                request: Some(format!("other-{n}")),
                item: None,
                other: None,
                named: vec![],
            };
            let make = |loaded: &kaizen_workflow::ports::Loaded| {
                let team = loaded.policy.team_named("Ward 3").expect("a team").id;
                Ok(Submission {
                    idea: format!("There {n}"),
                    proposal: None,
                    benefit: None,
                    area: None,
                    team,
                    for_name: None,
                    done: false,
                    source: None,
                })
            };
            engine.submit(&ask, ChannelId(WARD_3), make).await.expect("it is recorded").shown.item.number.0
        })
    });
    let there: Vec<_> = there.collect();
    let mut numbers = burst(w, 50).await;
    for one in there {
        numbers.push(one.await.expect("the task ends"));
    }
    expect_every_number_once(w, numbers).await;
    assert!(other.stop().await);
}

async fn a_burst_in_one_process(w: &mut World) {
    let numbers = burst(w, 100).await;
    expect_every_number_once(w, numbers).await;
}

/// Everybody suggests at once; the numbers that they are told.
async fn burst(w: &mut World, count: usize) -> Vec<u32> {
    let mut exchanges = Vec::new();
    for n in 0..count {
        let person = w.sim.person(PEOPLE[n % PEOPLE.len()].0);
        exchanges.push(
            person
                .slash("ward-3", "suggest", json!({ "idea": format!("Here {n}") }))
                .await
                .expect("it is sent"),
        );
    }
    let mut numbers = Vec::new();
    for exchange in exchanges {
        numbers.push(kaizen_tests::idea_of(&w.reply(exchange).await).0);
    }
    numbers
}

async fn expect_every_number_once(w: &World, mut numbers: Vec<u32>) {
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
    w.settle().await;
    let workspace = w.workspace().await.expect("a workspace").id;
    let stored: Vec<u32> =
        w.db.numbers(workspace).await.expect("the database answers").into_iter().map(|n| n.0).collect();
    assert_eq!(stored, numbers);
    for number in numbers {
        let idea = kaizen_tests::Idea(number);
        assert_eq!(w.cards(idea).len(), 1);
        assert_eq!(w.thread(idea).len(), 1);
    }
}
