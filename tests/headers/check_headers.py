#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every public header compiles alone, without a warning; and a program that includes all of them compiles in at
most 3 seconds of CPU. That they include the standard library alone is seen by tools/check_floors.py.

A header X.h that X.cc includes before anything else was compiled alone by the build, with its warnings; so it
is the others that are compiled here. All of them say `#pragma once`.

    check_headers.py COMPILER PROGRAM COMPILE_COMMANDS
"""
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import floors  # noqa: E402

LIMIT_S = 3.0
WARNINGS = {"-Wall", "-Wextra", "-Wconversion", "-Werror"}
FLAGS = ["-std=c++20", *sorted(WARNINGS), "-Wno-maybe-uninitialized"]


def compiled_first(commands):
    """The headers that a source of the library, compiled with all warnings as errors, begins with."""
    headers = set()
    for entry in json.loads(pathlib.Path(commands).read_text()):
        source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if not source.is_relative_to(ROOT / "src") or not WARNINGS <= set(entry["command"].split()):
            continue
        first = re.search(r'^\s*#\s*(\w+)(?:\s+"(.*)")?', source.read_text(), re.MULTILINE)
        if first and first[1] == "include" and first[2]:
            headers.add(first[2])
    return headers


def check_alone(compiler, folder, header):
    """The compiler's words about a file that includes the header and nothing else."""
    source = pathlib.Path(folder) / (header.replace("/", "_") + ".cc")
    source.write_text(f'#include "{header}"\n')
    done = subprocess.run([compiler, *FLAGS, f"-I{ROOT / 'src'}", "-fsyntax-only", str(source)],
                          capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{header} does not compile alone:\n{done.stderr}"


def is_included_once(header):
    code = re.sub(r"//.*", "", (ROOT / "src" / header).read_text())
    return code.split()[:2] == ["#pragma", "once"]


def cpu_seconds(compiler, folder, program, level):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([compiler, "-std=c++20", level, f"-I{ROOT / 'src'}", "-c", program,
                    "-o", str(pathlib.Path(folder) / "program.o")], check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def least_seconds(compiler, folder, program, level):
    """Of three tries, or of the first that is within the limit: other work makes a compiler slower, never faster."""
    least = float("inf")
    for _ in range(3):
        least = min(least, cpu_seconds(compiler, folder, program, level))
        if least <= LIMIT_S:
            break
    return least


def main():
    compiler, program, commands = sys.argv[1:]
    # An .inc is a part of a struct, any number of times: what includes it is compiled.
    headers = [header for header in floors.public_headers(ROOT) if header.endswith(".h")]
    others = sorted(set(headers) - compiled_first(commands))
    with tempfile.TemporaryDirectory() as folder:
        seconds = {level: least_seconds(compiler, folder, program, level) for level in ("-O0", "-O2")}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            failures = [words for words in pool.map(lambda h: check_alone(compiler, folder, h), others) if words]
    failures += [f"{header} does not begin with #pragma once" for header in headers if not is_included_once(header)]
    print(f"{len(headers)} public headers, {len(others)} of them first in no source and compiled here:",
          f"{len(failures)} are wrong")
    print("\n".join(failures))
    print(f"{pathlib.Path(program).name} compiles in",
          ", ".join(f"{value:.2f} s of CPU with {level}" for level, value in seconds.items()))
    too_slow = max(seconds.values()) > LIMIT_S
    if too_slow:
        print(f"that is more than {LIMIT_S:g} s")
    return 1 if failures or too_slow else 0


if __name__ == "__main__":
    sys.exit(main())
