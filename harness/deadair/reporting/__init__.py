"""Files for people and pipelines, made from a run folder. Judges nothing."""
