"""The comparison with the planted truth counts what it says it counts."""

from batchwright.demo.summary import Found, Planted, compare, compare_fields

CRITICAL = Planted("B1", "sterility_positive", "a positive sterility test")
MINOR = Planted("B2", "late_entry", "an entry made late", critical=False)


def test_a_critical_defect_is_caught_only_by_stopping_the_batch() -> None:
    """A finding alone is not enough where a release would do harm."""
    ready = compare([CRITICAL], [Found("B1", "READY", ("R1",))])
    held = compare([CRITICAL], [Found("B1", "HOLD", ("R1",))])
    assert (ready.missed, held.caught) == ((CRITICAL,), (CRITICAL,))


def test_a_minor_defect_is_caught_by_any_finding() -> None:
    """It informs; it need not stop anything."""
    assert compare([MINOR], [Found("B2", "READY", ("R2",))]).caught == (MINOR,)
    assert compare([MINOR], [Found("B2", "READY")]).missed == (MINOR,)


def test_a_batch_never_reviewed_is_missed() -> None:
    """Silence is not success."""
    assert compare([CRITICAL], []).missed == (CRITICAL,)


def test_clean_batches_that_are_held_are_false_holds() -> None:
    """UNDECIDED stops a batch as HOLD does."""
    outcome = compare([CRITICAL], [Found("B1", "HOLD"), Found("B3", "READY"), Found("B4", "UNDECIDED")])
    assert (outcome.false_holds, outcome.clean, outcome.reviewed) == (("B4",), 2, 3)


def test_changed_values_are_compared_field_by_field() -> None:
    """The right batch with the wrong field is a miss and an extra."""
    planted = [Planted("1", "swap", "", field="Impurity O"), Planted("2", "missing", "", field="Impurity L")]
    found = [
        Found("1", "HOLD", ("R",), frozenset({"Impurity O", "impurity_o"})),
        Found("2", "HOLD", ("R",), frozenset({"Impurity O"})),
        Found("3", "READY", ("Q",), frozenset({"tbl_av_hardness"})),
    ]
    watched = frozenset({"Impurity O", "Impurity L"})
    outcome = compare_fields(planted, found, watched)
    assert outcome.caught == (planted[0],)
    assert outcome.missed == (planted[1],)
    assert outcome.extra == (("2", "Impurity O"),)
    genuine = Found("4", "HOLD", ("R",), frozenset({"fct_min_hardness"}))
    others = compare_fields([], [genuine, Found("5", "HOLD", ("R",), frozenset({"Impurity L"}))], watched)
    assert others.false_holds == ("5",)
    assert outcome.false_holds == ()
