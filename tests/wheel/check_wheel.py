#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks whether a wheel is what users are told, and tries it with the Python that runs this.

    check_wheel.py WHEEL AUDITWHEEL

It has the module, its stubs, py.typed and the shared libraries that come along, and nothing else; weighs less than
12 MB, and unpacked less than 16; needs of the system the C and C++ runtime and zlib alone, by auditwheel's word too, of a glibc that is old enough; is
installed into a root that has Python alone (beside it NumPy's wheel, no network), where README.md's programs run; and
from a fresh environment it is imported in under 0.1 s, and mypy --strict takes the programs, whose own functions need no types. NumPy, mypy: from PyPI.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

from empty_root import EmptyRoot, libraries_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST_BYTES = 12_000_000  # of what is fetched
MOST_UNPACKED = 16_000_000
MOST_SECONDS = 0.1
OLDEST_GLIBC = 36  # 2.36, Debian 12's; a wheel that is built on a newer system may need that system's
# Of the C and C++ runtime, which is on every machine, and zlib, which every policy of manylinux takes for granted.
RUNTIME = {"libc.so.6", "libz.so.1", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libpthread.so.0",
           "libdl.so.2", "librt.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(true, text):
    if not true:
        sys.exit(f"check_wheel: {text}")


def check_contents(wheel):
    size = wheel.stat().st_size
    names = [name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")]
    unpacked = sum(entry.file_size for entry in zipfile.ZipFile(wheel).infolist())
    check(size < MOST_BYTES, f"weighs {size} bytes")
    check(unpacked < MOST_UNPACKED, f"weighs {unpacked} bytes when it is unpacked")
    source = {path.relative_to(ROOT / "python").as_posix() for path in (ROOT / "python" / "keratin").rglob("*")
              if path.suffix in (".py", ".pyi") or path.name == "py.typed"}
    inside = {name for name in names if not re.match(r"keratin-[^/]+\.dist-info/|keratin\.libs/[^/]+\.so", name)}
    cores = {name for name in inside if re.fullmatch(r"keratin/_core\.[^/]+\.so", name)}
    check(len(cores) == 1, f"has these modules: {sorted(cores)}")
    difference = (inside - cores) ^ (source | {"keratin/_core.pyi"})
    check(not difference, f"these files are missing or too many: {sorted(difference)}")
    return size, unpacked


def check_libraries(wheel, auditwheel, folder):
    """What the wheel needs it has, or the runtime; it is found beside the module. Returns what comes along."""
    zipfile.ZipFile(wheel).extractall(folder / "unpacked")
    libraries = [path for path in (folder / "unpacked").rglob("*.so*") if path.is_file()]
    along = {path.name for path in libraries if path.parent.name == "keratin.libs"}
    for library in libraries:
        dynamic = run("readelf", "-d", library)
        foreign = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)) - RUNTIME - along
        check(not foreign, f"{library.name} needs of the system: {sorted(foreign)}")
        paths = [path for found in re.findall(r"\(R(?:UN)?PATH\).*\[(.*)\]", dynamic) for path in found.split(":")]
        check(all(path.startswith("$ORIGIN") for path in paths), f"{library.name} looks for libraries in {paths}")
    glibc = int(os.confstr("CS_GNU_LIBC_VERSION").split(".")[1])
    said = run(auditwheel, "show", wheel)
    policy = re.search(r"following\s+platform\s+tag:\s+\"manylinux_2_(\d+)_", said)
    check(policy and int(policy[1]) <= max(OLDEST_GLIBC, glibc), f"auditwheel says:\n{said}")
    check(f"manylinux_2_{policy[1]}_" in wheel.name, f"its name says another policy than 2_{policy[1]}")
    return sorted(along), f"manylinux_2_{policy[1]}"


def check_alone(wheel, python, blocks, folder):
    """In a root with Python alone: pip installs it from files, and README's programs run."""
    root = EmptyRoot(folder / "root")
    if not root.can_be_entered():
        return "not tried in an empty root: that takes root, or user namespaces"
    for library in libraries_of(next((folder / "unpacked").glob("keratin/_core.*.so"))):
        for name in RUNTIME if library.name in RUNTIME else ():  # those beside it too: NumPy needs them
            if library.with_name(name).exists():
                root.copy(library.with_name(name))
    run(python, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", root.inside("/wheels"), wheel)
    pip = pathlib.Path(run(python, "-c", "import pip; print(pip.__path__[0])").strip())
    shutil.copytree(pip, root.inside("/pip/pip"))
    run(*root.command("-m", "pip", "install", "--quiet", "--no-cache-dir", "--no-index", "--find-links", "/wheels",
                      "--target", "/packages", "keratin", PYTHONPATH="/pip"))
    for block in blocks:
        root.inside("/program.py").write_text(block)
        run(*root.command("/program.py", PYTHONPATH="/packages"))
    return "programs run in a root with Python alone"


def import_seconds(python):
    """The best of five, in seconds of the processor: of NumPy and keratin together, and of keratin's part."""
    program = ("import time; a = time.process_time(); import numpy; b = time.process_time(); import keratin; "
               "c = time.process_time(); print(c - a, c - b)")
    times = [tuple(map(float, run(python, "-c", program, cwd="/").split())) for _ in range(5)]
    return min(whole for whole, _ in times), min(own for _, own in times)


def main():
    wheel, auditwheel = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).absolute()
    blocks = re.findall(r"\n```python\n(.*?)\n```", (ROOT / "README.md").read_text(), re.S)
    check(blocks, "README.md has no Python program")
    size, unpacked = check_contents(wheel)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        along, policy = check_libraries(wheel, auditwheel, folder)
        run(sys.executable, "-m", "venv", folder / "venv")
        python = folder / "venv" / "bin" / "python"
        alone = check_alone(wheel, python, blocks, folder)
        run(python, "-m", "pip", "install", "--quiet", wheel, cwd=folder)
        run(python, "-m", "pip", "check", cwd=folder)
        installed = {line.split("==")[0].lower() for line in run(python, "-m", "pip", "freeze").split()}
        installed = {name.split("@")[0] for name in installed if name[0].isalpha() and "file:" not in name}
        check(installed == {"numpy", "keratin"}, f"installed beside it: {sorted(installed)}")
        whole, own = import_seconds(python)
        check(own < MOST_SECONDS, f"imported in {own:.3f} s")
        run(python, "-m", "pip", "install", "--quiet", "mypy", cwd=folder)
        for block in blocks:
            (folder / "program.py").write_text(block)
            run(python, folder / "program.py", cwd=folder)
            run(python, "-m", "mypy", "--strict", "--allow-untyped-defs", "--allow-untyped-calls",
                folder / "program.py", cwd=folder)
    print(f"{wheel.name} with Python {sys.version.split()[0]}: {size} bytes, {unpacked} unpacked; imported in "
          f"{own:.3f} s, {whole:.3f} s with NumPy; {policy}; brings {', '.join(along)}; {len(blocks)} programs of "
          f"README.md run, and pass mypy; {alone}")


if __name__ == "__main__":
    main()
