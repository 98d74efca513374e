"""The live engine: real processes, real sockets, real time.

``engine`` the whole of one run · ``stage`` what stands on it, up and down again · ``ports`` where it listens ·
``oversight`` when a run must end early · ``storm`` the phases in order · ``damage`` what is broken now, with its
looks · ``steady`` whether the warm-up was calm · ``probes`` what the target is asked.
"""
