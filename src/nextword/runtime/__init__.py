"""What answers at prediction time, on NumPy alone."""
