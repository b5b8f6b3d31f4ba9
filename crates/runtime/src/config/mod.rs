//! Reading YAML configuration.
