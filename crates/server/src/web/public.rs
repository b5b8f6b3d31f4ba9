//! How people reach the control plane: the console's address, and the host names of edge services.

use edgeward_ids::ServiceId;

/// How people reach the control plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// The console's address, without a slash at its end.
    pub console_url: String,
    /// Whether people come over TLS.
    pub secure: bool,
    /// Where services have their host names.
    services_domain: String,
    /// `:port` of the console's address, or nothing.
    port: String,
}

impl Public {
    /// From the console's address and the services' domain.
    pub fn new(console_url: &str, services_domain: &str) -> Self {
        let console_url = console_url.trim_end_matches('/').to_owned();
        let authority = console_url
            .split_once("://")
            .map_or("", |(_, rest)| rest)
            .split('/')
            .next()
            .unwrap_or_default();
        let port = match authority.rsplit_once(':') {
            Some((_, port)) if port.bytes().all(|b| b.is_ascii_digit()) => format!(":{port}"),
            _ => String::new(),
        };
        Self {
            secure: console_url.starts_with("https://"),
            console_url,
            services_domain: services_domain.to_ascii_lowercase(),
            port,
        }
    }

    /// The host, with port, of a service's page.
    pub fn service_host(&self, service: ServiceId) -> String {
        format!("{service}.{}{}", self.services_domain, self.port)
    }

    /// The origin of a service's page.
    pub fn service_origin(&self, service: ServiceId) -> String {
        format!(
            "{}://{}",
            if self.secure { "https" } else { "http" },
            self.service_host(service)
        )
    }

    /// Which service a `Host` header means; nothing when it is not a service's host.
    pub fn service_of(&self, host: &str) -> Option<Option<ServiceId>> {
        let name = host
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
            .map_or(host, |(name, _)| name);
        let label = name.to_ascii_lowercase();
        let label = label
            .strip_suffix(&self.services_domain)?
            .strip_suffix('.')?;
        Some(label.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_host_leads_back_to_its_service() {
        let public = Public::new("http://localhost:8080/", "localhost");
        let id = ServiceId::generate();
        assert_eq!(
            public.service_origin(id),
            format!("http://{id}.localhost:8080")
        );
        assert_eq!(public.service_of(&public.service_host(id)), Some(Some(id)));
        assert_eq!(public.service_of("localhost:8080"), None);
        assert_eq!(public.service_of("evil-localhost"), None);
        assert_eq!(public.service_of("x.localhost:8080"), Some(None));
        assert_eq!(
            public.service_of(&format!("{id}.localhost.evil.example")),
            None
        );
    }

    #[test]
    fn a_public_address_without_a_port_gives_hosts_without_one() {
        let public = Public::new("https://edge.example.com", "svc.example.com");
        let id = ServiceId::generate();
        assert_eq!(
            public.service_origin(id),
            format!("https://{id}.svc.example.com")
        );
        assert!(public.secure);
    }
}
