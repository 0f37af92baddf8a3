"""An effect of which one channel alone tells, a receipt or an export: a weaker promise, and what it still holds."""

import pytest
from test_keywords_effects import CountingSite, Notes, bring_about, earlier_try

from keywords.failures import ApplicationError, QualityError
from keywords.sites import ReadBack


class ReceiptSite(CountingSite):
    """Shows what was sent on its receipt and nowhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.receipt = ""

    def find(self) -> ReadBack:
        shown = (self.receipt,) if self.receipt else ()
        return ReadBack(shown, shown, blind=not shown)

    def act(self, times: int = 1) -> str:
        self.receipt = super().act(times)
        return self.receipt


def test_where_only_a_receipt_shows_what_was_sent_it_is_sent_once_and_adopted_from_what_was_kept() -> None:
    site, notes = ReceiptSite(), Notes()
    assert bring_about(site, notes).reference == "B1"
    ((key, noted),) = notes.noted.items()
    notes.noted[key] = noted.model_copy(update={"state": "confirmed", "reference": "B1"})
    later = ReceiptSite()  # a later attempt has seen no receipt
    again = bring_about(later, notes)
    assert (again.reference, again.adopted, later.acts) == ("B1", True, 0)


def test_what_was_sent_and_gave_no_receipt_is_a_person_s_at_once_and_in_every_later_try() -> None:
    site, notes = ReceiptSite(), Notes()

    def lost() -> str:
        CountingSite.act(site)
        raise ApplicationError("SITE_NO_ANSWER", "The answer was lost.")

    for attempt in (lost, None):
        with pytest.raises(QualityError, match="no receipt was read") as refused:
            bring_about(site, notes, attempt)
        assert refused.value.code == "EFFECT_IN_DOUBT"
    assert site.acts == 1


def test_where_only_a_receipt_would_show_it_and_nothing_had_left_it_is_tried_again() -> None:
    site, notes = ReceiptSite(), Notes()

    def early() -> str:
        raise ApplicationError("SITE_NO_ANSWER", "The form did not open.")

    with pytest.raises(ApplicationError, match="did not open"):
        bring_about(site, notes, early)
    assert bring_about(site, notes).adopted is False


class ExportSite(CountingSite):
    """Shows what was sent in an export alone, which may leave it out."""

    cut = False

    def find(self) -> ReadBack:
        shown = () if self.cut else tuple(self.export)
        return ReadBack(shown, shown, channels="export alone", may_hide=True)


def test_what_an_export_alone_shows_is_adopted_and_counted() -> None:
    site, notes = ExportSite(), Notes()
    assert bring_about(site, notes).reference == "B1"
    again = bring_about(site, notes)
    assert (again.reference, again.adopted, site.acts) == ("B1", True, 1)
    site.export.append("B2")
    with pytest.raises(QualityError, match="the export shows B1, B2") as refused:
        bring_about(site, notes)
    assert refused.value.code == "EFFECT_NOT_ONE"


def test_what_was_sent_and_an_export_alone_leaves_out_is_a_person_s_at_once_and_in_every_later_try() -> None:
    site, notes = ExportSite(), Notes()
    site.cut = True

    def lost() -> str:
        CountingSite.act(site)
        raise ApplicationError("SITE_NO_ANSWER", "The answer was lost.")

    for attempt in (lost, None):
        with pytest.raises(QualityError, match=r"does not show \(export alone\), which may be late or cut") as refused:
            bring_about(site, notes, attempt)
        assert refused.value.code == "EFFECT_IN_DOUBT"
    assert site.acts == 1, "two channels that agree would have let it be sent again"


def test_where_an_export_alone_would_show_it_and_nothing_had_left_it_is_tried_again() -> None:
    site, notes = ExportSite(), Notes()
    earlier_try(notes)
    assert bring_about(site, notes).adopted is False
    assert site.acts == 1
