#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions of each hot kernel under callgrind against bench/instructions.json.

    check_instructions.py PROGRAM [--update]

PROGRAM is bench/kernel_calls of an optimised build. A count is the difference of two runs, so that what
starts the program does not count; it does not depend on the machine's mood. It depends on the compiler and
on the instruction set (callgrind knows AVX2 at most): the budget names both, and is checked only where
they are the same. More than 5 % above the budget fails; --update writes what was measured.
Exit codes: 0 within the budget, 1 above it, 77 cannot be checked here.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

BUDGET = pathlib.Path(__file__).parent.parent / "bench" / "instructions.json"
ROOM = 1.05


def collected(program, kernel, times):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
               "--toggle-collect=main", program, kernel, str(times)]
    ended = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"Collected\s*:\s*(\d+)", ended.stderr)
    if ended.returncode != 0 or not found:
        sys.exit(f"check_instructions: {kernel} did not run:\n{ended.stderr[-500:]}")
    return int(found[1])


def circumstances():
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
    flags = pathlib.Path("/proc/cpuinfo").read_text() if pathlib.Path("/proc/cpuinfo").exists() else ""
    return {"compiler": f"g++ {compiler}", "instructions": "avx2" if " avx2 " in flags else "other"}


def main():
    program, update = sys.argv[1], "--update" in sys.argv
    if shutil.which("valgrind") is None or shutil.which("g++") is None:
        print("check_instructions: no valgrind, or no g++: nothing was checked")
        return 77
    here = circumstances()
    budget = json.loads(BUDGET.read_text()) if BUDGET.exists() else {}
    if not update and budget.get("circumstances") != here:
        print(f"check_instructions: the budget is for {budget.get('circumstances')}, this is {here}: not checked")
        return 77
    kernels = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    counts = {}
    for kernel in kernels:
        counts[kernel] = round((collected(program, kernel, 120) - collected(program, kernel, 20)) / 100)
    if update:
        BUDGET.write_text(json.dumps({"circumstances": here, "a call": counts}, indent=2) + "\n")
        return 0
    above = 0
    allowed = budget["a call"]
    for kernel, count in counts.items():
        most = allowed.get(kernel, 0)
        worse = count > most * ROOM
        above += worse
        print(f"{kernel:<28} {count:>9} of {most:>9}{'  <- above the budget' if worse else ''}")
    for kernel in allowed.keys() - counts.keys():
        print(f"{kernel:<28} is in the budget, and is not measured")
        above += 1
    if above:
        print("check_instructions: slower. Where that is meant: tools/check_instructions.py PROGRAM --update")
    return 1 if above else 0


sys.exit(main())
