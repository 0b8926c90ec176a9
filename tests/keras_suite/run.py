# SPDX-License-Identifier: Apache-2.0
"""Runs Keras's own tests against Keratin and compares with the checked-in list, results.txt.

    run.py             fails where a test that passes in the list does not pass, or one is missing, and where
                       nothing says why a test does not pass
    run.py --update    writes the list anew (look at the difference before you commit it)

Run it with the built module on PYTHONPATH, in an environment that has requirements.txt.
A line of the list is a test and what is so: `passes`, or why not.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import fetch
from reasons import reason

HERE = pathlib.Path(__file__).resolve().parent
LIST = HERE / "results.txt"
PASSES = "passes"

def run():
    """What became of each test (its name, and `passes` or a reason), and the function that each is of."""
    source = fetch.fetch() / "keras" / "src"
    lines = (HERE / "folders.txt").read_text().split("\n")
    paths = [str(source / line) for line in lines if line and line[0] not in "-#"]
    paths += [f"--deselect={source.relative_to(fetch.CACHE)}/{line[1:].strip()}" for line in lines if line[:1] == "-"]
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "outcomes.json")
        environment = {**os.environ, "KERATIN_SUITE_OUT": target,
                       "PYTHONPATH": os.pathsep.join([str(HERE), *map(os.path.abspath, sys.path)])}
        ran = subprocess.run([sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=no", "-p", "plugin", "-p",
                              "no:cacheprovider", "-c", os.devnull, "--rootdir", str(fetch.CACHE),
                              "--import-mode=importlib", "--continue-on-collection-errors", *paths],
                             env=environment, cwd=folder, check=False, capture_output=True, text=True)
        if not os.path.exists(target):
            raise SystemExit(f"pytest came to no end:\n{ran.stdout}{ran.stderr}")
        with open(target) as file:
            told = json.load(file)
    if told["leaks"]:
        raise SystemExit(f"modules of Keras stood in the place of Keratin's: {', '.join(told['leaks'])}")
    results = {name: reason(name, outcome, text) for name, (outcome, text) in told["outcomes"].items()}
    return results, told["functions"]


def passing_functions(results, functions):
    """The test functions of Keras all of whose tests pass, and how many there are."""
    state = {}
    for name, function in functions.items():
        state[function] = state.get(function, True) and results[name] == PASSES
    return sum(state.values()), len(state)


def main():
    results, functions = run()
    passing = [name for name, result in results.items() if result == PASSES]
    untold = [f"{name}: {result}" for name, result in results.items() if result.startswith("differs: ")]
    if "--update" in sys.argv:
        LIST.write_text("".join(f"{name}\t{results[name]}\n" for name in sorted(results)))
    listed = dict(line.split("\t", 1) for line in LIST.read_text().splitlines())
    lost = [name for name, result in listed.items() if result == PASSES and results.get(name) != PASSES]
    for name in lost:
        print(f"no longer passes: {name}: {results.get(name, 'is missing')}")
    for name in passing:
        if listed.get(name) != PASSES:
            print(f"passes now, and the list does not say so (--update): {name}")
    for line in untold:
        print(f"does not pass, and nothing says why (reasons.py): {line}")
    whole, of = passing_functions(results, functions)
    print(f"Of Keras {fetch.VERSION}: {len(passing)} of {len(results)} tests pass, "
          f"{whole} of {of} test functions whole.")
    return 1 if lost or untold or not passing else 0


if __name__ == "__main__":
    sys.exit(main())
