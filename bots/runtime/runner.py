"""Run one item through its suite, in this process, and leave its evidence behind."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from robot.api import ResultWriter, TestSuite
from robot.errors import DataError

from bots.runtime.attempts import previous_attempts, with_those_elsewhere
from bots.runtime.capsule import pack
from bots.runtime.content import KEYWORDS, SUITES, content, suite_hash, variables_of
from bots.runtime.imports import Imports
from bots.runtime.job_queue import Job
from bots.runtime.robot_result import name_parts_once
from bots.runtime.whereabouts import Whereabouts
from keywords.browser import WarmBrowser
from keywords.context import ItemContext, in_hand
from keywords.evidence_folder import EvidenceFolder
from keywords.failures import Failure, ItemError, parse_failure
from keywords.provenance import folder_hash, plant_hash
from keywords.settings import Secrets, Settings, SettingsError
from mes_core.client import MesClient
from mes_core.messages.capsules import OUTCOME, RESULT, attempt_folder, capsule_of
from mes_core.messages.predictive import DRIFT_JOB
from mes_core.messages.views import Content, EvidenceRef, Family

JOBS = (
    "batch_record_review",
    "courier_scheduling",
    "courier_rebooking",
    "courier_tracking",
    "compliance_filing",
    "predictive_hold",
    DRIFT_JOB,
)
LOG = "log.html"
WORK_ITEMS, VAULT = "keywords.work_items.BatchwrightAdapter", "keywords.vault.BatchwrightVault"
"""What stands behind RPA Framework's libraries for work items and secrets."""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: a failure or none, what the suite handed over, the evidence, and seconds taken.

    `where` names the file, line and keyword that failed.
    """

    failure: Failure | None
    output: dict[str, Any]
    evidence: EvidenceRef | None
    seconds: float
    trouble: str = ""
    where: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Attempt:
    """An attempt that has begun: the item, what keywords share, what is known of it, and when by the runner's clock."""

    job: Job
    context: ItemContext
    about: dict[str, Any]
    earlier: list[dict[str, Any]]
    started: float


