//! Every page of the console, in both languages, large and small: everything has its text, nothing is cut off, and nothing
//! keeps anybody from using it. With `EDGEWARD_PICTURES=<folder>` each is photographed.

use edgeward_testkit::browser::{Browser, axe_source};
use serde_json::json;

use crate::console::{AT_REST, Console};
use crate::people::cast::{Cast, PASSWORD, id_of};
use crate::system::{EMBEDDED, LIMIT};

/// Where the pages are, for a system administrator. `{…}` as in [`Places`].
const PAGES: &[(&str, &str)] = &[
    ("overview", "/"),
    ("welcome", "/welcome"),
    ("agents", "/agents"),
    (
        "agents-filtered",
        "/agents?management=managed&presence=offline&text=x",
    ),
    ("agent", "/agents/{agent}"),
    ("agent-waiting", "/agents/{waiting}"),
    ("devices", "/devices"),
    ("devices-filtered", "/devices?presence=offline&text=x"),
    ("device", "/devices/{agent}"),
    ("device-snaps", "/devices/{agent}?tab=snaps"),
    ("device-actions", "/devices/{agent}?tab=actions"),
    ("device-twin", "/devices/{agent}?tab=twin"),
    ("device-waiting", "/devices/{waiting}"),
    ("actions", "/actions"),
    ("actions-filtered", "/actions?open=false&state=failed"),
    ("rollouts", "/rollouts"),
    ("rollouts-filtered", "/rollouts?state=paused"),
    ("rollout", "/rollouts/{rollout}"),
    ("rollouts-new", "/rollouts/new?project={project}"),
    ("registrations", "/registrations"),
    (
        "registrations-filtered",
        "/registrations?status=waiting&text=x",
    ),
    ("registration", "/registrations#{registration}"),
    ("registrations-new", "/registrations?make=one"),
    ("registrations-import", "/registrations?make=list"),
    ("services", "/services"),
    (
        "services-filtered",
        "/services?kind=neuron&way=agent&authentication=token&tag=line-3&key_behind=1",
    ),
    ("services-import", "/services?make=list"),
    ("service", "/services/{service}"),
    ("service-explorer", "/services/{service}?tab=explorer"),
    ("templates", "/templates"),
    ("templates-filtered", "/templates?kind=neuron&text=x"),
    ("templates-new", "/templates?make=true"),
    ("template", "/templates/{template}"),
    ("template-deliver", "/templates/{template}/deliver"),
    ("services-host", "/services?make=hosted"),
    ("deliveries", "/deliveries"),
    ("deliveries-filtered", "/deliveries?state=paused"),
    ("join", "/join"),
    ("audit", "/audit"),
    ("audit-entry", "/audit#5"),
    ("organisations", "/organisations"),
    ("organisation", "/organisations/{organisation}"),
    (
        "organisation-enrolment",
        "/organisations/{organisation}?tab=enrolment",
    ),
    (
        "organisation-snaps",
        "/organisations/{organisation}?tab=snaps",
    ),
    ("project", "/projects/{project}"),
    ("users", "/users"),
    ("users-new", "/users?make=true"),
    ("user", "/users/{user}"),
    ("tokens", "/tokens"),
    ("tokens-new", "/tokens?make=true"),
    ("settings-general", "/settings/general"),
    ("settings-sign-in", "/settings/sign-in"),
    ("settings-sso", "/settings/sso"),
    ("settings-sso-new", "/settings/sso?provider=new"),
    ("settings-mail", "/settings/mail"),
    ("settings-agent-service", "/settings/agent-service"),
    ("settings-keys", "/settings/keys"),
    ("keys", "/keys"),
    ("profile", "/profile"),
    ("not-found", "/nothing/of/the/kind"),
];

/// The page has its heading, and nothing is loading.
const SETTLED: &str = "document.querySelector('h1') !== null
    && !document.querySelector('[aria-busy=true], .mantine-Skeleton-root, .mantine-Loader-root')";

/// Texts that are keys: `people.add` instead of \"Add\".
const UNTRANSLATED: &str = "(() => {
    const keys = /^[a-z][A-Za-z]*(\\.[a-zA-Z_]+)+$/;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const text = node.data.trim();
      if (keys.test(text) && !node.parentElement.closest('code, [data-verbatim], td, [role=cell], [role=gridcell], pre, dd, option')) found.push(text);
    }
    return found;
})()";

