"""The services that can stand under test. A target knows itself; it knows no fault, no rule and no engine."""
