"""Commands that are imported when they are called: help lists them all and loads none."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class Later(TyperCommand):
    """Stands for a command or a group of commands that is not imported yet."""

    def __init__(self, name: str, place: str, help_text: str) -> None:
        """Take the name to type, where the command is ("module:attribute"), and what help says of it in a list.

        A group is told by this text alone; a command has a docstring, which begins with it.
        """
        super().__init__(name=name, help=help_text)
        self._place = place

    def loaded(self) -> TyperCommand | TyperGroup:
        """The command itself."""
        module, _, attribute = self._place.partition(":")
        found = getattr(import_module(module), attribute)
        around = typer.Typer(rich_markup_mode=None)
        if isinstance(found, typer.Typer):
            around.add_typer(found, name=self.name, help=self.help)
        else:
            around.command(self.name)(found)
        return typer.main.get_group(around).commands[str(self.name)]  # type: ignore[return-value]

    def make_context(self, *arguments: Any, **extra: Any) -> Any:
        """Hand over to the command itself: everything that runs, completes or explains it goes through its context."""
        return self.loaded().make_context(*arguments, **extra)