#[tokio::test(flavor = "multi_thread")]
async fn in_english() {
    every_page("en").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_chinese() {
    every_page("zh").await;
}

async fn every_page(language: &str) {
    let axe = axe_source().unwrap();
    let cast = Cast::start(EMBEDDED).await;
    let user = cast
        .user("viewer@example.com", cast.in_project("viewer"))
        .await;
    let root = json!({"emails": ["ada@example.com"], "display_name": "Ada", "password": PASSWORD, "system_admin": true});
    id_of(&cast.operator.post("/users", root).await["results"][0]["user"]);
    let ada = cast.operator.person("ada@example.com").await;
    ada.patch("/profile", json!({"language": language})).await;
    let token = json!({"name": "ci", "membership": {"project_id": cast.project, "role": "viewer"}});
    ada.post("/api-tokens", token).await;

    let rollout = json!({"name": "Identities", "selection": {"project_id": cast.project}, "action": {"name": "device"}});
    let rollout = id_of(&cast.operator.post("/rollouts", rollout).await);
    let registration = json!({"project_id": cast.project, "brand": "acme", "model": "gateway-24", "serial": "AW-1"});
    let registration = id_of(&cast.operator.post("/registrations", registration).await);
    let template = json!({"project_id": cast.project, "name": "Alarms", "kind": "neuron", "text": "{\"nodes\": [{\"name\": \"${broker}\"}]}"});
    let template = id_of(&cast.operator.post("/templates", template).await);

    let browser = Browser::start_with(&["--lang=en-US"]).await.unwrap();
    let base = format!("http://localhost:{}", cast.system.console.port());
    let console = Console::at(browser.open(&format!("{base}/sign-in")).await.unwrap());
    let page = &console.page;
    page.wait_until(SETTLED, LIMIT).await.unwrap();
    page.fill("input[type=email], input[name=email]", "ada@example.com")
        .await
        .unwrap();
    page.fill("input[type=password]", PASSWORD).await.unwrap();
    page.press("Enter").await.unwrap();
    page.wait_until("location.pathname === '/'", LIMIT)
        .await
        .unwrap();

    let mut wrong = Vec::new();
    for (name, path) in PAGES {
        let path = [
            ("{agent}", cast.agent.id.to_string()),
            ("{waiting}", cast.waiting.id.to_string()),
            ("{service}", cast.service.clone()),
            ("{organisation}", cast.organisation.clone()),
            ("{project}", cast.project.clone()),
            ("{user}", user.clone()),
            ("{rollout}", rollout.clone()),
            ("{registration}", registration.clone()),
            ("{template}", template.clone()),
        ]
        .iter()
        .fold((*path).to_owned(), |path, (mark, id)| {
            path.replace(mark, id)
        });
        page.go_to(&format!("{base}{path}")).await.unwrap();
        if let Err(error) = page.wait_until(SETTLED, LIMIT).await {
            let shown: String = page.evaluate("document.body.innerHTML").await.unwrap();
            let (said, failed) = (page.console(), page.failed_requests());
            panic!("{name}: {error}: {said:?} {failed:?} {shown}");
        }
        let spoken: String = page
            .evaluate("document.documentElement.lang")
            .await
            .unwrap();
        if !spoken.starts_with(language) {
            wrong.push(format!("{name}: the page says it speaks {spoken:?}"));
        }
        let keys: Vec<String> = page.evaluate(UNTRANSLATED).await.unwrap();
        if !keys.is_empty() {
            wrong.push(format!("{name}: texts are missing: {keys:?}"));
        }
        if language == "zh"
            && !page
                .evaluate::<bool>(
                    "/\\p{Script=Han}/u.test(document.title + document.body.innerText)",
                )
                .await
                .unwrap()
        {
            wrong.push(format!("{name}: nothing on it is Chinese"));
        }
        for (size, width, height) in [("desk", 1440, 900), ("phone", 390, 844)] {
            page.set_viewport(width, height).await.unwrap();
            page.wait_until(SETTLED, LIMIT).await.unwrap();
            page.wait_until(AT_REST, LIMIT).await.unwrap();
            for barrier in page.barriers(&axe).await.unwrap() {
                wrong.push(format!("{name} on a {size}: {barrier:?}"));
            }
        }
        console.fits(&format!("{language}-{name}")).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
