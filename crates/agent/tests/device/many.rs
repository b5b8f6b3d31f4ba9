//! Many actions, one after the other: the agent's memory does not grow with them.

use edgeward_ids::ActionId;
use edgeward_wire::action::{ActionName, ActionRequest, Step};

use crate::plane::{Device, Plane};

/// Actions in a round, and at a time.
const ROUND: usize = 180;
const AT_A_TIME: usize = 30;

/// The rounds that are measured, after a first one in which everything is used for the first time.
const ROUNDS: usize = 2;

/// What the allocator may keep for itself, in bytes.
const NOISE_BYTES: u64 = 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_as_it_is_whatever_is_done() {
    let plane = Plane::start().await;
    let device = Device::new(&plane);
    let process = device.run();
    round(&plane, &device).await;
    let before = anonymous_bytes(process.pid());
    for _ in 0..ROUNDS {
        round(&plane, &device).await;
    }
    let after = anonymous_bytes(process.pid());
    assert!(
        after <= before + NOISE_BYTES,
        "{before} bytes after {ROUND} actions, {after} after {}",
        ROUND * (ROUNDS + 1)
    );
}

async fn round(plane: &Plane, device: &Device<'_>) {
    for _ in 0..ROUND / AT_A_TIME {
        let some = (0..AT_A_TIME).map(|index| async move {
            let name = match index % 3 {
                0 => ActionName::Setconf,
                1 => ActionName::Info,
                _ => ActionName::Restart,
            };
            let request = ActionRequest {
                name,
                snap: "alpha".into(),
                data: match name {
                    ActionName::Setconf => format!("{{\"x\": {index}}}"),
                    _ => String::new(),
                },
            };
            let action = ActionId::generate();
            device.act(action, &request).await;
            let step = plane.end(action, "one of many").await;
            // alpha has no services; that is told too.
            assert!(
                matches!(step, Step::Done { .. } | Step::Failed { .. }),
                "{step:?}"
            );
            plane.forget(action);
        });
        futures::future::join_all(some).await;
        // snapd does not keep everything either.
        device.snapd.control().prune();
    }
}

/// What is not read from files: those pages come and go as the kernel likes.
fn anonymous_bytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = field.unwrap().trim().strip_suffix(" kB").unwrap();
    kib.parse::<u64>().unwrap() * 1024
}
