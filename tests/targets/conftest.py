"""The scenarios here are run by the tests beside them, each on the target that it is for."""

collect_ignore_glob = ["*.yaml"]
