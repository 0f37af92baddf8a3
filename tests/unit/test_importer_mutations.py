"""Every importer is given damaged files: it takes them or refuses them in a sentence, soon, and never stumbles.

`BATCHWRIGHT_SOAK=1` (`make soak`) gives each importer 2 MB of them. The same seed gives the same files.
"""

import gzip
import io
import json
import os
import random
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keywords.predictive_holds.clock_columns import row_times
from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.table import read_table
from keywords.settings import SettingsError, load_settings
from keywords.sites.locators import load_locators
from mes_core.domain.errors import DomainError
from mes_core.exchange import b2mml, e2b_ack, instrument, pharma_1005, safety_csv, xml
from mes_core.exchange.errors import ImportRefused
from mes_core.journey.calibrate import own_history
from mes_core.journey.delays import air_pmfs, shipped_table
from mes_core.journey.delays import read_table as read_delays
from mes_core.journey.errors import JourneyError
from mes_core.journey.loggers import MAPS, excursions, read_trip
from mes_core.messages import BatchRecord
from mes_core.storage import open_store
from mes_core.storage.backup import backup, restore
from rules import RuleError, load_rule_set
from twin.learn.reading import read_log
from twin.model.errors import TwinError
from twin.study.inputs import load_preset
from twin.world import make_world

