"""The typed client on certification, what is due, master records and settings."""

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, Plant
from test_mes_conditional import shipped
from test_mes_supply import confirmed

from mes_core.client import MesClient, MesError
from mes_core.messages import conditional as c
from mes_core.messages import gates as g
from mes_core.messages import masters as m
from mes_core.messages import settings as s
from mes_core.messages import views as v
from mes_core.web import create_app


@pytest.mark.requirement("URS-044")
def test_the_client_notes_a_late_positive_and_signs_its_notices(plant: Plant) -> None:
    """A reviewer notes it, signed, and a qualified person signs; a bot can't."""
    shipped(plant)
    with TestClient(create_app(plant.mes)) as web:
        bot = MesClient.login("http://testserver", "bot-1", PASSWORD, transport=web._transport)
        positive = {"test": "Sterility", "outcome": "positive", "reported_at": plant.now, "source": "LIMS, R-7"}
        signed = c.SignFinalResult.model_validate({**positive, "password": PASSWORD})
        with pytest.raises(MesError, match="cannot sign"):
            bot.note_final_result("B1", signed)
        reviewer = MesClient.login("http://testserver", "reviewer", PASSWORD, transport=web._transport)
        view = reviewer.note_final_result("B1", signed, idempotency_key="once")
        assert view.state is v.BatchState.LATE_POSITIVE
        assert bot.tick().open == len(bot.due_items())
        assert len(bot.due_items(batch_id="B1")) > 4
        assert [one.certification for one in bot.register()] == ["conditionally_released"]
        (first, *_) = bot.due_items(role="qualified_person")
        done = c.DueDone(note="Dr Meyer, by telephone.", password=PASSWORD)
        with pytest.raises(MesError, match="cannot sign"):
            bot.finish_due(first.due_id, done)
        qp = MesClient.login("http://testserver", "qp", PASSWORD, transport=web._transport)
        with pytest.raises(MesError, match="has changed since"):
            qp.finish_due(first.due_id, done, if_match="0" * 64)
        assert qp.finish_due(first.due_id, done, if_match=qp.tag("B1")).state == "done"
        plant.later(hours=10)
        qp.tick()
        assert first.due_id not in {one.due_id for one in qp.due_notices()}


@pytest.mark.requirement("URS-048")
def test_the_client_speaks_of_the_plant(plant: Plant) -> None:
    """Gates, master records and the setting of signatures."""
    confirmed(plant)
    with TestClient(create_app(plant.mes)) as web:
        quality = MesClient.login("http://testserver", "quality", PASSWORD, transport=web._transport)
        about = {"reference": "D-1", "given_by": "Dr Meyer", "given_at": plant.now, "text": "Needed."}
        gate = g.NewGate.model_validate({"gate": "physician_request", **about, "password": PASSWORD})
        assert quality.record_gate("B1", gate) == quality.supply_gates("B1")[0]
        reviewer = MesClient.login("http://testserver", "reviewer", PASSWORD, transport=web._transport)
        new = m.NewMaster(name="MBR-9", version="1", title="Another one", document={"steps": []})
        draft = reviewer.register_master(new)
        approval = m.ApproveMaster(effective_on=plant.now.date(), reason="CC-1.", password=PASSWORD)
        assert quality.approve_master(draft.master_id, approval) == quality.masters("MBR-9")[0]
        change = s.ChangeSigning(signing=s.Signing.EACH, reason="Stricter.", password=PASSWORD)
        assert quality.change_signing(change) == quality.settings()[0]
