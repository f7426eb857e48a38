"""How good a trained network is: calibrated, evaluated once on test photographs, and able to answer “neither”."""
