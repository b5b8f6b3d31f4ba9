//! Which lists are asked for, and by which statement one would read the same rows.

use jiff::Timestamp;

use super::entries::USUAL_ACTION;
use super::stage::Stage;
use super::world::HOUR_US;
use crate::database::{Cell, Statement};

/// What a list of services shows.
const SERVICES: &str = "SELECT s.id, s.agent_id, s.offer, s.project_id, s.name, s.offered, s.kind, s.description, s.created_at, \
     s.scheme, s.address, s.pinned, s.authentication, s.username, s.password, s.checked_at, s.answers, s.finding, s.version, \
     a.name AS agent_name, p.name AS project_name, o.id AS organisation_id, o.name AS organisation_name \
     FROM services s LEFT JOIN agents a ON a.id = s.agent_id JOIN projects p ON p.id = s.project_id \
     JOIN organisations o ON o.id = p.organisation_id";

/// What a list of entries shows.
const ENTRIES: &str = "SELECT number, at, author_kind, author_id, author_name, address, request_id, action, object_id, object_name, \
     organisation_id, project_id, before_state, after_state, outcome, reason, previous, hash FROM audit";

/// Who asks.
#[derive(Clone, Copy)]
// The roles are called so.
#[allow(clippy::enum_variant_names)]
pub enum Reader {
    /// Somebody who may see everything.
    SystemAdmin,
    /// Somebody who may see what is in one organisation.
    OrganisationAdmin,
    /// Somebody who may see what is in three projects of three organisations.
    ProjectAdmin,
}

/// A list, and how to ask for it.
pub struct Ask {
    /// In words.
    pub title: String,
    /// Below `/api/v1`.
    pub path: String,
    /// Who asks.
    pub reader: Reader,
    /// Reads the same rows; none where there are none to read.
    pub statement: Option<Statement>,
    /// Whether nothing matches.
    pub finds_nothing: bool,
}

impl Ask {
    /// All of them.
    pub fn all(stage: &Stage) -> Vec<Self> {
        let nothing = Self {
            statement: None,
            ..asked(
                "no list: the words for actions",
                "/audit/actions",
                "",
                vec![],
            )
        };
        [nothing]
            .into_iter()
            .chain(services(stage))
            .chain(entries(stage))
            .chain(texts(stage))
            .collect()
    }
}

fn asked(
    title: impl Into<String>,
    path: impl Into<String>,
    sql: impl Into<String>,
    values: Vec<Cell>,
) -> Ask {
    Ask {
        title: title.into(),
        path: path.into(),
        reader: Reader::SystemAdmin,
        statement: Some(Statement {
            sql: sql.into(),
            values,
        }),
        finds_nothing: false,
    }
}

fn services(stage: &Stage) -> Vec<Ask> {
    let all = stage.world.agents.len() * 2;
    let project = stage.world.projects[0];
    let end = all - all % 100;
    let last = if end == all { end - 100 } else { end };
    let by = stage.database.kind.by_code_points();
    let by_name = format!("ORDER BY s.name {by}, s.id");
    vec![
        asked(
            "services: first 100 by name",
            "/services?limit=100",
            format!("{SERVICES} {by_name} LIMIT 100"),
            vec![],
        ),
        asked(
            "services: text and project, by name, second page of 50",
            format!(
                "/services?text=press&project={}&sort=name&offset=50&limit=50",
                project.id
            ),
            format!(
                "{SERVICES} WHERE s.project_id = $1 AND s.search LIKE '%press%' {by_name} LIMIT 50 OFFSET 50"
            ),
            vec![Cell::Id(project.id)],
        ),
        asked(
            "services: text, by agent, descending, third page of 100",
            "/services?text=press&sort=agent&direction=descending&offset=200&limit=100",
            format!(
                "{SERVICES} WHERE s.search LIKE '%press%' ORDER BY a.sort_name {by} DESC, s.id DESC LIMIT 100 OFFSET 200"
            ),
            vec![],
        ),
        asked(
            "services: offline, by kind, last page of 100",
            format!("/services?state=offline&sort=kind&offset={last}&limit=100"),
            format!("{SERVICES} ORDER BY s.kind {by}, s.id LIMIT 100 OFFSET {last}"),
            vec![],
        ),
        asked(
            "services: largest page, 1000 by name",
            "/services?limit=1000",
            format!("{SERVICES} {by_name} LIMIT 1000"),
            vec![],
        ),
        Ask {
            reader: Reader::OrganisationAdmin,
            ..asked(
                "services: first 100 by name, for who administers one organisation",
                "/services?limit=100",
                format!("{SERVICES} WHERE p.organisation_id = $1 {by_name} LIMIT 100"),
                vec![Cell::Id(project.organisation)],
            )
        },
    ]
}

