//! temporary
#![allow(missing_docs, clippy::all, unreachable_pub, reason="temporary")]
#[path = "../../../tests/src/postgres.rs"]
mod postgres;
#[path = "../tests/contract/support.rs"]
#[allow(dead_code, reason="temporary")]
mod support;
use support::*;
use kaizen_workflow::ports::*;
use std::time::{Duration, Instant as Clock};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    for kind in ["sqlite", "postgres"] {
        let world = if kind == "sqlite" { World::sqlite().await } else { World::postgres().await };
        let db = world.db.clone();
        found(&db).await;
        for _ in 0..4 { let l = db.load(&ask(sam())).await.unwrap(); drop(l); }
        let mut tick = tokio::time::interval(Duration::from_millis(std::env::args().nth(1).unwrap().parse().unwrap()));
        let mut set = tokio::task::JoinSet::new();
        for n in 0..1000u32 {
            tick.tick().await;
            let db = db.clone();
            set.spawn(async move {
                let t = Clock::now();
                let a = Ask { request: Some(format!("r{n}")), ..ask(person("p", 100 + u64::from(n % 200), &[])) };
                let l = db.load(&a).await.unwrap();
                let t1 = t.elapsed();
                let mut c = commit(l.workspace, at(0), vec![new_item(&l, &format!("More hooks in the linen room number {n} for the night shift"), at(0))]);
                c.request = a.request;
                db.commit(&c).await.unwrap();
                let t2 = t.elapsed();
                let _ = db.similar(l.workspace, "More hooks in the linen room number for the night shift", None, 3).await.unwrap();
                (t1, t2 - t1, t.elapsed() - t2, t.elapsed())
            });
        }
        let all = set.join_all().await;
        for (name, f) in [("load", 0), ("commit", 1), ("similar", 2), ("all", 3)] {
            let mut v: Vec<Duration> = all.iter().map(|x| match f { 0 => x.0, 1 => x.1, 2 => x.2, _ => x.3 }).collect();
            v.sort();
            println!("{kind} {name}: p50 {:?} p99 {:?} max {:?}", v[v.len()/2], v[v.len()*99/100], v[v.len()-1]);
        }
        let t = Clock::now();
        let mut n = 0;
        loop {
            let t1 = Clock::now();
            let c = db.claim("w", 32, LONG).await.unwrap();
            if n == 0 || n == 3200 { println!("claim of {}: {:?}", c.len(), t1.elapsed()); }
            if c.is_empty() { break; }
            for c in &c { db.begin(c).await.unwrap(); db.delivered(c, &sent(c)).await.unwrap(); n += 1; }
        }
        println!("{kind} delivered {n} in {:?} = {:?} each", t.elapsed(), t.elapsed() / n);
    }
}
