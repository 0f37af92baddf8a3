"""`batchwright site learn`: one walk through a site, by hand or by a script, and the folder that is written from it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from robot.utils import escape

from batchwright.new_bot import NewBot
from batchwright.site_desk.visiting import browser_of
from batchwright.support.errors import Refused
from keywords.failures import ItemError
from keywords.settings import Secrets, SettingsError
from keywords.site_folders.learning.draft import draft, sent_values
from keywords.site_folders.learning.walk import ACCOUNT, Walk, Walker, by_hand, follow
from keywords.site_folders.proposal import validated
from keywords.sites.registry import products
from mes_core.spelling import yaml_text

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,50}")
_HEAD: Final = """# Learnt from one walk through the site; read it once. What each word says: docs/site-folders.md.
# settle_s: seconds after which a request has shown on the site or never will. Ask whoever runs the site.
# identity: elements that show who the patient is; nothing else is covered in pictures. Ask whoever knows the pages.
# requests: told by when they left on the walk: what left otherwise than with the form was taken for looking. Read each.
# state: 'done' holds the state that the row showed right after sending; name the others as open or void. Where that
#   state was none that is done, there is no 'state': bots then stop at a row that looks undone.
# on_trial: until that line is taken out, only a plant whose settings say "trial": true of the site opens it.
"""
_SUITE: Final = """*** Settings ***
Documentation       {title}: read its list, and send its form once for a batch.
Resource            keywords/steps/work_item.resource
Library             keywords.site.Site

Task Teardown       Keep Pictures On Failure
Task Timeout        ${{ITEM_TIMEOUT}}


*** Tasks ***
{title}
    [Documentation]    One batch: see what there is, then send what is needed, under the item's business key.
    ${{batch}}=    Take The Batch Of The Work Item
    ${{before}}=    Read List    {name}    {list}
    ${{number}}=    Send Form Once    {name}    {form}
{values}
    Hand Over    batch_id=${{batch.batch_id}}    number=${{number}}    rows_before=${{{{ len($before.rows) }}}}
"""
_TEST: Final = """*** Settings ***
Documentation       The folder of {name} fits the site as it is now. BATCHWRIGHT_SECRETS names the file of its password.
Library             Process

*** Variables ***
@{{ON_THE_SITE}}    {name}    --settings    ${{CURDIR}}/../settings.json


*** Test Cases ***
Every Word Is Where The Folder Says
    ${{done}}=    Run Process    batchwright    site    check    @{{ON_THE_SITE}}
    Should Be Equal As Integers    ${{done.rc}}    0    ${{done.stdout}}${{done.stderr}}

Its Lists Are Read Whole
    ${{done}}=    Run Process    batchwright    site    try    @{{ON_THE_SITE}}
    Should Be Equal As Integers    ${{done.rc}}    0    ${{done.stdout}}${{done.stderr}}
