//! From this device to the control plane: name, TCP, TLS, clock, certificate, MQTT.

use std::time::{Duration, SystemTime};

use edgeward_pki::tls::{Connector, TlsError};
use edgeward_runtime::Chain;
use edgeward_wire::enrol::ALPN_MQTT;

use super::{Finding, Verdict};
use crate::clock::{distance, roughly, utc};
use crate::connection::{LinkError, LinkState, Status, dial};
use crate::dial::{Address, DialError};
use crate::enrolment::{diagnosis, renewal, time};
use crate::state::{Identity, StateDir};

/// Clocks that differ by less than this are right.
const CLOCK_OK: Duration = Duration::from_secs(10);

/// Clocks that differ by less than this still work; commands expire after a few minutes.
const CLOCK_TOLERABLE: Duration = Duration::from_secs(60);

pub(super) async fn check(dir: &StateDir, identity: &Identity, note: &mut impl FnMut(Finding)) {
    note(certificate(identity, SystemTime::now()));
    let mut reached = false;
    for address in &identity.mqtt {
        reached |= way_to(address, identity, note).await;
    }
    note(clock(identity).await);
    note(if !reached && !dir.is_claimed() {
        Finding::skipped("mqtt", "not tried, because no secure connection works")
    } else {
        mqtt(dir, identity).await
    });
}

fn certificate(identity: &Identity, now: SystemTime) -> Finding {
    const STEP: &str = "certificate";
    let info = match identity.certificate_info() {
        Ok(info) => info,
        Err(error) => {
            return Finding::failed(STEP, Chain(&error).to_string())
                .advise("join again with --replace");
        }
    };
    let (from, until) = (utc(info.not_before), utc(info.not_after));
    if now < info.not_before {
        return Finding::failed(
            STEP,
            format!(
                "this device's certificate is valid from {from}, and this device's clock says {}",
                utc(now)
            ),
        )
        .advise("set this device's clock, for example with \"timedatectl set-ntp true\"");
    }
    if now > info.not_after {
        return Finding::failed(STEP, format!("this device's certificate was valid until {until}, and this device's clock says {}", utc(now)))
            .advise("if the clock is right, join again with a new token and --replace");
    }
    let due = renewal::due(&info);
    if now > due {
        return Finding::new(
            STEP,
            Verdict::Warning,
            format!(
                "valid until {until}; it should have been renewed since {}",
                utc(due)
            ),
        )
        .advise("start \"edgeward-agent run\", which renews it, and look at its log");
    }
    Finding::ok(
        STEP,
        format!("valid until {until}; it renews itself after {}", utc(due)),
    )
}

/// Whether there is a secure connection.
async fn way_to(text: &str, identity: &Identity, note: &mut impl FnMut(Finding)) -> bool {
    let address: Address = match text.parse() {
        Ok(address) => address,
        Err(error) => {
            note(
                Finding::failed("address", Chain(&error).to_string())
                    .advise("join again with --replace"),
            );
            return false;
        }
    };
    let name = format!("name {}", address.host());
    let (tcp, tls) = (format!("tcp {address}"), format!("tls {address}"));
    let resolved = match address.resolve().await {
        Ok(resolved) => resolved,
        Err(error) => {
            note(of_dial(name, &error));
            note(Finding::skipped(
                tcp,
                "not tried, because the name does not resolve",
            ));
            note(Finding::skipped(
                tls,
                "not tried, because there is no TCP connection",
            ));
            return false;
        }
    };
    let list: Vec<String> = resolved
        .iter()
        .map(|socket| socket.ip().to_string())
        .collect();
    note(Finding::ok(name, list.join(", ")));
    let stream = match address.tcp(&resolved).await {
        Ok(stream) => stream,
        Err(error) => {
            note(of_dial(tcp, &error));
            note(Finding::skipped(
                tls,
                "not tried, because there is no TCP connection",
            ));
            return false;
        }
    };
    note(Finding::ok(tcp, "connected"));
    let connector = match Connector::new(
        identity.server_trust(),
        Some(&identity.client()),
        &[ALPN_MQTT],
    ) {
        Ok(connector) => connector,
        Err(error) => {
            note(
                Finding::failed(tls, Chain(&error).to_string()).advise("join again with --replace"),
            );
            return false;
        }
    };
    match address.tls(&connector, stream).await {
        Ok(_) => {
            note(Finding::ok(
                tls,
                "the server is the one that this device joined",
            ));
            true
        }
        Err(error) => {
            note(of_dial(tls, &error));
            false
        }
    }
}

