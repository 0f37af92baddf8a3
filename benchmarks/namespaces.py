"""Network namespaces for workers: each on a machine of its own, as far as the network goes (Linux, root)."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

BRIDGE = "bw-bench"
HOST = "10.217.64.1"
"""Address at which the workers find MES and sites."""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def namespaces(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A namespace for each worker, joined by a bridge with an address of ours; the words before a worker's command.

    Raises:
        CalledProcessError: We may not, or one of these names is taken.
    """
    with ExitStack() as stack:
        _ip("link", "add", BRIDGE, "type", "bridge")
        stack.callback(_ip, "link", "del", BRIDGE)
        _ip("addr", "add", f"{HOST}/24", "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        for number, name in enumerate(names, start=1):
            _ip("netns", "add", name)
            stack.callback(_ip, "netns", "del", name)
            outside = f"bw-veth{number}"
            _ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", outside, "master", BRIDGE, "up")
            inside = ("-n", name)
            _ip(*inside, "addr", "add", f"{HOST.rpartition('.')[0]}.{number + 1}/24", "dev", "eth0")
            _ip(*inside, "link", "set", "eth0", "up")
            _ip(*inside, "link", "set", "lo", "up")
        yield ("ip", "netns", "exec", "{name}")
