"""Load beside the fleet: a backlog or an overload, from accounts of its own."""
