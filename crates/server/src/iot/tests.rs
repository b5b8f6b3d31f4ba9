use std::time::Duration;

use edgeward_domain::Moment;
use edgeward_ids::AgentId;
use edgeward_wire::iot::metrics;

use super::Measured;
use super::measured::{MAX_SERIES_PER_DEVICE, SERIES_LIFETIME};

const NOW: Moment = Moment::from_micros(1_795_000_000_000_000);

#[test]
fn what_was_measured_last_is_shown_until_it_is_old() {
    let (measured, device) = (Measured::default(), AgentId::generate());
    for text in [
        format!("memory,device={device} total=100,used=10"),
        format!("memory,device={device} used=20"),
        format!("cpu,device={device},core=\\,a user=1.5"),
    ] {
        for line in metrics::read(text.as_bytes()).unwrap() {
            assert!(measured.take(device, &line, NOW));
        }
    }
    let shown = measured.render(NOW + SERIES_LIFETIME);
    assert_eq!(
        shown,
        format!(
            "# TYPE edgeward_device_cpu_user gauge\n\
             edgeward_device_cpu_user{{device=\"{device}\",tag_core=\",a\"}} 1.5\n\
             # TYPE edgeward_device_memory_total gauge\n\
             edgeward_device_memory_total{{device=\"{device}\"}} 100\n\
             # TYPE edgeward_device_memory_used gauge\n\
             edgeward_device_memory_used{{device=\"{device}\"}} 20\n"
        )
    );
    assert_eq!(
        measured.render(NOW + SERIES_LIFETIME + Duration::from_micros(1)),
        ""
    );
}

#[test]
fn a_device_has_no_more_series_than_it_may() {
    let (measured, device) = (Measured::default(), AgentId::generate());
    for number in 0..MAX_SERIES_PER_DEVICE {
        let line = format!("m{number} f=1");
        let line = metrics::read(line.as_bytes()).unwrap().remove(0);
        assert!(measured.take(device, &line, NOW));
        assert!(measured.take(device, &line, NOW), "it is the same one");
    }
    let more = metrics::read(b"more f=1").unwrap().remove(0);
    assert!(!measured.take(device, &more, NOW));
    assert!(measured.take(AgentId::generate(), &more, NOW));
    measured.forget(device);
    assert!(measured.take(device, &more, NOW));
}
