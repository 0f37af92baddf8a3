"""What a signature takes, as a setting; and attempts at misuse that somebody is told of."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, SYSTEM, Plant

from mes_core.domain.errors import Conflict, Forbidden, Unauthenticated
from mes_core.domain.principals import PersonPrincipal
from mes_core.messages import conditional as c
from mes_core.messages import settings as s
from mes_core.web import create_app


def change(plant: Plant, signing: str, person: Any = None, **more: Any) -> s.SettingView:
    """Change the setting, signed."""
    body = {"signing": signing, "reason": "Inspection finding 4.", "password": PASSWORD, **more}
    return plant.mes.change_signing(s.ChangeSigning.model_validate(body), person or plant.quality)


@pytest.fixture
def officer(plant: Plant) -> PersonPrincipal:
    """Who looks after security."""
    return plant.mes.create_person("officer", "Olga Officer", ["security_officer"], PASSWORD, actor=SYSTEM)


@pytest.fixture
def web(plant: Plant) -> Iterator[TestClient]:
    """The console, with a qualified person logged in."""
    with TestClient(create_app(plant.mes)) as client:
        client.post("/login", data={"user": "qp", "password": PASSWORD})
        yield client


def _misuse(plant: Plant) -> list[c.DueView]:
    return [one for one in plant.mes.due_items(state=None) if one.kind is c.DueKind.MISUSE]


@pytest.mark.requirement("URS-049")
def test_the_stricter_setting_asks_both_components_at_each_signature(plant: Plant) -> None:
    """The session alone does not say who signs; under the usual setting the password is enough."""
    verdict = plant.reviewed()
    change(plant, "each")
    before = plant.dump()
    for more, says in (
        ({}, "user name and password at each signature"),
        ({"user_name": "qp", "password": "wrong"}, "nothing was signed"),
    ):
        with pytest.raises(Forbidden, match=says):
            plant.sign(verdict, **more)
    assert plant.dump() == before
    with pytest.raises(Forbidden, match="user name is not that of Qp Person"):
        plant.sign(verdict, user_name="reviewer")
    plant.sign(verdict, user_name="qp")
    with pytest.raises(Forbidden, match="user name and password"):
        change(plant, "session")
    change(plant, "session", user_name="quality")
    plant.sign(plant.reviewed(batch_id="B2"))
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-049")
def test_a_change_of_the_setting_is_signed_and_told(plant: Plant) -> None:
    """In a chain of its own, with old, new and why; nobody else may, and not to what it is already."""
    for person, kind, says in (
        (plant.qp, Forbidden, "may not"),
        (plant.bot, Forbidden, "cannot sign"),
    ):
        with pytest.raises(kind, match=says):
            change(plant, "each", person)
    with pytest.raises(Conflict, match="'session' already"):
        change(plant, "session")
    view = change(plant, "each")
    assert plant.mes.settings() == (view,)
    with plant.store.read() as work:
        (entry,) = work.find("audit", batch_id="system:settings")
        (signature,) = work.find("signatures", batch_id="system:settings")
    assert (entry["old"], entry["why"]) == ('"session"', "Inspection finding 4.")
    assert (signature["signature_id"], signature["user"]) == (view.signature_id, "quality")
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-049")
def test_the_console_asks_what_the_setting_asks(plant: Plant, web: TestClient) -> None:
    """A field for the user name in each form, or none."""
    plant.reviewed()
    assert 'name="user_name"' not in web.get("/batches/B1").text
    change(plant, "each")
    page = web.get("/batches/B1").text
    assert page.count('name="user_name"') == page.count('name="password"') > 2
    token = page.split('name="form_token" value="')[1].split('"')[0]
    verdict = plant.mes.verdicts("B1")[0]
    form = {"form_token": token, "disposition": "released", "reason": "In order.", "password": PASSWORD}
    form |= {"verdict_id": verdict.verdict_id, "record_hash": verdict.record_hash}
    assert web.post("/batches/B1/disposition", data=form).status_code == 403
    assert "Signed: released" in web.post("/batches/B1/disposition", data={**form, "user_name": "qp"}).text
    assert "rests on no log-in" in web.get("/plant").text


@pytest.mark.requirement("URS-049")
def test_repeated_failed_signing_is_reported_at_once(plant: Plant, officer: PersonPrincipal) -> None:
    """With the third wrong password and with the lock; audited, due, and ended by somebody else's signature."""
    verdict = plant.reviewed()
    for attempt in range(1, 6):
        with pytest.raises(Forbidden):
            plant.sign(verdict, password="wrong")
        assert len(_misuse(plant)) == (0, 0, 1, 1, 2)[attempt - 1]
    with plant.store.read() as work:
        told = [row for row in work.find("audit", batch_id="system:users") if row["action"] == "misuse reported"]
    assert [row["user"] for row in told] == ["security", "security"]
    repeated, locked = sorted(_misuse(plant), key=lambda one: one.due_id, reverse=True)
    assert "got 3 wrong passwords" in repeated.text
    assert "was locked after 5 wrong passwords" in locked.text
    assert {one.role for one in _misuse(plant)} == {"security_officer"}
    done = c.DueDone(note="Called: forgotten password.", password=PASSWORD)
    with pytest.raises(Forbidden, match="needs the role security officer or administrator"):
        plant.mes.finish_due(locked.due_id, done, plant.quality)
    assert plant.mes.finish_due(locked.due_id, done, officer).state == "done"
    plant.later(hours=5)
    plant.mes.tick(plant.bot)
    to = {one.to_role for one in plant.mes.due_notices(repeated.due_id)}
    assert to == {"security_officer", "administrator"}
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-049")
def test_a_log_in_that_is_guessed_at_is_reported_and_nobody_ends_their_own(plant: Plant) -> None:
    """Also wrong log-ins; and who it is about does not look into it."""
    own = plant.mes.create_person("boss", "Admin Person", ["administrator"], PASSWORD, actor=SYSTEM)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            plant.mes.login("boss", "wrong")
    (report,) = _misuse(plant)
    with pytest.raises(Forbidden, match="their own account"):
        plant.mes.finish_due(report.due_id, c.DueDone(note="It was me.", password=PASSWORD), own)
    with TestClient(create_app(plant.mes)) as web:
        web.post("/login", data={"user": "qp", "password": PASSWORD})
        assert "was guessed at 3 times in a row" in web.get("/due").text


@pytest.mark.requirement("URS-049")
def test_signing_in_anothers_name_is_reported_at_the_first_attempt(plant: Plant) -> None:
    """Whatever the setting."""
    verdict = plant.reviewed()
    with pytest.raises(Forbidden, match="user name is not that of"):
        plant.sign(verdict, user_name="reviewer")
    assert "with the user name 'reviewer'" in _misuse(plant)[0].text
    assert plant.mes.verify_audit() == []