fn of_dial(step: String, error: &DialError) -> Finding {
    let advice = match error {
        DialError::Resolve { .. } | DialError::NoAddress(_) | DialError::ResolveTimeout(_) => {
            "check this device's network and its name servers (/etc/resolv.conf), and the spelling of the name"
        }
        DialError::Tcp { .. } => {
            "check that the control plane runs and that its agent port is open"
        }
        DialError::TcpTimeout(_) => {
            "check this device's route and the firewalls on the way: only this port is needed, outbound"
        }
        DialError::TlsTimeout(_) => {
            "something on the way may hold TLS back, such as a proxy or a very slow link"
        }
        DialError::Tls { source, .. } => of_tls(source),
    };
    Finding::failed(step, Chain(error).to_string()).advise(advice)
}

fn of_tls(error: &TlsError) -> &'static str {
    match error {
        TlsError::UntrustedCa => {
            "this is not the control plane that the device joined, or something on the way intercepts TLS; \
             if the control plane was set up anew, join again with a new token and --replace"
        }
        TlsError::NotYetValid { .. } | TlsError::Expired { .. } => {
            "set this device's clock, for example with \"timedatectl set-ntp true\""
        }
        TlsError::WrongName { .. } => {
            "the control plane has to be told under which names it is reached"
        }
        TlsError::Refused { .. } => {
            "join again with a new token and --replace, if the agent was deleted on purpose"
        }
        TlsError::Protocol(_) => "check that the address is the control plane's agent port",
        TlsError::Name(_) => "join again with --replace",
        TlsError::Io(_) => "something on the way cuts the connection; check firewalls and proxies",
    }
}

async fn clock(identity: &Identity) -> Finding {
    const STEP: &str = "clock";
    let Some(trust) = diagnosis(&identity.server_trust()).or_else(|| Some(identity.server_trust()))
    else {
        return Finding::skipped(STEP, "not compared");
    };
    for address in identity
        .enrolment
        .iter()
        .filter_map(|text| text.parse::<Address>().ok())
    {
        let Ok(there) = time(&address, trust.clone()).await else {
            continue;
        };
        let here = SystemTime::now();
        let difference = distance(here, there);
        let detail = format!(
            "this device's clock says {}, the control plane's {}: {} apart",
            utc(here),
            utc(there),
            roughly(difference)
        );
        let advice = "set this device's clock, for example with \"timedatectl set-ntp true\"";
        return if difference < CLOCK_OK {
            Finding::ok(STEP, "agrees with the control plane's")
        } else if difference < CLOCK_TOLERABLE {
            Finding::new(STEP, Verdict::Warning, detail).advise(advice)
        } else {
            Finding::failed(STEP, detail).advise(advice)
        };
    }
    let detail = format!(
        "this device's clock says {}; the control plane could not be asked",
        utc(SystemTime::now())
    );
    Finding::skipped(STEP, detail)
}

/// With a running agent its connection is looked at, because a second one would end it.
async fn mqtt(dir: &StateDir, identity: &Identity) -> Finding {
    const STEP: &str = "mqtt";
    if dir.is_claimed() {
        return match dir.read_running::<Status>() {
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
            .advise("it tries again by itself; see the lines above for what stands in the way"),
            _ => Finding::new(STEP, Verdict::Warning, "the running agent is connecting")
                .advise("look again in a few seconds"),
        };
    }
    match dial(identity).await {
        Ok(link) => {
            link.client.disconnect().await;
            Finding::ok(
                STEP,
                format!(
                    "{} accepts this device; the agent is not running",
                    link.address
                ),
            )
            .advise("start it with \"edgeward-agent run\"")
        }
        Err(error) => {
            let advice = match &error {
                LinkError::Certificate { .. } => {
                    "join again with a new token and --replace, if the agent was deleted on purpose"
                }
                LinkError::Identity(_) | LinkError::Address(_) => "join again with --replace",
                error if error.is_refusal() => {
                    "the control plane does not know this device, or has deleted it; join again with a new token and --replace"
                }
                _ => "see the lines above; the control plane may be starting",
            };
            Finding::failed(STEP, Chain(&error).to_string()).advise(advice)
        }
    }
}
