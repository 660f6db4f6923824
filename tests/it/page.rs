//! The page of the demo in a real browser: what a newcomer does after `kaizen demo`.
//!
//! Sam types `/suggest` with the keyboard alone; Mara, in another window, sees the card come without reloading, and
//! acknowledges, decides in a form, and reads the outcome. Nothing here sleeps: each step waits for what a person would see.

use std::process::Stdio;
use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use kaizen_server::demo::{Demo, Start};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// How long a person would wait before they think that it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// The browser's driver, and with it every browser that it started, ends with this.
struct Driver {
    _child: Child,
    url: String,
}

impl Driver {
    async fn start() -> Driver {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver is missing: install Debian's package chromium-driver, or run ./test");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let port = loop {
            let line =
                lines.next_line().await.expect("chromedriver's output").expect("chromedriver says its port");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        // Whoever stops reading a pipe stops the writer.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Driver { _child: child, url: format!("http://127.0.0.1:{port}") }
    }

    /// A window of a browser of its own.
    async fn window(&self, width: u32, height: u32) -> Window {
        self.browser(width, height, None).await
    }

    /// A phone: narrower than any window of a desktop can be, and touched.
    async fn phone(&self, width: u32, height: u32) -> Window {
        let metrics = json!({ "width": width, "height": height, "pixelRatio": 2.0, "touch": true });
        self.browser(1280, 900, Some(json!({ "deviceMetrics": metrics }))).await
    }

    async fn browser(&self, width: u32, height: u32, emulates: Option<Value>) -> Window {
        let mut arguments = json!({
            "goog:chromeOptions": { "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                "--disable-background-networking", "--disable-component-update", format!("--window-size={width},{height}"),
            ] },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        if let Some(device) = emulates {
            arguments["goog:chromeOptions"]["mobileEmulation"] = device;
        }
        let capabilities = arguments.as_object().cloned().expect("an object");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&self.url)
            .await
            .expect("a browser starts");
        Window(client)
    }
}

/// What one person sees.
struct Window(Client);

impl Window {
    async fn sees(&self, css: &str) -> fantoccini::elements::Element {
        match self.0.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css} does not appear ({error}); the page says:\n{}", self.text().await),
        }
    }

    /// Waits until the page says this somewhere.
    async fn reads(&self, words: &str) {
        let xpath = format!("//body//*[contains(normalize-space(.), {words:?})]");
        let found = self.0.wait().at_most(PATIENCE).for_element(Locator::XPath(&xpath)).await;
        assert!(found.is_ok(), "nobody reads {words:?} here:\n{}", self.text().await);
    }

    async fn text(&self) -> String {
        match self.0.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// Types into whatever has the focus, as a person does.
    async fn types(&self, keys: &str) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys.chars() {
            actions = actions.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        }
        self.0.perform_actions(actions).await.expect("keys can be typed");
    }

    async fn enter(&self) {
        self.types("\u{E007}").await;
    }

    /// Presses the last button with these words that can be seen in the messages.
    async fn presses(&self, label: &str) {
        let xpath =
            format!("(//*[@id='log']//button[@data-custom-id][normalize-space(.)={label:?}])[last()]");
        self.clicks(Locator::XPath(&xpath), label).await;
    }

    /// Clicks on what is found. A page that is just drawn anew, as it is once it listens, has it again a moment later.
    async fn clicks(&self, what: Locator<'_>, named: &str) {
        const CENTRE: &str = "arguments[0].scrollIntoView({block: 'center'})";
        let mut why = None;
        for _ in 0..10 {
            let element = match self.0.wait().at_most(PATIENCE).for_element(what).await {
                Ok(element) => element,
                Err(error) => panic!("no {named:?} ({error}):\n{}", self.text().await),
            };
            let clicked = match self.0.execute(CENTRE, vec![json!(element)]).await {
                Ok(_) => element.click().await,
                Err(error) => Err(error),
            };
            match clicked {
                Ok(()) => return,
                Err(error) => why = Some(error),
            }
        }
        panic!("{named:?} cannot be clicked: {why:?}");
    }

    async fn fills(&self, field: &str, text: &str) {
        self.sees(&format!("dialog[open] [data-custom-id={field:?}]"))
            .await
            .send_keys(text)
            .await
            .expect("it takes text");
    }

    async fn sends_the_form(&self) {
        self.sees("#form-submit").await.click().await.expect("it can be sent");
        self.0
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css("dialog:not([open])"))
            .await
            .expect("the form closes");
    }

    async fn opens(&self, demo: &Demo, person: &str, channel: &str) {
        self.0
            .goto(&format!("{}/#as={person}&channel={channel}", demo.url().trim_end_matches('/')))
            .await
            .expect("the page opens");
        self.sees(&format!("#person-button[data-me={person:?}]")).await;
        self.sees("#composer-input").await;
    }
}

