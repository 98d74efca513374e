"""Who is alerted of what, and when: evidence, timers, decisions, and what nodes tell each other for it."""
