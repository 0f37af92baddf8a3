"""Separation of duties asks about persons: accounts, other accounts of theirs, and names in records."""

import pytest
from mes_support import PASSWORD, REVIEW_JOB, SYSTEM, Plant, finding, observation, record

from mes_core.domain import names
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.principals import BotPrincipal, Role
from mes_core.messages.people import MapName


def _record_by(performer: str, printed: str | None = None) -> object:
    step = {"step_id": "S1", "unit_procedure": "Harvest", "operation": "Wash", "name": "Wash", "performer": performer}
    log = [{"account": performer, "printed_name": printed, "role": "operator"}] if printed else []
    return record(steps=[step], signatories=log)


def _ready(plant: Plant, made: object) -> object:
    plant.mes.submit_batch(made, plant.bot)
    plant.rules.say("READY")
    return plant.mes.review("B1", (observation(),), plant.at())


@pytest.mark.requirement("URS-170")
@pytest.mark.parametrize(
    "spelling",
    ["qp", "QP", " qp ", "Qp Person", "Qp  Person", "Qp\u00a0Person", "Qp\u200b Person", "QP PERSON", "\uff31p Person"],
)
def test_no_spelling_of_the_own_name_releases(plant: Plant, spelling: str) -> None:
    """Whoever made a batch does not certify it, however their name stands there."""
    verdict = _ready(plant, _record_by(spelling))
    with pytest.raises(Forbidden, match="Qp Person may not sign the disposition"):
        plant.sign(verdict)