async fn demo() -> Demo {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let recorder = PrometheusBuilder::new().build_recorder().handle();
    Demo::start(Start { listener, data: None, fresh: false, recorder }).await.expect("the demo starts")
}

const SAM: &str = "100";
const MARA: &str = "102";
const WARD: &str = "2001";

#[tokio::test(flavor = "multi_thread")]
async fn expect_an_idea_from_the_keyboard_to_its_decision_in_two_windows() {
    let demo = demo().await;
    let driver = Driver::start().await;
    let (sam, mara) = (driver.window(1280, 900).await, driver.window(1280, 900).await);
    sam.opens(&demo, SAM, WARD).await;
    mara.opens(&demo, MARA, WARD).await;

    // The keyboard alone: the box has the focus; completion, option, sending.
    sam.sees("#composer-input").await.click().await.expect("focus");
    sam.types("/sugg").await;
    sam.sees("#completion-list [role=option]").await;
    sam.enter().await;
    sam.sees("#command[data-command]").await;
    sam.types("idea: Hang a torch beside the fuse box").await;
    sam.enter().await;
    sam.reads("Only you can see this").await;
    sam.reads("Thank you. Your idea is recorded").await;

    // Live in the other window, without reloading.
    mara.reads("Hang a torch beside the fuse box").await;
    mara.presses("Acknowledge").await;
    mara.reads("is acknowledged, and its author knows").await;
    mara.presses("Decide").await;
    mara.presses("Accept").await;
    mara.sees("dialog[open]").await;
    mara.fills("reason", "Cheap, and quickly done").await;
    mara.sends_the_form().await;
    mara.reads("is accepted").await;
    sam.reads("Accepted").await;

    // Nobody else's private answers.
    assert!(!sam.text().await.contains("and its author knows"), "sam reads what was for mara only");
    for window in [sam, mara] {
        window.0.close().await.expect("the window closes");
    }
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expect_the_page_to_fit_a_phone_and_its_clock_to_move() {
    let demo = demo().await;
    let driver = Driver::start().await;
    let phone = driver.phone(390, 844).await;
    phone.opens(&demo, SAM, WARD).await;
    phone.sees(".embed .field.inline").await;
    // Nothing stands beside the page, and no half of a card is so narrow that its words break.
    const MEASURED: &str = "
        const fields = [...document.querySelectorAll('.field.inline')].map((f) => f.getBoundingClientRect().width);
        return [window.innerWidth, document.documentElement.scrollWidth, Math.min(...fields) > 200];";
    let measured = phone.0.execute(MEASURED, vec![]).await.expect("it is measured");
    assert_eq!(measured, json!([390, 390, true]));

    let before = phone.sees("#host-clock").await.text().await.expect("a clock");
    phone.sees("[data-host-button=week]").await.click().await.expect("a week passes");
    let xpath = format!("//*[@id='host-clock'][normalize-space(.)!={before:?}]");
    phone.0.wait().at_most(PATIENCE).for_element(Locator::XPath(&xpath)).await.expect("the clock moved");
    phone.reads("the week in ideas").await;
    phone.0.close().await.expect("the window closes");
    demo.stop().await;
}

/// The card at the top of its thread is answered where it stands, in the channel: whoever pressed in the thread is led there.
#[tokio::test(flavor = "multi_thread")]
async fn expect_the_answer_to_a_press_in_a_thread_to_be_found() {
    let demo = demo().await;
    let driver = Driver::start().await;
    let mara = driver.window(1280, 900).await;
    mara.opens(&demo, MARA, WARD).await;
    mara.clicks(Locator::Css("#log .thread-link[data-thread]"), "the thread").await;
    mara.sees("#channels .channel.thread[aria-current]").await;
    mara.presses("Decide").await;
    mara.clicks(Locator::Css("[data-answer-above] a"), "where the answer is").await;
    mara.reads("What do you decide on").await;
    mara.sees("#channels .channel[data-channel='2001'][aria-current]").await;
    mara.0.close().await.expect("the window closes");
    demo.stop().await;
}

/// A browser has six connections to one address: pages that were left hold none of them, or the seventh would stand still.
#[tokio::test(flavor = "multi_thread")]
async fn expect_pages_that_were_left_to_hold_no_connection() {
    const ASKED: &str = "
        const done = arguments[arguments.length - 1];
        const late = new Promise((so) => setTimeout(() => so('nothing was free'), 5000));
        Promise.race([fetch('/sim/api/state?as=100').then(() => 'answered'), late]).then(done);";
    let demo = demo().await;
    let driver = Driver::start().await;
    let window = driver.window(1280, 900).await;
    for visit in 1..=9 {
        window.0.goto("about:blank").await.expect("it goes elsewhere");
        window.opens(&demo, SAM, WARD).await;
        let answer = window.0.execute_async(ASKED, vec![]).await.expect("an answer");
        assert_eq!(answer, json!("answered"), "visit {visit}");
    }
    // Whoever comes back by the browser's own button finds the page alive.
    window.0.goto("about:blank").await.expect("it goes elsewhere");
    window.0.back().await.expect("it goes back");
    window.sees("#composer-input").await;
    demo.sim().person("ines").say("ward-3", "Is anybody there?").await.expect("ines may write here");
    window.reads("Is anybody there?").await;
    window.0.close().await.expect("the window closes");
    demo.stop().await;
}

/// What there is to try is longer than a window: all of it can be reached in the list itself, wide or narrow.
#[tokio::test(flavor = "multi_thread")]
async fn expect_everything_to_try_to_be_reached_in_a_low_window() {
    const REACHED: &str = "
        const [list, panel] = [document.getElementById('tips-list'), document.getElementById('tips')];
        const last = list.lastElementChild;
        last.scrollIntoView({ block: 'end' });
        const low = (e) => e.getBoundingClientRect().bottom - window.innerHeight;
        return [list.children.length, list.scrollHeight > list.clientHeight, low(panel) <= 0, low(last) <= 0, window.scrollY];";
    let demo = demo().await;
    let driver = Driver::start().await;
    for (width, height) in [(1280, 860), (860, 860), (1280, 520)] {
        let window = driver.window(width, height).await;
        window.opens(&demo, SAM, WARD).await;
        let open = window.0.execute("return document.body.classList.contains('tips-open')", vec![]).await;
        if open.expect("yes or no") == json!(false) {
            window.sees("#tips-button").await.click().await.expect("it opens");
        }
        window.sees(".tips-open #tips-list .tip").await;
        let reached = window.0.execute(REACHED, vec![]).await.expect("it is measured");
        assert!(reached[0].as_u64().is_some_and(|tips| tips > 5), "{reached}");
        assert_eq!(
            (&reached[2], &reached[3], &reached[4]),
            (&json!(true), &json!(true), &json!(0)),
            "{width}x{height}"
        );
        if height == 520 {
            assert_eq!(reached[1], json!(true), "it scrolls: {reached}");
        }
        window.0.close().await.expect("the window closes");
    }
    demo.stop().await;
}
