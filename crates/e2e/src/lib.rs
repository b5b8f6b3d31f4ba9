//! Stories of the whole system, from the REST API to a service behind an agent; they are in `tests/it`, and there is nothing here.
