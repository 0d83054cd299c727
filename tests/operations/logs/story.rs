//! Everything that can happen to leads, with private things planted in all of it.

use std::fs;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::google::{GoogleStandIn, Tab};
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually, signature};

pub const TOKEN: &str = "planted-admin-token-0123456789";
pub const WRONG: &str = "planted-wrong-token-0123456789";
pub const PASSWORD: &str = "planted-database-password";
pub const ROLE: &str = "Planted Buyer Role";
const SHEET: &str = "1Sheet-for_tests";
pub const FORM_TOKEN: &str = "planted-form-token-0123456789";
/// Nobody listens there.
const TABLES: &str = "[[forms]]\nprovider = \"generic\"\n\
    [[forms]]\nprovider = \"tally\"\nsecret = \"planted-tally-secret\"\n\
    [[notify]]\nname = \"crm\"\nkind = \"webhook\"\nallow_private = true\n\
    url = \"http://127.0.0.1:9/planted-path\"\nsecret = \"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\"\n";
const TALKATIVE: &str = "debug,warmsheet=trace";

/// A service to which everything happens, with what must not be told planted in it.
pub struct Story {
    pub world: World,
    google: GoogleStandIn,
    pub secret: String,
    pub service: Warmsheet,
}

impl Story {
    pub async fn begin() -> Self {
        let mut world = World::new().await;
        let secret = world.with_webhooks().await.to_owned();
        world.lists();
        let google = GoogleStandIn::start().await;
        let tab = Tab::with_rows(0, "Companies", &[&["Domain"], &["row-acme.com"]]);
        google.add_book(SHEET, "Campaign", vec![tab]);
        world.settings.extend(google.settings(world.dir.path()));
        world.set("WARMSHEET_SHEETS", SHEET);
        world.set("WARMSHEET_ADMIN_TOKEN", TOKEN);
        world.set("WARMSHEET_FORM_TOKEN", FORM_TOKEN);
        fs::write(world.path("warmsheet.toml"), TABLES).expect("written");
        world.set("WARMSHEET_APPROVE_ABOVE", "3");
        world.set("RUST_LOG", TALKATIVE);
        for (name, value) in &mut world.settings {
            if *name == "DATABASE_URL" {
                // Trusted whatever it is.
                *value = value.replacen("postgres@", &format!("postgres:{PASSWORD}@"), 1);
            }
        }
        let service = world.serve().await;
        Self {
            world,
            google,
            secret,
            service,
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.service.request(method, path).bearer_auth(TOKEN);
        let answer = request.json(&body).send().await.expect("an answer");
        let status = answer.status();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(Method::POST, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, Value::Null).await.1
    }

    /// Adds a lead; answers its id.
    async fn add(&self, lead: Value) -> String {
        let answer = self
            .post(
                "/api/v1/leads",
                json!({"leads": [lead], "deliverTo": SHEET}),
            )
            .await;
        answer["leads"][0]["id"].as_str().expect("an id").to_owned()
    }

    async fn until(&self, id: &str, status: &str) -> Value {
        eventually(&format!("{id} is {status}"), || async {
            let lead = self.get(&format!("/api/v1/leads/{id}")).await;
            (lead["status"] == status)
                .then_some(())
                .ok_or_else(|| lead.to_string())?;
            Ok(lead)
        })
        .await
    }

    async fn until_said(&self, words: &str) {
        eventually(words, || async {
            let log = self.service.log();
            log.contains(words)
                .then_some(())
                .ok_or(log.len().to_string())
        })
        .await;
    }

    async fn webhook(&self, secret: &str, body: &[u8]) -> StatusCode {
        let request = self.service.request(Method::POST, "/webhooks/citedy");
        let signed = request.header("X-Citedy-Signature-256", signature(secret, body));
        signed
            .body(body.to_vec())
            .send()
            .await
            .expect("an answer")
            .status()
    }

    /// Somebody fills in forms, with the right secret and with a wrong one.
    async fn forms(&self) {
        let post = async |path: &str, body: &[(&str, &str)]| {
            let mut pairs = url::form_urlencoded::Serializer::new(String::new());
            let text = pairs.extend_pairs(body).finish();
            let request = self.service.request(Method::POST, path);
            let request = request.header("Content-Type", "application/x-www-form-urlencoded");
            let sent = request.body(text).send().await;
            sent.expect("an answer").status()
        };
        let filled_in = [
            ("token", FORM_TOKEN),
            ("email", "planted.person@form-acme.com"),
            ("name", "Planted Person"),
        ];
        assert_eq!(post("/forms/generic", &filled_in).await, StatusCode::OK);
        let wrong = format!("/forms/generic?token={WRONG}");
        assert_eq!(post(&wrong, &filled_in[1..]).await, 401);
        let free = [
            ("token", FORM_TOKEN),
            ("email", "planted.person@gmail.com"),
            ("website_confirm", "planted"),
        ];
        post("/forms/generic", &free[..2]).await;
        post("/forms/generic", &free).await;
        assert_eq!(post("/forms/tally", &filled_in).await, 401);
    }

    /// Everything that can happen to leads, more or less.
    pub async fn run(&self) -> Vec<Value> {
        let bought = self
            .add(json!({"domain": "acme.com", "buyerRoles": [ROLE]}))
            .await;
        self.until(&bought, "completed").await;
        let reused = self
            .add(json!({"domain": "acme.com", "buyerRoles": [ROLE]}))
            .await;
        self.until(&reused, "reused").await;
        for (domain, end) in [
            ("blocked-acme.com", "blocked"),
            ("failed-acme.com", "failed"),
        ] {
            let id = self.add(json!({"domain": domain})).await;
            self.until(&id, end).await;
        }
        self.add(json!({"domain": "ada@hostile-acme.com"})).await;
        self.forms().await;
        self.until_said("a notice was not taken").await;
        self.world.faults(&["lost:start=1"]).await;
        let lost = self.add(json!({"domain": "beta.com"})).await;
        self.until_said("outcome unknown").await;
        self.world.faults(&["500:get=1"]).await;
        self.until_said("could not look at the run").await;
        self.world.faults(&[]).await;
        self.until(&lost, "completed").await;
        self.post(&format!("/api/v1/leads/{bought}/retry"), json!({}))
            .await;
        self.post("/api/v1/pause", json!({})).await;
        self.post("/api/v1/resume", json!({})).await;
        self.until(&bought, "completed").await;
        let many: Vec<Value> = (0..5)
            .map(|n| json!({"domain": format!("held{n}.com")}))
            .collect();
        let held = self.post("/api/v1/leads", json!({"leads": many})).await;
        let batch = held["batchId"].as_str().expect("a batch");
        let one = held["leads"][0]["id"].as_str().expect("an id");
        self.post(&format!("/api/v1/leads/{one}/cancel"), json!({}))
            .await;
        self.post(
            &format!("/api/v1/batches/{batch}/approve"),
            json!({"liftCap": true}),
        )
        .await;
        let last = held["leads"][4]["id"].as_str().expect("an id");
        self.until(last, "completed").await;
        assert_eq!(
            self.webhook("whsec_planted_wrong", b"{}").await,
            StatusCode::UNAUTHORIZED
        );
        let event = br#"{"event_id": "evt_1", "data": {"contact": "planted@example.com"}}"#;
        assert_eq!(self.webhook(&self.secret, event).await, StatusCode::OK);
        let wrong = self
            .service
            .request(Method::GET, "/")
            .bearer_auth(WRONG)
            .send()
            .await;
        assert_eq!(wrong.expect("an answer").status(), StatusCode::UNAUTHORIZED);
        self.ask(
            Method::GET,
            &format!("/exports/leads.csv?q={bought}"),
            Value::Null,
        )
        .await;
        self.written().await;
        let mut leads = Vec::new();
        for lead in self.get("/api/v1/leads?limit=1000").await["leads"]
            .as_array()
            .expect("leads")
        {
            let id = lead["id"].as_str().expect("an id");
            leads.push(self.get(&format!("/api/v1/leads/{id}")).await);
        }
        leads
    }

    /// The sheet has results.
    async fn written(&self) {
        eventually("results in the sheet", || async {
            let rows = self
                .google
                .book(SHEET, |book| match book.has_tab("Warm leads") {
                    true => book.rows("Warm leads").len(),
                    false => 0,
                });
            (rows > 3).then_some(()).ok_or(rows.to_string())
        })
        .await;
    }
}
