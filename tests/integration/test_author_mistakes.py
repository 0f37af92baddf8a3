"""Mistakes that authors of bots make: each failure names the thing, what is there instead, and what to do."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from author_support import LOCATORS, NAME, SUITE, Author
from bots_fakes import PASSWORD
from openpyxl import Workbook
from PIL import Image

from batchwright.new_bot import NewBot
from batchwright.support.servers import Server, bind
from keywords.browser import WarmBrowser
from mes_core.messages.views import Family
from twin.sites import desk_practice

MARK = (0xC2, 0x41, 0x0C)
pytestmark = pytest.mark.browser


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[str]:
    """A desk of each test's own: what one asked for there, no other finds."""
    path = tmp_path / "desk.sqlite"
    desk_practice.seed(path)
    app = desk_practice.create_app(path, clock=lambda: datetime.now(UTC), accounts={"bot": PASSWORD})
    with Server(app, bind()) as server:
        yield server.url


@pytest.fixture
def author(tmp_path: Path, desk: str, browser: WarmBrowser) -> Author:
    made = Author(tmp_path / "mine", desk, browser)
    NewBot(NAME, made.folder).make()
    made.change(SUITE, "${ITEM_TIMEOUT}", "10 minutes")
    return made


FIRST = "    ${batch}=    Take The Batch Of The Work Item\n"
MISTAKES: dict[str, tuple[str, str, str, Family, tuple[str, ...]]] = {
    "label": (
        LOCATORS,
        "service: Service\n      note",
        "service: Servise\n      note",
        Family.APPLICATION,
        ("shows no field 'Servise'", "its fields are", "did you mean 'Service'?", "correct the locators"),
    ),
    "required field": (
        SUITE,
        "service=${SERVICE}    ",
        "",
        Family.BUSINESS,
        ("does not send the form", "Service: Please", "give it a value; nothing was sent"),
    ),
    "column": (
        LOCATORS,
        "service: Service\n      status",
        "service: Servise\n      status",
        Family.APPLICATION,
        ("has no column 'Servise'", "it has Request number, Our reference", "did you mean 'Service'?"),
    ),
    "caption": (
        LOCATORS,
        "caption: Requests",
        "caption: Request",
        Family.APPLICATION,
        ("shows no table 'Request'", "its tables are 'Requests'", "did you mean 'Requests'?"),
    ),
    "total": (
        LOCATORS,
        r"'(\d[\d,]*) entr(?:ies|y)'",
        r"'of (\d+) rows'",
        Family.APPLICATION,
        (r"states no number of entries like 'of (\d+) rows'", "'total' in the locators", "but says '"),
    ),
    "list": (
        SUITE,
        f"{NAME}    requests ",
        f"{NAME}    request_list ",
        Family.BUSINESS,
        ("have no list 'request_list'", "there are: requests", "did you mean 'requests'?"),
    ),
    "field of the form": (
        SUITE,
        "service=${SERVICE}",
        "servce=${SERVICE}",
        Family.BUSINESS,
        ("have no field of form 'request' 'servce'", "there are: batch, note", "did you mean 'service'?"),
    ),
    "name of the site": (
        SUITE,
        f"Read List    {NAME}",
        "Read List    storage_reqest",
        Family.BUSINESS,
        ("name no site 'storage_reqest'", f"there are: {NAME}", f"did you mean '{NAME}'?"),
    ),
    "file": (
        SUITE,
        FIRST,
        f"    Upload File    {NAME}    Document    nowhere.pdf\n",
        Family.BUSINESS,
        ("There is no file nowhere.pdf", "correct the path"),
    ),
    "syntax": (SUITE, FIRST, "    FOR\n", Family.BUSINESS, ("FOR loop",)),
    "import": (
        SUITE,
        FIRST,
        "    Fly\n",
        Family.BUSINESS,
        (
            "No keyword with name 'Fly' found, because:",
            "Importing library 'Nowhere' failed",
            "No module named 'Nowhere'",
        ),
    ),
    "button": (
        LOCATORS,
        "button: Send\n",
        "button: Sent\n",
        Family.APPLICATION,
        ("shows no button 'Sent' that can be pressed", "its buttons are", "did you mean 'Send'?"),
    ),
    "question": (
        LOCATORS,
        "dialog: Send this request?",
        "dialog: Send the request?",
        Family.APPLICATION,
        ("shows no question 'Send the request?'", "its questions are 'Send this request?' (did you mean"),
    ),
    "answer": (
        LOCATORS,
        "confirm: Confirm",
        "confirm: OK",
        Family.APPLICATION,
        ("shows no button 'OK' that answers the question 'Send this request?'", "'Confirm', 'Cancel'"),
    ),
    "filter button": (
        LOCATORS,
        "apply: Filter",
        "apply: Filtre",
        Family.APPLICATION,
        ("shows no button 'Filtre' by which the list is filtered", "(did you mean 'Filter'?)"),
    ),
    "export": (
        LOCATORS,
        "export: Export",
        "export: Exports",
        Family.BUSINESS,
        ("shows no 'Exports' of the list 'Requests' (it has", "(did you mean 'Export'?)"),
    ),
    "log-in field": (
        LOCATORS,
        "user: User name",
        "user: Username",
        Family.BUSINESS,
        ("shows no field 'Username' in its log-in", "its fields are 'User name', 'Password'", "mean 'User name'?"),
    ),
    "log-in path": (
        LOCATORS,
        "path: /login",
        "path: /logon",
        Family.BUSINESS,
        ("it asks for a password: see 'path' under 'login' in the locators",),
    ),
    "word of the locators": (
        LOCATORS,
        "    button: Send\n",
        "    buton: Send\n",
        Family.BUSINESS,
        ("field 'forms.request.buton': there is no such field (there are: always,", "(did you mean 'button'?)"),
    ),
    "key of once": (
        LOCATORS,
        "key: our_reference, number",
        "key: our_ref, number",
        Family.BUSINESS,
        ("locators.yaml, 'our_ref' has to be a field of form 'request'",),
    ),
    "selector": (
        SUITE,
        FIRST,
        f"    Click    {NAME}    css=div[[\n",
        Family.BUSINESS,
        ("The target 'css=div[[' can't be read", "correct its css="),
    ),
    "role": (
        SUITE,
        FIRST,
        f"    Click    {NAME}    role=buton[name=Send]\n",
        Family.BUSINESS,
        ("'buton' is no role that elements have (did you mean 'button'?)",),
    ),
    "link": (
        SUITE,
        FIRST,
        f"    Open Page    {NAME}    /requests\n    Click    {NAME}    New reqest\n",
        Family.APPLICATION,
        ("shows no button or link 'New reqest'", "its buttons and links are", "(did you mean 'New request'?)"),
    ),
    "nothing in a variable": (
        SUITE,
        "service=${SERVICE}",
        "service=${None}",
        Family.BUSINESS,
        ("Field 'service' of form 'request' was to get no value (None), and nothing was sent",),
    ),
    "system of a picture": (
        SUITE,
        FIRST,
        "    Take Picture    storage_reqest    start\n",
        Family.BUSINESS,
        ("name no site 'storage_reqest'", f"did you mean '{NAME}'?"),
    ),
}
PICTURED = ("label", "column", "caption")


