"""How files and forms write numbers, times and tables, read in one way everywhere.

What can be read in two ways is not read: the caller says so, with the setting that decides. Imports nothing of ours.
"""
