//! Adding, changing, proving and deleting services. What decides how a service is reached is proven before it is written down.

use edgeward_api::event::Kind as Changed;
use edgeward_api::service::{
    self as api, MAX_CREDENTIAL_CHARS, MAX_DESCRIPTION_CHARS, ServiceAuthentication,
};
use edgeward_domain::access::{Permit, Scope};
use edgeward_domain::audit::By;
use edgeward_domain::service::{Address, Authentication, Scheme, Service, Trust, Way};
use edgeward_ids::ServiceId;
use edgeward_products::Kind;
use edgeward_store::{AddRefusal, ChangeRefusal, Failure, NewDirect, ServiceChange, ServiceView};

use super::prove::Look;
use super::service::{ServiceError, Services, route, route_of};
use super::ways::Route;
use crate::now;

/// What is to be shown to a service, as requests say it.
pub(super) struct Shown {
    pub(super) method: ServiceAuthentication,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

impl Services {
    /// Adds a service that the control plane dials by itself, once it has proven that it accepts the control plane, or unproven if the
    /// request says so. The permit is for the project.
    pub async fn add(
        &self,
        permit: &Permit,
        by: &By,
        request: api::ServiceRequest,
    ) -> Result<api::Service, ServiceError> {
        let Scope::Project { project, .. } = permit.scope() else {
            return Err(ServiceError::Unknown);
        };
        let id = ServiceId::generate();
        let (scheme, address) = located(&request.address)?;
        let trust = trust(scheme, request.pinned.as_deref())?;
        let authentication = self.authentication(
            id,
            Shown {
                method: request.authentication,
                user: request.user,
                password: request.password,
            },
            &Authentication::None,
        )?;
        let route = Route {
            service: id,
            kind: Kind::of(request.kind.as_str()),
            way: Way::Direct {
                scheme,
                address: address.clone(),
                trust: trust.clone(),
            },
            authentication: authentication.clone(),
            keys: Vec::new(),
            scope: permit.scope(),
        };
        let mut new = NewDirect {
            id,
            project,
            name: request.name,
            kind: request.kind.as_str().to_owned(),
            description: described(request.description)?,
            scheme,
            address,
            trust,
            authentication,
            check: None,
            tagging: self.tagging(&request.tags)?,
        };
        // A proof takes its time: what cannot be is said before.
        self.store.could_add(&new).await.map_err(not_added)?;
        let look = self.proven(&route, request.unproven).await?;
        new.check = Some(look.check());
        let added = self.store.add_direct(new, by, now()).await;
        Ok(self.changed(added.map_err(not_added)?))
    }

    /// Changes a service. The permit is for its project.
    pub async fn change(
        &self,
        permit: &Permit,
        by: &By,
        id: ServiceId,
        request: api::ServiceChange,
    ) -> Result<api::Service, ServiceError> {
        let before = self.permitted(permit, id).await?;
        let mut change = ServiceChange {
            name: request.name,
            description: request.description.map(described).transpose()?,
            kind: request.kind.map(|kind| kind.as_str().to_owned()),
            tagging: request.tags.map(|tags| self.tagging(&tags)).transpose()?,
            ..ServiceChange::default()
        };
        if let Some(address) = &request.address {
            let (scheme, address) = located(address)?;
            (change.scheme, change.address) = (Some(scheme), Some(address));
        }
        if let Some(pinned) = &request.pinned {
            let scheme = change.scheme.or(scheme_of(&before.service));
            let pinned = Some(pinned.as_str()).filter(|pinned| !pinned.is_empty());
            change.trust = Some(trust(scheme.unwrap_or(Scheme::Https), pinned)?);
        }
        if change.scheme == Some(Scheme::Http) {
            change.trust = Some(Trust::Authorities);
        }
        if request.authentication.is_some() || request.user.is_some() || request.password.is_some()
        {
            let kept = &before.service.authentication;
            let shown = Shown {
                method: request.authentication.unwrap_or(method(kept)),
                user: request.user,
                password: request.password,
            };
            change.authentication = Some(self.authentication(id, shown, kept)?);
        }
        let after = with(&before.service, &change);
        let moved = before.service.way != after.way;
        if moved && keeps_password(&before.service, &after) {
            return Err(invalid(
                "password is missing; the one that is kept is not shown at another address or to another certificate, so give it again",
            ));
        }
        let (was, will_be) = (route(&before.service), route(&after));
        if was != will_be {
            let could = self.store.could_change(id, &change).await;
            could.map_err(not_changed)?;
            let look = self.proven(&will_be, request.unproven).await?;
            change.check = Some(look.check());
        }
        let changed = self.store.change_service(id, change, by, now()).await;
        Ok(self.changed(changed.map_err(not_changed)?))
    }

