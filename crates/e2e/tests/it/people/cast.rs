//! Two organisations, and somebody of each role.

use edgeward_testkit::services::Service;
use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::system::{Joined, Parts, System};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse 1";

/// Somebody, or a program, with the REST API.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Api {
    /// With this bearer token, or with none.
    pub fn new(system: &System, token: Option<String>) -> Self {
        edgeward_pki::install_provider();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build();
        Self {
            http: http.unwrap(),
            base: format!("http://{}", system.console),
            token,
        }
    }

    /// The bearer token.
    pub fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// With another token.
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self {
            token: token.map(str::to_owned),
            ..self.clone()
        }
    }

    /// A request for this path below `/api/v1`, to be completed.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}/api/v1{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Calls and gives whatever comes back.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    /// Must succeed.
    pub async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.ok()
    }

    /// Must succeed.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, path, Some(&body)).await.ok()
    }

    /// Must succeed.
    pub async fn put(&self, path: &str, body: Value) -> Value {
        self.call(Method::PUT, path, Some(&body)).await.ok()
    }

    /// Must succeed.
    pub async fn patch(&self, path: &str, body: Value) -> Value {
        self.call(Method::PATCH, path, Some(&body)).await.ok()
    }

    /// Must succeed.
    pub async fn delete(&self, path: &str) {
        self.call(Method::DELETE, path, None).await.ok();
    }

    /// A document outside of `/api/v1`.
    pub async fn http_get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.base));
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Signs in as this person, for programs.
    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let request = json!({"email": email, "password": password, "bearer": true});
        self.with_token(None)
            .call(Method::POST, "/session", Some(&request))
            .await
    }

    /// This person, signed in.
    pub async fn person(&self, email: &str) -> Self {
        let session = self.sign_in(email, PASSWORD).await.ok();
        self.with_token(session["bearer_token"].as_str())
    }
}

impl Answer {
    /// The body of a success.
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.body
    }

    /// The stable word of a refusal.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

/// Everybody, and everything there is.
pub struct Cast {
    pub system: System,
    /// The machine's own operator.
    pub operator: Api,
    pub nobody: Api,
    pub organisation: String,
    pub project: String,
    pub sibling: String,
    pub other_organisation: String,
    pub other_project: String,
    /// Managed, in `project`.
    pub agent: Joined,
    pub service: String,
    /// Of `agent`.
    pub action: String,
    pub rollout: String,
    /// Waits in `organisation`.
    pub waiting: Joined,
    /// Registered in `project`.
    pub registered: String,
    _service: Service,
}

impl Cast {
    pub async fn start(parts: Parts) -> Self {
        let system = System::start(parts).await;
        let operator = Api::new(&system, Some(system.operator_token.clone()));
        let first = operator.get("/organisations").await["items"][0].clone();
        let organisation = id_of(&first);
        let project = id_of(&first["projects"][0]);
        let made = |path: String, name: &str| {
            let operator = operator.clone();
            let request = json!({"name": name});
            async move { id_of(&operator.post(&path, request).await) }
        };
        let sibling = made(format!("/organisations/{organisation}/projects"), "sibling").await;
        let other_organisation = made("/organisations".into(), "other").await;
        let other_project = made(
            format!("/organisations/{other_organisation}/projects"),
            "others",
        )
        .await;

        let service = Service::start().await.unwrap();
        let (agent, services) = system.managed("press", &[("web", service.address())]).await;
        let waiting = system.join(&[]).await;
        // Released agents wait in the organisation that they were in.
        system.adopt(waiting.id, "waiting").await;
        let release = format!("/agents/{}/release", waiting.id);
        operator.call(Method::POST, &release, None).await.ok();
        let ask = json!({"device_ids": [agent.id], "action": {"name": "list"}});
        let asked = operator.post("/actions", ask).await;
        let list = json!({"name": "list", "selection": {"project_id": project}, "action": {"name": "list"}});
        let rollout = operator.post("/rollouts", list).await;
        let device = json!({"project_id": project, "brand": "acme", "model": "m", "serial": "1"});
        let registered = id_of(&operator.post("/registrations", device).await);
        Self {
            registered,
            action: id_of(&asked["actions"][0]),
            rollout: id_of(&rollout),
            nobody: operator.with_token(None),
            service: services[0].to_string(),
            system,
            operator,
            organisation,
            project,
            sibling,
            other_organisation,
            other_project,
            agent,
            waiting,
            _service: service,
        }
    }

    /// A new person with these memberships, signed in; with their id.
    pub async fn person(&self, email: &str, memberships: Value) -> (Api, String) {
        let id = self.user(email, memberships).await;
        (self.operator.person(email).await, id)
    }

    /// A new user with these memberships; their id.
    pub async fn user(&self, email: &str, memberships: Value) -> String {
        let request = json!({"emails": [email], "password": PASSWORD, "memberships": memberships});
        let made = self.operator.post("/users", request).await;
        id_of(&made["results"][0]["user"])
    }

    pub fn in_organisation(&self, role: &str) -> Value {
        json!([{"organisation_id": self.organisation, "role": role}])
    }

    pub fn in_project(&self, role: &str) -> Value {
        json!([{"project_id": self.project, "role": role}])
    }
}

/// The id of a thing.
pub fn id_of(thing: &Value) -> String {
    let id = thing["id"].as_str();
    id.unwrap_or_else(|| panic!("no id in {thing}")).to_owned()
}
