//! A long audit log, written straight into the database: a year of a busy installation.
//!
//! Entries have the columns, lengths and proportions of real ones, but random hashes: the chain does not hold, which matters
//! to whoever verifies it and to no list. They are the same on both databases but for ids.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::world::{Agent, Person, World};
use crate::database::{Cell, Connection, Statement};

/// From one entry to the next: a million of them are 347 days.
pub const STEP_US: i64 = 30_000_000;

/// The columns in the order of [`row`].
const COLUMNS: [&str; 20] = [
    "number",
    "at",
    "author_kind",
    "author_id",
    "author_name",
    "address",
    "request_id",
    "action",
    "thing",
    "object_id",
    "object_name",
    "organisation_id",
    "project_id",
    "before_state",
    "after_state",
    "outcome",
    "reason",
    "previous",
    "hash",
    "search",
];

/// An action of people that is neither frequent nor rare.
pub const USUAL_ACTION: &str = "agent.adopt";

/// What happens, and how often in a thousand.
const HAPPENINGS: [(Happening, u32); 7] = [
    (Happening::OfAgent("agent.report"), 350),
    (Happening::OfAgent("agent.renew_certificate"), 200),
    (Happening::OfAgent("service.appear"), 50),
    (Happening::ToAgent(USUAL_ACTION), 30),
    (Happening::ToAgent("agent.transfer"), 70),
    (Happening::OfPerson("session.begin"), 270),
    (Happening::Refused("session.refuse"), 30),
];

#[derive(Clone, Copy)]
enum Happening {
    /// An agent does something itself.
    OfAgent(&'static str),
    /// Somebody does something to an agent.
    ToAgent(&'static str),
    /// Somebody does something for themselves.
    OfPerson(&'static str),
    /// Somebody unknown is refused.
    Refused(&'static str),
}

/// Adds entries until there are so many, the newest from just now; gives the number of the newest.
pub async fn write(world: &World, to: &mut Connection, count: i64, now_us: i64) -> Result<i64> {
    let newest = Statement {
        sql: "SELECT number FROM audit ORDER BY number DESC LIMIT 1".into(),
        values: Vec::new(),
    };
    let there = to.keys(&newest).await?;
    let there = there
        .first()
        .map_or(Ok(0), |number| number.parse::<i64>())?;
    let last = count.max(there);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let rows = (there + 1..=last).map(|number| {
        let at_us = now_us - (last - number) * STEP_US;
        row(world, &mut dice, number, at_us)
    });
    to.insert("audit", &COLUMNS, rows).await?;
    to.run(format!("UPDATE audit_head SET number = {last}"))
        .await
        .context("cannot tell the log where its end is")?;
    Ok(last)
}

fn row(world: &World, dice: &mut Dice, number: i64, at_us: i64) -> Vec<Cell> {
    let happening = happening(dice.below(1000));
    let agent = dice.one_of(&world.agents);
    let person = dice.one_of(&world.people);
    let address = format!("10.1.{}.{}", dice.below(16), dice.below(250));
    let request = format!("{:016x}", dice.next());
    let (kind, author, action, object): (_, (Cell, &str), _, _) = match happening {
        Happening::OfAgent(action) => {
            let author = (Cell::Id(agent.id), agent.name.as_str());
            ("agent", author, action, Object::Agent(agent))
        }
        Happening::ToAgent(action) => {
            let author = (Cell::Id(person.id), person.email.as_str());
            ("user", author, action, Object::Agent(agent))
        }
        Happening::OfPerson(action) => {
            let author = (Cell::Id(person.id), person.email.as_str());
            ("user", author, action, Object::Person(person))
        }
        Happening::Refused(action) => {
            let author = (Cell::Null, person.email.as_str());
            ("anonymous", author, action, Object::Person(person))
        }
    };
    let (outcome, reason) = match happening {
        Happening::Refused(_) => ("refused", "the e-mail address or the password is wrong"),
        _ => ("done", ""),
    };
    let object_name = object.name();
    let search = format!("{}\n{object_name}\n{action}\n{address}\n{reason}", author.1);
    let thing = action.split('.').next().unwrap_or_default();
    let (organisation, project) = object.place();
    let (before, after) = object.states(number);
    vec![
        Cell::Number(number),
        Cell::Number(at_us),
        kind.into(),
        author.0,
        author.1.into(),
        address.into(),
        request.into(),
        action.into(),
        thing.into(),
        object.id(),
        object_name.into(),
        organisation,
        project,
        before,
        after,
        outcome.into(),
        reason.into(),
        Cell::Bytes(dice.hash()),
        Cell::Bytes(dice.hash()),
        search.to_lowercase().into(),
    ]
}

fn happening(mut thousandth: u32) -> Happening {
    for (happening, share) in HAPPENINGS {
        if thousandth < share {
            return happening;
        }
        thousandth -= share;
    }
    HAPPENINGS[0].0
}

/// What it was done to.
enum Object<'a> {
    Agent(&'a Agent),
    Person(&'a Person),
}

impl Object<'_> {
    fn id(&self) -> Cell {
        let id = match self {
            Self::Agent(agent) => agent.id,
            Self::Person(person) => person.id,
        };
        id.to_string().into()
    }

    fn name(&self) -> &str {
        match self {
            Self::Agent(agent) => &agent.name,
            Self::Person(person) => &person.email,
        }
    }

    fn place(&self) -> (Cell, Cell) {
        match self {
            Self::Agent(agent) => (
                Cell::Id(agent.project.organisation),
                Cell::Id(agent.project.id),
            ),
            Self::Person(person) => (Cell::Id(person.organisation), Cell::Null),
        }
    }

    fn states(&self, number: i64) -> (Cell, Cell) {
        match self {
            Self::Agent(agent) => {
                let state = |version: i64| {
                    let version = format!("0.{version}.0");
                    let offers = ["neuron", "flows"];
                    json!({"name": agent.name, "version": version, "offers": offers}).to_string()
                };
                (state(number % 4).into(), state(number % 4 + 1).into())
            }
            Self::Person(_) => (
                Cell::Null,
                json!({"program": "Mozilla/5.0", "remembered": false})
                    .to_string()
                    .into(),
            ),
        }
    }
}

/// Numbers without an order, the same each time (xorshift64*).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: u32) -> u32 {
        let high = u32::try_from(self.next() >> 32).unwrap_or_default();
        high % end.max(1)
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let end = u32::try_from(all.len()).unwrap_or(u32::MAX);
        &all[self.below(end) as usize]
    }

    fn hash(&mut self) -> Vec<u8> {
        (0..4).flat_map(|_| self.next().to_be_bytes()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_happens_each_time() {
        assert_eq!(HAPPENINGS.iter().map(|(_, share)| share).sum::<u32>(), 1000);
        assert!(matches!(happening(0), Happening::OfAgent("agent.report")));
        assert!(matches!(happening(999), Happening::Refused(_)));
    }

    #[test]
    fn a_row_has_a_value_for_each_column() {
        let world = World::new(100);
        let mut dice = Dice(1);
        for number in 1..100 {
            assert_eq!(row(&world, &mut dice, number, 0).len(), COLUMNS.len());
        }
    }
}
