"""Names of people and accounts: what can be made, and which spellings are one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_core.domain import names
from mes_core.domain.errors import Invalid


@pytest.mark.parametrize("user", ["qp", "bot-1", "demo.qualified.person", "op_17"])
def test_plain_user_names_are_taken(user: str) -> None:
    names.check_user(user)


@pytest.mark.parametrize(
    "user",
    [
        "",
        " ",
        "reviewer ",
        " qp",
        "Reviewer",
        "qp\u200b",
        "\u202eqp",
        "q\u0440",
        "tick",
        "system",
        "a",
        "a..b",
        "-a",
        "a" * 65,
    ],
)
def test_user_names_that_could_be_taken_for_others_are_refused(user: str) -> None:
    """Blank, padded, unseen, turned round, of another script, or a part of the program."""
    with pytest.raises(Invalid):
        names.check_user(user)


@pytest.mark.parametrize(("written", "kept"), [("Zoë  Müller", "Zoë Müller"), ("Zoe\u0308 Mu\u0308ller", "Zoë Müller")])
def test_printed_names_are_kept_in_one_form(written: str, kept: str) -> None:
    assert names.printed(written) == kept


@pytest.mark.parametrize(
    "name", ["", "  ", "\u202eQuinn Person", "Quinn\u200b Person", "Quinn\tPerson", "Qu\u0456nn", "17", "x" * 121]
)
def test_printed_names_with_what_is_no_part_of_a_name_are_refused(name: str) -> None:
    with pytest.raises(Invalid):
        names.printed(name)


@pytest.mark.parametrize(
    "spelling",
    [
        "QUINN PERSON",
        "Quinn  Person",
        "Quinn\u00a0Person",
        "Quinn\u200b Person",
        "  quinn person ",
        "Quinn \u202dPerson",
        "\uff31uinn Person",
    ],
)
def test_spellings_of_one_name_have_one_key(spelling: str) -> None:
    assert names.key(spelling) == names.key("Quinn Person")


def test_look_alikes_share_a_skeleton() -> None:
    assert names.skeleton("bot-1") == names.skeleton("bot.l")
    assert names.skeleton("Zoë Müller") == names.skeleton("zoe muller")
    assert names.skeleton("qp") != names.skeleton("qa")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("STERILITY (day 14)", True),
        ("St\u0435rility", True),  # a Cyrillic e
        ("\u0405t\u0435r\u0456lity", True),
        ("Ster\u00adility", True),  # a soft hyphen
        ("Stability", False),
        ("RNA, \u00b5g", False),  # a micro sign is Greek
        ("\u7121\u83cc\u8a66\u9a13\u7121\u83cc\u8a66\u9a13\u7121", False),  # all of another script
        ("", False),
    ],
)
def test_a_name_is_found_behind_letters_that_look_like_its_own(text: str, holds: bool) -> None:
    assert names.could_hold(text, "Sterility") is holds


@given(st.text(max_size=40))
def test_the_key_does_not_depend_on_the_form_of_letters(name: str) -> None:
    """Normal forms C and D, and the key of a key, are one."""
    forms = {names.key(unicodedata.normalize(form, name)) for form in ("NFC", "NFD")}
    assert len(forms) == 1
    assert names.key(names.key(name)) == names.key(name)