@pytest.mark.requirement("URS-152")
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_the_thing_and_the_fix(author: Author, mistake: str) -> None:
    file, old, new, family, words = MISTAKES[mistake]
    author.change(SUITE, "keywords.site.Site\n", "keywords.site.Site\nLibrary    keywords.pages.Pages\n")
    if mistake == "import":
        author.change(SUITE, "*** Tasks ***", "*** Settings ***\nLibrary    Nowhere\n\n*** Tasks ***")
    author.change(file, old, new)
    outcome, evidence = author.run()
    assert outcome.failure is not None
    assert outcome.failure.family is family, outcome.failure
    for said in words:
        assert said in outcome.failure.message
    if mistake in PICTURED:
        pictures = sorted((evidence / "pictures").glob("*failure*.png"))
        assert pictures
        assert any(_shows_mark(one) for one in pictures), "the picture marks where it was looked"
        assert outcome.where["file"] == f"{NAME}.robot"


def _shows_mark(path: Path) -> bool:
    colours = Image.open(path).convert("RGB").getcolors(1 << 24) or []
    return any(colour == MARK for _, colour in colours)


@pytest.mark.requirement("URS-152")
def test_a_batch_that_is_none_and_a_site_that_is_down(author: Author) -> None:
    wrong, _ = author.run("B-404")
    assert wrong.failure is not None
    assert (wrong.failure.family, wrong.failure.code) == (Family.BUSINESS, "BATCH_GONE")
    assert "There is no batch 'B-404'" in wrong.failure.message
    with socket.socket() as nobody:  # bound, and listened at by none
        nobody.bind(("127.0.0.1", 0))
        author.desk = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    down, _ = author.run()
    assert down.failure is not None
    assert down.failure.code == "SITE_UNREACHABLE"
    assert "can't be reached" in down.failure.message
    assert "see whether the site is up" in down.failure.message


