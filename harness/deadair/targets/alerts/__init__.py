"""How the alerts of a target that is described as data come, and what of their messages is what. Knows no socket."""
