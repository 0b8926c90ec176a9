#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs a wheel into a fresh environment, outside this tree, and looks whether it is what users are told.

    check_wheel.py WHEEL

It has the module, its stubs and py.typed and nothing else, weighs less than 5 MB, needs NumPy and the shared
libraries that README.md names, is imported in under 0.1 s, and runs README.md's Python programs, which mypy --strict takes (it comes from PyPI).
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST_BYTES = 5_000_000
MOST_SECONDS = 0.1
# Of the C and C++ runtime, which is on every machine.
RUNTIME = {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


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
    names = zipfile.ZipFile(wheel).namelist()
    unpacked = sum(entry.file_size for entry in zipfile.ZipFile(wheel).infolist())
    check(unpacked < MOST_BYTES, f"weighs {unpacked} bytes")
    source = {path.relative_to(ROOT / "python").as_posix() for path in (ROOT / "python" / "keratin").rglob("*")
              if path.suffix in (".py", ".pyi") or path.name == "py.typed"}
    inside = {name for name in names if not re.match(r"keratin-[^/]+\.dist-info/", name)}
    cores = {name for name in inside if re.fullmatch(r"keratin/_core\.[^/]+\.so", name)}
    check(len(cores) == 1, f"has these modules: {sorted(cores)}")
    difference = (inside - cores) ^ (source | {"keratin/_core.pyi"})
    check(not difference, f"these files are missing or too many: {sorted(difference)}")
    return size, unpacked


def check_libraries(folder):
    """The module needs what README.md names, and finds it without this tree."""
    core = next(folder.glob("lib/python*/site-packages/keratin/_core.*.so"))
    dynamic = run("readelf", "-d", core)
    check("RPATH" not in dynamic and "RUNPATH" not in dynamic, "the module looks for libraries in a folder")
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)) - RUNTIME
    stems = {name.split(".so")[0] for name in needed}
    readme = (ROOT / "README.md").read_text()
    unnamed = {stem for stem in stems if f"`{stem}`" not in readme}
    check(not unnamed, f"README.md does not name these libraries: {sorted(unnamed)}")
    return sorted(needed)


def import_seconds(python):
    """The best of five: of NumPy and keratin together, and of keratin's part."""
    program = ("import time; a = time.perf_counter(); import numpy; b = time.perf_counter(); import keratin; "
               "c = time.perf_counter(); print(c - a, c - b)")
    times = [tuple(map(float, run(python, "-c", program, cwd="/").split())) for _ in range(5)]
    return min(whole for whole, _ in times), min(own for _, own in times)


def main():
    wheel = pathlib.Path(sys.argv[1]).resolve()
    size, unpacked = check_contents(wheel)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run(sys.executable, "-m", "venv", folder / "venv")
        python = folder / "venv" / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", wheel, cwd=folder)
        run(python, "-m", "pip", "check", cwd=folder)
        installed = {line.split("==")[0].lower() for line in run(python, "-m", "pip", "freeze").split()}
        installed = {name.split("@")[0] for name in installed if name[0].isalpha() and "file:" not in name}
        check(installed == {"numpy", "keratin"}, f"installed beside it: {sorted(installed)}")
        needed = check_libraries(folder / "venv")
        whole, own = import_seconds(python)
        check(own < MOST_SECONDS, f"imported in {own:.3f} s")
        blocks = re.findall(r"\n```python\n(.*?)\n```", (ROOT / "README.md").read_text(), re.S)
        check(blocks, "README.md has no Python program")
        for block in blocks:
            (folder / "program.py").write_text(block)
            run(python, folder / "program.py", cwd=folder)
        run(python, "-m", "pip", "install", "--quiet", "mypy", cwd=folder)
        for block in blocks:
            (folder / "program.py").write_text(block)
            run(python, "-m", "mypy", "--strict", folder / "program.py", cwd=folder)
    print(f"{wheel.name}: {size} bytes, {unpacked} unpacked; imported in {own:.3f} s, {whole:.3f} s with NumPy; "
          f"needs {', '.join(needed)}; {len(blocks)} programs of README.md run, and pass mypy")


if __name__ == "__main__":
    main()
