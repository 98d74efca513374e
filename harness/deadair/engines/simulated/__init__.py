"""The simulated engine: the same service, fleet and checkers as live, on virtual time."""