class SuiteRunner:
    """Runs items through suites that are parsed once.

    Args:
        home: Folder below which `evidence/` lies.
        settings: Addresses and accounts.
        secrets: Passwords.
        mes: Speaks to the MES as the bot.
        browser: The warm browser.
        suites: Folder of the suites.
        listeners: Robot Framework listeners, for instance to show progress.
        elsewhere: What the MES knows of earlier attempts, for the manifest of the next one.
        clock: Monotonic seconds, for durations.
    """

    def __init__(
        self,
        home: Path,
        settings: Settings,
        secrets: Secrets,
        mes: MesClient,
        browser: WarmBrowser,
        *,
        suites: Path = SUITES,
        listeners: Sequence[object] = (),
        elsewhere: Callable[[Job], list[dict[str, Any]]] = lambda _: [],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._home = home
        self._settings = settings
        self._secrets = secrets
        self._mes = mes
        self._browser = browser
        self._suites = suites
        self._where = Whereabouts()
        self._imports = Imports((SUITES, KEYWORDS))
        self._listeners = [self._where, self._imports, *listeners]
        self._elsewhere = elsewhere
        self._clock = clock
        self._parsed: dict[str, TestSuite] = {}
        self._files = suites_of(suites, settings.folders)
        name = f"{settings.environment}.yaml"
        if not (suites / "settings" / name).is_file():
            raise SettingsError(f"There is no environment '{settings.environment}': add {name} in bots/settings.")
        self._variables = variables_of(settings, suites)
        os.environ |= {"RPA_WORKITEMS_ADAPTER": WORK_ITEMS, "RPA_SECRET_MANAGER": VAULT}
        # Nearly every suite names this library: a worker imports it before an item's time counts, nobody else at all.
        import_module(WORK_ITEMS.rpartition(".")[0])

    @property
    def listeners(self) -> tuple[object, ...]:
        """The Robot Framework listeners that an attempt needs, for whoever runs the suite without `run`."""
        return tuple(self._listeners)

    def run(self, job: Job) -> Outcome:
        """Run one attempt at an item; whatever happens in the suite ends in the outcome, never as an exception."""
        attempt = self.begin(job)
        with in_hand(attempt.context):
            failure, trouble = self._run_suite(job, attempt.context.evidence.path)
        self.end_browsing(failure)
        return self.finish(attempt, self.settle(attempt, failure), trouble)

    def begin(self, job: Job, shown_from: Path | None = None) -> Attempt:
        """Set an attempt up: its evidence, its context, a gate that has let nothing go.

        Args:
            job: The item, as it was claimed.
            shown_from: Folder of the log that shows the pictures; by default that of the evidence.
        """
        started, began = self._clock(), datetime.now(UTC)
        folder = attempt_folder(self._home / "evidence", job.batch_id, job.item_id, job.attempt)
        about: dict[str, Any] = {
            "item": _as_payload(job),
            "began_at": began.isoformat(),
            "environment": self._settings.environment,
        }
        earlier = with_those_elsewhere(previous_attempts(folder, about), self._elsewhere(job))
        context = ItemContext(
            settings=self._settings,
            secrets=self._secrets,
            mes=self._mes,
            browser=self._browser,
            evidence=EvidenceFolder(_unused(folder), shown_from),
            item=_as_payload(job),
        )
        self._browser.trust(one.ca_file for one in self._settings.sites.values() if one.ca_file)
        self._browser.gate.begin_item()
        self._browser.recorded_in = context.evidence.path
        self._where.begin()
        self._imports.begin()
        return Attempt(job, context, about, earlier, started)

    def settle(self, attempt: Attempt, failure: Failure | None) -> Failure | None:
        """How an attempt ended, by what the suite and the gate said; before another one begins.

        What became of its requests is noted in its evidence.
        """
        self._note_requests(attempt.context.evidence, attempt.context)
        return _decided(failure, attempt.context.released_as, self._browser.gate.refused)

    def finish(self, attempt: Attempt, failure: Failure | None, trouble: str) -> Outcome:
        """Seal the evidence of an attempt; its result has to lie in the folder by now.

        Args:
            attempt: As `begin` made it; its pages are closed.
            failure: As `settle` said.
            trouble: Words that Robot Framework would have printed.
        """
        context, evidence = attempt.context, attempt.context.evidence
        failure = self._unless_secrets_leaked(evidence) or failure
        where = self._where.failed if failure else {}
        seconds = self._clock() - attempt.started
        evidence.write_json(OUTCOME, _outcome_note(failure, context.output, trouble, where))
        rests_on = self._rests_on(attempt.job.job, context)
        about = {**attempt.about, "seconds": round(seconds, 3), "previous": attempt.earlier, "rests_on": rests_on}
        return Outcome(failure, context.output, self._seal(evidence, about), seconds, trouble, where)

    def _note_requests(self, evidence: EvidenceFolder, context: ItemContext) -> None:
        """What became of every request that was not simply let go, and the words that none has met."""
        diary = self._browser.gate.diary
        if not diary:
            return
        times = Counter(tuple(sorted(one.items())) for one in diary)
        seen = [{**dict(one), "times": count} for one, count in times.items()]
        unmet = {}
        for name, access in self._settings.sites.items():
            rules = self._browser.gate.rules_of(access.account)
            if name in context.opened and rules is not None and rules.never_matched():
                unmet[name] = rules.never_matched()
        evidence.write_json("requests.json", {"requests": seen, "never_met": unmet})

    def _seal(self, evidence: EvidenceFolder, about: dict[str, Any]) -> EvidenceRef:
        """Seal the folder, pack its capsule, and say where both lie."""
        sha256 = evidence.seal(about)
        capsule, capsule_sha256 = pack(evidence.path)
        return EvidenceRef(
            path=evidence.path.relative_to(self._home).as_posix(),
            sha256=sha256,
            capsule=capsule.relative_to(self._home).as_posix(),
            capsule_sha256=capsule_sha256,
        )

    def _unless_secrets_leaked(self, evidence: EvidenceFolder) -> Failure | None:
        """Take passwords out of the evidence; that there was one is a QUALITY failure."""
        found = evidence.scrub(self._secrets.texts())
        if not found:
            return None
        why = f"A password stood in the evidence ({', '.join(found)}) and was blackened: change it, and mend the suite."
        return Failure(Family.QUALITY, "SECRET_IN_EVIDENCE", why)

    def content(self, jobs: Iterable[str]) -> tuple[Content, ...]:
        """What would be run for these jobs, by its hashes."""
        return content(self._settings, self._files, jobs, self._suites)

    def _rests_on(self, job: str, context: ItemContext) -> dict[str, Any]:
        """Versions and content hashes of everything that made the outcome."""
        programs = ("batchwright", "robotframework", "playwright")
        return {
            "versions": {**{name: version(name) for name in programs}, "browser": self._browser.version},
            "suite": {job: suite_hash(self._files, job, self._variables, self._suites)},
            "code": {"bots": folder_hash(SUITES), "keywords": folder_hash(KEYWORDS)},
            "plant": {folder.name: plant_hash(folder) for folder in self._settings.folders},
            "libraries": self._imports.hashes(),
            **context.used,
        }

    def _run_suite(self, job: Job, folder: Path) -> tuple[Failure | None, str]:
        """Run the suite of a job; the failure, and words that Robot Framework would have printed."""
        try:
            suite = self._suite(job.job)
        except DataError as error:
            return Failure(Family.BUSINESS, "SUITE_BROKEN", f"The suite of job '{job.job}' is broken: {error}."), ""
        with (folder / "console.txt").open("w+", encoding="utf-8") as words:
            result = suite.run(
                output=str(folder / RESULT),
                outputdir=str(folder),
                console="none",
                stdout=words,
                stderr=words,
                rpa=True,
                loglevel="INFO",
                variablefile=[str(path) for path in self._variables],
                listener=self._listeners,
            )
            name_parts_once(folder / RESULT)
            ResultWriter(str(folder / RESULT)).write_results(  # type: ignore[no-untyped-call]
                log=str(folder / LOG), report=None, rpa=True, stdout=words, stderr=words
            )
            words.seek(0)
            said = words.read().strip()
        if not said:
            (folder / "console.txt").unlink()
        failed = [task for task in result.suite.all_tests if task.failed]
        if failed:
            return with_errors(parse_failure(failed[0].message), self._where.errors), said
        if not any(task.passed for task in result.suite.all_tests):
            return Failure(Family.BUSINESS, "NO_TASK_RAN", f"The suite of job '{job.job}' ran no task."), said
        return None, said

    def _suite(self, job: str) -> TestSuite:
        """A fresh copy of the parsed suite of a job."""
        if job not in self._parsed:
            path = self._files.get(job)
            if path is None:
                raise DataError(f"there is no {job}.robot")  # type: ignore[no-untyped-call]
            self._parsed[job] = TestSuite.from_file_system(path)
        return self._parsed[job].deepcopy()

    def end_browsing(self, failure: Failure | None) -> None:
        """Close the item's pages; after an interruption the whole browser, which may be in the middle of something."""
        if failure and failure.code in ("TIMED_OUT", "INTERRUPTED"):
            self._browser.discard()
        else:
            self._browser.end_item(failed=failure is not None)


def suites_of(suites: Path, folders: Sequence[Path]) -> dict[str, Path]:
    """The suite of every job: ours, and those in `bots/` of the plant's own folders.

    Raises:
        SettingsError: Two folders hold a suite of the same name.
    """
    found: dict[str, Path] = {}
    for root in (suites, *(folder / "bots" for folder in folders)):
        for path in sorted(root.glob("*.robot")):
            if path.stem in found:
                raise SettingsError(f"There are two bots '{path.stem}' ({found[path.stem]}, {path}); rename one.")
            found[path.stem] = path
    return found


def _decided(failure: Failure | None, released: ItemError | None, refused: ItemError | None) -> Failure | None:
    """How the item ended: what was held back tells more than the time-out that it brought about, and the suite's own
    word more than either where it isn't merely technical."""
    if failure is not None and failure.family is not Family.APPLICATION:
        return failure
    said = [one for one in (released, refused) if one is not None]
    why = next((one for one in said if one.family is not Family.APPLICATION), said[0] if said else None)
    return Failure(why.family, why.code, why.sentence) if why else failure


def with_errors(failure: Failure, errors: Sequence[str]) -> Failure:
    """A broken suite with what Robot Framework could not import or read of it, which is why."""
    if failure.code != "SUITE_BROKEN" or not errors:
        return failure
    return replace(failure, message=f"{failure.message.rstrip('.')}, because: {' '.join(errors[:3])}")


def _as_payload(job: Job) -> dict[str, Any]:
    """What suites see of an item: its payload and its keys."""
    return {
        **job.payload,
        "item_id": job.item_id,
        "job": job.job,
        "business_key": job.business_key,
        "batch_id": job.batch_id,
        "attempt": job.attempt,
        "epoch": job.epoch,
    }


def _outcome_note(
    failure: Failure | None, output: dict[str, Any], trouble: str, where: dict[str, Any]
) -> dict[str, Any]:
    return {
        "result": "failed" if failure else "done",
        "family": failure.family.value if failure else None,
        "code": failure.code if failure else None,
        "message": failure.message if failure else "",
        "output": output,
        "robot_said": trouble,
        "where": {name: value for name, value in where.items() if name != "path"},
    }


def _unused(folder: Path) -> Path:
    """The folder, or one beside it where an attempt of that number already left something, if only its capsule."""
    candidate, number = folder, 2
    while candidate.exists() or capsule_of(candidate).exists():
        candidate, number = folder.with_name(f"{folder.name}.{number}"), number + 1
    return candidate
