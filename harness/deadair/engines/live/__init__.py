"""The live engine: real processes, real sockets, real time.

``engine`` the whole of one run · ``layout`` where everything listens · ``ports`` which are free · ``stage`` what
stands on it, up and down again · ``oversight`` when a run must end early.
"""
