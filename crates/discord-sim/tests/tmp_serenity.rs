//! temporary
mod common;
use common::*;
use discord_sim::Strictness;
use serde_json::json;
use serenity::all as s;
struct H(tokio::sync::mpsc::UnboundedSender<String>);
#[serenity::async_trait]
impl s::EventHandler for H {
    async fn ready(&self, _: s::Context, r: s::Ready) { self.0.send(format!("ready {}", r.user.name)).unwrap(); }
    async fn guild_create(&self, _: s::Context, g: s::Guild, _: Option<bool>) { self.0.send(format!("guild {} {}", g.name, g.channels.len())).unwrap(); }
    async fn thread_create(&self, _: s::Context, g: s::GuildChannel) { self.0.send(format!("thread {}", g.name)).unwrap(); }
    async fn message(&self, _: s::Context, g: s::Message) { self.0.send(format!("message {}", g.content)).unwrap(); }
    async fn message_update(&self, _: s::Context, _:Option<s::Message>, _:Option<s::Message>, g: s::MessageUpdateEvent) { self.0.send(format!("update {:?}", g.content)).unwrap(); }
    async fn guild_delete(&self, _: s::Context, g: s::UnavailableGuild, _: Option<s::Guild>) { self.0.send(format!("gone {:?}", g)).unwrap(); }
    async fn channel_delete(&self, _: s::Context, g: s::GuildChannel, _: Option<Vec<s::Message>>) { self.0.send(format!("chgone {:?}", g.name)).unwrap(); }
    async fn interaction_create(&self, ctx: s::Context, i: s::Interaction) {
        self.0.send(format!("interaction {:?}", i.kind())).unwrap();
        match i {
            s::Interaction::Command(c) => {
                if c.data.name == "idea" { c.create_response(&ctx.http, s::CreateInteractionResponse::Modal(s::CreateModal::new("f","Form").components(vec![s::CreateActionRow::InputText(s::CreateInputText::new(s::InputTextStyle::Short,"Why","why"))]))).await.unwrap(); return; }
                c.create_response(&ctx.http, s::CreateInteractionResponse::Message(s::CreateInteractionResponseMessage::new().content("hi").ephemeral(true).components(vec![s::CreateActionRow::Buttons(vec![s::CreateButton::new("b1").label("Press")]), s::CreateActionRow::SelectMenu(s::CreateSelectMenu::new("s1", s::CreateSelectMenuKind::User{default_users:None}))]))).await.unwrap();
                let m = c.get_response(&ctx.http).await.unwrap(); self.0.send(format!("got {}", m.content)).unwrap();
                c.create_followup(&ctx.http, s::CreateInteractionResponseFollowup::new().content("more")).await.unwrap();
            }
            s::Interaction::Component(c) => { c.create_response(&ctx.http, s::CreateInteractionResponse::UpdateMessage(s::CreateInteractionResponseMessage::new().content("pressed"))).await.unwrap(); }
            s::Interaction::Modal(c) => { c.create_response(&ctx.http, s::CreateInteractionResponse::Message(s::CreateInteractionResponseMessage::new().content(format!("{:?}", c.data.components[0])))).await.unwrap(); }
            s::Interaction::Autocomplete(c) => { c.create_response(&ctx.http, s::CreateInteractionResponse::Autocomplete(s::CreateAutocompleteResponse::new().add_string_choice("a","b"))).await.unwrap(); }
            _ => {}
        }
    }
}
#[tokio::test]
async fn tmp() {
    let sim = start(Strictness::default()).await;
    let (tx, mut rx) = tokio::sync::mpsc::unbounded_channel();
    let http = s::HttpBuilder::new("right-token").proxy(sim.base_url()).ratelimiter_disabled(true).build();
    let mut client = s::ClientBuilder::new_with_http(http, s::GatewayIntents::GUILDS | s::GatewayIntents::GUILD_MESSAGES | s::GatewayIntents::DIRECT_MESSAGES).event_handler(H(tx)).await.unwrap();
    let http = client.http.clone();
    http.set_application_id(BOT.into());
    tokio::spawn(async move { client.start().await.unwrap(); });
    async fn want(rx: &mut tokio::sync::mpsc::UnboundedReceiver<String>, w: &str) { loop { let g = tokio::time::timeout(PATIENCE, rx.recv()).await.expect(w).unwrap(); println!("{g}"); if g.starts_with(w) { return; } } }
    want(&mut rx, "ready").await; want(&mut rx, "guild").await;
    let c = s::Command::set_global_commands(&http, vec![
      s::CreateCommand::new("suggest").description("d").add_option(s::CreateCommandOption::new(s::CommandOptionType::User,"for","x")).add_option(s::CreateCommandOption::new(s::CommandOptionType::String,"idea","x").set_autocomplete(true)),
      s::CreateCommand::new("idea").description("d").add_option(s::CreateCommandOption::new(s::CommandOptionType::SubCommand,"show","x")),
      s::CreateCommand::new("Do it").kind(s::CommandType::Message)]).await.unwrap();
    println!("{}", c.len());
    println!("{:?}", http.get_current_application_info().await.unwrap().name);
    println!("{:?}", http.get_guild(GUILD.into()).await.unwrap().name);
    println!("{:?}", http.get_channels(GUILD.into()).await.unwrap().len());
    println!("{:?}", http.get_member(GUILD.into(), SAM.into()).await.unwrap().user.name);
    println!("{:?}", http.get_guild_roles(GUILD.into()).await.unwrap().len());
    println!("{:?}", http.get_bot_gateway().await.unwrap());
    println!("{:?}", http.get_guild_active_threads(GUILD.into()).await.unwrap().threads.len());
    println!("{:?}", http.get_messages(WARD.into(), None, Some(5)).await.unwrap().len());
    let m = s::ChannelId::new(WARD).send_message(&http, s::CreateMessage::new().content("x <@11>").embed(s::CreateEmbed::new().title("t").field("a","b",true)).nonce(s::Nonce::String("abc".into())).enforce_nonce(true)).await.unwrap();
    want(&mut rx, "message").await;
    let t = s::ChannelId::new(WARD).create_thread_from_message(&http, m.id, s::CreateThread::new("K-1").auto_archive_duration(s::AutoArchiveDuration::OneWeek)).await.unwrap();
    want(&mut rx, "thread").await;
    s::ChannelId::new(t.id.get()).send_message(&http, s::CreateMessage::new().content("in").reference_message(&m)).await.unwrap_err();
    s::ChannelId::new(WARD).edit_message(&http, m.id, s::EditMessage::new().content("y")).await.unwrap();
    want(&mut rx, "update").await;
    let dm = s::UserId::new(SAM).create_dm_channel(&http).await.unwrap(); dm.send_message(&http, s::CreateMessage::new().content("dm")).await.unwrap();
    want(&mut rx, "message").await;
    let f = s::ChannelId::new(FORUM).create_forum_post(&http, s::CreateForumPost::new("post", s::CreateMessage::new().content("z"))).await.unwrap();
    f.id.edit_thread(&http, s::EditThread::new().archived(true)).await.unwrap();
    println!("{:?}", s::ChannelId::new(FORUM).get_archived_public_threads(&http, None, None).await.unwrap().threads.len());
    http.add_thread_channel_member(t.id, SAM.into()).await.unwrap();
    let sam = sim.person("sam");
    let e = sam.slash("ward-3","suggest",json!({"for":"mara"})).await.unwrap();
    let m2 = e.message().await.unwrap(); println!("{}", m2.content);
    want(&mut rx, "got").await;
    e.follow_ups(1).await.unwrap();
    let e = sam.press(&m2, "Press").await.unwrap(); println!("{}", e.text().await.unwrap());
    let e = sam.select(&m2, "s1", &["mara"]).await.unwrap(); println!("{}", e.text().await.unwrap());
    let e = sam.slash(t.id.get(),"idea show",json!({})).await.unwrap(); let modal = e.modal().await.unwrap();
    let e = sam.submit_modal(&modal, json!({"Why":"because"})).await.unwrap(); println!("{}", e.text().await.unwrap());
    println!("{:?}", sam.autocomplete("ward-3","suggest",("idea","x"),json!({})).await.unwrap());
    let e = sam.message_command(m.id.get(),"Do it").await.unwrap(); println!("{}", e.text().await.unwrap());
    let e = sam.slash("dm","suggest",json!({})).await.unwrap(); println!("dm: {}", e.text().await.unwrap());
    sim.drop_gateway();
    let e = sam.slash("ward-3","suggest",json!({})).await.unwrap(); println!("resumed: {:?} {:?}", e.first().await, sim.connections());
    sim.ask_to_reconnect();
    sim.delete_channel("secret"); want(&mut rx, "chgone").await;
    sim.remove_bot(GUILD); want(&mut rx, "gone").await;
    sim.add_bot(GUILD, 0); want(&mut rx, "guild").await;
    println!("{:?}", sim.connections());
}