/// The newest hundred that meet a condition.
fn newest(condition: &str) -> String {
    format!("{ENTRIES} {condition} ORDER BY number DESC LIMIT 100")
}

fn entries(stage: &Stage) -> Vec<Ask> {
    let world = &stage.world;
    let agent = &world.agents[world.agents.len() / 2];
    let author = &world.people[world.people.len() / 2];
    let organisation = world.organisations[0];
    let project = world.administered()[0].id;
    let middle = stage.newest / 2;
    let id = |id: &uuid::Uuid| vec![Cell::Id(*id)];
    vec![
        asked("entries: all", "/audit", newest(""), vec![]),
        asked(
            "entries: an older page",
            format!("/audit?before={middle}"),
            newest("WHERE number < $1"),
            vec![Cell::Number(middle)],
        ),
        asked(
            "entries: one organisation",
            format!("/audit?organisation={organisation}"),
            newest("WHERE organisation_id = $1"),
            id(&organisation),
        ),
        asked(
            "entries: one project",
            format!("/audit?project={project}"),
            newest("WHERE project_id = $1"),
            id(&project),
        ),
        asked(
            "entries: one author",
            format!("/audit?author={}", author.id),
            newest("WHERE author_id = $1"),
            id(&author.id),
        ),
        asked(
            "entries: one object",
            format!("/audit?object={}", agent.id),
            newest("WHERE object_id = $1"),
            vec![agent.id.to_string().into()],
        ),
        asked(
            "entries: one action",
            format!("/audit?action={USUAL_ACTION}"),
            newest("WHERE action = $1"),
            vec![USUAL_ACTION.into()],
        ),
        asked(
            "entries: one action in one project",
            format!("/audit?action={USUAL_ACTION}&project={project}"),
            newest("WHERE action = $1 AND project_id = $2"),
            vec![USUAL_ACTION.into(), Cell::Id(project)],
        ),
        asked(
            "entries: what was refused",
            "/audit?outcome=refused",
            newest("WHERE outcome = 'refused'"),
            vec![],
        ),
        a_day(stage),
        Ask {
            reader: Reader::OrganisationAdmin,
            ..asked(
                "entries: all, for who administers one organisation",
                "/audit",
                newest("WHERE organisation_id = $1"),
                id(&organisation),
            )
        },
        Ask {
            reader: Reader::ProjectAdmin,
            ..asked(
                "entries: all, for who administers three projects",
                "/audit",
                newest("WHERE project_id IN ($1, $2, $3)"),
                world.administered().map(|p| Cell::Id(p.id)).to_vec(),
            )
        },
    ]
}

/// A day that is half as long ago as the oldest entry.
fn a_day(stage: &Stage) -> Ask {
    let to = stage.filled_at_us - stage.newest / 2 * super::entries::STEP_US;
    let from = to - 24 * HOUR_US;
    let text = |us: i64| Timestamp::from_microsecond(us).unwrap_or_default();
    asked(
        "entries: of one day long ago",
        format!("/audit?from={}&to={}", text(from), text(to)),
        newest("WHERE at >= $1 AND at < $2"),
        vec![Cell::Number(from), Cell::Number(to)],
    )
}

fn texts(stage: &Stage) -> Vec<Ask> {
    let world = &stage.world;
    let agent = &world.agents[world.agents.len() / 2];
    let name = agent.name.to_lowercase();
    let project = world.administered()[0].id;
    vec![
        asked(
            "entries: a text that one in fifteen has",
            "/audit?text=chiller",
            newest("WHERE search LIKE '%chiller%'"),
            vec![],
        ),
        asked(
            "entries: the name of one machine",
            format!("/audit?text={}", name.replace(' ', "%20")),
            newest(&format!("WHERE search LIKE '%{name}%'")),
            vec![],
        ),
        Ask {
            finds_nothing: true,
            ..asked(
                "entries: a text that none has, in one project",
                format!("/audit?text=nowhere&project={project}"),
                newest("WHERE project_id = $1 AND search LIKE '%nowhere%'"),
                vec![Cell::Id(project)],
            )
        },
        Ask {
            finds_nothing: true,
            ..asked(
                "entries: a text that none has",
                "/audit?text=nowhere",
                newest("WHERE search LIKE '%nowhere%'"),
                vec![],
            )
        },
    ]
}
