"""What a demo left behind, looked up where it lies: the sites' stores, the MES store and the folders of evidence."""

import base64
import hashlib
import json
import re
import sqlite3
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from processes import naming
from robot.api.deco import keyword, library

from batchwright.support.settings import Home
from batchwright.support.wiring import open_mes
from bots.runtime.capsule import check
from mes_core.services import Mes
from twin.sites import agency_reggate, courier_cryorun, erp_stockroom

Demo = dict[str, Any]
_GONE_ON = {"released": ("released", "shipped", "filed"), "shipped": ("shipped", "filed"), "filed": ("filed",)}


@library(scope="SUITE", auto_keywords=False)
class DemoRun:
    """Keywords on the answer of `batchwright demo --format json`."""

    @keyword
    def outcomes_should_include(self, demo: Demo, **at_least: int) -> None:
        """Counts batches that came at least as far as `released`, `shipped` or `filed`, and those that are `held`."""
        states = [one["state"] for one in demo["batches"]]
        counts = {name: sum(state in _GONE_ON.get(name, ("on_hold",)) for state in states) for name in at_least}
        short = {name: counts[name] for name, number in at_least.items() if counts[name] < number}
        assert not short, f"Too few batches: {short}, wanted {at_least}; the states are {states}."

    @keyword
    def nothing_should_be_missed(self, demo: Demo) -> None:
        """Every planted defect was caught; at least one was planted, so that this says something."""
        comparison = demo["comparison"]
        assert comparison["planted"] > 0, "Nothing was planted: nothing is shown."
        assert not comparison["missed"], f"Missed: {comparison['missed']}"
        assert len(comparison["caught"]) == comparison["planted"]
        assert comparison["reviewed"] == len(demo["batches"])

    @keyword
    def no_clean_batch_should_be_held(self, demo: Demo) -> None:
        """No batch without a planted defect is held; at least one is clean, so that this says something."""
        comparison = demo["comparison"]
        assert comparison["clean"] > 0, "No batch is clean: nothing is shown."
        assert not comparison["false_holds"], f"Held without a defect: {comparison['false_holds']}"

    @keyword
    def held_batches_should_not_be_released(self, demo: Demo) -> None:
        """A batch with a holding verdict carries no release, no booking and an open hold, as the MES stores it."""
        mes = _mes(demo)
        held = [one["batch"] for one in demo["batches"] if one["verdict"] != "READY"]
        assert held, "No batch is held: nothing is shown."
        for batch_id in held:
            view = mes.get_batch(batch_id)
            assert view.disposition is None, f"{batch_id} carries a disposition: {view.disposition}"
            assert view.shipment is None, f"{batch_id} was shipped: {view.shipment}"
            assert [one for one in view.holds if one.lifted_at is None], f"{batch_id} has no open hold."

    @keyword
    def bookings_should_match_the_shipped_batches(self, demo: Demo) -> None:
        """One booking a shipped batch in the courier's own store, with the slot that the MES knows, and no other."""
        booked = courier_cryorun.bookings(_site(demo, "courier"))
        _exactly_once((row["customer_reference"] for row in booked), (f"ship:{name}" for name in _shipped(demo)))
        slots = {row["customer_reference"]: row["slot"] for row in booked}
        wanted = {f"ship:{one['batch']}": one["slot"] for one in demo["batches"] if one["slot"]}
        assert slots == wanted, f"Booked {slots}, the MES says {wanted}."

    @keyword
    def postings_should_match_the_shipped_batches(self, demo: Demo) -> None:
        """One shipment posting a shipped batch in the ERP's own store, and no other."""
        posted = erp_stockroom.shipments(_site(demo, "erp"))
        _exactly_once((row["batch"] for row in posted), _shipped(demo))

    @keyword
    def submissions_should_match_the_acknowledgements(self, demo: Demo) -> None:
        """One submission an acknowledged filing in the agency's own store; a filing that does not apply says why."""
        submitted = agency_reggate.submissions(_site(demo, "agency"))
        mes = _mes(demo)
        filings = [one for batch_id in _shipped(demo) for one in mes.filings(batch_id)]
        accepted = [one for one in filings if one.status == "accepted"]
        assert accepted, "No filing was accepted: nothing is shown."
        _exactly_once((row["acknowledgement"] for row in submitted), (one.acknowledgement or "" for one in accepted))
        keys = (f"file:{one.filing_id}:v{one.version}:{one.attempt}" for one in accepted)
        _exactly_once((row["applicant_reference"] for row in submitted), keys)
        assert all(one.approved_by == "Demo head of compliance" for one in accepted), "Nobody approved a submission."
        assert {row["status"] for row in submitted} == {"Accepted"}
        assert demo["filings"]["not_started"], "No clock is shown that was not started."
        assert all(one["why"] for one in demo["filings"]["not_started"]), "A clock does not say why it did not start."

    @keyword
    def evidence_should_be_complete(self, demo: Demo) -> None:
        """Every item has a folder with log, result and what it saw, the hashes agree, and the audit trail is whole."""
        mes = _mes(demo)
        items = mes.work_items()
        assert items, "No item was worked on."
        for item in items:
            assert item.evidence is not None, f"{item.job} of {item.batch_id} left no evidence."
            folder = Path(demo["home"]) / item.evidence.path
            assert _sha256(folder / "manifest.json") == item.evidence.sha256, f"{folder}: another manifest."
            _check_folder(folder, item.job)
            report = check(Path(demo["home"]) / str(item.evidence.capsule))
            assert not report.problems, f"{report.path}: {report.problems}"
            assert report.sha256 == item.evidence.capsule_sha256, f"{report.path}: another capsule."
        assert mes.verify_audit() == []

    @keyword
    def no_name_should_stand_in_the_evidence(self, demo: Demo) -> None:
        """No patient's name or birth date, as the LIMS knows them, stands in a text that the bots left."""
        identities = _identities(demo)
        assert identities, "The LIMS knows no patient: nothing is shown."
        texts = dict(_texts(Path(demo["evidence"])))
        assert any(path.name == "observations.json" for path in texts), "Nothing was read."
        found = [(path, one) for path, text in texts.items() for one in identities if one in text]
        assert not found, f"Identity in the evidence: {found[:5]}"

    @keyword
    def no_process_should_name(self, demo: Demo) -> None:
        """No process that is still there was started for this run."""
        left = naming(demo["run"])
        assert not left, f"Processes of the run are still there: {left}"