@pytest.mark.requirement("URS-170")
@pytest.mark.parametrize("spelling", ["Q. Person", "Person, Qp", "QPerson", "op17"])
def test_a_name_that_nobody_knows_keeps_everybody_from_signing(plant: Plant, spelling: str) -> None:
    """It could be anybody's; once an administrator has said whose it is, the others may."""
    verdict = _ready(plant, _record_by(spelling))
    with pytest.raises(Forbidden, match="nobody knows who"):
        plant.sign(verdict)
    assert [one.name for one in plant.mes.names_in_records(unknown=True)] == [spelling]
    plant.knows(spelling, user="qp")
    with pytest.raises(Forbidden, match="Qp Person may not"):
        plant.sign(verdict)
    second = plant.mes.create_person("qp2", "Second Certifier", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    plant.sign(verdict, second)
    assert plant.mes.verify_audit() == []


_SPELT = (
    "Qp Person",
    "Person, Qp",
    "Dr. Qp Person",
    "Q. Person",
    "q.person",
    "Q\u0440 Person",
    "QP-PERS0N",
    "Qp Pers\u00f3n",
)


@pytest.mark.requirement("URS-170")
@pytest.mark.parametrize("spelling", _SPELT)
def test_the_printed_name_in_the_record_s_log_counts(plant: Plant, spelling: str) -> None:
    """The record says that account op17 prints as the qualified person, in whichever spelling."""
    plant.knows("op17")
    verdict = _ready(plant, _record_by("op17", spelling))
    with pytest.raises(Forbidden, match="Qp Person may not"):
        plant.sign(verdict)


@pytest.mark.requirement("URS-170")
@pytest.mark.parametrize("spelling", _SPELT)
def test_a_physician_who_could_be_the_qualified_person_keeps_that_one_from_certifying(
    plant: Plant, spelling: str
) -> None:
    verdict = _ready(plant, record(orders=[{"order_id": "O1", "ordered_by": spelling}]))
    with pytest.raises(Forbidden, match="Qp Person may not"):
        plant.sign(verdict)
    second = plant.mes.create_person("qp2", "Second Certifier", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    plant.sign(verdict, second)


@pytest.mark.requirement("URS-170")
@pytest.mark.parametrize(
    ("one", "other", "could_be"),
    [
        ("J. Smith", "Jane Smith", True),
        ("Smith J", "Jane Smith", True),
        ("Jane A. Smith", "Smith, Jane", True),
        ("J.A. Smith", "Jane Smith", True),
        ("j.smith", "Jane Smith", True),
        ("K. Smith", "Jane Smith", False),
        ("J. Smythe", "Jane Smith", False),
        ("Jane Ann Smith", "Jane Beth Smith", False),
        ("J. S.", "Jane Smith", False),
        ("Demo packer", "Demo second packer", False),
    ],
)
def test_initials_stand_for_first_names(one: str, other: str, could_be: bool) -> None:
    assert names.shortened(one, other) is names.shortened(other, one) is could_be


@pytest.mark.requirement("URS-170")
def test_two_accounts_of_one_person_are_one_person(plant: Plant) -> None:
    """A second account needs to be said to be the same person's; then it counts as the same."""
    with pytest.raises(Conflict, match="could be taken for 'operator'"):
        plant.mes.create_person("operat0r", "Other Name", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    plant.mes.create_person("mary", "Mary Winter", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    for user, name in (("rnary", "Other Name"), ("someone", "Mary VVinter")):
        with pytest.raises(Conflict, match="could be taken for 'mary'"):
            plant.mes.create_person(user, name, [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    with pytest.raises(Conflict, match="could be taken for"):
        plant.mes.create_person("someone", "Operator Person", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    other = plant.mes.create_person(
        "boss", "Operator Person", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM, same_person_as="operator"
    )
    verdict = plant.reviewed()
    with pytest.raises(Forbidden, match="performed, checked"):
        plant.sign(verdict, other)


@pytest.mark.requirement("URS-170")
@pytest.mark.parametrize("user", ["", " ", "reviewer ", "\u202erotarepo", "q\u0440", "tick"])
def test_accounts_that_could_be_taken_for_others_are_not_made(plant: Plant, user: str) -> None:
    before = plant.dump()
    for make in (
        lambda: plant.mes.create_person(user, "New Person", [Role.REVIEWER], PASSWORD, actor=SYSTEM),
        lambda: plant.mes.create_bot(user, PASSWORD, actor=SYSTEM),
    ):
        with pytest.raises(Invalid):
            make()
    assert plant.dump() == before


@pytest.mark.requirement("URS-170")
@pytest.mark.parametrize("name", ["q\u0440", "Qp Pers\u043en", "Qp\u3164Person", "QP-PERS0N"])
def test_a_name_that_looks_like_an_account_s_is_nobody_else_s(plant: Plant, name: str) -> None:
    """With a Cyrillic letter, a letter that draws nothing, a nought: it is that person's, or unknown."""
    verdict = _ready(plant, _record_by(name))
    said = {"name": name, "reason": "From the list of staff.", "password": PASSWORD}
    for user in (None, "operator"):
        with pytest.raises(Conflict, match=r"known already|could be read as the name of qp"):
            plant.mes.map_name(MapName.model_validate({**said, "user": user}), plant.admin)
    with pytest.raises(Forbidden):
        plant.sign(verdict)


@pytest.mark.requirement("URS-170")
def test_the_order_of_a_name_makes_no_other_person(plant: Plant) -> None:
    """Neither a second account nor a name that is said to be nobody's: lists of staff put the family name first."""
    for name in ("Person Qp", "PERSON, Qp", "P\u00e9rson Qp", "Dr. Qp Person", "Qp Person, PhD", "Qp (QA) Person"):
        with pytest.raises(Conflict, match="could be taken for 'qp'"):
            plant.mes.create_person("somebody", name, [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    verdict = _ready(plant, _record_by("Person, Qp"))
    with pytest.raises(Conflict, match="could be read as the name of qp"):
        plant.knows("Person, Qp")
    plant.knows("Person, Qp", user="qp")
    with pytest.raises(Forbidden, match="Qp Person may not"):
        plant.sign(verdict)


@pytest.mark.requirement("URS-170")
def test_a_name_of_nobody_s_is_somebody_s_who_comes_to_be_called_so(plant: Plant) -> None:
    verdict = _ready(plant, _record_by("nina.\u043eld"))
    said = {"name": "nina.\u043eld", "reason": "Not on the list of staff.", "password": PASSWORD}
    plant.mes.map_name(MapName.model_validate(said), plant.admin)
    nina = plant.mes.create_person("nina.old", "Nina Old", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    with pytest.raises(Forbidden, match="performed, checked"):
        plant.sign(verdict, nina)
    plant.sign(verdict)


@pytest.mark.requirement("URS-170")
def test_a_name_is_mapped_by_an_administrator_once(plant: Plant) -> None:
    """Signed; not one's own; and whoever mapped a name in a record does not judge that batch."""
    both = plant.mes.create_person(
        "admin.two", "Bela Both", [Role.ADMINISTRATOR, Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM
    )
    verdict = _ready(plant, _record_by("op17"))
    said = {"name": "op17", "reason": "From the list of staff.", "password": PASSWORD}
    for person in (plant.qp, plant.bot, plant.operator):
        with pytest.raises(Forbidden):
            plant.mes.map_name(MapName.model_validate(said), person)
    with pytest.raises(Forbidden, match="nothing was signed"):
        plant.mes.map_name(MapName.model_validate({**said, "password": "wrong"}), both)
    with pytest.raises(Forbidden, match="Another administrator"):
        plant.mes.map_name(MapName.model_validate({**said, "user": "admin.two"}), both)
    plant.mes.map_name(MapName.model_validate(said), both)
    with pytest.raises(Conflict, match="known already"):
        plant.mes.map_name(MapName.model_validate(said), plant.admin)
    with pytest.raises(Forbidden, match="Bela Both may not"):
        plant.sign(verdict, both)
    plant.sign(verdict)
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-171")
def test_nobody_tells_what_a_system_showed_but_a_bot_at_work(plant: Plant) -> None:
    """No person, no bot without a lease, none with another batch's, another job's or another host's."""
    plant.mes.submit_batch(record(), plant.bot)
    plant.mes.submit_batch(record("B2"), plant.bot)
    plant.mes.create_bot("bot-9", PASSWORD, actor=SYSTEM)
    other_batch, mine = plant.at("B2"), plant.at("B1")
    assert mine.lease is not None
    stolen = BotPrincipal("bot-9", mine.lease)
    elsewhere = BotPrincipal("bot-1", mine.lease.__class__(mine.lease.item_id, mine.lease.epoch, "x" * 30))
    before = plant.dump()
    for who in (
        plant.qp,
        plant.reviewer,
        plant.operator,
        plant.admin,
        plant.bot,
        SYSTEM,
        other_batch,
        stolen,
        elsewhere,
    ):
        for act in (
            lambda who=who: plant.mes.put_observations("B1", (observation(),), who),
            lambda who=who: plant.mes.review("B1", (observation(),), who),
        ):
            with pytest.raises(Forbidden):
                act()
    assert plant.dump() == before
    plant.mes.put_observations("B1", (observation(),), mine)


@pytest.mark.requirement("URS-171")
def test_who_submitted_or_read_does_not_certify(plant: Plant) -> None:
    """A qualified person who brings the record is involved in it."""
    plant.mes.submit_batch(record(), plant.qp)
    plant.rules.say("READY")
    verdict = plant.mes.review("B1", (observation(),), plant.at())
    with pytest.raises(Forbidden, match="submitted"):
        plant.sign(verdict)


@pytest.mark.requirement("URS-043")
def test_what_was_accepted_for_a_conditional_release_is_asked_again(plant: Plant) -> None:
    """A justification answers the question it was given for, not the second certification."""
    from test_mes_conditional import STERILITY, again, lims

    from mes_core.messages import views as v

    first = plant.reviewed("HOLD", finding("CT-LIM-04"))
    plant.close(first.findings[0].finding_id)
    plant.rules.say("HOLD", finding("CT-LIM-04"))
    second = plant.mes.review("B1", (), plant.at())
    plant.lift(plant.mes.get_batch("B1").holds[0])
    plant.sign(second, disposition=v.Disposition.CONDITIONALLY_RELEASED, pending=(STERILITY,))
    plant.later(days=14)
    plant.mes.put_observations("B1", (lims(plant, "Negative", "Final"),), plant.at("B1", REVIEW_JOB))
    plant.rules.say("HOLD", finding("CT-LIM-04"))
    third = plant.mes.review("B1", (), plant.at())
    assert [one.status for one in third.findings] == ["open"]
    with pytest.raises(Conflict):
        plant.sign(third)
    fourth = again(plant)
    for hold in plant.mes.get_batch("B1").holds:
        if hold.lifted_at is None:
            plant.lift(hold)
    plant.end_deviations()
    plant.sign(fourth)
