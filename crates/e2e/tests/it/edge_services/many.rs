//! Many services at once: lists of them in and out, and their tags.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use edgeward_api::audit::EntryFilter;
use edgeward_api::organisation::PlaceRequest;
use edgeward_api::service::{
    MAX_REFUSED_LINES, ServiceChange, ServiceFilter, ServiceKind, ServiceRequest, ServiceTagFilter,
    ServiceTagging, ServiceWay, ServicesImported,
};
use edgeward_ids::ProjectId;
use edgeward_simulated::liar::{Liar, Lie};
use edgeward_simulated::neuron::{Neuron, NeuronOptions, Site};
use edgeward_testkit::services::Service as Plain;
use http::StatusCode;

use super::{KEY_FILE, finding, near};
use crate::system::{EMBEDDED, Parts, System, agent_config, with_both_parts};

with_both_parts! {
    a_list_is_imported_looked_at_and_exported_again,
    a_long_list_is_read_as_it_comes,
    services_are_tagged_each_by_itself_and_found_by_their_tags,
}

/// Nobody listens there.
const NOBODY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

async fn import(system: &System, project: ProjectId, list: &str) -> ServicesImported {
    let list = list.as_bytes().to_vec();
    system.client.import_services(project, list).await.unwrap()
}

async fn export(system: &System, filter: &ServiceFilter) -> String {
    let mut download = system.client.export_services(filter).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = download.next_piece().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).unwrap()
}

/// Line, column and code of each that was not taken.
fn refused(imported: &ServicesImported) -> Vec<(u64, &str, &str)> {
    let lines = imported.lines.iter();
    lines
        .map(|line| {
            let column = line.column.as_deref().unwrap_or_default();
            (line.line, column, line.code.as_str())
        })
        .collect()
}

async fn names(system: &System, filter: ServiceFilter) -> Vec<String> {
    let found = system.client.services(&filter).await.unwrap();
    let names = found.items.iter().map(|service| service.name.to_string());
    names.collect()
}