"""


@dataclass(frozen=True)
class Learnt:
    """A site folder that was written: its files, what it says, and how long the walk took in seconds."""

    files: tuple[Path, ...]
    words: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True)
class Lesson:
    """What is to be learnt.

    Attributes:
        url: address of the site.
        name: of the product, its folder and its suite.
        user: the bot's account.
        bots: folder of the plant's own bots.
        key: text that is typed into the field that carries our key.
        settled: whether the site stays at its address, which then goes into the settings; a practice desk does not.
        practice: the pretend product that it is learnt from, where that is no desk.
    """

    url: str
    name: str
    user: str
    bots: Path
    key: str
    settled: bool = True
    practice: str = ""

    def checked(self) -> "Lesson":
        """Itself.

        Raises:
            Refused: The name can't be used, or is taken.
        """
        if not _NAME.fullmatch(self.name):
            raise Refused(f"{self.name!r} is no name for a site: small letters, digits and underscores.")
        taken = products([self.bots] if self.bots.is_dir() else [])
        if self.name in taken:
            raise Refused(f"There is a site {self.name!r} already ({taken[self.name]}): choose another name.")
        return self


def learn(lesson: Lesson, script: Path | None, secrets: Secrets | None) -> Learnt:
    """Walk through a site once, and write what was learnt.

    Args:
        lesson: What is to be learnt.
        script: Steps to follow; without, a person walks in a window and closes it at the end.
        secrets: The account's password, where a script types it.

    Raises:
        Refused: The walk can't be made, or does not show what a folder needs.
    """
    lesson.checked()
    try:
        walk = _walked(lesson, script, secrets)
        words = draft(walk, lesson.key, lesson.name.replace("_", " ").capitalize())
        text = _HEAD + yaml.safe_dump(words, sort_keys=False, allow_unicode=True, width=118)
        validated(text)
        return Learnt(tuple(_write(lesson, text, words, sent_values(walk, words, lesson.key))), words, walk.seconds)
    except ItemError as refusal:
        raise Refused(refusal.sentence) from None
    except SettingsError as error:
        raise Refused(str(error)) from None


@contextmanager
def on_practice(name: str, user: str, bots: Path, product: str = "") -> Iterator[tuple[str, Secrets]]:
    """A practice site to be learnt, a desk unless a `product` is named: its address, and the password of its account.

    It stays the practice site of that name, so that what was learnt can be tried and run there at once.

    Raises:
        Refused: There is no such product to practise on.
    """
    from batchwright.practice.plant import STAND_INS
    from batchwright.practice.staying import at_practice

    if product and product not in STAND_INS:
        raise Refused(f"There is no {product!r} to practise on: there are {', '.join(STAND_INS)}.")
    wanted = {"sites": {name: {"product": name, "user": user, **({"practice": product} if product else {})}}}
    with at_practice(bots.absolute(), wanted, stay=False) as plant:
        yield str(plant.settings["sites"][name]["url"]), Secrets(plant.passwords)


def _walked(lesson: Lesson, script: Path | None, secrets: Secrets | None) -> Walk:
    with browser_of(headed=script is None) as browser, browser.gate.logging_in(ACCOUNT):
        walker = Walker(browser, lesson.url)
        page = walker.begin()
        if script is None:
            by_hand(walker, page, lambda: False)
            return walker.end()
        if secrets is None:
            raise Refused("A walk by a script needs the account's password: name the secrets file with --secrets.")
        known = {"$user": lesson.user, "$password": secrets.get(lesson.name).value, "$key": lesson.key}
        follow(walker, page, lesson.url, _steps(script), known)
        return walker.end()


def _steps(script: Path) -> list[dict[str, str]]:
    try:
        steps = yaml_text.load(script.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{script} can't be read ({error.strerror}).") from None
    except yaml_text.NoYaml as error:
        raise Refused(f"{script} is no YAML: {error}.") from None
    if not isinstance(steps, list) or not all(isinstance(one, dict) for one in steps):
        raise Refused(f"{script} has to hold a list of steps, such as '- press: Log in'.")
    return [{str(name): str(value) for name, value in one.items()} for one in steps]


def _cell(text: str) -> str:
    """A text as one cell of a Robot suite, which says it and nothing else: what was typed is no word of the suite."""
    escaped, said = str(escape(text)), ""  # type: ignore[no-untyped-call]
    for place, sign in enumerate(escaped, start=1):
        blank = sign == " " and said[-1:] not in ("", " ") and place < len(escaped)
        said += sign if blank or (sign.isprintable() and sign != " ") else f"\\U{ord(sign):08x}"
    return said


def _write(lesson: Lesson, text: str, words: Mapping[str, Any], values: Mapping[str, str]) -> list[Path]:
    ((form, said),) = words["forms"].items()
    given = "\n".join(f"    ...    {name}={_cell(value)}" for name, value in values.items() if value)
    title = lesson.name.replace("_", " ").capitalize()
    told = {"name": lesson.name, "title": title, "list": said["once"]["list"], "form": form, "values": given}
    files = {
        lesson.bots / "sites" / lesson.name / "locators.yaml": text,
        lesson.bots / "bots" / f"{lesson.name}.robot": _SUITE.format(**told),
        lesson.bots / "tests" / f"{lesson.name}_site.robot": _TEST.format(**told),
    }
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        made = NewBot(lesson.name, lesson.bots)
        address = {"url": lesson.url} if lesson.settled else {}
        return [
            *files,
            *made.furnish(),
            made.add_site(user=lesson.user, trial=True, practice=lesson.practice, **address),
        ]
    except OSError as error:
        raise Refused(f"{lesson.bots} can't be written ({error.strerror}): choose another with --bots.") from None
