"""Baselines: how soon earlier builds alerted, and whether this one is later. Knows judgements, no way to run."""
