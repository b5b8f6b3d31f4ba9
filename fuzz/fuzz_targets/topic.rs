//! The topic grammar: it never panics, and what it accepts prints as the same text.
#![no_main]

use edgeward_wire::topic::Topic;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(topic) = text.parse::<Topic>() {
        assert_eq!(topic.to_string(), text);
    }
});
