//! Edge services that check credentials, as the real products do: added directly or behind an agent, proven, watched, and told why not.

mod hosted;
mod many;
mod products;
mod refused;
mod rotation;
mod used;

use std::path::Path;

use edgeward_api::service::{
    Service, ServiceAuthentication, ServiceFinding, ServiceKind, ServiceRequest,
};
use edgeward_client::ClientError;
use edgeward_server::config::DirectServices;
use edgeward_testkit::eventually;
use http::StatusCode;

use crate::system::{LIMIT, Parts, System};

/// The public key's file name, which tokens name as their issuer.
const KEY_FILE: &str = "edgeward.pub";

/// A control plane that may dial this machine, and looks at services all the time.
async fn near(parts: Parts) -> System {
    let direct = DirectServices {
        refused_networks: Vec::new(),
        look_every_s: 1,
    };
    System::plan(parts)
        .with(|config| config.direct_services = direct)
        .start()
        .await
}

impl System {
    /// Puts the control plane's public key into a folder under this name.
    async fn put_key(&self, folder: &Path, name: &str) {
        let key = self.client.edge_services_key().await.unwrap();
        assert_eq!(key.file_name, KEY_FILE);
        std::fs::write(folder.join(name), key.pem).unwrap();
    }

    /// What adding a service at this address of this machine asks for: a token is shown to it.
    async fn request(
        &self,
        name: &str,
        kind: ServiceKind,
        address: std::net::SocketAddr,
    ) -> ServiceRequest {
        ServiceRequest {
            project_id: self.organisation().await.projects[0].id,
            name: name.parse().unwrap(),
            kind,
            address: format!("http://{address}"),
            pinned: None,
            description: String::new(),
            authentication: ServiceAuthentication::Token,
            user: None,
            password: None,
            tags: Vec::new(),
            unproven: false,
        }
    }

    /// Adding it is refused because it does not accept the control plane; message and hint.
    async fn not_proven(&self, request: &ServiceRequest) -> String {
        let refused = self.client.add_service(request).await.unwrap_err();
        assert_eq!(refused.status(), Some(StatusCode::UNPROCESSABLE_ENTITY));
        let ClientError::Refused { detail, .. } = &refused else {
            panic!("{refused:?}");
        };
        assert_eq!(detail.code, "not_proven");
        let hint = detail.hint.as_deref().unwrap_or_default();
        format!("{} | {hint}", detail.message)
    }

    /// Waits until the last look at the service has found this.
    async fn found(&self, service: &Service, code: &str) -> Service {
        eventually(&format!("that {code} is found"), LIMIT, async || {
            let service = self.client.service(service.id).await;
            let service = service.map_err(|error| error.to_string())?;
            match finding(&service) {
                Some(finding) if finding.code == code => Ok(service),
                other => Err(format!("{other:?}")),
            }
        })
        .await
        .unwrap()
    }
}

fn finding(service: &Service) -> Option<&ServiceFinding> {
    service.check.as_ref()?.finding.as_ref()
}
