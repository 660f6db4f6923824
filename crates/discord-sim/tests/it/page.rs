//! The page's interface, used as the page does.

use std::sync::Arc;

use crate::common::{Gateway, Rest, SAM, WARD, commands, seed};
use chrono::{DateTime, Utc};
use discord_sim::{HostButton, HostPage, Sim, SimConfig, Strictness};
use serde_json::{Value, json};

struct Host;

#[async_trait::async_trait]
impl HostPage for Host {
    fn title(&self) -> String {
        "A demo".to_owned()
    }
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
    fn buttons(&self) -> Vec<HostButton> {
        vec![HostButton { id: "week".to_owned(), label: "+1 week".to_owned() }]
    }
    fn tips(&self) -> Vec<String> {
        vec!["Type **/suggest**".to_owned()]
    }
    async fn press(&self, id: &str) -> Result<String, String> {
        Ok(format!("pressed {id}"))
    }
}

struct Page {
    base: String,
    client: reqwest::Client,
}

impl Page {
    async fn get(&self, path: &str) -> Value {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let answer = self.client.post(format!("{}{path}", self.base)).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

async fn page() -> (Sim, Page, Rest, Gateway) {
    let config = SimConfig {
        strictness: Strictness::unlimited(),
        host_page: Some(Arc::new(Host)),
        clock: Some(Arc::new(|| DateTime::UNIX_EPOCH)),
        ..SimConfig::new(seed())
    };
    let sim = Sim::start(config).await.unwrap();
    let page = Page { base: sim.base_url(), client: reqwest::Client::new() };
    let rest = Rest::new(&sim);
    let gateway = Gateway::ready(&sim).await;
    rest.register(commands()).await;
    (sim, page, rest, gateway)
}

#[tokio::test]
async fn expect_the_page_to_show_what_a_person_sees() {
    let (_sim, page, rest, mut gateway) = page().await;
    let state = page.get("/sim/api/state?as=11").await;
    assert_eq!(state["me"], "11");
    let names: Vec<&str> =
        state["channels"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["ward-3", "ideas"]);
    assert_eq!(state["host"]["buttons"], json!([{ "id": "week", "label": "+1 week" }]));
    assert_eq!(state["bot"], json!({ "id": "9000", "name": "kaizen", "online": true }));
    assert_eq!(state["commands"].as_array().unwrap().len(), 3);

    let (status, sent) = page.post("/sim/api/command", json!({ "as": "11", "channel": WARD.to_string(), "command": "idea", "sub": "show", "options": { "number": "1" } })).await;
    assert_eq!(status, 200, "{sent}");
    let event = gateway.interaction().await;
    assert_eq!(sent["interaction"], event["id"]);
    let answer = json!({ "type": 4, "data": { "content": "K-1", "flags": 64, "components": [{ "type": 1, "components": [{ "type": 2, "style": 1, "label": "Me too", "custom_id": "me" }] }] } });
    assert_eq!(rest.answer(&event, answer).await.status, 204);
    let mine = page.get(&format!("/sim/api/messages?as=11&channel={WARD}")).await;
    assert_eq!(
        (&mine[0]["ephemeral"], &mine[0]["interaction"]["text"]),
        (&json!(true), &json!("/idea show number:1"))
    );
    assert_eq!(mine[0]["timestamp"], "1970-01-01T00:00:00.000000+00:00");
    let others = page.get(&format!("/sim/api/messages?as=14&channel={WARD}")).await;
    assert_eq!(others, json!([]));

    let id = mine[0]["id"].as_str().unwrap();
    let forbidden = page
        .post(
            "/sim/api/component",
            json!({ "as": "14", "channel": WARD.to_string(), "message": id, "custom_id": "me" }),
        )
        .await;
    assert_eq!(forbidden.0, 422);
    let pressed = page
        .post(
            "/sim/api/component",
            json!({ "as": "11", "channel": WARD.to_string(), "message": id, "custom_id": "me" }),
        )
        .await;
    assert_eq!(pressed.0, 200);
    assert_eq!(gateway.interaction().await["data"]["custom_id"], "me");
    assert_eq!(page.post("/sim/api/dismiss", json!({ "as": "11", "message": id })).await.0, 200);
    assert_eq!(page.get(&format!("/sim/api/messages?as=11&channel={WARD}")).await, json!([]));
    let wrong = page
        .post("/sim/api/command", json!({ "as": "11", "channel": WARD.to_string(), "command": "nonsense" }))
        .await;
    assert!(wrong.0 == 422 && wrong.1["error"].is_string());
    assert_eq!(page.post("/sim/api/host/week", json!({})).await, (200, json!({ "text": "pressed week" })));
    assert_eq!(page.post("/sim/api/host/year", json!({})).await.0, 404);
    let html = page.client.get(format!("{}/", page.base)).send().await.unwrap();
    assert!(html.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
}

#[tokio::test]
async fn expect_events_to_come_as_they_happen() {
    let (sim, page, rest, mut gateway) = page().await;
    let mut stream = page.client.get(format!("{}/sim/api/events?as=11", page.base)).send().await.unwrap();
    let mut seen = String::new();
    let mut wait = async |wanted: &str| {
        while !seen.contains(wanted) {
            let chunk = tokio::time::timeout(crate::common::PATIENCE, stream.chunk()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("no {wanted} in {seen}")).unwrap().unwrap();
            seen.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    sim.person("mara").say("ward-3", "hello there").await.unwrap();
    wait("event: message\n").await;
    wait("hello there").await;
    sim.person("sam").slash("ward-3", "suggest", json!({})).await.unwrap();
    let event = gateway.interaction().await;
    let form = json!({ "type": 9, "data": { "title": "Suggest", "custom_id": "form", "components": [
        { "type": 1, "components": [{ "type": 4, "custom_id": "idea", "label": "Idea", "style": 2 }] } ] } });
    assert_eq!(rest.answer(&event, form).await.status, 204);
    wait("event: modal\n").await;
    let form = sim.read(|world| world.open_modals(SAM)[0].id);
    let (status, _) = page
        .post(
            "/sim/api/modal",
            json!({ "as": "11", "modal": form.to_string(), "values": { "idea": "shelves" } }),
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(gateway.interaction().await["data"]["components"][0]["components"][0]["value"], "shelves");
    wait("event: interaction_failed\n").await;
    // What was typed is not lost: the form is still open.
    assert_eq!(sim.read(|world| world.open_modals(SAM).len()), 1);
    let card = rest.post(WARD, json!({ "content": "card" })).await.id();
    rest.call("POST", &format!("/channels/{WARD}/messages/{card}/threads"), json!({ "name": "K-1" })).await;
    wait("event: channel\n").await;
    rest.call("DELETE", &format!("/channels/{WARD}/messages/{card}"), json!(null)).await;
    wait("event: message_delete\n").await;
    sim.drop_gateway();
    wait("\"online\":false").await;
}

#[tokio::test]
async fn expect_other_pages_to_be_kept_out() {
    let (_sim, page, _rest, _gateway) = page().await;
    let url = format!("{}/sim/api/message", page.base);
    let body = json!({ "as": "11", "channel": WARD.to_string(), "text": "forged" }).to_string();
    let post = || page.client.post(&url).header("content-type", "application/json").body(body.clone());
    assert_eq!(post().header("origin", "https://evil.example").send().await.unwrap().status(), 403);
    assert_eq!(post().header("host", "evil.example").send().await.unwrap().status(), 403);
    assert_eq!(post().header("sec-fetch-site", "cross-site").send().await.unwrap().status(), 403);
    let form =
        page.client.post(&url).header("content-type", "text/plain").body(body.clone()).send().await.unwrap();
    assert_eq!(form.status(), 415);
    assert_eq!(post().header("origin", &page.base).send().await.unwrap().status(), 200);
}
