"""One case with its history, its clocks and everything that may be done with it."""
