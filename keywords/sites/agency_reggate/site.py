"""How a bot works in RegGate."""

from keywords.sites.ports import ReadBack, Submission
from keywords.sites.site_page import SitePage


class RegGate:
    """The authority's port on RegGate's list of submissions and its form."""

    def __init__(self, page: SitePage) -> None:
        self._page = page

    @property
    def settle_s(self) -> float:
        """Seconds after which a submission either shows or never will."""
        return self._page.locators.settle_s

    def find_submissions(self, applicant_reference: str) -> ReadBack:
        """Submissions under our reference."""
        return self._page.read_back("submissions", "applicant_reference", applicant_reference, "acknowledgement")

    def submit(self, submission: Submission) -> str:
        """Submit a form with its document; the acknowledgement number."""
        return self._page.send_form(
            "submission",
            {
                "form": submission.form,
                "product": submission.product,
                "applicant_reference": submission.applicant_reference,
                "declared_by": submission.declared_by,
            },
            files={"document": submission.document},
            picture="agency submission",
        )

    def acknowledgement(self, number: str) -> bytes:
        """The acknowledgement as RegGate gives it out."""
        return self._page.fetch(f"/submissions/{number}/acknowledgement")


def open_site(page: SitePage) -> RegGate:
    """The port on a page."""
    return RegGate(page)
