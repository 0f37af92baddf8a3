"""What suites call: one library per system, work items, effects, evidence, forms.

Keywords talk to the MES through its client only and to sites through ports (`keywords.sites`); they never import rules,
the domain or the twin. Every class works from plain Python too.
"""

from importlib.metadata import version

VERSION = version("batchwright")
"""Of every library, as Robot Framework's Libdoc and its logs tell it."""
