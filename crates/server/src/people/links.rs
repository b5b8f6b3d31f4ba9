//! Links with which somebody sets a password: sent by e-mail, or shown to whoever made them.

use edgeward_api::user::Link;
use edgeward_domain::Moment;
use edgeward_domain::access::User;
use edgeward_store::{InvitationPurpose, NewInvitation};

use crate::app::App;
use crate::mail::Letter;
use crate::{now, timestamp};

/// A link that was drawn: its token, and what is recorded of it.
pub(super) struct Drawn {
    token: String,
    /// For the store.
    pub(super) invitation: NewInvitation,
}

/// Draws a link for this purpose.
pub(super) fn draw(app: &App, purpose: InvitationPurpose) -> Drawn {
    let rules = app.access.rules();
    let lifetime = match purpose {
        InvitationPurpose::Invite => rules.invitation,
        InvitationPurpose::Reset => rules.reset,
    };
    let token = edgeward_pki::random_text();
    let invitation = NewInvitation {
        token_hash: edgeward_pki::sha256_hex(token.as_bytes()),
        expires_at: now() + lifetime,
    };
    Drawn { token, invitation }
}

/// Sends the link if a mail server is set; otherwise, or when that fails, it is in the answer.
pub(super) async fn hand_over(
    app: &App,
    user: &User,
    purpose: InvitationPurpose,
    drawn: Drawn,
) -> Link {
    let url = format!("{}/invitation#{}", app.public().console_url, drawn.token);
    let expires_at = drawn.invitation.expires_at;
    match send(app, user, purpose, &url, expires_at).await {
        Some(Ok(())) => link(true, None, None, expires_at),
        Some(Err(problem)) => link(false, Some(problem), Some(url), expires_at),
        None => link(false, None, Some(url), expires_at),
    }
}

/// Sends the link; none where no mail server is set, otherwise what was in the way.
pub(super) async fn send(
    app: &App,
    user: &User,
    purpose: InvitationPurpose,
    url: &str,
    expires_at: Moment,
) -> Option<Result<(), String>> {
    if !app.settings.mail_is_set() {
        return None;
    }
    let link = url.to_owned();
    let letter = match purpose {
        InvitationPurpose::Invite => Letter::Invitation { link, expires_at },
        InvitationPurpose::Reset => Letter::PasswordReset { link, expires_at },
    };
    let language = app.settings.language_of(user.language.as_deref());
    let sent = app.mail.send(user.email.as_str(), language, letter).await;
    Some(sent.map_err(|error| edgeward_runtime::Chain(&error).to_string()))
}

fn link(mailed: bool, mail_error: Option<String>, url: Option<String>, expires_at: Moment) -> Link {
    Link {
        mailed,
        mail_error,
        url,
        expires_at: timestamp(expires_at),
    }
}

/// The address in a link, for a letter that is sent without an answer.
pub(super) fn url(app: &App, drawn: &Drawn) -> String {
    format!("{}/invitation#{}", app.public().console_url, drawn.token)
}
