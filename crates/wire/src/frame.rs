//! Tunnel frames.
