//! What goes wrong when a configuration is delivered, as it does with real services: switched on from outside while they run.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::serving::{Order, Orders};

/// How long a service that stumbles is away.
const AWAY: Duration = Duration::from_millis(100);

/// What a service does with a configuration instead of taking it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// It says that it does not want it, in its own words, and changes nothing.
    Refuses,
    /// It says that it has taken it, and changes nothing.
    Ignores,
    /// It changes nothing and never answers.
    Hangs,
    /// It takes the first half, and answers 500.
    FailsHalfWay,
    /// It takes the first half, closes the connection, and is back after a moment with that half.
    Stumbles,
    /// It takes the first half, closes the connection, and is gone for good.
    Dies,
}

/// Which trouble there is. Clones switch the same service.
#[derive(Clone, Debug, Default)]
pub struct Troubles(Arc<Mutex<Switch>>);

#[derive(Debug, Default)]
struct Switch {
    trouble: Option<Trouble>,
    is_once: bool,
    deliveries: usize,
}

impl Troubles {
    /// From now on with each delivery, or with none any more.
    pub fn set(&self, trouble: Option<Trouble>) {
        let mut switch = self.0.lock();
        (switch.trouble, switch.is_once) = (trouble, false);
    }

    /// With the next delivery only.
    pub fn once(&self, trouble: Trouble) {
        let mut switch = self.0.lock();
        (switch.trouble, switch.is_once) = (Some(trouble), true);
    }

    /// How many deliveries have been tried, whatever became of them.
    pub fn deliveries(&self) -> usize {
        self.0.lock().deliveries
    }

    /// A delivery begins: what goes wrong with it.
    pub(crate) fn begin(&self) -> Option<Trouble> {
        let mut switch = self.0.lock();
        switch.deliveries += 1;
        if switch.is_once {
            switch.trouble.take()
        } else {
            switch.trouble
        }
    }
}

impl Trouble {
    /// Whether half of it is taken before anything else happens.
    pub(crate) fn takes_half(self) -> bool {
        matches!(self, Self::FailsHalfWay | Self::Stumbles | Self::Dies)
    }

    /// Returns if there is an answer, after what the trouble does to the service as a whole.
    pub(crate) async fn befall(self, orders: &Orders) {
        match self {
            Self::Refuses | Self::Ignores | Self::FailsHalfWay => {}
            Self::Hangs => orders.ended().await,
            Self::Stumbles => {
                orders.give(Order::Restart {
                    lingers: Duration::ZERO,
                    refused: AWAY,
                });
                std::future::pending().await
            }
            Self::Dies => orders.crash().await,
        }
    }
}
