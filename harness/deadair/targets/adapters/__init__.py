"""How devices and phones speak to a target: what is the target's own, and what adapters it can be described with."""
