//! `… member …` of organisations and projects: who belongs to a place, and as what.

use edgeward_api::user::{Member, MemberByEmail, MemberRole};
use edgeward_client::{Client, Place};

use crate::arguments::Global;
use crate::confirm::confirm;
use crate::error::CliError;
use crate::{output, resolve};

pub(crate) async fn list(global: &Global, client: &Client, place: Place) -> Result<(), CliError> {
    let members = client.members(place).await?;
    output::list(
        global,
        &members.items,
        members.total,
        &["E-MAIL", "NAME", "ROLE", "STATE", "BY", "ID"],
        row,
        "nobody belongs to it; make somebody a member with the word: member add",
    )
}

pub(crate) async fn add(
    global: &Global,
    client: &Client,
    place: Place,
    user: &str,
    role: MemberRole,
) -> Result<(), CliError> {
    // By address also somebody whom one cannot see yet.
    let member = if user.contains('@') {
        let request = MemberByEmail {
            email: user.trim().to_owned(),
            role,
        };
        client.set_member_by_email(place, &request).await?
    } else {
        let user = resolve::user(client, user).await?;
        client.set_member(place, user.id, role).await?
    };
    let lines = vec![
        ("E-mail", member.email.clone()),
        ("Name", member.display_name.clone()),
        ("Role", output::word(&member.role)),
        ("State", output::word(&member.state)),
        ("Id", member.user_id.to_string()),
    ];
    output::one(global, &member, lines)
}

/// Takes a member out of a place; `from` is the place in words.
pub(crate) async fn remove(
    client: &Client,
    place: Place,
    from: &str,
    user: &str,
    yes: bool,
) -> Result<(), CliError> {
    let member = resolve::member(client.members(place).await?.items, user)?;
    let who = output::plain(&member.email);
    confirm(
        yes,
        &format!(
            "Remove {who}, who is {} there, from {from}?",
            output::word(&member.role)
        ),
    )?;
    client.remove_member(place, member.user_id).await?;
    output::note(&format!("removed {who} from {from}"));
    Ok(())
}

fn row(member: &Member) -> Vec<String> {
    let by = if member.by_sso {
        "single sign-on"
    } else {
        "hand"
    };
    vec![
        member.email.clone(),
        output::or_dash(&member.display_name),
        output::word(&member.role),
        output::word(&member.state),
        by.to_owned(),
        member.user_id.to_string(),
    ]
}