async fn a_list_is_imported_looked_at_and_exported_again(parts: Parts) {
    let system = near(parts).await;
    let keys = tempfile::tempdir().unwrap();
    system.put_key(keys.path(), KEY_FILE).await;
    let options = NeuronOptions::new(Site::PressShop, keys.path());
    let neuron = Neuron::start(options).await.unwrap();
    let plain = Plain::start().await.unwrap();
    let project = system.organisation().await.projects[0].id;
    let list = format!(
        "\u{feff}name,Category,endpoint,nodeType,scheme,tagName,authentication,colour,description,username,password\r\n\
         Presses,2,{},Direct,http,line-3;hall,token,red,\"two\nlines, \"\"quoted\"\"\"\r\n\
         Plain,Customize,http://{},4,,hall,,,=1+1\r\n\
         Broker,nanomq,{NOBODY},,,,,,,admin,public\r\n\
         Gateway,2,x:1,Proxy,MQTT\r\n\
         No port,neuron,x,Direct\r\n\
         Presses,neuron,x:2\r\n\
         Other,neuron,{}\r\n\
         Secret,nanomq,x:3,,,,basic,,,admin\r\n\
         Tagged,neuron,x:4,,,Hall 3\r\n\
         Emqx,emqx,x:5\r\n",
        neuron.address(),
        plain.address(),
        neuron.address(),
    );
    let imported = import(&system, project, &list).await;
    assert_eq!(
        refused(&imported),
        [
            (6, "nodeType", "of_agent"),
            (7, "endpoint", "invalid"),
            (8, "name", "name_taken"),
            (9, "endpoint", "address_taken"),
            (10, "password", "invalid"),
            (11, "tagName", "invalid"),
            (12, "category", "invalid"),
        ],
        "{imported:?}"
    );
    assert_eq!((imported.imported, imported.refused), (3, 7));
    assert_eq!(imported.ignored_columns, ["colour"]);
    let found = system.client.services(&ServiceFilter::default()).await;
    let found = found.unwrap().items;
    let by_name = |name: &str| found.iter().find(|service| service.name.as_str() == name);
    let presses = by_name("Presses").unwrap();
    assert_eq!(presses.tags, ["hall", "line-3"]);
    assert_eq!(presses.description, "two\nlines, \"quoted\"");
    assert_eq!(by_name("Broker").unwrap().user.as_deref(), Some("admin"));
    // They are looked at, each as what it was said to be.
    system.found(presses, "proven").await;
    system.found(by_name("Plain").unwrap(), "reached").await;
    system
        .found(by_name("Broker").unwrap(), "unreachable")
        .await;

    let again = import(&system, project, &list).await;
    assert_eq!((again.imported, again.refused), (0, 10));
    assert_eq!(refused(&again)[0], (2, "name", "name_taken"));

    let exported = export(&system, &ServiceFilter::default()).await;
    assert!(!exported.contains("public"), "{exported}");
    assert!(exported.contains("'=1+1"), "{exported}");
    let tagged = ServiceFilter {
        tag: Some("line-3".into()),
        ..ServiceFilter::default()
    };
    assert_eq!(export(&system, &tagged).await.matches("Direct").count(), 1);
    let chosen = ServiceFilter {
        ids: Some(presses.id.to_string()),
        ..ServiceFilter::default()
    };
    assert_eq!(
        export(&system, &chosen).await,
        export(&system, &tagged).await
    );

    // Elsewhere it is the same again, but for the password.
    let organisation = system.organisation().await.id;
    let place = PlaceRequest {
        name: "Elsewhere".parse().unwrap(),
        description: String::new(),
        admins: Vec::new(),
    };
    let other = system.client.create_project(organisation, &place).await;
    let other = other.unwrap().id;
    let copied = import(&system, other, &exported).await;
    assert_eq!(copied.imported, 2, "{copied:?}");
    assert_eq!(refused(&copied), [(5, "password", "invalid")]);
    let elsewhere = ServiceFilter {
        project: Some(other),
        ..ServiceFilter::default()
    };
    let here = ServiceFilter {
        project: Some(project),
        ids: Some(format!("{},{}", presses.id, by_name("Plain").unwrap().id)),
        ..ServiceFilter::default()
    };
    let without_ids = |list: String| -> Vec<String> {
        let lines = list.lines().map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let kept = cells.iter().filter(|cell| cell.len() != 36);
            kept.copied().collect::<Vec<_>>().join(",")
        });
        lines.collect()
    };
    assert_eq!(
        without_ids(export(&system, &elsewhere).await),
        without_ids(export(&system, &here).await)
    );

    let heading = system
        .client
        .import_services(project, b"a,b\n".to_vec())
        .await;
    let heading = heading.unwrap_err();
    assert_eq!(heading.status(), Some(StatusCode::BAD_REQUEST));
    let said = &heading.detail().unwrap().message;
    assert!(said.contains("category"), "{said}");
}

async fn a_long_list_is_read_as_it_comes(parts: Parts) {
    const GOOD: usize = 3000;
    const BAD: usize = 1500;
    // As it is by default, this machine is not dialled.
    let system = System::start(parts).await;
    let project = system.organisation().await.projects[0].id;
    let mut list = "category,name,endpoint,tagName\n".to_owned();
    for number in 0..GOOD {
        writeln!(
            list,
            "99,s{number},127.0.0.1:{},t{}",
            number + 1,
            number % 7
        )
        .unwrap();
    }
    for number in 0..BAD {
        writeln!(list, "99,b{number},nowhere").unwrap();
    }
    let imported = import(&system, project, &list).await;
    assert_eq!(
        imported.imported,
        GOOD as u64,
        "{:?}",
        imported.lines.first()
    );
    assert_eq!(imported.refused, BAD as u64);
    assert_eq!(imported.lines.len(), MAX_REFUSED_LINES);
    assert_eq!(imported.lines[0].line, GOOD as u64 + 2);
    let entries = EntryFilter {
        action: Some("service.import".into()),
        ..EntryFilter::default()
    };
    let entries = system.client.audit(&entries).await.unwrap().items;
    assert_eq!(entries.len(), 3, "one for each thousand");
    let exported = export(&system, &ServiceFilter::default()).await;
    assert_eq!(exported.lines().count(), GOOD + 1);
    let tags = system
        .client
        .service_tags(&ServiceTagFilter::default())
        .await;
    let tags = tags.unwrap().items;
    assert_eq!(tags.len(), 7);
    assert_eq!(
        tags.iter().map(|tag| tag.services).sum::<u64>(),
        GOOD as u64
    );
}

