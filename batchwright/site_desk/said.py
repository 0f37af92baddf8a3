"""What the commands of `batchwright site` found, as lines for people."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from batchwright.support.formats import counted

if TYPE_CHECKING:
    from keywords.site_folders.checking import Checked
    from keywords.site_folders.trying import Tried
    from keywords.site_folders.visit import Visit

_WIDE = 24


def trial_lines(visit: "Visit", tried: "Sequence[Tried]") -> list[str]:
    """A trial of a site folder."""
    lines = [f"{visit.folder.name} at {visit.url}"]
    for one in tried:
        lines += list(_of_list(one) if one.kind == "list" else _of_form(one))
    lines += _requests(tried)
    stopped = [one.name for one in tried if one.refused]
    doubts = sum(len(one.doubts) for one in tried)
    end = f"A bot would stop at {', '.join(stopped)}." if stopped else "A bot would stop at nothing."
    return [*lines, "", f"{end} {counted(doubts, 'doubt')}. Nothing was changed. Pictures: {visit.evidence.path}"]


def _of_list(one: "Tried") -> Iterator[str]:
    yield ""
    yield f"list {one.name}: '{one.caption}' {one.address}".rstrip()
    if one.left_out:
        yield f"  not opened: {one.left_out}"
        return
    if one.refusal:
        yield f"  ! {one.refusal}"
        return
    if one.rows or one.stated is not None or one.whole is not None:
        stated = "" if one.stated is None else f" of {one.stated} stated"
        end = {True: ", whole", False: ", not whole", None: ", first page only"}[one.whole]
        yield f"  {counted(one.read, 'row')}{stated}{end}"
    yield from _table(one.rows)
    if one.unread:
        yield f"  not read: {', '.join(one.unread)}"
    yield from _doubts(one)


def _of_form(one: "Tried") -> Iterator[str]:
    yield ""
    yield f"form {one.name}: button '{one.caption}' {one.address}".rstrip()
    if one.left_out:
        yield f"  not opened: {one.left_out}"
    if one.refusal:
        yield f"  ! {one.refusal}"
    for field in one.fields:
        shown = field["kind"] if field["shown"] else "not there"
        yield f"  {field['name']}: '{field['label']}' ({shown})"
    yield from _doubts(one)


def _doubts(one: "Tried") -> Iterator[str]:
    for doubt in one.doubts:
        sign, where = "!" if doubt.refused else "?", f" ({doubt.where})" if doubt.where else ""
        yield f"  {sign} {doubt.what}{where}: {doubt.sentence}"


def _table(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    if not rows:
        return
    names = list(rows[0])
    widths = {name: min(_WIDE, max(len(name), *(len(row[name]) for row in rows))) for name in names}
    yield "  " + "  ".join(name[:_WIDE].ljust(widths[name]) for name in names).rstrip()
    for row in rows:
        yield "  " + "  ".join(_cut(row[name]).ljust(widths[name]) for name in names).rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= _WIDE else text[: _WIDE - 3] + "..."


def _requests(tried: "Sequence[Tried]") -> list[str]:
    """What the pages sent, with the line to write for what was held back."""
    seen = {(one.method, one.path, one.fate): one for each in tried for one in each.requests}
    if not seen:
        return ["", "Requests: none but those that read."]
    lines = ["", "Requests:"]
    for one in seen.values():
        lines.append(f"  {one.kind} {one.method} {one.path}: {'held back' if one.refused else one.fate}")
        if one.line:
            lines.append(f"    to let it out, say what it is under 'requests' (read, session, note, draft): {one.line}")
    return lines


def check_lines(visit: "Visit", checked: "Checked", *, accepted: bool) -> list[str]:
    """A check of a site folder."""
    lines = [f"{visit.folder.name} at {visit.url}: {counted(checked.compared, 'word')} compared"]
    for one in checked.moved:
        lines.append(f"  ! {one.sentence}")
        if one.picture:
            lines.append(f"    picture: {visit.evidence.path / one.picture}")
    lines += [f"  - {'.'.join(map(str, one.place))} '{one.word}' was not seen: {one.why}" for one in checked.unseen]
    if not checked.moved:
        return [*lines, "Nothing moved."]
    lines.append(f"{counted(len(checked.moved), 'word')} moved. Nothing was changed on the site.")
    if checked.diff and not accepted:
        lines += ["", *checked.diff.splitlines(), "", "It counts when a person has looked at it: run it with --accept."]
    return lines
