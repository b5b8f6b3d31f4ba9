//! `edgeward user list`.

use clap::{ArgAction, Args};
use edgeward_api::user::{User, UserFilter};
use edgeward_client::Client;

use super::roles;
use crate::arguments::Global;
use crate::choices::UserState;
use crate::error::CliError;
use crate::output;
use crate::place::PlaceFilter;

#[derive(Args)]
pub(crate) struct ListOptions {
    /// Only those with this text in name, e-mail address or phone
    #[arg(long)]
    text: Option<String>,
    /// Only those in this state
    #[arg(long, value_enum)]
    state: Option<UserState>,
    #[command(flatten)]
    place: PlaceFilter,
    /// Only system administrators
    #[arg(long, action = ArgAction::SetTrue)]
    system_admin: bool,
}

pub(crate) async fn carry_out(
    global: &Global,
    client: &Client,
    options: ListOptions,
) -> Result<(), CliError> {
    let (organisation, project) = options.place.ids(client).await?;
    let filter = UserFilter {
        text: options.text,
        state: options.state.map(Into::into),
        organisation,
        project,
        system_admin: options.system_admin.then_some(true),
        ..UserFilter::default()
    };
    let users = client.users(&filter).await?;
    output::list(
        global,
        &users.items,
        users.total,
        &["E-MAIL", "NAME", "STATE", "ROLES", "LAST SIGN-IN", "ID"],
        row,
        "no user matches; leave out a filter to see more, or make users with: edgeward user create <e-mail>…",
    )
}

fn row(user: &User) -> Vec<String> {
    vec![
        user.email.clone(),
        output::or_dash(&user.display_name),
        output::word(&user.state),
        roles(user.system_admin, &user.memberships),
        output::time_or(user.last_sign_in_at, "never"),
        user.id.to_string(),
    ]
}
