"""Run a scenario and leave a history behind. Judge nothing."""
