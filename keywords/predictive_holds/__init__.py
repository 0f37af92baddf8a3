"""Predictive holds: early warning of batches that will fail, with reasons. No suite imports `training` below it."""
