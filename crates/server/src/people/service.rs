//! Who may be seen, who may be managed, and how users are made.

use std::collections::BTreeSet;

use edgeward_api::error::ErrorDetail;
use edgeward_api::user as api;
use edgeward_domain::access::{
    Action, Actor, Email, Membership, Role, Scope, UserState, Visible, may_manage_account,
};
use edgeward_ids::UserId;
use edgeward_store::{CreateRefusal, InvitationPurpose, NewUser, UserView};

use super::links::{self, Drawn};
use super::places::Places;
use crate::access::checked_email;
use crate::access::{Caller, checked_name, checked_phone};
use crate::api::ApiError;
use crate::app::App;
use crate::{now, timestamp};

/// Whom the caller may see: everybody, or the members of organisations at whose members they may look.
pub(super) fn seen(caller: &Caller) -> Visible {
    let grants = caller.grants();
    if grants.is_system_admin() {
        return Visible::Everything;
    }
    let organisations: BTreeSet<_> = grants
        .memberships()
        .filter_map(|membership| match membership {
            Membership::Organisation { id, .. } => Some(id),
            Membership::Project { .. } => None,
        })
        .filter(|id| caller.may(Action::LookAtMembers, Scope::Organisation(*id)))
        .collect();
    Visible::Only {
        organisations,
        projects: BTreeSet::new(),
    }
}

/// The user with this id, if the caller may see them.
pub(super) async fn visible(app: &App, caller: &Caller, id: UserId) -> Result<UserView, ApiError> {
    let found = app.store.users().user(id).await?;
    let found = found.filter(|view| {
        match seen(caller) {
        Visible::Everything => true,
        Visible::Only { organisations, .. } => view.grants.memberships().any(|membership| {
            matches!(membership, Membership::Organisation { id, .. } if organisations.contains(&id))
        }),
    }
    });
    found.ok_or_else(|| ApiError::not_found("user"))
}

/// Whether the caller may name this user: they see them, or they are it.
pub(crate) async fn visible_or_self(
    app: &App,
    caller: &Caller,
    id: UserId,
) -> Result<(), ApiError> {
    match &caller.identity.actor {
        Actor::User(user) if user.id == id => Ok(()),
        _ => visible(app, caller, id).await.map(|_| ()),
    }
}

/// The user with this id, if the caller may manage their account.
pub(super) async fn managed(app: &App, caller: &Caller, id: UserId) -> Result<UserView, ApiError> {
    let view = visible(app, caller, id).await?;
    if may_manage_account(caller.grants(), &view.grants) {
        return Ok(view);
    }
    Err(ApiError::new(
        http::StatusCode::FORBIDDEN,
        "not_allowed",
        "this account belongs to places that you do not administer",
    )
    .hint("ask a system administrator"))
}

/// A user as the caller may see them.
pub(super) fn to_api(caller: &Caller, places: &Places, view: UserView) -> api::User {
    let manageable = may_manage_account(caller.grants(), &view.grants);
    let memberships = places.shown(&view.grants);
    let user = view.user;
    api::User {
        id: user.id,
        email: user.email.to_string(),
        display_name: user.display_name,
        phone: user.phone,
        state: state_to_api(user.state),
        system_admin: view.grants.is_system_admin(),
        sso_only: user.sso_only,
        memberships,
        manageable,
        created_at: timestamp(user.created_at),
        last_sign_in_at: user.last_sign_in_at.map(timestamp),
    }
}

pub(super) const fn state_to_api(state: UserState) -> api::UserState {
    match state {
        UserState::Invited => api::UserState::Invited,
        UserState::Active => api::UserState::Active,
        UserState::Disabled => api::UserState::Disabled,
    }
}

