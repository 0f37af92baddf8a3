"""Spoils input in the ways in which files and machines go wrong, and watches the store meanwhile."""

import hashlib
import shutil
import socket
import sqlite3
import tempfile
from pathlib import Path

from robot.api.deco import keyword, library

_COLUMNS = {
    "Laboratory.csv": "batch;code;strength;size;start;tbl_yield;batch_yield;"
    "dissolution_av;dissolution_min;resodual_solvent;impurities_total;impurity_o;impurity_l",
    "Process.csv": "batch;code;Drug release average (%);Drug release min (%);"
    "Residual solvent;Total impurities;Impurity O;Impurity L",
}


@library(scope="SUITE", auto_keywords=False)
class BadInput:
    """Keywords that spoil things; each keeps to the folder it is given."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    @keyword
    def make_two_files_of_real_shape(self, folder: str) -> str:
        """`Laboratory.csv` and `Process.csv` with the columns that an import needs and two batches in order."""
        made = Path(folder) / "shape"
        made.mkdir()
        for name, columns in _COLUMNS.items():
            rows = [";".join([batch, *("1" for _ in columns.split(";")[1:])]) for batch in ("1", "2")]
            (made / name).write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
        return str(made)

    @keyword
    def a_spoilt_copy(self, folder: str, how: str) -> str:
        """A copy whose `Laboratory.csv` is spoilt: 'quote', 'binary', 'separator', 'column', 'empty' or 'gone'."""
        copy = Path(tempfile.mkdtemp(prefix=f"{how}-", dir=Path(folder).parent))
        for name in _COLUMNS:
            shutil.copy(Path(folder) / name, copy)
        path = copy / "Laboratory.csv"
        lines = path.read_text(encoding="utf-8").splitlines()
        if how == "quote":
            path.write_text("\n".join([*lines[:-1], f'"{lines[-1]}']) + "\n", encoding="utf-8")
        elif how == "binary":
            path.write_bytes("\n".join(lines).encode() + b"\n" + bytes(range(128, 256)))
        elif how == "separator":
            path.write_text("\n".join(lines).replace(";", ","), encoding="utf-8")
        elif how == "column":
            path.write_text("\n".join(lines).replace("dissolution_av", "dissolution_xx", 1), encoding="utf-8")
        elif how == "empty":
            path.write_bytes(b"")
        elif how == "gone":
            path.unlink()
        else:
            raise AssertionError(f"There is no way to spoil a file called {how!r}.")
        return str(copy)

    @keyword
    def what_the_store_holds(self, home: str) -> str:
        """SHA-256 of all that the store's database says, and the names of the files around it."""
        names = sorted(one.relative_to(home).as_posix() for one in Path(home).rglob("*") if one.is_file())
        named = [one for one in names if not one.endswith(("-wal", "-shm", ".csv"))]
        connection = sqlite3.connect(Path(home) / "mes.sqlite")
        try:
            said = "\n".join(connection.iterdump())
        finally:
            connection.close()
        return hashlib.sha256("\n".join([said, *named]).encode()).hexdigest()

    @keyword
    def take_a_port(self) -> int:
        """Listens on a free port until the suite ends; gives its number."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        number: int = self._socket.getsockname()[1]
        return number

    @keyword
    def free_the_port(self) -> None:
        """Stops listening."""
        if self._socket is not None:
            self._socket.close()

    @keyword
    def folder_below_a_file(self, home: str) -> str:
        """A folder that nobody can make, root included, since a file stands in its way."""
        path = Path(home) / "a-file"
        path.write_text("no folder\n", encoding="utf-8")
        return str(path / "below")
