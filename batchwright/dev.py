"""The listener under which `robot` runs a suite of yours as it stands, on a practice plant and without a worker.

```
robot --listener batchwright.dev bots/my_bot.robot
robot --listener batchwright.dev:item=items.json:headed=yes:pause=yes --variable SERVICE:Express bots/my_bot.robot
```
"""

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar

from robot.api import logger
from robot.running.context import EXECUTION_CONTEXTS

from batchwright.practice.bench import Bench, Wishes
from batchwright.practice.items import write_outputs
from batchwright.support.errors import Refused
from bots.runtime.content import variables_of
from bots.runtime.runner import VAULT, WORK_ITEMS
from keywords.context import none_in_hand
from keywords.failures import parse_failure
from mes_core.spelling import yaml_text

_ITEM, _OUTPUT = "RPA_INPUT_WORKITEM_PATH", "RPA_OUTPUT_WORKITEM_PATH"
"""Variables by which RPA Framework's own file adapter is told of its files."""
_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


class dev:  # noqa: N801 - Robot Framework looks for a class of the module's name
    """Runs each suite on an item of its own: from a JSON file, or for the batch of the practice plant.

    Args:
        *options: `name=value`: `bots` (folder), `item` (JSON file), `number`, `key`, `afresh`, `headed`, `slow` (ms),
            `record`, `pause`, `stay`. Without `item` the file named in RPA_INPUT_WORKITEM_PATH is taken, where there is
            one.
    """

    ROBOT_LISTENER_API_VERSION = 3
    _at_work: ClassVar[list["dev"]] = []

    def __init__(self, *options: str) -> None:
        self._wishes, self._wrong = _wishes(options)
        if self._at_work:
            self._wrong = "batchwright.dev is named twice: 'dev.args' names it already, say its options in one place."
        self._at_work.append(self)
        self._bench = Bench(self._wishes, lambda line: logger.console(line))
        self._output: Path | None = None
        # Libraries read these when they are imported, which is before any suite starts.
        os.environ |= {"RPA_WORKITEMS_ADAPTER": WORK_ITEMS, "RPA_SECRET_MANAGER": VAULT}

    def start_suite(self, data: Any, result: Any) -> None:
        """Give a suite with tasks its item; what keeps it from starting fails its tasks, in one sentence."""
        del result
        if not data.tests or data.source is None:
            return
        scopes = EXECUTION_CONTEXTS.current
        suite = Path(data.source)
        try:
            if self._wrong:
                raise Refused(self._wrong)
            self._set_variables(scopes.variables, suite)
            if scopes.dry_run:
                return
            one = self._bench.begin(suite, Path(str(scopes.variables["${OUTPUT_DIR}"])))
            scopes.variables.set_global("${OUTPUT_DIR}", str(one.attempt.context.evidence.path))
        except Refused as refused:
            _fail_all(data, str(refused))

    def end_suite(self, data: Any, result: Any) -> None:
        """Close the suite's pages."""
        now = self._bench.now
        if data.tests and now is not None:
            failed = [task for task in result.tests if task.failed]
            self._bench.end(parse_failure(failed[0].message) if failed else None)
            EXECUTION_CONTEXTS.current.variables.set_global("${OUTPUT_DIR}", str(now.shown_from))

    def start_test(self, data: Any, result: Any) -> None:
        """A person who looks on is not hurried."""
        del result
        if self._wishes.headed:
            data.timeout = None

    def end_test(self, data: Any, result: Any) -> None:
        """Let the author look at what failed; a task that sent what was held back has failed, as in a worker."""
        del data
        held_back = self._bench.held_back()
        if result.passed and held_back:
            result.status, result.message = "FAIL", held_back
        if result.failed and self._bench.now is not None:
            self._bench.failed(result.message)

    def start_keyword(self, data: Any, result: Any) -> None:
        """Note where it is."""
        self._pass_on("start_keyword", data, result)

    def end_keyword(self, data: Any, result: Any) -> None:
        """Note where it failed."""
        self._pass_on("end_keyword", data, result)

    def start_try_branch(self, data: Any, result: Any) -> None:
        """A failure that an EXCEPT deals with is none."""
        self._pass_on("start_try_branch", data, result)

    def library_import(self, library: Any, importer: Any) -> None:
        """Note what the suite rests on."""
        self._pass_on("library_import", library, importer)

    def resource_import(self, resource: Any, importer: Any) -> None:
        """Note what the suite rests on."""
        self._pass_on("resource_import", resource, importer)

    def output_file(self, path: Any) -> None:
        """Robot Framework's result is whole."""
        self._output = Path(path) if path else None

    def close(self) -> None:
        """Seal the evidence, say where it is, and end browser and plant."""
        try:
            self._bench.seal(self._output)
            for one in self._bench.items:
                if one.outcome is not None and one.outcome.failure is not None and one.outcome.where:
                    where = one.outcome.where
                    logger.console(f"In {where['path']}, line {where['line']}: {where['keyword']}")
                logger.console(f"Evidence:  {one.attempt.context.evidence.path}")
            target = os.environ.get(_OUTPUT)
            if target:
                write_outputs(Path(target), [one.outcome.output for one in self._bench.items if one.outcome])
        except Refused as refused:
            logger.console(str(refused))
        finally:
            self._at_work.remove(self)
            self._bench.close()

    def _set_variables(self, variables: Any, suite: Path) -> None:
        """What the worker passes as variable files; what the command line says stands above them."""
        given = variables._global.as_dict()
        for path in variables_of(self._bench.settings_of(suite)):
            content = yaml_text.load(path.read_text(encoding="utf-8")) or {}
            for name, value in content.items():
                if f"${{{name}}}" not in given:
                    variables.set_global(f"${{{name}}}", value)

    def _pass_on(self, event: str, *about: Any) -> None:
        now = self._bench.now
        for one in now.runner.listeners if now is not None else ():
            method: Callable[..., None] | None = getattr(one, event, None)
            if method is not None:
                method(*about)


def _wishes(options: tuple[str, ...]) -> tuple[Wishes, str]:
    """What the options say; a sentence where they can't be understood."""
    known: dict[str, Any] = {"item": os.environ.get(_ITEM)} if os.environ.get(_ITEM) else {}
    names = {("slow" if one.name == "slow_ms" else one.name): one for one in fields(Wishes)}
    for option in options:
        name, sign, value = option.partition("=")
        if not sign or name not in names:
            told = ", ".join(f"{one}=" for one in names)
            return Wishes(), f"batchwright.dev does not know {option!r}: its options are {told} joined by colons."
        known[name] = value
    try:
        return Wishes(**{names[name].name: _value(name, value) for name, value in known.items()}), ""
    except ValueError as error:
        return Wishes(), str(error)


def _value(name: str, value: str) -> Any:
    if name in ("bots", "item"):
        return Path(value)
    if name in ("number", "slow"):
        if not value.isdigit():
            raise ValueError(f"batchwright.dev: '{name}={value}' has to be a number.")
        return int(value)
    if name in ("afresh", "headed", "record", "pause", "stay"):
        if value.lower() not in (*_YES, *_NO):
            raise ValueError(f"batchwright.dev: '{name}={value}' has to be yes or no.")
        return value.lower() in _YES
    return value


def _fail_all(data: Any, why: str) -> None:
    """Let each task of a suite fail with the sentence, before anything of it runs; in a dry run too."""
    none_in_hand(why)
    data.setup, data.teardown = None, None
    for test in data.tests:
        test.setup, test.teardown, test.timeout = None, None, None
        test.body.clear()
        test.body.create_error(error=f"BUSINESS NOT_STARTED: {why}")
