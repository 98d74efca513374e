"""Whether the rules see what they are for: every planted defect in every scenario, and what caught it.

Knows no terminal. What is judged is judged as any run in virtual time is: this room counts.
"""
