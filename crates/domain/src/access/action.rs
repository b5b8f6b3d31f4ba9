//! The table of what each role may do, and the check that turns it into a [`Permit`].

use super::{Grants, Role, Scope};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $least:ident;)+) => {
        /// What somebody wants to do. The role that it needs is checked at the scope where it is done.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            /// All actions.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The action's stable word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// The least role that may do it.
            pub const fn least_role(self) -> Role {
                match self {
                    $(Self::$name => Role::$least,)+
                }
            }
        }
    };
}

actions! {
    /// Change the installation's settings. At the system.
    ManageSettings = "manage_settings", SystemAdmin;
    /// Make and unmake system administrators, and users without a place. At the system.
    ManageSystem = "manage_system", SystemAdmin;
    /// Read the audit entries that belong to no organisation. At the system.
    ReadSystemAudit = "read_system_audit", SystemAdmin;
    /// See, adopt and delete agents that belong to no organisation. At the system.
    ManageUnassignedAgents = "manage_unassigned_agents", SystemAdmin;
    /// Make an organisation. At the system.
    CreateOrganisation = "create_organisation", SystemAdmin;
    /// Delete an organisation. At it.
    DeleteOrganisation = "delete_organisation", SystemAdmin;
    /// Rename and describe an organisation. At it.
    EditOrganisation = "edit_organisation", OrganisationAdmin;
    /// Add, change and remove an organisation's members. At it.
    ManageOrganisationMembers = "manage_organisation_members", OrganisationAdmin;
    /// Delete agents that wait in an organisation without belonging to a project. At it.
    ManageWaitingAgents = "manage_waiting_agents", OrganisationAdmin;
    /// Make a project. At the organisation.
    CreateProject = "create_project", OrganisationAdmin;
    /// Read an organisation's audit entries. At it.
    ReadOrganisationAudit = "read_organisation_audit", OrganisationAdmin;
    /// See who is a member of an organisation, and the agents that wait in it. At it.
    LookAtMembers = "look_at_members", ProjectAdmin;
    /// Rename and describe a project. At it.
    EditProject = "edit_project", ProjectAdmin;
    /// Delete a project. At it.
    DeleteProject = "delete_project", ProjectAdmin;
    /// Add, change and remove a project's members. At it.
    ManageProjectMembers = "manage_project_members", ProjectAdmin;
    /// Read a project's audit entries. At it.
    ReadProjectAudit = "read_project_audit", ProjectAdmin;
    /// Adopt, transfer, release and delete agents. At the project.
    ManageAgents = "manage_agents", ProjectAdmin;
    /// Make and delete join tokens. At the project or organisation that they lead to; at the system when to none.
    ManageJoinTokens = "manage_join_tokens", ProjectAdmin;
    /// Say what a device is wished to be, and ask it for actions. At the project.
    OperateDevices = "operate_devices", ProjectAdmin;
    /// Open edge services with all that they allow. At the project.
    UseServices = "use_services", ProjectAdmin;
    /// Add, change, prove and delete edge services. At the project.
    ManageServices = "manage_services", ProjectAdmin;
    /// Download the public key that edge services check. Anywhere.
    DownloadPublicKey = "download_public_key", ProjectAdmin;
    /// Make users. Anywhere; each membership given needs its own permit.
    CreateUsers = "create_users", ProjectAdmin;
    /// Register devices, disable, enable and delete them. At the project.
    ManageRegistrations = "manage_registrations", ProjectAdmin;
    /// Say whose signatures vouch for devices, whether unverified ones are let in, and which snaps a model needs. At the organisation.
    ManageEnrolment = "manage_enrolment", OrganisationAdmin;
    /// Say that devices register themselves, which concerns devices that belong to nobody yet. At the organisation.
    ManageAutomaticEnrolment = "manage_automatic_enrolment", SystemAdmin;
    /// See that an organisation or project is there, with its agents and edge services. At it.
    Look = "look", Viewer;
    /// Open edge services for reading. At the project.
    ReadServices = "read_services", Viewer;
}

/// Proof that an action is allowed at a scope. Made by [`permit`] only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permit {
    action: Action,
    scope: Scope,
}

impl Permit {
    /// What it allows.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// Where.
    pub const fn scope(&self) -> Scope {
        self.scope
    }
}

/// Why an action is not allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Denied {
    /// The scope may not even be seen: it must answer as if it did not exist.
    #[error("there is no such thing")]
    Hidden,
    /// It may be seen, and this may not be done there.
    #[error("this needs the role {} here", .0.as_str().replace('_', " "))]
    Role(Role),
}

/// May whoever has these grants do this there?
pub fn permit(grants: &Grants, action: Action, scope: Scope) -> Result<Permit, Denied> {
    let least = action.least_role();
    match grants.role_at(scope) {
        Some(role) if role.least(least) == least => Ok(Permit { action, scope }),
        Some(_) => Err(Denied::Role(least)),
        None => match scope {
            Scope::Organisation(_) | Scope::Project { .. } => Err(Denied::Hidden),
            Scope::System | Scope::Anywhere => Err(Denied::Role(least)),
        },
    }
}
