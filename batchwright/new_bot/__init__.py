"""What `batchwright new bot NAME` makes: a suite, a site folder, a test and a settings entry, from the files beside."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from batchwright.support.errors import Refused

_TEMPLATES: Final = Path(__file__).parent / "files"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,50}")
_LINE: Final = {"bot": "NAME", "title": "TITLE"}


@dataclass(frozen=True)
class NewBot:
    """A bot to be made.

    Attributes:
        name: of the job, its suite and its site.
        folder: of the plant's own bots; it is made when it is not there.
    """

    name: str
    folder: Path

    def make(self) -> list[Path]:
        """Write the files; nothing that is there is overwritten.

        Returns:
            What was written or changed.

        Raises:
            Refused: the name can't be used or is taken, or the folder can't be written.
        """
        if not _NAME.fullmatch(self.name):
            raise Refused(f"{self.name!r} is no name for a bot: small letters, digits and underscores, such as my_bot.")
        from bots.runtime.content import SUITES
        from bots.runtime.runner import suites_of
        from keywords.sites.registry import products

        more = [self.folder] if self.folder.is_dir() else []
        taken = {**suites_of(SUITES, more), **products(more)}
        if self.name in taken:
            raise Refused(f"There is a {self.name!r} already ({taken[self.name]}): choose another name.")
        files = {
            self.folder / "bots" / f"{self.name}.robot": "suite.robot",
            self.folder / "sites" / self.name / "locators.yaml": "locators.yaml",
            self.folder / "tests" / f"{self.name}.robot": "test.robot",
        }
        try:
            written = [path for path, template in files.items() if self._write(path, template)]
            return [*written, *self.furnish(), self.add_site()]
        except OSError as error:
            raise Refused(f"{self.folder} can't be written ({error.strerror}): choose another with --bots.") from None

    def furnish(self) -> list[Path]:
        """Write what every folder of bots has besides its bots, where it is not there; what was written."""
        files = {
            self.folder / "bots" / "settings" / "demo.yaml": "variables.yaml",
            self.folder / ".gitignore": "gitignore",
            self.folder / "robot.toml": "robot.toml",
            self.folder / "dev.args": "dev.args",
            self.folder / "items.json": "items.json",
        }
        return [path for path, template in files.items() if self._write(path, template)]

    def _write(self, path: Path, template: str) -> bool:
        if path.exists():
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (_TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")
        title = self.name.replace("_", " ").capitalize()
        path.write_text(text.replace("@NAME@", self.name).replace("@TITLE@", title), encoding="utf-8")
        return True

    def add_site(
        self,
        url: str = "https://address-of-the-site.example",
        user: str = "bot",
        *,
        trial: bool = False,
        practice: str = "",
    ) -> Path:
        """Add the site to the settings, which are made when they are not there; the settings' file.

        Args:
            url: address of the site.
            user: the bot's account there.
            trial: whether this plant tries a folder that is on trial.
            practice: the pretend product that stands in for it on a practice plant.

        Raises:
            Refused: the settings are no JSON.
        """
        path = self.folder / "settings.json"
        settings: dict[str, Any] = {
            "environment": "demo",
            "mes": {"url": "http://127.0.0.1:8720", "user": "bot-release"},
            "sites": {},
            "folders": ["."],
        }
        if path.is_file():
            try:
                settings = json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                raise Refused(f"{path} is no JSON ({error}): correct it first.") from None
        site: dict[str, Any] = {"product": self.name, "url": url, "user": user, **({"trial": True} if trial else {})}
        site |= {"practice": practice} if practice else {}
        settings.setdefault("sites", {})[self.name] = site
        path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
        return path
