#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every public header compiles alone, without a warning and seeing nothing but the standard library; and
a program that includes all of them compiles in at most 3 seconds of CPU.

    check_headers.py COMPILER PROGRAM
"""
import os
import pathlib
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
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-Wno-maybe-uninitialized"]


def check_alone(compiler, folder, header):
    """The compiler's words about a file that includes the header, twice, and nothing else."""
    source = pathlib.Path(folder) / (header.replace("/", "_") + ".cc")
    source.write_text(f'#include "{header}"\n#include "{header}"\n')
    done = subprocess.run([compiler, *FLAGS, f"-I{ROOT / 'src'}", "-fsyntax-only", str(source)],
                          capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{header} does not compile alone:\n{done.stderr}"


def cpu_seconds(compiler, folder, program, level):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([compiler, "-std=c++20", level, f"-I{ROOT / 'src'}", "-c", program,
                    "-o", str(pathlib.Path(folder) / "program.o")], check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main():
    compiler, program = sys.argv[1:]
    headers = floors.public_headers(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        # The fastest of three: other work on the machine makes a compiler slower, never faster.
        seconds = {level: min(cpu_seconds(compiler, folder, program, level) for _ in range(3))
                   for level in ("-O0", "-O2")}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            failures = [words for words in pool.map(lambda h: check_alone(compiler, folder, h), headers) if words]
    print(f"{len(headers)} public headers, {len(failures)} do not compile alone")
    print("\n".join(failures))
    print(f"{pathlib.Path(program).name} compiles in",
          ", ".join(f"{value:.2f} s of CPU with {level}" for level, value in seconds.items()))
    too_slow = max(seconds.values()) > LIMIT_S
    if too_slow:
        print(f"that is more than {LIMIT_S:g} s")
    return 1 if failures or too_slow else 0


if __name__ == "__main__":
    sys.exit(main())
