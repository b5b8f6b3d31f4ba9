//! Neuron's error numbers, and the status that goes with each.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// How a call ended, in Neuron's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Code {
    Done = 0,
    Internal = 1001,
    BodyInvalid = 1002,
    ParamInvalid = 1003,
    TokenMissing = 1004,
    TokenInvalid = 1005,
    TokenExpired = 1006,
    TokenNotYetValid = 1007,
    WrongUserOrPassword = 1009,
    PasswordLength = 1012,
    NodeExists = 2002,
    NodeMissing = 2003,
    SettingMissing = 2005,
    NodeNotReady = 2006,
    NodeRunning = 2007,
    NodeNotRunning = 2008,
    AlreadySubscribed = 2101,
    NotSubscribed = 2102,
    GroupExists = 2104,
    GroupInvalid = 2105,
    GroupMissing = 2106,
    TagMissing = 2201,
    TagExists = 2202,
    PluginMissing = 2301,
    Disconnected = 3002,
    NotWritable = 3004,
}

impl Code {
    /// The number that the body carries.
    pub(crate) fn number(self) -> u16 {
        self as u16
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Done | Self::SettingMissing | Self::Disconnected | Self::NotWritable => {
                StatusCode::OK
            }
            Self::BodyInvalid | Self::ParamInvalid | Self::PasswordLength | Self::GroupInvalid => {
                StatusCode::BAD_REQUEST
            }
            Self::TokenMissing | Self::TokenInvalid | Self::WrongUserOrPassword => {
                StatusCode::UNAUTHORIZED
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TokenExpired | Self::TokenNotYetValid => StatusCode::FORBIDDEN,
            Self::NodeMissing
            | Self::NotSubscribed
            | Self::GroupMissing
            | Self::TagMissing
            | Self::PluginMissing => StatusCode::NOT_FOUND,
            Self::NodeExists
            | Self::NodeNotReady
            | Self::NodeRunning
            | Self::NodeNotRunning
            | Self::AlreadySubscribed
            | Self::GroupExists
            | Self::TagExists => StatusCode::CONFLICT,
        }
    }
}

impl IntoResponse for Code {
    fn into_response(self) -> Response {
        // The space is Neuron's, and there are clients that look for it.
        let body = format!("{{\"error\": {}}}", self.number());
        let json = [(header::CONTENT_TYPE, "application/json")];
        (self.status(), json, body).into_response()
    }
}
