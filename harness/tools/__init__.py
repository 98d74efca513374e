"""What measures: speed and size, calibration, parity of the engines, seeds, crashes. Never part of the wheel."""
