"""Strict YAML for people, of any kind: scenarios and targets are read by it. It knows no field of either."""
