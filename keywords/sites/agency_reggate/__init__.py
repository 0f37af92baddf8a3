"""RegGate, the submission portal of an authority."""