/// Makes users, or invites them; what became of each.
pub(super) async fn create(
    app: &App,
    caller: &Caller,
    request: api::CreateUsers,
) -> Result<api::CreatedUsers, ApiError> {
    caller.permit(Action::CreateUsers, Scope::Anywhere)?;
    let places = Places::of(app, caller).await?;
    let plan = Plan::of(app, caller, &places, &request).await?;
    let (mut users, mut drawn, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for text in &request.emails {
        match plan.user(app, text).await {
            Ok((user, link)) => {
                users.push(user);
                drawn.push(link);
                answers.push(None);
            }
            Err(error) => answers.push(Some(error)),
        }
    }
    let by = caller.by();
    let made = app.store.users().create_users(users, &by, now()).await?;
    let mut made = made.into_iter().zip(drawn);
    let mut results = Vec::with_capacity(answers.len());
    for (email, answer) in request.emails.into_iter().zip(answers) {
        let result = match answer {
            Some(error) => refused(email, &error),
            None => match made.next() {
                Some((Ok(view), link)) => {
                    let link = match link {
                        Some(drawn) => {
                            let purpose = InvitationPurpose::Invite;
                            Some(links::hand_over(app, &view.user, purpose, drawn).await)
                        }
                        None => None,
                    };
                    api::CreatedUser {
                        email,
                        user: Some(to_api(caller, &places, view)),
                        error: None,
                        link,
                    }
                }
                Some((Err(refusal), _)) => refused(email, &refusal.into()),
                None => continue,
            },
        };
        results.push(result);
    }
    app.people_changed();
    Ok(api::CreatedUsers { results })
}

fn refused(email: String, error: &ApiError) -> api::CreatedUser {
    let detail: ErrorDetail = error.detail().clone();
    api::CreatedUser {
        email,
        user: None,
        error: Some(detail),
        link: None,
    }
}

/// What is the same for all users of one request.
struct Plan {
    display_name: Option<String>,
    phone: String,
    password: Option<String>,
    sso_only: bool,
    system_admin: bool,
    memberships: Vec<Membership>,
}

impl Plan {
    async fn of(
        app: &App,
        caller: &Caller,
        places: &Places,
        request: &api::CreateUsers,
    ) -> Result<Self, ApiError> {
        let number = request.emails.len();
        if !(1..=api::MAX_AT_ONCE).contains(&number) {
            return Err(ApiError::invalid(format!(
                "emails has {number} addresses; 1 to {} can be given at once",
                api::MAX_AT_ONCE
            )));
        }
        if number > 1 && (request.display_name.is_some() || request.phone.is_some()) {
            return Err(ApiError::invalid(
                "display_name and phone are for one address at a time",
            ));
        }
        if request.system_admin || request.memberships.is_empty() {
            caller.permit(Action::ManageSystem, Scope::System)?;
        }
        if let Some(password) = &request.password {
            if request.sso_only {
                return Err(ApiError::invalid(
                    "whoever signs in with single sign-on only has no password",
                ));
            }
            let rules = app.access.rules().passwords;
            rules.check(password).map_err(ApiError::invalid)?;
        }
        let memberships = request.memberships.iter();
        let memberships = memberships.map(|wanted| places.to_give(caller, wanted));
        Ok(Self {
            display_name: request
                .display_name
                .as_deref()
                .map(checked_name)
                .transpose()?,
            phone: checked_phone(request.phone.as_deref().unwrap_or_default())?,
            password: request.password.clone(),
            sso_only: request.sso_only,
            system_admin: request.system_admin,
            memberships: memberships.collect::<Result<_, _>>()?,
        })
    }

    /// One user, and their link where they get one.
    async fn user(&self, app: &App, text: &str) -> Result<(NewUser, Option<Drawn>), ApiError> {
        let email: Email = checked_email(text)?;
        let name = match &self.display_name {
            Some(name) => name.clone(),
            None => email.as_str().split('@').next().unwrap_or_default().into(),
        };
        let password_hash = match &self.password {
            Some(password) => Some(app.access.new_password(password.clone()).await?),
            None => None,
        };
        let invited = password_hash.is_none() && !self.sso_only;
        let drawn = invited.then(|| links::draw(app, InvitationPurpose::Invite));
        let user = NewUser {
            phone: self.phone.clone(),
            password_hash,
            state: if invited {
                UserState::Invited
            } else {
                UserState::Active
            },
            sso_only: self.sso_only,
            system_admin: self.system_admin,
            memberships: self.memberships.clone(),
            invitation: drawn.as_ref().map(|drawn| drawn.invitation.clone()),
            ..NewUser::new(email, name)
        };
        Ok((user, drawn))
    }
}

impl From<CreateRefusal> for ApiError {
    fn from(refusal: CreateRefusal) -> Self {
        match refusal {
            CreateRefusal::EmailTaken => Self::conflict("email_taken", refusal),
            CreateRefusal::TooMany => Self::conflict("too_many", refusal),
            CreateRefusal::UnknownOrganisation => Self::not_found("organisation"),
            CreateRefusal::UnknownProject => Self::not_found("project"),
        }
    }
}

/// Whoever sees members somewhere.
pub(super) fn sees_members(caller: &Caller) -> Result<(), ApiError> {
    caller
        .permit(Action::LookAtMembers, Scope::Anywhere)
        .map(|_| ())
        .map_err(|_| ApiError::not_allowed(Role::ProjectAdmin))
}
