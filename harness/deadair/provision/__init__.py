"""Finds or builds what a run needs, so that nothing is installed by hand."""
