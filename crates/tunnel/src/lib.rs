//! An ordered byte stream with credit over messages, and HTTP/2 above it.