    /// Deletes a service that the control plane dials by itself; the service itself is not touched. The permit is for its project.
    pub async fn remove(
        &self,
        permit: &Permit,
        by: &By,
        id: ServiceId,
    ) -> Result<(), ServiceError> {
        self.permitted(permit, id).await?;
        let removed = self.store.remove_direct(id, by, now()).await;
        let removed = removed.map_err(|failure| match failure {
            Failure::Refused(refusal) => ServiceError::NotRemoved(refusal),
            Failure::Store(error) => error.into(),
        })?;
        self.changed(removed);
        Ok(())
    }

    /// Finds out whether a service accepts the control plane now, and notes it. The permit is for its project.
    pub async fn prove(
        &self,
        permit: &Permit,
        id: ServiceId,
    ) -> Result<api::Service, ServiceError> {
        let view = self.permitted(permit, id).await?;
        self.look_at(&route_of(&view)).await?;
        let view = self.store.service(id).await?.ok_or(ServiceError::Unknown)?;
        Ok(self.changed(view))
    }

    /// The service, if the permit is for where it is now.
    async fn permitted(&self, permit: &Permit, id: ServiceId) -> Result<ServiceView, ServiceError> {
        let view = self.store.service(id).await?.ok_or(ServiceError::Unknown)?;
        if route(&view.service).scope == permit.scope() {
            Ok(view)
        } else {
            Err(ServiceError::Unknown)
        }
    }

    /// What a look at the service finds, if it is usable or need not be.
    async fn proven(&self, route: &Route, unproven: bool) -> Result<Look, ServiceError> {
        let look = self.ways.examine(route).await;
        if look.finding.is_usable() || unproven {
            Ok(look)
        } else {
            Err(ServiceError::NotProven(Box::new(look.finding)))
        }
    }

    fn changed(&self, view: ServiceView) -> api::Service {
        self.forget_routes();
        self.events.changed(Changed::Services);
        self.to_api(view)
    }

