"""Keywords of the laboratory system."""

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.failures import ApplicationError, QualityError
from keywords.mes_calls import asking_mes
from keywords.sites import Table
from mes_core.messages import BatchRecord

_CRITICAL_COLUMNS = ("test", "result", "unit", "lower", "upper", "status")


@library(scope="SUITE", version=VERSION)
class Lims:
    """Read what the laboratory says about a batch, through the pages of its system."""

    @keyword
    def read_results(self, batch: BatchRecord) -> Table:
        """Read all results of a batch.

        Args:
            batch: The batch record.

        Returns:
            The complete table with its source.
        """
        return current().lims().results(batch.batch_id)

    @keyword
    def read_samples(self, batch: BatchRecord) -> Table:
        """Read all samples of a batch.

        Args:
            batch: The batch record.

        Returns:
            The complete table with its source.
        """
        return current().lims().samples(batch.batch_id)

    @keyword
    def results_must_be_as_released(self, batch: BatchRecord) -> Table:
        """Read the results once more and compare them with those that the signed verdict rests on.

        Args:
            batch: The batch record.

        Returns:
            The table as it is now. A difference is a QUALITY failure: the batch is held and nothing is shipped.
        """
        with asking_mes(f"give the observations of batch {batch.batch_id}"):
            observations = current().mes.observations(batch.batch_id)
        seen = [seen for seen in observations if (seen.system, seen.table) == ("lims", "results")]
        now = current().lims().results(batch.batch_id)
        if not now.complete:
            raise ApplicationError(
                "LIST_INCOMPLETE", f"The LIMS did not show all results of batch {batch.batch_id}; it is tried again."
            )
        differences = _differences([row for table in seen for row in table.rows], now.rows)
        if differences:
            raise QualityError(
                "CHANGED_SINCE_RELEASE",
                f"Results of batch {batch.batch_id} are not those that were released: {'; '.join(differences[:3])}."
                " Nothing was shipped; review the batch again.",
            )
        logger.info(f"{len(now.rows)} results of batch {batch.batch_id} are as released.")
        return now


def _differences(before: "list[dict[str, str]]", now: "tuple[dict[str, str], ...]") -> list[str]:
    """What changed between two readings of the results, in words, by result number."""
    old, new = ({row["result_id"]: row for row in rows} for rows in (before, now))
    found = [f"{name} ({old[name]['test']}) is gone" for name in sorted(old.keys() - new.keys())]
    found += [f"{name} ({new[name]['test']}) is new" for name in sorted(new.keys() - old.keys())]
    for name in sorted(old.keys() & new.keys()):
        for column in _CRITICAL_COLUMNS:
            was, now_is = old[name].get(column, ""), new[name].get(column, "")
            if was != now_is:
                found.append(f"{name} ({new[name]['test']}): {column} was '{was}' and is '{now_is}'")
    return found
