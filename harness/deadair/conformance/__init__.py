"""The conformance kit: walks a target through a run of its own, and says rung by rung what it can.

``rung`` one line of the ladder · ``trial`` the scenario that is run · ``ladder`` the rungs, read from that run ·
``climb`` runs it. It knows no target by name, and judges nothing that a rule or a fault's signature has not judged.
"""