@pytest.mark.requirement("URS-091", "URS-151", "URS-152")
def test_what_a_page_shows_is_read_and_what_would_change_it_is_held_back(author: Author) -> None:
    """The keywords for pages, on the desk's pages: a form, a detail page, a list that is exported."""
    body = f"""    Open Page    {NAME}    /requests/new
    Fill In    {NAME}    Note    One
    ${{note}}=    Read Field    {NAME}    Note
    Should Be Equal    ${{note}}    One
    Fill In    {NAME}    role=textbox[name=Note]    Two
    ${{note}}=    Read Field    {NAME}    css=form >> label=Note
    Should Be Equal    ${{note}}    Two
    Tick    {NAME}    The batch number was checked
    Click    {NAME}    Requests
    Wait Until Shown    {NAME}    role=table[name=Requests]
    ${{file}}=    Download File    {NAME}    Export
    File Should Exist    ${{file}}
    ${{number}}=    Send Form Once    {NAME}    request
    ...    batch=B-1    service=Storage    note=Three
    ${{shown}}=    Read Detail Page    {NAME}    path=/requests/${{number}}
    Should Be Equal    ${{shown}}[Note]    Three
    ${{one}}=    Read Detail Page    {NAME}    Service
    Should Be Equal    ${{one}}[Service]    Storage
    Pause For A Look
    Run Keyword And Expect Error    *POPUP_MISSING*    Click    {NAME}    popup=Label >> Print
    Run Keyword And Expect Error    *TARGET_MISSING*    Click    {NAME}    No such button
    Open Page    {NAME}    /requests/new
    Fill In    {NAME}    Our reference    by hand
    Fill In    {NAME}    Batch    B-1
    Fill In    {NAME}    Service    Storage
    Fill In    {NAME}    Note    Four
    Tick    {NAME}    The batch number was checked
    Click    {NAME}    Send
    Click    {NAME}    Confirm
"""
    text = (author.folder / SUITE).read_text(encoding="utf-8")
    head = text[: text.index("    [Documentation]")].replace(
        "keywords.site.Site\n", "keywords.site.Site\nLibrary    keywords.pages.Pages\nLibrary    OperatingSystem\n"
    )
    (author.folder / SUITE).write_text(head + body, encoding="utf-8")
    outcome, evidence = author.run()
    assert outcome.failure is not None, "the last click would have made a second request"
    assert outcome.failure.code == "CHANGE_OUTSIDE_EFFECT", outcome
    assert "POST" in outcome.failure.message, "the refusal names the method"
    assert "/requests/new" in outcome.failure.message, "and the address"
    lines = (author.folder / SUITE).read_text(encoding="utf-8").splitlines()
    assert "Confirm" in lines[outcome.where["line"] - 1], "errors that were expected are not where it failed"
    assert list((evidence / "downloads").iterdir())


