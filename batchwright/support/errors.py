"""What the command line says when it can't do what was asked."""


class Refused(Exception):  # noqa: N818 - it is an answer to a person, not a fault
    """Bad input or a missing precondition: one clear sentence, exit code 2, nothing changed."""
