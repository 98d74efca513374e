"""What runs a node: configuration, sockets, the real world behind ``Env``, logs, and all five at once."""
