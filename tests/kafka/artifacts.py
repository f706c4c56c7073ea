"""Apache Kafka's own server, fetched once with Maven into the project's cache."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
CACHE: Final = HERE.parents[1] / ".cache" / "kafka"
JAVA_NEEDED: Final = 17


class KafkaUnavailable(Exception):
    """No Kafka can be had on this machine; the text says what is missing."""


def java() -> str:
    """The path of a Java that is new enough for the server."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    if found is None:
        raise KafkaUnavailable(f"no java: install Java {JAVA_NEEDED} or newer")
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < JAVA_NEEDED:
        raise KafkaUnavailable(f"{found} is older than Java {JAVA_NEEDED}")
    return found


def jars() -> Path:
    """The directory with the server's jars; the first call downloads them (about 44 MB).

    Named by the pom's content, so that a new pom brings new jars; safe for several processes.
    """
    pom = HERE / "pom.xml"
    directory = CACHE / f"jars-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with _only_process():
        if not directory.is_dir():
            _download(pom, directory)
    return directory


def _download(pom: Path, directory: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailable("no mvn: install Maven 3.6.3 or newer")
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        # A repository of its own: Maven's shared one is not safe for two processes at once.
        command = [maven, "-q", "-B", "-C", f"-Dmaven.repo.local={scratch}/repository"]
        command += [
            "-f",
            str(pom),
            "dependency:copy-dependencies",
            f"-DoutputDirectory={scratch}/jars",
        ]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise KafkaUnavailable(f"Maven could not fetch Kafka:\n{done.stdout[-2000:]}")
        Path(scratch, "jars").rename(directory)


@contextmanager
def _only_process() -> Iterator[None]:
    with Path(CACHE, "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
