"""Targets that are described as data: what a target file says, how it is read, and the target that it makes."""
