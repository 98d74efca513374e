"""From a scenario to a history. An engine knows no rule: what it saw is judged by others."""
