"""Benchview, a laboratory system of one page: what its pages say to a person, and what its requests mean."""