async fn services_are_tagged_each_by_itself_and_found_by_their_tags(parts: Parts) {
    let system = near(parts).await;
    let plain = Plain::start().await.unwrap();
    let joined = system
        .join_with(agent_config(&[("web", plain.address())]))
        .await;
    system.adopt(joined.id, "gateway").await;
    let of_agent = system.online_service(joined.id, "web").await;
    let request = ServiceRequest {
        tags: vec!["hall".into()],
        unproven: true,
        ..system.request("Pumps", ServiceKind::Neuron, NOBODY).await
    };
    let direct = system.client.add_service(&request).await.unwrap();
    assert_eq!(direct.tags, ["hall"]);
    let gone = edgeward_ids::ServiceId::generate();
    let tagging = ServiceTagging {
        services: vec![of_agent.id, gone, direct.id],
        add: vec!["line-3".into()],
        remove: vec!["hall".into()],
    };
    let tagged = system.client.tag_services(&tagging).await.unwrap().items;
    let shown: Vec<_> = tagged
        .iter()
        .map(|one| {
            let code = one.error.as_ref().map(|error| error.code.as_str());
            (one.service_id, one.tags.clone().unwrap_or_default(), code)
        })
        .collect();
    let line = vec!["line-3".to_owned()];
    assert_eq!(
        shown,
        [
            (of_agent.id, line.clone(), None),
            (gone, Vec::new(), Some("not_found")),
            (direct.id, line, None),
        ]
    );
    let by = |filter: ServiceFilter| names(&system, filter);
    let tag = |word: &str| ServiceFilter {
        tag: Some(word.into()),
        ..ServiceFilter::default()
    };
    assert_eq!(by(tag("line-3")).await, ["Pumps", "gateway"]);
    assert_eq!(by(tag("hall")).await, [""; 0]);
    let direct_only = ServiceFilter {
        way: Some(ServiceWay::Direct),
        ..tag("line-3")
    };
    assert_eq!(by(direct_only).await, ["Pumps"]);
    let kind = ServiceFilter {
        kind: Some("Neuron".into()),
        ..ServiceFilter::default()
    };
    assert_eq!(by(kind).await, ["Pumps"]);

    let change = ServiceChange {
        tags: Some((0..11).map(|number| format!("t{number}")).collect()),
        ..ServiceChange::default()
    };
    let refused = system.client.change_service(of_agent.id, &change).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.status(), Some(StatusCode::BAD_REQUEST));
    let said = &refused.detail().unwrap().message;
    assert!(said.contains("10 tags"), "{said}");
    let bad = ServiceTagging {
        add: vec!["Hall 3".into()],
        ..tagging
    };
    let refused = system.client.tag_services(&bad).await.unwrap_err();
    assert_eq!(refused.status(), Some(StatusCode::BAD_REQUEST), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_is_said_before_the_proof() {
    let system = near(EMBEDDED).await;
    let taken = ServiceRequest {
        unproven: true,
        ..system.request("Pumps", ServiceKind::Neuron, NOBODY).await
    };
    system.client.add_service(&taken).await.unwrap();
    // It would never be proven.
    let liar = Liar::start(Lie::Silent).await.unwrap();
    let request = system
        .request("Pumps", ServiceKind::Neuron, liar.address())
        .await;
    let refused = system.client.add_service(&request).await.unwrap_err();
    let detail = refused.detail().unwrap();
    assert_eq!(detail.code, "name_taken");
    let request = ServiceRequest {
        name: "Fans".parse().unwrap(),
        unproven: true,
        ..request
    };
    let fans = system.client.add_service(&request).await.unwrap();
    assert_eq!(finding(&fans).unwrap().code, "unreachable");
    let moved = ServiceChange {
        address: Some(format!("http://{NOBODY}")),
        ..ServiceChange::default()
    };
    let refused = system.client.change_service(fans.id, &moved).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.detail().unwrap().code, "address_taken");
}
