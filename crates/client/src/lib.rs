//! REST client for the command line and for tests.
