"""Many batches under one rule set: processes that each hold a share of the facts, with the same judge in each.

Facts are read where they are judged, so nothing large travels between processes.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from rules.engine import RuleSet
from rules.errors import BadFact

Load = Callable[[int, int], Iterable[dict[str, Any]]]
"""Gives the facts of one share: its number, out of how many."""


@dataclass(frozen=True, slots=True)
class Brief:
    """One batch judged: its verdict, and the rules that it breaks, each once, in order."""

    verdict: str
    rules: tuple[str, ...]


class Judges:
    """Processes that have read their shares and wait to judge them.

    Use it as a context; `judge` may be called again and again, and costs no more reading.
    """

    def __init__(self, rule_set: Callable[[], RuleSet], load: Load, *, processes: int | None = None) -> None:
        """Start the processes and let them read.

        Args:
            rule_set: makes the rule set; a function of a module, or a partial of one.
            load: reads a share; likewise.
            processes: by default one for each core.
        """
        many = processes or os.cpu_count() or 1
        context = multiprocessing.get_context("spawn")
        self._ends: list[Connection] = []
        self._processes = []
        for share in range(many):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, rule_set, load, share, many), daemon=True)
            process.start()
            theirs.close()
            self._ends.append(ours)
            self._processes.append(process)
        for end in self._ends:
            _answer(end)

    def judge(self) -> list[list[Brief]]:
        """Judge every share at the same time; share by share, in the order in which each was read.

        Raises:
            BadFact: a batch whose facts can't be judged, or a process that ended.
        """
        for end in self._ends:
            end.send("judge")
        return [[Brief(*one) for one in _answer(end)] for end in self._ends]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join(10)
            if process.is_alive():
                process.kill()


def _answer(end: Connection) -> Any:
    try:
        fine, answer = end.recv()
    except EOFError:
        raise BadFact("A process that judges batches ended before it answered: start again with fewer.") from None
    if not fine:
        raise BadFact(answer)
    return answer


def _work(end: Connection, rule_set: Callable[[], RuleSet], load: Load, share: int, many: int) -> None:
    rules = rule_set()
    facts = list(load(share, many))
    end.send((True, len(facts)))
    while True:
        try:
            end.recv()
        except EOFError:
            return
        try:
            judged = [rules.judge(one) for one in facts]
        except BadFact as error:
            end.send((False, str(error)))
            continue
        end.send((True, [(one.verdict, tuple(dict.fromkeys(f.rule for f in one.findings))) for one in judged]))