SOAK = os.environ.get("BATCHWRIGHT_SOAK") == "1"
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
BYTES = 2_000_000 if SOAK else 60_000
FILES = 50_000 if SOAK else 160
LONGEST_S = 20.0
ROOT = Path(__file__).parents[2]
_STEP = timedelta(minutes=10)
WORDS = (
    *(b"<", b">", b"&", b'"', b"'", b",", b";", b"\t", b"\n", b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\x1a"),
    *(b"]]>", b"<!--", b"-->", b"<?x y?>", b"<![CDATA[x]]>", b"&#0;", b"&x;", b"<!DOCTYPE a>", b" xmlns='u'"),
    *(b"1e999", b"-0.0", b"NaN", b"9" * 400, b"1,271", b"1.271,5", b"12:30", b"<0.05", b"20270301", b"99991231"),
    *(b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-12:00", b"1970-01-01", b"+23:59", b"T24:00:00Z"),
    *(b"null", b"true", b"[]", b"{}", b"\\ud800", b"a\xcc\x88", b"\xc2\xa0", b"[" * 3000, b'{"a":' * 3000, b"- " * 900),
    *(b"!!timestamp x", b"!!bool x", b"&a [*a]", b"? ", b"|\n", b"---\n", b"sep=;\n", b"\xe2\x80\xa8", b"=1+1"),
)


def damaged(content: bytes, rng: random.Random) -> bytes:
    """A file with one to eight faults: bytes changed, dropped, moved, doubled, cut off, or words put in."""
    made = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        place = rng.randrange(len(made) + 1)
        length = rng.choice((1, 1, 4, 30, 300))
        fault = rng.randrange(8)
        if fault == 0 and made:
            made[place % len(made)] = rng.randrange(256)
        elif fault == 1:
            del made[place : place + length]
        elif fault == 2:
            other = rng.randrange(len(made) + 1)
            made[place:place] = made[other : other + length]
        elif fault == 3:
            made[place : place + length] = rng.choice(WORDS)
        elif fault == 4:
            del made[max(place, len(made) // 4) :]
        elif fault == 5:
            made[place : place + length] = bytes(rng.choices(b"0123456789.,-:TZ<>=+ ", k=length))
        else:
            made[place:place] = rng.choice(WORDS)
    return bytes(made)


def _record() -> bytes:
    whole = make_world(seed=5, batches=1, defect_rate=0, now=NOW).records[0]
    some = {name: value[:3] if isinstance(value, list) else value for name, value in whole.items()}
    return b2mml.export(BatchRecord.model_validate(some))


def _asm() -> bytes:
    one = {
        "measurement time": "2026-02-20T10:00:00+01:00",
        "sample document": {"sample identifier": "A1", "well location identifier": "B2"},
        "error aggregate document": {"error document": [{"error": "< 0.05", "error feature": "endotoxin"}]},
        "analyte aggregate document": {
            "analyte document": [{"analyte name": "endotoxin", "number concentration": {"value": -0.0, "unit": "#/μL"}}]
        },
        "processed data aggregate document": {"processed data document": [{"viability": {"value": 91.5, "unit": "%"}}]},
    }
    inner = {"measurement aggregate document": {"measurement document": [one, one]}, "analyst": "ana"}
    return json.dumps({"$asm.manifest": "m", "x aggregate document": {"x document": [inner]}}).encode()


def _csv() -> bytes:
    rows = (f"2026-01-{1 + n % 28:02d};{883 + n};{5 + n / 100:.2f};<0.05;{n % 2}" for n in range(60))
    return "\n".join(["timestamp;cells;glucose;endotoxin;fail", *rows, ";;;;"]).replace(".", ",").encode()


def _log() -> bytes:
    rows = (
        f"L-{n},Review,qa{n % 3},2026-03-{1 + n % 28:02d} 08:00:00,2026-03-{1 + n % 28:02d} 12:00:00" for n in range(60)
    )
    return "\n".join(["case_id,activity,resource,start_timestamp,timestamp", *rows]).encode()


def _xes() -> bytes:
    step = (
        '<event><string key="concept:name" value="R"/><string key="lifecycle:transition" value="{}"/>'
        '<date key="time:timestamp" value="2026-03-02T{:02d}:00:00+01:00"/></event>'
    )
    events = "".join(step.format(word, hour) for hour, word in enumerate(("start", "suspend", "resume", "complete"), 8))
    traces = "".join(f'<trace><string key="concept:name" value="L{n}"/>{events}</trace>' for n in range(4))
    return f'<log xmlns="http://www.xes-standard.org/">{traces}</log>'.encode()


def _tablets(name: str) -> bytes:
    columns = pharma_1005._RECORD_COLUMNS if name == pharma_1005.LABORATORY else pharma_1005._PROCESS_COLUMNS
    return "\n".join(
        [";".join(columns), *(";".join([str(n), *("1.5",) * (len(columns) - 1)]) for n in range(5))]
    ).encode()


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("sheet.xml", "<a/>" * 50)
    return packed.getvalue()


def _settings() -> bytes:
    made: dict[str, Any] = {"mes": {"url": "http://x", "user": "bot"}, "now": "2026-03-01T08:00:00Z", "sites": {}}
    made["schedules"] = [{"name": "a", "job": "b", "at": ["02:30"]}]
    return json.dumps(made).encode()


def _inputs() -> bytes:
    name = next(iter(load_preset("paper").by_name))
    return f"inputs:\n  {name}: {{value: 0.5, low: 0.1, high: 0.9, source: 'here'}}\n".encode()


def _logger(separator: str) -> bytes:
    rows = (f"{NOW + n * _STEP:%Y-%m-%dT%H:%M:%S}+00:00;{-170 - n / 7:.2f};LG-1;DS-1" for n in range(49))
    return "\n".join(["time;temperature_c;logger;shipper", *rows]).replace(";", separator).encode()


def _logger_json() -> bytes:
    points = [{"time": (NOW + n * _STEP).isoformat(), "temperature_c": -170.5 - n / 10} for n in range(49)]
    return json.dumps({"logger": "LG-1", "shipper": "DS-1", "points": points}).encode()


def _take_logger(path: Path) -> None:
    """Read as the file of an eight-hour journey; what is taken is a figure for each limit."""
    about = {"logger": "LG-1", "shipper": "DS-1", "charged_at": NOW, "unloaded_at": NOW + 48 * _STEP}
    excursions(read_trip(path.read_bytes(), MAPS["plain"], **about), {-150.0: 10.0, -120.0: 0.0})


def _acknowledgement() -> bytes:
    case = (
        '<MCCI_IN000002UV01><acknowledgement typeCode="{}"><targetMessage><id extension="US-{}"/></targetMessage>'
        "<acknowledgementDetail><text>C.1.7.1 is mandatory</text></acknowledgementDetail></acknowledgement>"
        "</MCCI_IN000002UV01>"
    )
    cases = "".join(case.format(code, n) for n, code in enumerate(("CA", "CR", "CE")))
    head = '<MCCI_IN200101UV01 xmlns="urn:hl7-org:v3"><creationTime value="20260301080000-0500"/>'
    return f"{head}{cases}</MCCI_IN200101UV01>".encode()


def _safety() -> bytes:
    row = "A-{0},adverse_experience,2026-03-0{0}T08:00:00Z,Europe/London,EX1,US;EU,C-{0},yes,,Fever"
    header = "key,kind,aware_at,zone,product,places,case,serious,unexpected,text"
    return "\n".join([header, *(row.format(n) for n in range(1, 9))]).encode()


def _take_safety(path: Path) -> None:
    """Each line is an event or a sentence."""
    for _, event, why in safety_csv.read(path, "safety"):
        assert (event is None) == bool(why)
        assert len(why) < 3000


def _history() -> bytes:
    rows = (
        f"AMS,2026-01-{1 + n % 28:02d}T{n % 24:02d}:15+01:00,2026-02-01T14:00Z,2026-02-01T15:00Z" for n in range(80)
    )
    return "\n".join(["hub,planned_departure,planned_arrival,arrived", *rows]).encode()


def _take_delays(path: Path) -> None:
    """What is taken draws chances that are chances."""
    chances = air_pmfs(read_delays(path))
    assert abs(chances.sum(axis=-1) - 1).max() < 1e-6
    assert (chances >= 0).all()


def _take_tablets(path: Path) -> None:
    folder = path.parent / f"{path.stem}.folder"
    folder.mkdir(exist_ok=True)
    for name in (pharma_1005.LABORATORY, pharma_1005.PROCESS):
        (folder / name).write_bytes(_tablets(name))
    (folder / pharma_1005.LABORATORY).write_bytes(path.read_bytes())
    list(pharma_1005.checked(folder, now=NOW))


def _take_table(path: Path) -> None:
    table = read_table(path)
    if "timestamp" in table.columns:
        row_times(table, "timestamp")


IMPORTERS: dict[str, tuple[Callable[[], bytes], Callable[[Path], object], tuple[type[Exception], ...]]] = {
    "b2mml": (_record, lambda path: b2mml.read(xml.read(path), str(path)), (ImportRefused,)),
    "asm": (_asm, lambda path: instrument.read(path, vendor=None, zone=None, python=None), (ImportRefused,)),
    "workbook": (_zip, lambda path: instrument.read(path, vendor="x", zone=None, python=None), (ImportRefused,)),
    "tablets": (lambda: _tablets(pharma_1005.LABORATORY), _take_tablets, (ImportRefused,)),
    "table": (_csv, _take_table, (ModelRefused,)),
    "log": (_log, read_log, (TwinError,)),
    "xes": (_xes, read_log, (TwinError,)),
    "packed log": (lambda: gzip.compress(_xes(), mtime=0), read_log, (TwinError,)),
    "rules": (lambda: (ROOT / "rules/book/filing_clocks.yaml").read_bytes(), load_rule_set, (RuleError,)),
    "locators": (
        lambda: next((ROOT / "keywords/sites").glob("*/locators.yaml")).read_bytes(), load_locators, (SettingsError,)
    ),
    "settings": (_settings, load_settings, (SettingsError,)),
    "inputs": (_inputs, lambda path: load_preset("paper").with_file(path), (TwinError,)),
}  # fmt: skip
IMPORTERS |= {
    "logger": (lambda: _logger(","), _take_logger, (JourneyError,)),
    "logger of another country": (lambda: _logger(";").replace(b".", b","), _take_logger, (JourneyError,)),
    "logger as JSON": (_logger_json, _take_logger, (JourneyError,)),
    "acknowledgement": (_acknowledgement, lambda path: e2b_ack.read(path.read_bytes()), (ImportRefused,)),
    "safety table": (_safety, _take_safety, (ImportRefused,)),
    "history of movements": (_history, own_history, (JourneyError,)),
    "delays": (lambda: json.dumps(shipped_table().to_dict()).encode(), _take_delays, (JourneyError,)),
}
ENDINGS = {"xes": ".xes", "packed log": ".xes.gz", "log": ".csv", "table": ".csv"}


@pytest.mark.requirement("URS-110")
@pytest.mark.parametrize("name", IMPORTERS)
def test_a_damaged_file_is_taken_or_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    """A traceback is a failure, and so is a file that is read for long."""
    make, take, refusals = IMPORTERS[name]
    whole = make()
    path = tmp_path / f"file{ENDINGS.get(name, '')}"
    path.write_bytes(whole)
    if name != "workbook":
        take(path)  # what isn't damaged is taken
    rng = random.Random(f"{name} 20260301")
    done, taken, refused, number = 0, 0, 0, 0
    said: list[str] = []
    while done < BYTES and number < FILES:
        made = damaged(whole, rng)
        number, done = number + 1, done + len(made)
        path.write_bytes(made)
        began = time.process_time()
        try:
            take(path)
            taken += 1
        except refusals as error:
            refused += 1
            said.append(str(error))
        assert time.process_time() - began < LONGEST_S, made[:200]
    assert refused
    assert all(one.strip() and len(one) < 3000 for one in said)
    if SOAK:
        print(f"\n{name}: {number} files, {done:,} bytes, {taken} taken, {refused} refused")  # noqa: T201


@pytest.mark.requirement("URS-110")
def test_a_damaged_backup_leaves_an_empty_store(tmp_path: Path) -> None:
    """Altered inside, so that its packing is whole, or outside."""
    home, file = tmp_path / "store.sqlite", tmp_path / "backup"
    open_store(home).close()
    backup(home, file, NOW.isoformat())
    packed = file.read_bytes()
    plain = gzip.decompress(packed)
    rng = random.Random("backup 20260301")
    empty = tmp_path / "empty.sqlite"
    open_store(empty).close()
    refused = 0
    for number in range(400 if SOAK else 25):
        inside = gzip.compress(damaged(plain, rng), mtime=0)
        file.write_bytes(inside if number % 2 else damaged(packed, rng))
        try:
            restore(empty, file)
        except DomainError:
            refused += 1
    assert refused > 10
