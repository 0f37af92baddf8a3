"""Run by another interpreter, which has `allotropy`: python -I allotropy_script.py VENDOR FILE ZONE

Prints the Allotrope Simple Model of a file as JSON, or one line to standard error with exit code 3. It imports nothing
of ours: allotropy needs older libraries than the rest of the project, which is why it runs apart.
"""

import json
import sys
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

_REFUSED = 3


def main() -> int:
    """Convert one file; 0: done, 3: refused."""
    vendor, file, zone = sys.argv[1:4]
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
    except ImportError:  # no such limits on this system; the caller's time limit holds
        pass
    from allotropy.exceptions import AllotropyError
    from allotropy.parser_factory import Vendor
    from allotropy.to_allotrope import allotrope_from_file

    names = sorted(one.name.lower().replace("_", "-") for one in Vendor)
    if vendor not in names:
        print(f"the instrument {vendor!r} is not known; known are {', '.join(names)}", file=sys.stderr)  # noqa: T201
        return _REFUSED
    unknown = timezone(timedelta(hours=23, minutes=59))
    try:
        found = allotrope_from_file(
            file, Vendor[vendor.upper().replace("-", "_")], default_timezone=ZoneInfo(zone) if zone else unknown
        )
    except (AllotropyError, ValueError, LookupError, OSError) as error:
        print(" ".join(str(error).split())[:500], file=sys.stderr)  # noqa: T201
        return _REFUSED
    json.dump(found, sys.stdout, allow_nan=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
