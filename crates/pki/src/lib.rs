//! Certificates, keys and TLS configurations.
