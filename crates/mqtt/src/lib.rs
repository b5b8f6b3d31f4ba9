//! One MQTT client connection over any byte stream.
