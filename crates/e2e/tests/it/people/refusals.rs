//! Every operation of the OpenAPI document refuses the anonymous, the wrong role, the wrong organisation and the wrong
//! project. What each needs is said here once more, apart from the code; the test fails for an operation that is missing.

use std::collections::BTreeSet;

use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use super::cast::{Api, Cast, PASSWORD, id_of};
use crate::system::{EMBEDDED, Parts, with_both_parts};

with_both_parts! {
    every_operation_refuses_whoever_may_not,
}

/// The role that somebody has at a place, the greatest first; the least is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Rank {
    None,
    Viewer,
    ProjectAdmin,
    OrganisationAdmin,
    SystemAdmin,
}

/// What an operation needs.
#[derive(Clone, Copy, Debug)]
enum Needs {
    /// Nothing: everybody.
    Open,
    /// Somebody.
    Anybody,
    /// A role somewhere.
    Anywhere(Rank),
    /// A role at the installation.
    System,
    /// A role at the organisation, and to be seen there at least a viewer.
    Organisation(Rank),
    /// A role at the project.
    Project(Rank),
    /// A role at the organisation to see it at all, and one to do it.
    Waiting(Rank, Rank),
    /// To administer everything that a viewer of the project belongs to.
    Account,
    /// To see the members of the viewer's organisation.
    Member,
}
use Needs::*;
use Rank::*;

/// What a rollout in the project is begun with.
const ROLLOUT: &str =
    r#"{"name":"list","selection":{"project_id":"{p}"},"action":{"name":"list"}}"#;

