# SPDX-License-Identifier: Apache-2.0
"""Runs Keras's own tests against Keratin and compares with the checked-in list, results.txt.

    run.py             fails where a test that passes in the list does not pass, or one is missing, and where
                       nothing says why a test does not pass
    run.py --update    writes the list anew (look at the difference before you commit it)
    run.py --keras-rs FOLDER [--update]
                       runs KerasRS's own tests instead, of its layers, losses and metrics, with keras_rs_results.txt:
                       FOLDER is a checkout of its repository (PyPI has none of its tests)

Run it with the built module on PYTHONPATH, in an environment that has requirements.txt.
A line of the list is a test and what is so: `passes`, or why not.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import fetch
from reasons import reason

HERE = pathlib.Path(__file__).resolve().parent
PASSES = "passes"


def of_keras():
    """Where its sources lie, and the tests that are run."""
    source = fetch.fetch() / "keras" / "src"
    lines = (HERE / "folders.txt").read_text().split("\n")
    paths = [str(source / line) for line in lines if line and line[0] not in "-#"]
    paths += [f"--deselect={source.relative_to(fetch.CACHE)}/{line[1:].strip()}" for line in lines if line[:1] == "-"]
    return fetch.CACHE, paths


def of_keras_rs(folder):
    """The same of KerasRS. Left out: the tests that lie in its folders for one backend, on TPUs."""
    source = pathlib.Path(folder).resolve() / "keras_rs" / "src"
    tests = sorted(test for concept in ("layers", "losses", "metrics") for test in (source / concept).rglob("*_test.py"))
    if not tests:
        raise SystemExit(f"no tests of KerasRS in {source}")
    return source.parents[1], [str(test) for test in tests if test.parent.name not in ("jax", "tensorflow")]


def run(root, paths, environment):
    """What became of each test (its name, and `passes` or a reason), and the function that each is of."""
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "outcomes.json")
        environment = {**os.environ, **environment, "KERATIN_SUITE_OUT": target,
                       "PYTHONPATH": os.pathsep.join([str(HERE), *map(os.path.abspath, sys.path)])}
        ran = subprocess.run([sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=no", "-p", "plugin", "-p",
                              "no:cacheprovider", "-c", os.devnull, "--rootdir", str(root),
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
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--keras-rs", metavar="FOLDER")
    told = parser.parse_args()
    if told.keras_rs:
        whose, kept = "KerasRS", HERE / "keras_rs_results.txt"
        root, paths = of_keras_rs(told.keras_rs)
        results, functions = run(root, paths, {"KERATIN_SUITE_KERAS_RS": str(root)})
    else:
        whose, kept = f"Keras {fetch.VERSION}", HERE / "results.txt"
        results, functions = run(*of_keras(), {})
    passing = [name for name, result in results.items() if result == PASSES]
    untold = [f"{name}: {result}" for name, result in results.items() if result.startswith("differs: ")]
    if told.update:
        kept.write_text("".join(f"{name}\t{results[name]}\n" for name in sorted(results)))
    listed = dict(line.split("\t", 1) for line in kept.read_text().splitlines())
    lost = [name for name, result in listed.items() if result == PASSES and results.get(name) != PASSES]
    for name in lost:
        print(f"no longer passes: {name}: {results.get(name, 'is missing')}")
    for name in passing:
        if listed.get(name) != PASSES:
            print(f"passes now, and the list does not say so (--update): {name}")
    for line in untold:
        print(f"does not pass, and nothing says why (reasons.py): {line}")
    whole, of = passing_functions(results, functions)
    print(f"Of {whose}: {len(passing)} of {len(results)} tests pass, "
          f"{whole} of {of} test functions whole.")
    return 1 if lost or untold or not passing else 0


if __name__ == "__main__":
    sys.exit(main())
