"""Values as pages show them, read strictly."""

from datetime import UTC, datetime

from keywords.failures import ApplicationError


def parse_time(text: str, what: str) -> datetime:
    """Read an ISO time with a zone from a page; the value in UTC.

    Raises:
        ApplicationError: The text is no time with a zone.
    """
    cleaned = text.replace(" UTC", "+00:00")
    try:
        value = datetime.fromisoformat(cleaned)
    except ValueError as error:
        raise ApplicationError("TIME_NOT_READ", f"'{text}' ({what}) is not a time that can be read.") from error
    if value.tzinfo is None:
        raise ApplicationError("TIME_WITHOUT_ZONE", f"'{text}' ({what}) has no time zone, so it cannot be trusted.")
    return value.astimezone(UTC)


def parse_number(text: str, what: str) -> float:
    """Read a number from a page.

    Raises:
        ApplicationError: The text is no number.
    """
    try:
        return float(text.replace(",", ""))
    except ValueError as error:
        raise ApplicationError("NUMBER_NOT_READ", f"'{text}' ({what}) is not a number that can be read.") from error
