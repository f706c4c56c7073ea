"""Prometheus and promtool: those on the PATH, else Debian's package, unpacked into the cache.

Nothing is installed and nobody has to be root: apt is given directories of its own.
"""

import fcntl
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).parents[2] / ".cache" / "prometheus"
_PROGRAMS: Final = ("prometheus", "promtool")
_SECONDS: Final = 150.0


class PrometheusUnavailable(Exception):
    """No Prometheus can be had on this machine; the text says what is missing."""


def program(name: str, path: str | None = None) -> str:
    """The path of ``prometheus`` or ``promtool``; the first call may download them (30 MB).

    `path` stands in for PATH. Raises `PrometheusUnavailable`.
    """
    found = shutil.which(name, path=path)
    return found or str(_unpacked() / "usr" / "bin" / name)


def _unpacked() -> Path:
    """The directory that the package is unpacked in; safe for several processes."""
    directory = CACHE / "package"
    CACHE.mkdir(parents=True, exist_ok=True)
    with Path(CACHE, "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not directory.is_dir():
            _download(directory)
    return directory


def _download(directory: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise PrometheusUnavailable("neither prometheus nor apt-get is on the PATH")
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        for name in ("lists/partial", "cache/archives/partial"):
            Path(scratch, name).mkdir(parents=True)
        apt = ["apt-get", "-q", "-o", f"Dir::State::lists={scratch}/lists"]
        apt += ["-o", f"Dir::Cache={scratch}/cache", "-o", "APT::Sandbox::User=root"]
        _run([*apt, "update"], scratch)
        _run([*apt, "download", "prometheus"], scratch)
        (package,) = Path(scratch).glob("prometheus_*.deb")
        _run(["dpkg-deb", "-x", str(package), "unpacked"], scratch)
        for name in _PROGRAMS:
            if not Path(scratch, "unpacked", "usr", "bin", name).exists():
                raise PrometheusUnavailable(f"the package {package.name} holds no {name}")
        Path(scratch, "unpacked").rename(directory)


def _run(command: list[str], folder: str) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PrometheusUnavailable(f"{command[0]} did not end in time") from error
    if done.returncode:
        raise PrometheusUnavailable(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}")
