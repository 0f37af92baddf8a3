"""Why a rule set was not taken, and why a rule could not run."""


class RuleError(ValueError):
    """A rule file is wrong. The message names the file, the line where it is known, and what to do."""


class MissingFact(LookupError):  # noqa: N818 - named for what happened
    """A rule needs a fact that is not there: it can't run, and the verdict can't be ready."""

    def __init__(self, path: str) -> None:
        """Keep the path of the fact."""
        super().__init__(path)
        self.path = path


class BadFact(ValueError):  # noqa: N818 - named for what happened
    """A fact that can't be a fact: not a number, infinite, or of another type than every fact at its place."""
