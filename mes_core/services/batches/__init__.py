"""Batches from the record to the patient: reviews, decisions, shipping, and the ways out of a hold."""
