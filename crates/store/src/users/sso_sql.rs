//! Signing in with what a provider says.

use edgeward_domain::Moment;
use edgeward_domain::access::UserState;
use edgeward_domain::audit::By;
use edgeward_ids::UserId;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::change::write;
use super::row::{about, shown, to_state, view};
use super::sql::{by_email, lock_user};
use super::{NewUser, SsoRefusal, SsoSignIn, SsoSignedIn, create, invitations};
use crate::Origin;
use crate::database::entity::user;
use crate::database::fault::{Broken, Fault};
use crate::database::people::sso_subject;
use crate::database::{Database, Guard, Writing};
use crate::members::grants::{NO_ROLE, SYSTEM_ADMIN, grants, is_system_admin};
use crate::members::{Ceasing, may_cease, replace_sso};

pub(super) async fn sign_in(
    database: &Database,
    sign_in: SsoSignIn,
    by: &By,
    now: Moment,
) -> Result<SsoSignedIn, Fault<SsoRefusal>> {
    let mut transaction = database.write().await?;
    transaction.guard(Guard::People).await?;
    let known = sso_subject::Entity::find_by_id((sign_in.issuer.clone(), sign_in.subject.clone()))
        .one(&*transaction)
        .await?;
    let (id, created) = match known {
        Some(row) => (UserId::from_uuid(row.user_id), false),
        None => first(&mut transaction, &sign_in, by, now).await?,
    };
    let before = lock_user(&transaction, id)
        .await?
        .ok_or_else(|| Broken::corrupt("an account of a user who is not there", id))?;
    if to_state(&before.state)? == UserState::Disabled {
        return Err(Fault::Rule(SsoRefusal::Disabled));
    }
    let after = with_claims(&transaction, &before, &sign_in).await?;
    if shown(&after) != shown(&before) {
        write(&*transaction, &after).await?;
        invitations::forget(&*transaction, id).await?;
        let grants = grants(&*transaction, &before).await?;
        transaction.note(
            about("user.update", &before, &grants)
                .before(shown(&before))
                .after(shown(&after)),
            by,
            now,
        );
    }
    replace_sso(&mut transaction, &after, &sign_in.memberships, by, now).await?;
    let view = view(&*transaction, after).await?;
    transaction.commit().await?;
    Ok(SsoSignedIn { view, created })
}

/// The user of an account that is seen for the first time.
async fn first(
    transaction: &mut Writing<'_>,
    sign_in: &SsoSignIn,
    by: &By,
    now: Moment,
) -> Result<(UserId, bool), Fault<SsoRefusal>> {
    if !sign_in.email_verified {
        return Err(Fault::Rule(SsoRefusal::Unverified));
    }
    if let Some(user) = by_email(&**transaction, &sign_in.email).await? {
        let id = UserId::from_uuid(user.id);
        if to_state(&user.state)? == UserState::Disabled {
            return Err(Fault::Rule(SsoRefusal::Disabled));
        }
        link(&**transaction, sign_in, id, now).await?;
        let grants = grants(&**transaction, &user).await?;
        let account = json!({ "issuer": sign_in.issuer, "subject": sign_in.subject });
        transaction.note(about("sso.link", &user, &grants).after(account), by, now);
        return Ok((id, false));
    }
    if !sign_in.create || create::is_full(&**transaction).await? {
        return Err(Fault::Rule(SsoRefusal::NotAllowed));
    }
    let new = NewUser::new(sign_in.email.clone(), sign_in.display_name.clone());
    let id = new.id;
    create::one(transaction, new, Origin::Sso, by, now).await?;
    link(&**transaction, sign_in, id, now).await?;
    Ok((id, true))
}

async fn link(
    on: &impl ConnectionTrait,
    sign_in: &SsoSignIn,
    user: UserId,
    now: Moment,
) -> Result<(), Broken> {
    let row = sso_subject::Model {
        issuer: sign_in.issuer.clone(),
        subject: sign_in.subject.clone(),
        user_id: user.as_uuid(),
        created_at: now.as_micros(),
    };
    sso_subject::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(on)
        .await?;
    Ok(())
}

/// The user as the claims make them: active, and a system administrator or not; the last one stays one.
async fn with_claims(
    transaction: &Writing<'_>,
    before: &user::Model,
    sign_in: &SsoSignIn,
) -> Result<user::Model, Broken> {
    let mut after = user::Model {
        state: UserState::Active.as_str().to_owned(),
        ..before.clone()
    };
    match sign_in.system_admin {
        Some(true) => after.role = SYSTEM_ADMIN.to_owned(),
        Some(false) if is_system_admin(&before.role)? => {
            let may = may_cease(&**transaction, before, Ceasing::System).await?;
            if may.is_ok() {
                after.role = NO_ROLE.to_owned();
            }
        }
        _ => {}
    }
    Ok(after)
}
