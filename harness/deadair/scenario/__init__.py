"""Scenario files: strict YAML to a frozen model and back. Starts nothing."""