/// Operation, what it needs, and a body that could be right. `{o}` is the organisation, `{p}` the project, `{a}` the agent in
/// it, `{w}` the agent that waits, `{d}` a registered device of the project, `{s}` the service, `{u}` a viewer of the project, `{template}` and `{delivery}` such of the project, `{x}` an id of nothing.
const OPERATIONS: &[(&str, Needs, &str)] = &[
    ("GET /session/options", Open, ""),
    ("POST /setup", Open, ""),
    ("POST /session", Open, ""),
    ("POST /password-reset", Open, ""),
    ("POST /invitations/lookup", Open, ""),
    ("POST /invitations/accept", Open, ""),
    ("GET /sso/{id}/start", Open, ""),
    ("GET /sso/{id}/callback", Open, ""),
    ("GET /session", Anybody, ""),
    ("DELETE /session", Anybody, ""),
    ("PATCH /profile", Anybody, "{}"),
    (
        "POST /profile/password",
        Anybody,
        r#"{"current_password":"x","new_password":"y"}"#,
    ),
    ("GET /sessions", Anybody, ""),
    ("DELETE /sessions", Anybody, ""),
    ("DELETE /sessions/{x}", Anybody, ""),
    ("GET /overview", Anybody, ""),
    ("GET /events", Anybody, ""),
    ("GET /ca", Anybody, ""),
    ("GET /organisations", Anybody, ""),
    ("POST /organisations", System, r#"{"name":"new"}"#),
    ("GET /organisations/{o}", Organisation(Viewer), ""),
    (
        "PATCH /organisations/{o}",
        Organisation(OrganisationAdmin),
        r#"{"description":"d"}"#,
    ),
    ("DELETE /organisations/{o}", Organisation(SystemAdmin), ""),
    (
        "POST /organisations/{o}/projects",
        Organisation(OrganisationAdmin),
        r#"{"name":"new"}"#,
    ),
    (
        "GET /organisations/{o}/members",
        Organisation(ProjectAdmin),
        "",
    ),
    (
        "PUT /organisations/{o}/members",
        Organisation(OrganisationAdmin),
        r#"{"email":"viewer@example.com","role":"admin"}"#,
    ),
    (
        "PUT /organisations/{o}/members/{u}",
        Organisation(OrganisationAdmin),
        r#"{"role":"admin"}"#,
    ),
    (
        "DELETE /organisations/{o}/members/{u}",
        Organisation(OrganisationAdmin),
        "",
    ),
    ("GET /projects/{p}", Project(Viewer), ""),
    (
        "PATCH /projects/{p}",
        Project(ProjectAdmin),
        r#"{"description":"d"}"#,
    ),
    ("DELETE /projects/{p}", Project(ProjectAdmin), ""),
    ("GET /projects/{p}/members", Project(ProjectAdmin), ""),
    (
        "PUT /projects/{p}/members",
        Project(ProjectAdmin),
        r#"{"email":"viewer@example.com","role":"admin"}"#,
    ),
    (
        "PUT /projects/{p}/members/{u}",
        Project(ProjectAdmin),
        r#"{"role":"admin"}"#,
    ),
    (
        "DELETE /projects/{p}/members/{u}",
        Project(ProjectAdmin),
        "",
    ),
    ("GET /users", Anywhere(ProjectAdmin), ""),
    (
        "POST /users",
        Anywhere(ProjectAdmin),
        r#"{"emails":["new@example.com"],"memberships":[{"project_id":"{p}","role":"viewer"}]}"#,
    ),
    ("GET /users/{u}", Member, ""),
    ("PATCH /users/{u}", Account, r#"{"phone":"1"}"#),
    ("DELETE /users/{u}", Account, ""),
    ("POST /users/{u}/enable", Account, ""),
    ("POST /users/{u}/disable", Account, ""),
    ("POST /users/{u}/reset-password", Account, "{}"),
    ("POST /users/{u}/invite", Account, ""),
    ("GET /users/{u}/sessions", Account, ""),
    ("DELETE /users/{u}/sessions", Account, ""),
    ("GET /api-tokens", Anybody, ""),
    (
        "POST /api-tokens",
        Project(ProjectAdmin),
        r#"{"name":"t","membership":{"project_id":"{p}","role":"admin"}}"#,
    ),
    ("DELETE /api-tokens/{x}", Anybody, ""),
    ("GET /audit", Anywhere(ProjectAdmin), ""),
    ("GET /audit/export", Anywhere(ProjectAdmin), ""),
    ("GET /audit/actions", Anywhere(ProjectAdmin), ""),
    ("GET /audit/verification", System, ""),
    ("GET /settings", System, ""),
    (
        "PUT /settings/root-address",
        System,
        r#"{"url":"http://localhost"}"#,
    ),
    ("DELETE /settings/root-address", System, ""),
    (
        "POST /settings/root-address/test",
        System,
        r#"{"url":"http://localhost"}"#,
    ),
    ("PUT /settings/language", System, r#"{"language":"zh"}"#),
    (
        "PUT /settings/passwords",
        System,
        r#"{"min_chars":12,"letter":true,"digit":true,"symbol":false}"#,
    ),
    (
        "PUT /settings/sessions",
        System,
        r#"{"idle_hours":1,"remembered_days":1}"#,
    ),
    (
        "PUT /settings/links",
        System,
        r#"{"invitation_hours":1,"reset_hours":1}"#,
    ),
    (
        "PUT /settings/mail",
        System,
        r#"{"host":"localhost","port":25,"security":"none","from":"a@example.com"}"#,
    ),
    ("DELETE /settings/mail", System, ""),
    (
        "POST /settings/mail/test",
        System,
        r#"{"to":"a@example.com"}"#,
    ),
    ("PUT /settings/guide", System, r#"{"done":true}"#),
    (
        "PUT /settings/sso/{id}",
        System,
        r#"{"name":"n","issuer":"https://login.example.com","client_id":"c","enabled":true,"create_users":false}"#,
    ),
    ("DELETE /settings/sso/{id}", System, ""),
    (
        "POST /settings/sso/test",
        System,
        r#"{"issuer":"https://login.example.com"}"#,
    ),
    ("GET /agent-service", Anywhere(ProjectAdmin), ""),
    ("GET /keys", Anywhere(ProjectAdmin), ""),
    ("POST /keys", System, ""),
    ("GET /keys/edge-services", Anywhere(ProjectAdmin), ""),
    ("GET /keys/{number}", Anywhere(ProjectAdmin), ""),
    ("POST /keys/{number}/retire", System, "{}"),
    ("POST /keys/{number}/place", Anywhere(ProjectAdmin), "{}"),
    ("GET /agents", Anybody, ""),
    ("GET /agents/{a}", Project(Viewer), ""),
    ("DELETE /agents/{a}", Project(ProjectAdmin), ""),
    (
        "DELETE /agents/{w}",
        Waiting(ProjectAdmin, OrganisationAdmin),
        "",
    ),
    (
        "POST /agents/{w}/adopt",
        Waiting(ProjectAdmin, SystemAdmin),
        r#"{"name":"n","organisation_id":"{other}","project_id":"{others}"}"#,
    ),
    ("POST /agents/{a}/release", Project(ProjectAdmin), ""),
    (
        "POST /agents/transfer",
        Project(SystemAdmin),
        r#"{"agent_ids":["{a}"],"project_id":"{others}"}"#,
    ),
    ("GET /devices/{a}/twin", Project(Viewer), ""),
    (
        "PUT /devices/{a}/twin/desired",
        Project(ProjectAdmin),
        r#"{"os":{}}"#,
    ),
    (
        "PATCH /devices/{a}/twin/desired",
        Project(ProjectAdmin),
        r#"{"os":{}}"#,
    ),
    ("GET /devices/{a}/twin/history", Project(Viewer), ""),
    (
        "GET /devices/{a}/twin/then?at=2036-01-31T08:00:00Z",
        Project(Viewer),
        "",
    ),
    ("GET /devices/differing", Anybody, ""),
    ("GET /devices/differing/watch", Anybody, ""),
    ("GET /actions", Anybody, ""),
    (
        "POST /actions",
        Project(ProjectAdmin),
        r#"{"device_ids":["{a}"],"action":{"name":"list"}}"#,
    ),
    ("GET /actions/{action}", Project(Viewer), ""),
    ("POST /actions/{action}/cancel", Project(ProjectAdmin), ""),
    ("POST /rollouts/preview", Project(ProjectAdmin), ROLLOUT),
    ("POST /rollouts", Project(ProjectAdmin), ROLLOUT),
    ("GET /rollouts", Anybody, ""),
    ("GET /rollouts/{rollout}", Project(Viewer), ""),
    ("GET /rollouts/{rollout}/devices", Project(Viewer), ""),
    ("POST /rollouts/{rollout}/pause", Project(ProjectAdmin), ""),
    ("POST /rollouts/{rollout}/resume", Project(ProjectAdmin), ""),
    ("POST /rollouts/{rollout}/abort", Project(ProjectAdmin), ""),
    ("POST /rollouts/{rollout}/undo", Project(ProjectAdmin), ""),
    ("GET /devices/{a}/tags", Project(Viewer), ""),
    (
        "PUT /devices/{a}/tags",
        Project(ProjectAdmin),
        r#"{"tags":["line-3"]}"#,
    ),
    ("GET /tags", Anybody, ""),
    ("GET /registrations", Anybody, ""),
    (
        "POST /registrations",
        Project(ProjectAdmin),
        r#"{"project_id":"{p}","brand":"b","model":"m","serial":"s"}"#,
    ),
    (
        "POST /projects/{p}/registrations",
        Project(ProjectAdmin),
        r#""b,m,s""#,
    ),
    ("GET /registrations/{d}", Project(Viewer), ""),
    (
        "PATCH /registrations/{d}",
        Project(ProjectAdmin),
        r#"{"device_data":""}"#,
    ),
    ("DELETE /registrations/{d}", Project(ProjectAdmin), ""),
    ("POST /registrations/{d}/enable", Project(ProjectAdmin), ""),
    ("POST /registrations/{d}/disable", Project(ProjectAdmin), ""),
    (
        "GET /organisations/{o}/enrolment",
        Organisation(ProjectAdmin),
        "",
    ),
    (
        "PUT /organisations/{o}/enrolment",
        Organisation(OrganisationAdmin),
        r#"{"allow_unverified":true}"#,
    ),
    (
        "POST /organisations/{o}/enrolment/keys",
        Organisation(OrganisationAdmin),
        r#"{"assertion":"x"}"#,
    ),
    (
        "DELETE /organisations/{o}/enrolment/keys/{key}",
        Organisation(OrganisationAdmin),
        "",
    ),
    ("GET /required-snaps", Anybody, ""),
    (
        "PUT /required-snaps",
        Organisation(OrganisationAdmin),
        r#"{"organisation_id":"{o}","model":"m","snaps":[]}"#,
    ),
    ("GET /services", Anybody, ""),
    (
        "POST /services",
        Project(ProjectAdmin),
        r#"{"project_id":"{p}","name":"own","kind":"http","address":"http://127.0.0.1:1"}"#,
    ),
    ("GET /hosting", Anybody, ""),
    (
        "POST /services/hosted",
        Project(ProjectAdmin),
        r#"{"agents":["{a}"],"name":"made","kind":"http","spec":{"image":"x","port":80}}"#,
    ),
    ("GET /services/{s}/hosted", Project(Viewer), ""),
    (
        "POST /services/operations",
        Project(ProjectAdmin),
        r#"{"operation":"start","services":["{s}"]}"#,
    ),
    ("GET /services/tags", Anybody, ""),
    (
        "POST /services/tags",
        Project(ProjectAdmin),
        r#"{"services":["{s}"],"add":["hall"]}"#,
    ),
    (
        "POST /services/import?project={p}",
        Project(ProjectAdmin),
        "",
    ),
    ("GET /services/export", Anybody, ""),
    ("GET /services/{s}", Project(Viewer), ""),
    ("PATCH /services/{s}", Project(ProjectAdmin), "{}"),
    ("DELETE /services/{s}", Project(ProjectAdmin), ""),
    ("POST /services/{s}/prove", Project(ProjectAdmin), ""),
    ("POST /services/{s}/open", Project(Viewer), ""),
    (
        "POST /services/{s}/call",
        Project(Viewer),
        r#"{"method": "GET", "path": "/inspect"}"#,
    ),
    ("GET /services/{s}/figures", Project(Viewer), ""),
    ("GET /services/{s}/configuration", Project(Viewer), ""),
    ("GET /templates", Anybody, ""),
    ("POST /templates", Project(ProjectAdmin), TEMPLATE),
    ("GET /templates/{template}", Project(Viewer), ""),
    ("GET /templates/{template}/versions", Project(Viewer), ""),
    (
        "GET /templates/{template}/versions/{number}",
        Project(Viewer),
        "",
    ),
    (
        "POST /templates/{template}/versions",
        Project(ProjectAdmin),
        r#"{"text":"{}"}"#,
    ),
    ("POST /deliveries/preview", Project(ProjectAdmin), DELIVERY),
    ("POST /deliveries", Project(ProjectAdmin), DELIVERY),
    ("GET /deliveries", Anybody, ""),
    ("GET /deliveries/{delivery}", Project(Viewer), ""),
    ("GET /deliveries/{delivery}/services", Project(Viewer), ""),
    (
        "POST /deliveries/{delivery}/pause",
        Project(ProjectAdmin),
        "",
    ),
    (
        "POST /deliveries/{delivery}/resume",
        Project(ProjectAdmin),
        "",
    ),
    (
        "POST /deliveries/{delivery}/abort",
        Project(ProjectAdmin),
        "",
    ),
    (
        "POST /deliveries/{delivery}/undo",
        Project(ProjectAdmin),
        "",
    ),
    ("DELETE /templates/{template}", Project(ProjectAdmin), ""),
    ("GET /agent-tokens", Anywhere(ProjectAdmin), ""),
    (
        "POST /agent-tokens",
        Project(ProjectAdmin),
        r#"{"project_id":"{p}"}"#,
    ),
    ("DELETE /agent-tokens/{x}", Anybody, ""),
];

/// What there is for this walk only.
struct Made {
    /// A viewer of the project.
    user: String,
    template: String,
    delivery: String,
}

impl Made {
    async fn of(cast: &Cast) -> Self {
        let user = cast.user("viewer@example.com", cast.in_project("viewer"));
        let user = user.await;
        let operator = &cast.operator;
        let service = json!({"project_id": cast.project, "name": "rules", "kind": "ekuiper", "address": "http://127.0.0.1:1", "unproven": true});
        let service = id_of(&operator.post("/services", service).await);
        let template: Value =
            serde_json::from_str(&TEMPLATE.replace("{p}", &cast.project)).unwrap();
        let template = id_of(&operator.post("/templates", template).await);
        let delivery =
            json!({"name": "d", "template_id": template, "services": [{"service_id": service}]});
        let delivery = id_of(&operator.post("/deliveries", delivery).await);
        Self {
            user,
            template,
            delivery,
        }
    }
}

/// A template of the project.
const TEMPLATE: &str =
    r#"{"project_id":"{p}","name":"t","kind":"ekuiper","text":"{\"streams\": {}}"}"#;

/// A delivery of that template to nobody.
const DELIVERY: &str = r#"{"name":"d","template_id":"{template}"}"#;

/// Somebody, and what they are where.
struct Person {
    name: &'static str,
    api: Api,
    at_organisation: Rank,
    at_project: Rank,
    anywhere: Rank,
}

async fn every_operation_refuses_whoever_may_not(parts: Parts) {
    let cast = Cast::start(parts).await;
    let document = cast.operator.http_get("/api/openapi.json").await;
    let described = described(&document);
    let known: BTreeSet<String> = OPERATIONS.iter().map(|(name, ..)| general(name)).collect();
    let unknown: Vec<_> = described.difference(&known).collect();
    let gone: Vec<_> = known.difference(&described).collect();
    assert!(unknown.is_empty(), "say here what these need: {unknown:?}");
    assert!(gone.is_empty(), "these are no more: {gone:?}");

    let made = Made::of(&cast).await;
    let people = people(&cast).await;
    let mut wrong = Vec::new();
    for (operation, needs, body) in OPERATIONS {
        let (method, path) = operation.split_once(' ').unwrap();
        let path = filled(&cast, &made, path);
        let body: Option<Value> =
            (!body.is_empty()).then(|| serde_json::from_str(&filled(&cast, &made, body)).unwrap());
        let method: Method = method.parse().unwrap();
        if !matches!(needs, Open) {
            let answer = cast.nobody.call(method.clone(), &path, body.as_ref()).await;
            if answer.status != StatusCode::UNAUTHORIZED {
                wrong.push(format!("{operation}: anonymous got {}", answer.status));
            }
        }
        for person in &people {
            let Some(expected) = expected(*needs, person) else {
                continue;
            };
            // What is allowed is asked for only where it changes nothing, and ends.
            let allowed = expected == StatusCode::OK;
            let streams = path == "/events" || path.ends_with("/watch");
            // The service is no product that has one, and not hosted.
            let has_none = path.ends_with("/configuration") || path.ends_with("/hosted");
            if allowed && (method != Method::GET || streams || has_none) {
                continue;
            }
            let answer = person.api.call(method.clone(), &path, body.as_ref()).await;
            if answer.status != expected {
                let name = person.name;
                wrong.push(format!(
                    "{operation}: {name} got {answer:?}, not {expected}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Nothing of all that was done.
    assert_eq!(
        cast.operator.get(&format!("/users/{}", made.user)).await["memberships"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

async fn people(cast: &Cast) -> Vec<Person> {
    let other = json!([{"organisation_id": cast.other_organisation, "role": "admin"}]);
    let sibling = json!([{"project_id": cast.sibling, "role": "admin"}]);
    let plan = [
        (
            "a viewer",
            cast.in_project("viewer"),
            Viewer,
            Viewer,
            Viewer,
        ),
        (
            "a member",
            cast.in_organisation("member"),
            Viewer,
            None,
            Viewer,
        ),
        (
            "an organisation's viewer",
            cast.in_organisation("viewer"),
            Viewer,
            Viewer,
            Viewer,
        ),
        (
            "the project's admin",
            cast.in_project("admin"),
            ProjectAdmin,
            ProjectAdmin,
            ProjectAdmin,
        ),
        (
            "another project's admin",
            sibling,
            ProjectAdmin,
            None,
            ProjectAdmin,
        ),
        (
            "the organisation's admin",
            cast.in_organisation("admin"),
            OrganisationAdmin,
            OrganisationAdmin,
            OrganisationAdmin,
        ),
        (
            "another organisation's admin",
            other,
            None,
            None,
            OrganisationAdmin,
        ),
    ];
    let mut people = Vec::new();
    for (number, (name, memberships, at_organisation, at_project, anywhere)) in
        plan.into_iter().enumerate()
    {
        let email = format!("person{number}@example.com");
        let (api, _) = cast.person(&email, memberships).await;
        people.push(Person {
            name,
            api,
            at_organisation,
            at_project,
            anywhere,
        });
    }
    people
}

/// What this person must get; none where that is for others to say.
fn expected(needs: Needs, person: &Person) -> Option<StatusCode> {
    let judge = |rank: Rank, least: Rank| match rank {
        None => StatusCode::NOT_FOUND,
        rank if rank < least => StatusCode::FORBIDDEN,
        _ => StatusCode::OK,
    };
    Some(match needs {
        Open => return Option::None,
        Anybody => return Option::None,
        Anywhere(least) if person.anywhere < least => StatusCode::FORBIDDEN,
        Anywhere(_) => StatusCode::OK,
        System => StatusCode::FORBIDDEN,
        Organisation(least) => judge(person.at_organisation, least),
        Project(SystemAdmin) if person.at_project >= ProjectAdmin => StatusCode::NOT_FOUND,
        Project(SystemAdmin) => return Option::None,
        Project(least) => judge(person.at_project, least),
        Waiting(see, _) if person.at_organisation < see => StatusCode::NOT_FOUND,
        // The project of another organisation may not be seen by anybody here but its own.
        Waiting(_, SystemAdmin) => StatusCode::NOT_FOUND,
        Waiting(_, least) => judge(person.at_organisation, least),
        Member if person.at_organisation < ProjectAdmin => StatusCode::NOT_FOUND,
        Member => StatusCode::OK,
        Account if person.at_organisation < ProjectAdmin => StatusCode::NOT_FOUND,
        Account if person.at_project < ProjectAdmin => StatusCode::FORBIDDEN,
        Account => StatusCode::OK,
    })
}

fn filled(cast: &Cast, made: &Made, text: &str) -> String {
    [
        ("{o}", cast.organisation.as_str()),
        ("{p}", &cast.project),
        ("{other}", &cast.other_organisation),
        ("{others}", &cast.other_project),
        ("{a}", &cast.agent.id.to_string()),
        ("{d}", &cast.registered),
        ("{key}", &"k".repeat(64)),
        ("{number}", "1"),
        ("{w}", &cast.waiting.id.to_string()),
        ("{s}", &cast.service),
        ("{action}", &cast.action),
        ("{rollout}", &cast.rollout),
        ("{u}", made.user.as_str()),
        ("{template}", &made.template),
        ("{delivery}", &made.delivery),
        ("{x}", "0192f0c1-7f4e-7c3a-9b1e-2d5f6a7b8c9d"),
        ("{id}", "acme"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (mark, value)| {
        text.replace(mark, value)
    })
}

/// The operations that the document describes, with every parameter as `{}`.
fn described(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            if let "get" | "post" | "put" | "patch" | "delete" = method.as_str() {
                let path = path.strip_prefix("/api/v1").unwrap();
                found.insert(general(&format!("{} {path}", method.to_uppercase())));
            }
        }
    }
    assert!(found.len() > 60, "{found:?}");
    found
}

fn general(operation: &str) -> String {
    let path = operation.split('?').next().unwrap_or_default();
    let parts = path.split('/');
    let parts = parts.map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// A token of a person's does not do more than its scope, nor more than its owner may do at that time.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_never_allows_more_than_its_owner_is_allowed() {
    let cast = Cast::start(EMBEDDED).await;
    let (admin, id) = cast
        .person("admin@example.com", cast.in_organisation("admin"))
        .await;
    // Another admin, so that this one can be demoted.
    cast.user("second@example.com", cast.in_organisation("admin"))
        .await;
    let token = json!({"name": "ci", "membership": {"project_id": cast.project, "role": "admin"}});
    let made = admin.post("/api-tokens", token).await;
    let program = admin.with_token(made["text"].as_str());
    let project = format!("/projects/{}", cast.project);
    program
        .patch(&project, json!({"description": "by a program"}))
        .await;
    // What it was not given.
    let sibling = format!("/projects/{}", cast.sibling);
    let answer = program.call(Method::GET, &sibling, Option::None).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    // What only a person may do.
    let more =
        json!({"name": "more", "membership": {"project_id": cast.project, "role": "viewer"}});
    let answer = program.call(Method::POST, "/api-tokens", Some(&more)).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::FORBIDDEN, "person_needed")
    );
    let answer = program.call(Method::GET, "/sessions", Option::None).await;
    assert_eq!(answer.code(), "person_needed");
    // More than the owner is.
    let system = json!({"name": "root", "system_admin": true});
    let answer = admin.call(Method::POST, "/api-tokens", Some(&system)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);

    let member = format!("/organisations/{}/members/{id}", cast.organisation);
    cast.operator.put(&member, json!({"role": "viewer"})).await;
    let change = json!({"description": "again"});
    let answer = program.call(Method::PATCH, &project, Some(&change)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    program.get(&project).await;

    let disable = format!("/users/{id}/disable");
    cast.operator
        .call(Method::POST, &disable, Option::None)
        .await
        .ok();
    let answer = program.call(Method::GET, &project, Option::None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = cast.operator.sign_in("admin@example.com", PASSWORD).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::FORBIDDEN, "account_disabled")
    );
}
