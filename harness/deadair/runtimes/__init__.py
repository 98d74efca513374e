"""How a target's nodes run: as processes, in containers, by a compose file, or somewhere else already."""
