"""Validation as code: requirement, risk, specification, test and the evidence of a run, traced and written as one pack.

`sources` of people (`register`, `plant`, `allocation`), tests as they are written (`found_tests`), what a run left
(`evidence`), the tracing (`trace`, `links`), chapters of the pack, and how they are written (`write_*`).
"""
