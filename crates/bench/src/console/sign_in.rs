//! Signing in, beside the bare argon2id hash with the same parameters.
//!
//! The bare hash is made by as many threads as the control plane makes hashes at once, into memory that is there already:
//! less than that, no sign-in can take. Attempts are limited for each account and each address, so that they are spread over
//! accounts and loopback addresses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use argon2::{Argon2, Block};
use futures::future::try_join_all;

use super::http::As;
use super::stage::Stage;
use super::world::PASSWORD;
use crate::table::{Table, ratio};
use crate::timing::{Meter, Timed, Who, ms};

/// Sign-ins from one address: below the limit for a minute.
const PER_ADDRESS: usize = 80;

/// How many sign in at once: one, and as many as the control plane hashes passwords for at once.
const AT_ONCE: [usize; 2] = [1, 2];

/// Sign-ins before anything counts.
const WARM_UP: usize = 10;

/// Accounts and addresses that were not used yet.
struct Unused<'a> {
    stage: &'a Stage,
    people: AtomicUsize,
    addresses: AtomicUsize,
}

/// Signs in so many times, and gives a table.
pub async fn measure(stage: &Stage, count: usize) -> Result<Table> {
    let unused = Unused {
        stage,
        people: AtomicUsize::new(3),
        addresses: AtomicUsize::new(1),
    };
    let mut table = Table::new(
        format!("### Signing in on {}", stage.database.kind.name()),
        &[
            "at once",
            "sign-ins",
            "p50 ms",
            "p99 ms",
            "bare argon2id: p50 ms",
            "p99 ms",
            "p50 ÷ bare",
            "CPU-ms control plane",
            "CPU-ms PostgreSQL",
            "CPU-ms bare",
            "CPU ÷ bare",
        ],
    );
    unused.sign_in(WARM_UP).await?;
    for at_once in AT_ONCE {
        stage.say(&format!("signing in, {at_once} at once"))?;
        let each = count / at_once;
        let watched = stage.watched()?;
        let meter = Meter::start(&watched)?;
        let all = try_join_all((0..at_once).map(|_| unused.sign_in(each))).await?;
        let ours = meter.stop(all.concat())?;
        let bare = bare(each, at_once)?;
        let dash = || "–".to_owned();
        table.row([
            at_once.to_string(),
            ours.rounds().to_string(),
            ms(ours.p50()),
            ms(ours.p99()),
            ms(bare.p50()),
            ms(bare.p99()),
            ratio(ours.p50().as_secs_f64(), bare.p50().as_secs_f64()),
            ours.spent(0).map_or_else(dash, ms),
            ours.spent(1).map_or_else(dash, ms),
            ms(bare.spent_by_all()),
            ratio(
                ours.spent_by_all().as_secs_f64(),
                bare.spent_by_all().as_secs_f64(),
            ),
        ]);
    }
    Ok(table)
}

impl Unused<'_> {
    /// Signs in so many times, one after the other; what each took. Connecting does not count.
    async fn sign_in(&self, count: usize) -> Result<Vec<Duration>> {
        let mut took = Vec::with_capacity(count);
        while took.len() < count {
            let address = self.addresses.fetch_add(1, Ordering::Relaxed);
            let mut http = self.stage.http(u8::try_from(address)?).await?;
            for _ in took.len()..count.min(took.len() + PER_ADDRESS) {
                let people = &self.stage.world.people;
                let number = self.people.fetch_add(1, Ordering::Relaxed);
                let email = &people[number % people.len()].email;
                let began = Instant::now();
                http.sign_in(email, As::Browser).await?;
                took.push(began.elapsed());
            }
        }
        Ok(took)
    }
}

/// Makes so many hashes in each of so many threads.
fn bare(each: usize, threads: usize) -> Result<Timed> {
    let meter = Meter::start(&[Who::Me])?;
    let took = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(|| hashes(each))).collect();
        all.into_iter()
            .map(|thread| {
                let ended = thread.join();
                ended.map_err(|_| anyhow!("a thread that made hashes has panicked"))?
            })
            .collect::<Result<Vec<_>>>()
    })?;
    meter.stop(took.concat())
}

fn hashes(count: usize) -> Result<Vec<Duration>> {
    let argon2 = Argon2::default();
    let mut memory = vec![Block::default(); argon2.params().block_count()];
    let mut hash = [0; 32];
    let mut took = Vec::with_capacity(count);
    for number in 0..count {
        let salt = (number as u128).to_be_bytes();
        let began = Instant::now();
        argon2
            .hash_password_into_with_memory(
                PASSWORD.as_bytes(),
                &salt,
                &mut hash,
                memory.as_mut_slice(),
            )
            .map_err(|error| anyhow!("cannot hash a password: {error}"))?;
        took.push(began.elapsed());
    }
    Ok(took)
}
