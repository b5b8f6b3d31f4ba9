//! From this device to an iot-agent's servers: `params`, what snapd knows, identity service, credentials, broker.

use edgeward_runtime::Chain;
use edgeward_snapd::Snapd;

use super::{Finding, Verdict};
use crate::config::Config;
use crate::connection::{LinkState, Status};
use crate::iot::{self, Enrollment};
use crate::params::Params;
use crate::state::StateDir;

pub(super) async fn check(
    dir: &StateDir,
    params: &Params,
    config: &Config,
    note: &mut impl FnMut(Finding),
) {
    note(Finding::ok(
        "params",
        format!(
            "an iot-agent's: the identity service is {}, credentials are in {}",
            params.url,
            params.path.display()
        ),
    ));
    match iot::credentials(params) {
        Err(error) => note(
            Finding::failed("credentials", Chain(&error).to_string())
                .advise("run this as the user that runs the agent; remove the file to enrol again"),
        ),
        Ok(Some(enrollment)) => {
            note(Finding::ok(
                "credentials",
                format!(
                    "this device is {} of the organisation {}",
                    enrollment.id, enrollment.organization.name
                ),
            ));
            broker(&enrollment, config, note).await;
        }
        Ok(None) => {
            note(
                Finding::new(
                    "credentials",
                    Verdict::Warning,
                    "this device has not enrolled",
                )
                .advise("start \"edgeward-agent run\", which enrols it, and look at its log"),
            );
            assertions(config, note).await;
            identity_service(params, config, note).await;
        }
    }
    note(running(dir));
}

/// What snapd can say of the device: without both it cannot enrol.
async fn assertions(config: &Config, note: &mut impl FnMut(Finding)) {
    const STEP: &str = "assertions";
    let Some(socket) = config.snapd() else {
        note(
            Finding::failed(STEP, "this agent does not speak to snapd")
                .advise("name its socket with snapd.socket in the configuration"),
        );
        return;
    };
    let snapd = Snapd::new(socket).with_patience(std::time::Duration::ZERO);
    let both = async {
        snapd.model().await?;
        snapd.serial().await
    };
    note(match both.await {
        Ok(_) => Finding::ok(STEP, "snapd has a model and a serial assertion"),
        Err(error) if error.is_missing() => Finding::failed(
            STEP,
            "snapd has no model or no serial assertion (yet)",
        )
        .advise(
            "wait until the device has got them from its store; \"snap model --serial\" shows them",
        ),
        Err(error) => Finding::failed(STEP, Chain(&error).to_string())
            .advise("check that snapd runs, and that the agent may speak to it"),
    });
}

async fn identity_service(params: &Params, config: &Config, note: &mut impl FnMut(Finding)) {
    let step = "identity service";
    note(match iot::reach_identity_service(params, config).await {
        Ok(()) => Finding::ok(step, format!("{} takes connections", params.url)),
        Err(error) => Finding::failed(step, Chain(&error).to_string()).advise(
            "check the address with \"edgeward-agent configure --url <url>\", the network, and control_plane.identity_ca_file if it \
             has a certificate of an authority of its own",
        ),
    });
}

async fn broker(enrollment: &Enrollment, config: &Config, note: &mut impl FnMut(Finding)) {
    const STEP: &str = "broker";
    note(match iot::reach_broker(enrollment, config).await {
        Ok(address) if config.iot.verify_broker => {
            Finding::ok(STEP, format!("{address} takes connections and is who it says"))
        }
        Ok(address) => Finding::new(
            STEP,
            Verdict::Warning,
            format!("{address} takes connections; who it is was not checked"),
        )
        .advise("name its authority with control_plane.broker_ca_file, and leave out verify_broker: false"),
        Err(error) => Finding::failed(STEP, Chain(&error).to_string())
            .advise("check the network to the broker, and how it is believed, in the configuration"),
    });
}

/// With a running agent its connection is looked at, because a second one would end it.
fn running(dir: &StateDir) -> Finding {
    const STEP: &str = "mqtt";
    if !dir.is_claimed() {
        return Finding::skipped(STEP, "not tried, because the agent does not run");
    }
    match dir.read_running::<Status>() {
        Ok(Some(Status {
            link: LinkState::Online { address },
            ..
        })) => Finding::ok(STEP, format!("the running agent is connected to {address}")),
        Ok(Some(Status {
            link: LinkState::Offline { reason },
            ..
        })) => Finding::failed(
            STEP,
            format!("the running agent is not connected: {reason}"),
        )
        .advise("see the steps above, and the agent's log"),
        Ok(_) => Finding::new(STEP, Verdict::Warning, "the running agent is connecting")
            .advise("look again in a moment"),
        Err(error) => Finding::failed(STEP, Chain(&error).to_string())
            .advise("run this as the user that runs the agent"),
    }
}
