//! Agents, over a store in memory.
