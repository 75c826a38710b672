"""How a stack moves: forces, burns, calibration to tracking, trajectories."""
