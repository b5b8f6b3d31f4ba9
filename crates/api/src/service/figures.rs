//! How a service has fared.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /services/{id}/figures`: what a service said of itself, most lately and before. Both are empty where nobody has asked yet, and
/// of a kind that has nothing to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceFigures {
    /// About how often it is asked, in seconds.
    pub every_s: u64,
    /// What was wrong when it was asked last, in words.
    pub troubles: Vec<String>,
    /// Its key figures over time.
    pub series: Vec<FigureSeries>,
}

/// One figure over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FigureSeries {
    /// Its stable name, such as `rules_running` or `uptime_s`; the unit is last, a plain count has none.
    pub name: String,
    /// When, in seconds since 1970, and how much; the oldest first, at most 288.
    pub points: Vec<[i64; 2]>,
}
