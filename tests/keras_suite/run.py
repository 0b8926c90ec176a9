# SPDX-License-Identifier: Apache-2.0
"""Runs Keras's own tests against Keratin and compares with the checked-in list, results.txt.

    run.py             fails where a test that passes in the list does not pass, or one is missing
    run.py --update    writes the list anew (look at the difference before you commit it)

Run it with the built module on PYTHONPATH, in an environment that has requirements.txt.
A line of the list is a test and what is so: `passes`, or why not.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import fetch

HERE = pathlib.Path(__file__).resolve().parent
LIST = HERE / "results.txt"

# Why a test does not pass, by what it says; the first that is found counts.
REASONS = [
    (r"not built: keras\.src\.(\S+)", r"not built yet: \1"),
    (r"has no attribute '(quantize|enable_lora|quantization\w*|lora\w*)'", r"not built yet: \1 of layers"),
    (r"No module named '(tensorflow|torch|jax|orbax|grain)'", r"needs \1"),
    (r"sparse tensors", "needs sparse tensors, which the backend does not have"),
    (r"JAX only|tensorflow backend|TensorFlow|[Tt]orch|Requires? jax", "a trait of another backend"),
    (r"`requests` required", "needs the package requests"),
    (r"dtype must be None or 'float32'. Received: '?([^']*)'?",
     r"on purpose: losses, metrics and variables are float32 (\1 asked for)"),
    (r"object has no attribute '(_\w+)'", r"looks at the attribute \1 of Keras's own implementation"),
    (r"has no attribute '(true_positives|total|count|variables|num_samples|squared_sum|sum|residual)'",
     r"looks at the variable \1 of a metric: the state is in C++"),
    (r"an object of type '(Input\w*|KerasTensor|Functional)'", "needs symbolic tensors: no functional models yet"),
    (r"^AssertionError: (\".*\") does not match", r"on purpose: the text of the error is ours, not \1"),
    (r"KerasTensor|symbolic", "needs symbolic tensors: no functional models yet"),
]


# Why some single tests do not pass, where their own words do not say it.
KNOWN = [
    (r"TverskyTest::.*custom_coefficients", "Keras 3.16 weighs false positives by alpha, as we do; 3.15 false negatives"),
    (r"_metrics_test\.py::\w+::test_config$", "looks at the variables of a metric: the state is in C++"),
]


def reason(name, outcome, text):
    for pattern, words in KNOWN:
        if re.search(pattern, name) and "not built" not in text:
            return words
    text = re.sub(r" at 0x[0-9a-f]+", "", text)  # an address is another one the next time
    for pattern, words in REASONS:
        found = re.search(pattern, text)
        if found:
            return found.expand(words)
    return ("skipped: " if outcome == "skipped" else "differs: ") + text


def run():
    """What became of each test: its name, and `passes` or a reason."""
    source = fetch.fetch() / "keras" / "src"
    paths = [str(source / line) for line in (HERE / "folders.txt").read_text().split()]
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "outcomes.json")
        environment = {**os.environ, "KERATIN_SUITE_OUT": target,
                       "PYTHONPATH": os.pathsep.join([str(HERE), *map(os.path.abspath, sys.path)])}
        ran = subprocess.run([sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=no", "-p", "plugin", "-p",
                        "no:cacheprovider", "-c", os.devnull, "--rootdir", str(fetch.CACHE), "--import-mode=importlib",
                        "--continue-on-collection-errors", *paths], env=environment, cwd=folder, check=False,
                       capture_output=True, text=True)
        if not os.path.exists(target):
            raise SystemExit(f"pytest came to no end:\n{ran.stdout}{ran.stderr}")
        with open(target) as file:
            outcomes = json.load(file)
    return {name: "passes" if outcome == "passes" else reason(name, outcome, text)
            for name, (outcome, text) in outcomes.items()}


def functions(results):
    """The test functions all of whose cases pass: Keras makes several tests of a function with parameters."""
    state = {}
    for name, result in results.items():
        function = re.sub(r"(_test\.py::\w+::test\w*?)_?\d*( \(.*|_named_.*)?$", r"\1", name)
        state[function] = state.get(function, True) and result == "passes"
    return sum(state.values())


def main():
    results = run()
    passing = sum(result == "passes" for result in results.values())
    if "--update" in sys.argv:
        LIST.write_text("".join(f"{name}\t{' '.join(results[name].split())}\n" for name in sorted(results)))
    listed = dict(line.split("\t", 1) for line in LIST.read_text().splitlines())
    lost = [name for name, result in listed.items() if result == "passes" and results.get(name) != "passes"]
    for name in lost:
        print(f"no longer passes: {name}: {results.get(name, 'is missing')}")
    for name, result in results.items():
        if result == "passes" and listed.get(name) != "passes":
            print(f"passes now, and the list does not say so (--update): {name}")
    print(f"Of {len(results)} tests of Keras {fetch.VERSION}, {passing} pass ({functions(results)} test functions).")
    print(f"{passing} passed, {len(lost)} failed")
    return 1 if lost or not passing else 0


if __name__ == "__main__":
    sys.exit(main())