@pytest.mark.requirement("URS-152")
def test_a_form_that_shows_on_its_receipt_alone_is_sent_where_the_plant_allows_it(author: Author) -> None:
    author.change(
        LOCATORS,
        "once: {list: requests, key: our_reference, number: number}",
        "once: {key: our_reference, receipt: true}",
    )
    refused, _ = author.run("B-1")
    assert refused.failure is not None
    assert refused.failure.code == "RECEIPT_ONLY"
    assert "'receipt_only: true' in the settings" in refused.failure.message
    author.access = {"receipt_only": True}
    sent, _ = author.run("B-1")
    assert sent.failure is None, sent.failure
    assert str(sent.output["request_number"]).startswith("DL-")


EXPORT = """once:
      export: {path: '/requests.csv?our_reference={key}', headers: {our_reference: Our reference, number: HEADER,
        batch: Batch, service: Service, status: Status}}
      key: our_reference
      number: number
      state: {column: status, done: [Open], void: [Cancelled]}"""


@pytest.mark.requirement("URS-018", "URS-152")
def test_a_form_that_shows_in_an_export_alone_is_sent_once_where_the_plant_allows_it(author: Author) -> None:
    author.change(LOCATORS, "once: {list: requests, key: our_reference, number: number}", EXPORT)
    refused, _ = author.run("B-1")
    assert refused.failure is not None
    assert refused.failure.code == "ONE_CHANNEL"
    assert "shows form 'request' in an export only" in refused.failure.message
    assert "'one_channel: true' in the settings" in refused.failure.message
    author.access = {"one_channel": True}
    wrong, _ = author.run("B-1")
    assert wrong.failure is not None
    assert wrong.failure.code == "EXPORT_NOT_READ", "nothing is sent where the proof can't be read"
    assert "has not the columns Our reference, HEADER" in wrong.failure.message
    assert "its first line is 'Request number,Our reference," in wrong.failure.message
    author.change(LOCATORS, "HEADER", "Request number")
    first, _ = author.run("B-1")
    assert first.failure is None, first.failure
    assert str(first.output["request_number"]).startswith("DL-")
    second, _ = author.run("B-1")
    assert second.failure is None, second.failure
    assert second.output["request_number"] == first.output["request_number"], "adopted by the file, not sent again"


@pytest.mark.requirement("URS-021")
def test_the_example_files_a_form_from_a_workbook(author: Author, tmp_path: Path) -> None:
    """RPA.Excel.Files, RPA.Tables and RPA.PDF beside our keywords; a workbook with two rows for a batch is refused."""
    example = Path(__file__).parents[2] / "docs" / "examples" / "request_from_workbook.robot"
    text = example.read_text(encoding="utf-8").replace("${ITEM_TIMEOUT}", "10 minutes")
    (author.folder / SUITE).write_text(text, encoding="utf-8")
    book = Workbook()
    for row in (("Batch", "Service", "Note"), ("B-0", "Courier", "-"), ("B-1", "Storage", "From the workbook")):
        book.active.append(row)
    book.save(tmp_path / "asked.xlsx")
    outcome, evidence = author.run(workbook=str(tmp_path / "asked.xlsx"))
    assert outcome.failure is None, outcome.failure
    assert outcome.output["service"] == "Storage"
    assert (evidence / "request.pdf").read_bytes().startswith(b"%PDF")
    book.active.append(("B-1", "Storage", "Twice"))
    book.save(tmp_path / "asked.xlsx")
    refused, _ = author.run(workbook=str(tmp_path / "asked.xlsx"))
    assert refused.failure is not None
    assert refused.failure.code == "ROW_NOT_ONE"
