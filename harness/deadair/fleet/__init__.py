"""Devices and phones: pure machines, a timetable, and the process that drives them. Knows no rule."""
