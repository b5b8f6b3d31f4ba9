//! Signed commands: neither the envelope nor what it contains makes the reader panic, and what was read can be written
//! and read again.
#![no_main]

use edgeward_wire::command::{Command, SignedCommand};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(signed) = serde_json::from_slice::<SignedCommand>(bytes) {
        let text = serde_json::to_vec(&signed).expect("a command can be written");
        assert_eq!(
            serde_json::from_slice::<SignedCommand>(&text).ok(),
            Some(signed.clone())
        );
        read_payload(&signed.payload);
    }
    read_payload(bytes);
});

fn read_payload(payload: &[u8]) {
    if let Ok(command) = serde_json::from_slice::<Command>(payload) {
        let text = serde_json::to_vec(&command).expect("a command can be written");
        assert_eq!(serde_json::from_slice::<Command>(&text).ok(), Some(command));
    }
}
