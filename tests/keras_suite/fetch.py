# SPDX-License-Identifier: Apache-2.0
"""Keras's own test files, from its source package on PyPI, into .cache/keras_suite (which git ignores).

Wheels hold no tests; source packages do, and 3.15.1 is the newest of them.
"""
import pathlib
import subprocess
import sys
import tarfile

VERSION = "3.15.1"
CACHE = pathlib.Path(__file__).resolve().parents[2] / ".cache" / "keras_suite"
ROOT = CACHE / f"keras-{VERSION}"


def fetch():
    """The folder of the unpacked source package."""
    if (ROOT / "complete").exists():
        return ROOT
    CACHE.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "keras",
                    "--dest", str(CACHE), f"keras=={VERSION}"], check=True)
    with tarfile.open(CACHE / f"keras-{VERSION}.tar.gz") as archive:
        members = [member for member in archive.getmembers()
                   if member.name.startswith(f"keras-{VERSION}/keras/") and ".." not in member.name
                   and (member.isfile() or member.isdir())]
        archive.extractall(CACHE, members=members)
    (ROOT / "complete").touch()
    return ROOT


if __name__ == "__main__":
    print(fetch())
