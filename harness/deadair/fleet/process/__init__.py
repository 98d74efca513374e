"""The fleet as processes of this machine: Locust, gevent, HTTP, and the files by which they are told and tell."""