    /// What is to be shown to a service from now on.
    pub(super) fn authentication(
        &self,
        id: ServiceId,
        shown: Shown,
        kept: &Authentication,
    ) -> Result<Authentication, ServiceError> {
        let Shown {
            method,
            user,
            password,
        } = shown;
        if method != ServiceAuthentication::Basic {
            if user.is_some() || password.is_some() {
                return Err(invalid(
                    "user and password are for the authentication \"basic\" only; leave them out",
                ));
            }
            return Ok(match method {
                ServiceAuthentication::Token => Authentication::Token,
                ServiceAuthentication::None | ServiceAuthentication::Basic => Authentication::None,
            });
        }
        let (old_user, old_password) = match kept {
            Authentication::Basic { user, password } => (Some(user), Some(password)),
            Authentication::None | Authentication::Token => (None, None),
        };
        let user = user.or_else(|| old_user.cloned()).ok_or_else(|| {
            invalid("user is missing; the authentication \"basic\" needs user and password")
        })?;
        if user.is_empty() || user.contains(':') || user.chars().count() > MAX_CREDENTIAL_CHARS {
            return Err(invalid(format!(
                "user must have 1 to {MAX_CREDENTIAL_CHARS} characters, and no colon among them"
            )));
        }
        let password = match password {
            Some(password) if password.chars().count() > MAX_CREDENTIAL_CHARS => {
                return Err(invalid(format!(
                    "password must have at most {MAX_CREDENTIAL_CHARS} characters"
                )));
            }
            Some(password) => self.ways.credentials().seal(id, &password)?,
            None => old_password.cloned().ok_or_else(|| {
                invalid("password is missing; the authentication \"basic\" needs user and password")
            })?,
        };
        Ok(Authentication::Basic { user, password })
    }
}

pub(super) fn not_added(failure: Failure<AddRefusal>) -> ServiceError {
    match failure {
        Failure::Refused(refusal) => ServiceError::NotAdded(refusal),
        Failure::Store(error) => error.into(),
    }
}

fn not_changed(failure: Failure<ChangeRefusal>) -> ServiceError {
    match failure {
        Failure::Refused(refusal) => ServiceError::NotChanged(refusal),
        Failure::Store(error) => error.into(),
    }
}

fn invalid(problem: impl Into<String>) -> ServiceError {
    ServiceError::Invalid(problem.into())
}

/// `http://192.168.10.4:7000`, with or without a final slash.
pub(super) fn located(text: &str) -> Result<(Scheme, Address), ServiceError> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://").ok_or_else(|| {
        invalid("address is without a scheme; write it as http://192.168.10.4:7000")
    })?;
    let in_address = |error: &dyn std::fmt::Display| invalid(format!("address: {error}"));
    let scheme = scheme.parse().map_err(|error| in_address(&error))?;
    let address = rest.strip_suffix('/').unwrap_or(rest).parse();
    Ok((scheme, address.map_err(|error| in_address(&error))?))
}

pub(super) fn trust(scheme: Scheme, pinned: Option<&str>) -> Result<Trust, ServiceError> {
    match (pinned, scheme) {
        (None, _) => Ok(Trust::Authorities),
        (Some(_), Scheme::Http) => Err(invalid(
            "pinned names a certificate, and http has none; write the address with https, or leave pinned out",
        )),
        (Some(text), Scheme::Https) => {
            Trust::pinned(text).map_err(|error| invalid(format!("pinned: {error}")))
        }
    }
}

pub(super) fn described(text: String) -> Result<String, ServiceError> {
    if text.chars().count() > MAX_DESCRIPTION_CHARS {
        return Err(invalid(format!(
            "description must have at most {MAX_DESCRIPTION_CHARS} characters"
        )));
    }
    Ok(text)
}

const fn method(authentication: &Authentication) -> ServiceAuthentication {
    match authentication {
        Authentication::None => ServiceAuthentication::None,
        Authentication::Basic { .. } => ServiceAuthentication::Basic,
        Authentication::Token => ServiceAuthentication::Token,
    }
}

const fn scheme_of(service: &Service) -> Option<Scheme> {
    match &service.way {
        Way::Direct { scheme, .. } => Some(*scheme),
        Way::Agent { .. } => None,
    }
}

/// Whether a password that was given before is to be shown on.
fn keeps_password(before: &Service, after: &Service) -> bool {
    let password = |service: &Service| match &service.authentication {
        Authentication::Basic { password, .. } => Some(password.clone()),
        Authentication::None | Authentication::Token => None,
    };
    password(after).is_some() && password(before) == password(after)
}

/// The service as it would be after a change.
fn with(service: &Service, change: &ServiceChange) -> Service {
    let mut after = service.clone();
    if let Some(kind) = &change.kind {
        after.kind.clone_from(kind);
    }
    if let Some(authentication) = &change.authentication {
        after.authentication = authentication.clone();
    }
    if let Way::Direct {
        scheme,
        address,
        trust,
    } = &mut after.way
    {
        *scheme = change.scheme.unwrap_or(*scheme);
        if let Some(to) = &change.address {
            *address = to.clone();
        }
        if let Some(to) = &change.trust {
            *trust = to.clone();
        }
    }
    after
}
