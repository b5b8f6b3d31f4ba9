//! Words of the REST API that can be chosen on the command line, each with what it means.

use clap::ValueEnum;
use edgeward_api::access::Language as ApiLanguage;
use edgeward_api::audit::{AuthorKind as ApiAuthorKind, ExportFormat, Outcome as ApiOutcome};
use edgeward_api::service::{ServiceAuthentication, ServiceKind};
use edgeward_api::settings::MailSecurity;
use edgeward_api::user::{MemberRole, UserState as ApiUserState};

/// An enum of the command line for one of the API, variant by variant.
macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident for $api:ident { $($(#[$meaning:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$meaning])* $variant,)+
        }

        impl From<$name> for $api {
            fn from(choice: $name) -> Self {
                match choice {
                    $($name::$variant => Self::$variant,)+
                }
            }
        }
    )+};
}

choices! {
    /// What a member is.
    Role for MemberRole {
        /// Belongs to the organisation, and sees only those projects that they are a member of
        Member,
        /// Looks at everything in it
        Viewer,
        /// Does everything in it
        Admin,
    }

    /// What a member of a project is.
    ProjectRole for MemberRole {
        /// Looks at everything in it
        Viewer,
        /// Does everything in it
        Admin,
    }

    /// Whether a user can sign in.
    UserState for ApiUserState {
        /// Was invited, and has not followed the link yet
        Invited,
        /// Can sign in
        Active,
        /// Was disabled
        Disabled,
    }

    /// What an edge service is.
    Kind for ServiceKind {
        /// Neuron
        Neuron,
        /// NanoMQ
        #[value(name = "nanomq")]
        NanoMq,
        /// eKuiper
        #[value(name = "ekuiper")]
        EKuiper,
        /// NeuronEX
        #[value(name = "neuronex")]
        NeuronEx,
        /// Anything else that speaks HTTP
        Http,
    }

    /// What an edge service wants to see before it answers.
    Authentication for ServiceAuthentication {
        /// Nothing
        None,
        /// A user's name and password
        Basic,
        /// A token that the installation's key has signed
        Token,
    }

    /// A language of the console.
    Language for ApiLanguage {
        /// English
        En,
        /// Chinese
        Zh,
    }

    /// What kind of author an entry of the audit log has.
    AuthorKind for ApiAuthorKind {
        /// A person
        User,
        /// A program with an API token
        Token,
        /// The operator of the machine itself
        Machine,
        /// An agent
        Agent,
        /// The control plane's own background work
        System,
        /// Somebody who had not signed in
        Anonymous,
    }

    /// What became of what somebody wanted to do.
    Outcome for ApiOutcome {
        /// It was done
        Done,
        /// It was refused; nothing was changed
        Refused,
    }

    /// The form of an export.
    Format for ExportFormat {
        /// Comma-separated values with a heading
        Csv,
        /// One JSON object on each line
        Jsonl,
    }

    /// How a connection to the mail server is protected.
    Security for MailSecurity {
        /// TLS from the first byte; usually port 465
        Tls,
        /// TLS after a greeting; usually port 587
        Starttls,
        /// None; for a mail server on the same machine
        None,
    }
}

/// On or off.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    On,
    Off,
}

impl From<Switch> for bool {
    fn from(switch: Switch) -> Self {
        switch == Switch::On
    }
}
