//! Against the local Discord, with its faults.

use async_trait::async_trait;
use discord_sim::{ChannelSeed, GatewayMood, GuildSeed, PersonSeed, Seed, Sim, SimConfig, Strictness};
use kaizen_domain::{ChannelId, GuildId, RoleId, UserId};
use serenity::all::Interaction;
use tokio::task::JoinHandle;

use super::*;
use crate::rest::{Access, InteractionRef};

const SOON: Duration = Duration::from_secs(40);

#[test]
fn expect_shards_as_operators_write_them() {
    assert_eq!("auto".parse(), Ok(Shards::Auto));
    assert_eq!("0-3/16".parse(), Ok(Shards::Range { first: 0, last: 3, total: 16 }));
    assert_eq!("5/6".parse(), Ok(Shards::Range { first: 5, last: 5, total: 6 }));
    for wrong in ["", "3", "0-3", "3-0/4", "0-4/4", "a/b", "-1/4"] {
        assert!(wrong.parse::<Shards>().is_err(), "{wrong}");
    }
}

/// What was heard.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Ready(Vec<GuildId>),
    Guild(GuildId, String, UserId),
    GuildRemoved(GuildId),
    Interaction,
}

struct Ears(mpsc::UnboundedSender<Heard>);

#[async_trait]
impl Events for Ears {
    async fn interaction(&self, _: Interaction, _: Instant) {
        let _ = self.0.send(Heard::Interaction);
    }
    async fn unreadable(&self, _: InteractionRef) {}
    async fn ready(&self, session: Session) {
        let _ = self.0.send(Heard::Ready(session.guilds));
    }
    async fn guild(&self, guild: GuildId, name: String, owner: UserId) {
        let _ = self.0.send(Heard::Guild(guild, name, owner));
    }
    async fn guild_removed(&self, guild: GuildId) {
        let _ = self.0.send(Heard::GuildRemoved(guild));
    }
    async fn channel_changed(&self, _: GuildId, _: ChannelId) {}
    async fn channel_gone(&self, _: GuildId, _: ChannelId) {}
    async fn guild_changed(&self, _: GuildId, _: String, _: UserId) {}
    async fn member_changed(&self, _: GuildId, _: UserId) {}
    async fn role_gone(&self, _: GuildId, _: RoleId) {}
}

struct Bot {
    sim: Sim,
    heard: mpsc::UnboundedReceiver<Heard>,
    state: watch::Receiver<GatewayState>,
    stop: CancellationToken,
    running: JoinHandle<Result<(), Fatal>>,
}

