"""The part of the MES client that speaks of certification, of what is due, and of the plant's own records."""

from typing import Unpack
from urllib.parse import quote

from mes_core.client.predictive import Held, _Calls
from mes_core.messages import conditional as c
from mes_core.messages import gates as g
from mes_core.messages import masters as m
from mes_core.messages import people as p
from mes_core.messages import settings as s
from mes_core.messages import views as v
from mes_core.messages.causes import CauseNote, HandDue, NewCauseNote
from mes_core.messages.record import Message


class _Nothing(Message):
    """A body without fields."""


class CertificationCalls:
    """Final results, the register, what is due, gates of a supply, master records, settings."""

    def note_final_result(self: _Calls, batch_id: str, result: c.SignFinalResult, **held: Unpack[Held]) -> v.BatchView:
        """Note a final result that a conditional release waits for."""
        return self._post(f"/api/batches/{_q(batch_id)}/final-results", result, v.BatchView, held=held)

    def names_in_records(self: _Calls, *, unknown: bool = False) -> tuple[p.NameView, ...]:
        """Names in records: whose they are, and those that nobody knows yet."""
        return tuple(self._each("/api/names-in-records", p.NameView, {"unknown": str(unknown).lower()}))

    def map_name(self: _Calls, mapping: p.MapName, **held: Unpack[Held]) -> p.NameView:
        """Say whose a name in records is, signed."""
        return self._post("/api/names-in-records", mapping, p.NameView, held=held)

    def register(self: _Calls, batch_id: str | None = None) -> tuple[c.RegisterEntry, ...]:
        """The register of certifications, in the order of signing."""
        return tuple(self._each("/api/register", c.RegisterEntry, {"batch_id": batch_id}))

    def due_items(self: _Calls, *, batch_id: str | None = None, role: str | None = None) -> tuple[c.DueView, ...]:
        """What is due, soonest first."""
        return tuple(self._each("/api/due-items", c.DueView, {"batch_id": batch_id, "role": role}))

    def due_notices(self: _Calls, due_id: str | None = None) -> tuple[c.DueNotice, ...]:
        """Reminders and escalations, newest first."""
        return tuple(self._each("/api/due-notices", c.DueNotice, {"due_id": due_id}))

    def finish_due(self: _Calls, due_id: str, done: c.DueDone, **held: Unpack[Held]) -> c.DueView:
        """Sign that a notice was given, or that a report was looked into."""
        return self._post(f"/api/due-items/{_q(due_id)}/done", done, c.DueView, held=held)

    def hand_due(self: _Calls, due_id: str, handing: HandDue, **held: Unpack[Held]) -> c.DueView:
        """Take on something that is due, or hand it to a colleague."""
        return self._post(f"/api/due-items/{_q(due_id)}/owner", handing, c.DueView, held=held)

    def note_cause(self: _Calls, batch_id: str, note: NewCauseNote, **held: Unpack[Held]) -> CauseNote:
        """Take what holds a batch under a rule, hand it over, give it back, or remark on it."""
        return self._post(f"/api/batches/{_q(batch_id)}/cause-notes", note, CauseNote, held=held)

    def cause_notes(self: _Calls, batch_id: str) -> tuple[CauseNote, ...]:
        """Who took, handed over and remarked on what holds a batch."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/cause-notes", CauseNote, {}))

    def tick(self: _Calls, **held: Unpack[Held]) -> c.TickView:
        """Advance what is due to the server's time."""
        return self._post("/api/ticks", _Nothing(), c.TickView, held=held)

    def record_gate(self: _Calls, batch_id: str, gate: g.NewGate, **held: Unpack[Held]) -> g.GateView:
        """Record a gate of a supply outside of specification, signed."""
        return self._post(f"/api/batches/{_q(batch_id)}/supply-gates", gate, g.GateView, held=held)

    def supply_gates(self: _Calls, batch_id: str) -> tuple[g.GateView, ...]:
        """The gates that are recorded, in their order."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/supply-gates", g.GateView, {}))

    def register_master(self: _Calls, new: m.NewMaster, **held: Unpack[Held]) -> m.MasterView:
        """Store a version of a master record as a draft."""
        return self._post("/api/master-records", new, m.MasterView, held=held)

    def approve_master(self: _Calls, master_id: str, approval: m.ApproveMaster, **held: Unpack[Held]) -> m.MasterView:
        """Approve a version from a day on, signed."""
        return self._post(f"/api/master-records/{_q(master_id)}/approval", approval, m.MasterView, held=held)

    def masters(self: _Calls, name: str | None = None) -> tuple[m.MasterView, ...]:
        """All versions, oldest of each name first."""
        return tuple(self._each("/api/master-records", m.MasterView, {"name": name}))

    def change_signing(self: _Calls, change: s.ChangeSigning, **held: Unpack[Held]) -> s.SettingView:
        """Change what a signature takes, signed."""
        return self._post("/api/settings/signing", change, s.SettingView, held=held)

    def settings(self: _Calls) -> tuple[s.SettingView, ...]:
        """Every setting that was made, newest first."""
        return tuple(self._each("/api/settings", s.SettingView, {}))


def _q(text: str) -> str:
    return quote(text, safe="")