def _mes(demo: Demo) -> Mes:
    return open_mes(Home(Path(demo["home"])))


def _site(demo: Demo, kind: str) -> Path:
    path = Path(demo["home"]) / "sites" / f"{kind}.sqlite"
    assert path.is_file(), f"There is no store {path}."
    return path


def _shipped(demo: Demo) -> list[str]:
    shipped = [one["batch"] for one in demo["batches"] if one["state"] in ("shipped", "filed")]
    assert shipped, "No batch was shipped: nothing is shown."
    return shipped


def _exactly_once(there: Iterable[str], wanted: Iterable[str]) -> None:
    counted, expected = Counter(there), Counter(set(wanted))
    assert counted == expected, f"There are {dict(counted)}, wanted {dict(expected)}."


def _check_folder(folder: Path, job: str) -> None:
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    there = {one.relative_to(folder).as_posix(): one for one in folder.rglob("*") if one.is_file()}
    del there["manifest.json"]
    assert set(files) == set(there), f"{folder}: the manifest lists {sorted(files)}, there are {sorted(there)}."
    assert {"log.html", "result.json"} <= set(there), f"{folder} lacks log or result: {sorted(there)}"
    if job == "predictive_hold":  # asks a model and opens no page: what it was told is its evidence
        assert {"prediction.json", "reasons.json"} <= set(there), f"{folder} lacks the answer or its reasons."
    else:
        # An item that only looks for an authority's answer keeps the file that it was given.
        seen = any(name.startswith("pictures/") for name in there) or "acknowledgement.txt" in there
        assert seen, f"{folder} holds neither a picture nor an authority's answer."
    changed = [name for name, path in there.items() if files[name]["sha256"] != _sha256(path)]
    assert not changed, f"{folder}: {changed} are not what the manifest says."
    json.loads(there["result.json"].read_text(encoding="utf-8"))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _identities(demo: Demo) -> set[str]:
    connection = sqlite3.connect(_site(demo, "lims"))
    try:
        rows = connection.execute("SELECT patient_name, birth_date FROM samples").fetchall()
    finally:
        connection.close()
    return {cell for row in rows for cell in row if cell}


def _texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every text in the evidence: as it stands, and unpacked where Robot's log or a workbook packs it."""
    for path in folder.rglob("*"):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield path, "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
        elif path.is_file() and path.suffix != ".png":
            text = path.read_text(encoding="utf-8", errors="replace")
            packed = re.findall(r'"(eN[A-Za-z0-9+/]{8,}=*)"', text) if path.suffix == ".html" else []
            yield path, "\n".join([text, *map(_unpacked, packed)])


def _unpacked(text: str) -> str:
    return zlib.decompress(base64.b64decode(text)).decode("utf-8")
