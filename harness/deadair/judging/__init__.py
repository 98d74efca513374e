"""From a run folder to a judgement. Judging knows rules, faults and scenarios, and no engine."""
