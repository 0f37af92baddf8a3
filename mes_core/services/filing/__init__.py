"""Filings: events come in, clocks are worked out, drafts are approved by people, agencies answer."""
