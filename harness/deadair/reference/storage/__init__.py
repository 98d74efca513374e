"""What survives a crash: readings that wait, readings for good, and how they are written."""
