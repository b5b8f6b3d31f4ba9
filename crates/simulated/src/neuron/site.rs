//! The three plants of the demonstration, and what their drivers read.

use super::plant::{Group, Link, MODBUS, MQTT, Node, Run, Tag};
use super::signal::Signal;

/// What stands behind a simulated Neuron.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Site {
    /// Two presses.
    PressShop,
    /// A painting line.
    PaintLine,
    /// Chillers and pumps.
    CoolingPlant,
}

impl Site {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PressShop, Self::PaintLine, Self::CoolingPlant];

    /// Its name, as in `Press shop`.
    pub fn name(self) -> &'static str {
        match self {
            Self::PressShop => "Press shop",
            Self::PaintLine => "Paint line",
            Self::CoolingPlant => "Cooling plant",
        }
    }

    /// Its name where only letters and dashes may stand, as in `press-shop`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::PressShop => "press-shop",
            Self::PaintLine => "paint-line",
            Self::CoolingPlant => "cooling-plant",
        }
    }

    /// One sentence about it.
    pub fn description(self) -> &'static str {
        match self {
            Self::PressShop => "Two hydraulic presses, hall 3",
            Self::PaintLine => "Primer, booth and oven of paint line B",
            Self::CoolingPlant => "Chillers and pumps on the roof of building 7",
        }
    }

    /// What its drivers are.
    pub(super) fn nodes(self) -> Vec<Node> {
        let mut nodes = match self {
            Self::PressShop => vec![
                south("press-1", vec![press(1)]),
                south("press-2", vec![press(2)]),
            ],
            Self::PaintLine => vec![south("booth", vec![booth()]), south("oven", vec![oven()])],
            Self::CoolingPlant => vec![
                south("chiller-1", vec![chiller(1)]),
                south("chiller-2", vec![chiller(2)]),
                south("pumps", vec![pumps()]),
            ],
        };
        let links = nodes.iter().flat_map(|node| {
            let groups = node.groups.iter();
            groups.map(|group| Link::new(&node.name, &group.name))
        });
        let mut north = Node::new("mqtt-north", &MQTT);
        north.params = Some(serde_json::json!({
            "client-id": format!("neuron-{}", self.slug()), "host": "mqtt.plant.example", "port": 8883, "ssl": true,
        }));
        north.links = links.collect();
        north.run = Run::Running;
        nodes.push(north);
        nodes
    }
}

fn south(name: &str, groups: Vec<Group>) -> Node {
    let mut node = Node::new(name, &MODBUS);
    node.params = Some(serde_json::json!({
        "connection_mode": 0, "host": "127.0.0.1", "port": 502, "timeout": 3000, "interval": 20, "max_retries": 2,
    }));
    node.groups = groups;
    node.run = Run::Running;
    node
}

fn press(number: u8) -> Group {
    let n = f64::from(number);
    group(
        "hydraulics",
        1000,
        vec![
            Tag::reading(
                "pressure",
                "1!400001#",
                "bar",
                wave(182.0 + 6.0 * n, 24.0, 9.0, 1.5),
            ),
            Tag::reading(
                "oil temperature",
                "1!400003#",
                "°C",
                wave(54.0 + n, 3.5, 47.0, 0.2),
            ),
            Tag::reading(
                "ram position",
                "1!400005#",
                "mm",
                wave(310.0, 290.0, 6.0 + n, 0.4),
            ),
            Tag::reading(
                "motor current",
                "1!400007#",
                "A",
                wave(86.0, 12.0, 9.0, 2.0),
            ),
            Tag::counting("strokes", "1!400009#", counter(18_240.0 * n, 0.16)),
            Tag::switch(
                "guard closed",
                "1!000001",
                Signal::Cycle {
                    period_s: 7.0,
                    on_part: 0.8,
                },
            ),
            Tag::setting("stroke rate", "1!400021", "1/min", 10.0),
        ],
    )
}

fn booth() -> Group {
    group(
        "air",
        1000,
        vec![
            Tag::reading("temperature", "1!400001#", "°C", wave(23.0, 0.8, 40.0, 0.1)),
            Tag::reading("humidity", "1!400003#", "%", wave(61.0, 4.0, 65.0, 0.4)),
            Tag::reading(
                "air speed",
                "1!400005#",
                "m/s",
                wave(0.42, 0.05, 12.0, 0.02),
            ),
            Tag::reading(
                "paint flow",
                "1!400007#",
                "ml/min",
                wave(410.0, 65.0, 15.0, 6.0),
            ),
            Tag::counting("bodies painted", "1!400009#", counter(5_312.0, 0.02)),
            Tag::setting("humidity setpoint", "1!400021", "%", 60.0),
        ],
    )
}

fn oven() -> Group {
    group(
        "zones",
        1000,
        vec![
            Tag::reading("zone 1", "2!400001#", "°C", wave(142.0, 3.0, 52.0, 0.4)),
            Tag::reading("zone 2", "2!400003#", "°C", wave(165.0, 3.5, 58.0, 0.4)),
            Tag::reading("zone 3", "2!400005#", "°C", wave(158.0, 4.0, 63.0, 0.4)),
            Tag::reading(
                "conveyor speed",
                "2!400007#",
                "m/min",
                wave(2.1, 0.1, 30.0, 0.03),
            ),
            Tag::switch(
                "burner",
                "2!000001",
                Signal::Cycle {
                    period_s: 24.0,
                    on_part: 0.6,
                },
            ),
        ],
    )
}

fn chiller(number: u8) -> Group {
    let n = f64::from(number);
    group(
        "water",
        1000,
        vec![
            Tag::reading(
                "supply temperature",
                "1!400001#",
                "°C",
                wave(6.2 + 0.3 * n, 0.7, 38.0, 0.1),
            ),
            Tag::reading(
                "return temperature",
                "1!400003#",
                "°C",
                wave(11.8 + 0.4 * n, 1.1, 51.0, 0.1),
            ),
            Tag::reading(
                "compressor load",
                "1!400005#",
                "%",
                wave(64.0 + 5.0 * n, 18.0, 44.0, 1.5),
            ),
            Tag::reading("power", "1!400007#", "kW", wave(118.0, 26.0, 44.0, 2.0)),
            Tag::counting(
                "running hours",
                "1!400009#",
                counter(21_007.0 * n, 1.0 / 3600.0),
            ),
            Tag::setting("supply setpoint", "1!400021", "°C", 6.5),
        ],
    )
}

fn pumps() -> Group {
    group(
        "circuit",
        1000,
        vec![
            Tag::reading("flow", "3!400001#", "m³/h", wave(212.0, 14.0, 21.0, 2.0)),
            Tag::reading(
                "differential pressure",
                "3!400003#",
                "bar",
                wave(1.8, 0.15, 26.0, 0.03),
            ),
            Tag::switch("pump 1", "3!000001", Signal::Held(1.into())),
            Tag::switch(
                "pump 2",
                "3!000002",
                Signal::Cycle {
                    period_s: 40.0,
                    on_part: 0.5,
                },
            ),
        ],
    )
}

fn group(name: &str, interval_ms: u32, tags: Vec<Tag>) -> Group {
    Group {
        name: name.to_owned(),
        interval_ms,
        tags,
    }
}

fn wave(mean: f64, swing: f64, period_s: f64, jitter: f64) -> Signal {
    Signal::Wave {
        mean,
        swing,
        period_s,
        jitter,
    }
}

fn counter(start: f64, per_s: f64) -> Signal {
    Signal::Counter { start, per_s }
}