impl Bot {
    async fn start(token: &str) -> Bot {
        let heartbeat = Duration::from_millis(300);
        let seed = Seed::new(9000, "kaizen", "t0ken")
            .person(PersonSeed::new(11, "sam"))
            .guild(GuildSeed::new(1000, "Hospital", 11).channel(ChannelSeed::text(2003, "ward-3")));
        let strictness = Strictness { heartbeat_interval: heartbeat, ..Strictness::default() };
        let sim = Sim::start(SimConfig { strictness, ..SimConfig::new(seed) }).await.unwrap();
        let token = SecretString::from(token);
        let config = GatewayConfig {
            api_base: sim.base_url(),
            token: token.clone(),
            shards: Shards::Auto,
            member_events: false,
            heartbeat,
        };
        let rest = Rest::new(&Access { api_base: sim.base_url(), token, share: 50 }).unwrap();
        let (ears, heard) = mpsc::unbounded_channel();
        let (send, state) = watch::channel(GatewayState::START);
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let stop = stop.clone();
            async move { run(&rest, &config, Arc::new(Ears(ears)), &send, &stop).await }
        });
        Bot { sim, heard, state, stop, running }
    }

    async fn connected(&mut self) {
        let connected = tokio::time::timeout(SOON, self.state.wait_for(GatewayState::is_ready)).await.is_ok();
        assert!(connected, "{:?} {:?}", *self.state.borrow(), self.sim.connections());
    }

    /// Waits for all of it to be heard; events come in any order.
    async fn hears(&mut self, mut all: Vec<Heard>) {
        while !all.is_empty() {
            let heard = tokio::time::timeout(SOON, self.heard.recv())
                .await
                .expect("something was not heard")
                .unwrap();
            all.retain(|wanted| *wanted != heard);
        }
    }

    /// The same again once the local Discord says that a session was started or resumed anew.
    async fn connects_again(&mut self, before: (u64, u64, u64)) {
        let sim = self.sim.clone();
        let again = async {
            // Sessions change what the page is told, not what people see: looked at by the state's own changes.
            while sim.connections().1 + sim.connections().2 <= before.1 + before.2 {
                pause(Duration::from_millis(20)).await;
            }
        };
        assert!(
            tokio::time::timeout(SOON, again).await.is_ok(),
            "{:?} {:?}",
            *self.state.borrow(),
            sim.connections()
        );
        self.connected().await;
    }

    async fn stops(self) {
        self.stop.cancel();
        tokio::time::timeout(SOON, self.running).await.unwrap().unwrap().unwrap();
        assert_eq!(self.state.borrow().phase, Phase::Stopped);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_to_connect_to_hear_of_guilds_and_to_stop() {
    let mut bot = Bot::start("t0ken").await;
    bot.connected().await;
    let hospital = Heard::Guild(GuildId(1000), "Hospital".into(), UserId(11));
    bot.hears(vec![Heard::Ready(vec![GuildId(1000)]), hospital]).await;
    // On a busy machine the first connection may be given up, which costs a session.
    let left = bot.state.borrow().sessions_left;
    assert!(matches!(left, Some(990..=1000)), "{left:?}");
    bot.stops().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_a_wrong_token_to_be_tried_once() {
    let bot = Bot::start("wr0ng").await;
    assert!(matches!(bot.running.await.unwrap(), Err(Fatal::TokenRefused)));
    assert_eq!((bot.sim.connections().0, bot.sim.invalid_requests()), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_a_revoked_token_to_end_it() {
    let mut bot = Bot::start("t0ken").await;
    bot.connected().await;
    bot.sim.revoke_token();
    let ended = tokio::time::timeout(SOON, bot.running).await.unwrap().unwrap();
    assert!(matches!(ended, Err(Fatal::TokenRefused)));
    assert!(bot.sim.connections().1 <= 2, "{:?}", bot.sim.connections());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_a_lost_connection_to_be_resumed() {
    let mut bot = Bot::start("t0ken").await;
    bot.connected().await;
    let before = bot.sim.connections();
    bot.sim.drop_gateway();
    bot.connects_again(before).await;
    assert_eq!(bot.sim.connections(), (2, 1, 1));
    bot.stops().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_a_connection_that_says_nothing_more_to_be_replaced() {
    let mut bot = Bot::start("t0ken").await;
    bot.connected().await;
    let before = bot.sim.connections();
    bot.sim.deafen_gateway();
    bot.connects_again(before).await;
    bot.stops().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_a_close_without_a_code_to_be_survived() {
    let mut bot = Bot::start("t0ken").await;
    bot.connected().await;
    let before = bot.sim.connections();
    bot.sim.close_gateway(0);
    bot.connects_again(before).await;
    bot.stops().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_an_upgrade_that_is_never_answered_to_be_given_up() {
    let mut bot = Bot::start("t0ken").await;
    bot.connected().await;
    let before = bot.sim.connections();
    // The RESUME hangs, and so does the new session that the watchdog asks for.
    bot.sim.gateway_mood(GatewayMood::Silent);
    bot.sim.drop_gateway();
    let lost = tokio::time::timeout(SOON, bot.state.wait_for(|s| !s.is_ready())).await.is_ok();
    assert!(lost, "the watchdog sees it");
    bot.sim.gateway_mood(GatewayMood::Well);
    bot.connects_again(before).await;
    bot.stops().await;
}
