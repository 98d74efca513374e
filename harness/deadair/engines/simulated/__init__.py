"""The simulated engine: the same service, fleet and rules as live, on virtual time."""
