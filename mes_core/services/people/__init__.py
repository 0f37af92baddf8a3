"""Accounts, approvals, signatures and what the plant is set to: who may do what."""
