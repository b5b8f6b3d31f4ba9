//! The bus over an embedded rmqtt broker.
