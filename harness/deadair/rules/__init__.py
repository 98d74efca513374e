"""Rules: pure functions from a history to a finding. They know no process, no fault's insides and no engine."""
