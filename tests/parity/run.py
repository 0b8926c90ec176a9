# SPDX-License-Identifier: Apache-2.0
"""`./dev parity`: random models in Keras and in Keratin, side by side. README.md says how it works."""
import argparse
import collections
import concurrent.futures
import itertools
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
CHUNK = {"torch": 25, "jax": 5}  # programs a process: a start costs seconds, and JAX keeps what it compiled
TIMEOUT = 600
LOOSE_SHARE = 0.1
CAUGHT_SHARE = 0.9


def main():
    arguments = _arguments()
    if arguments.worker:
        return _work(arguments)
    began = time.monotonic()
    tasks = _tasks(arguments)
    verdicts = _run_all(tasks, arguments)
    kinds = collections.Counter(verdict["kind"] for verdict in verdicts)
    backends = collections.Counter(verdict["backend"] for verdict in verdicts)
    loose = sum(verdict["loose"] for verdict in verdicts)
    print(f"{len(verdicts)} programs ({_counts(backends)}): {_counts(kinds)}; {loose} of them loose; "
          f"{time.monotonic() - began:.0f} s")
    failed = [verdict for verdict in verdicts if verdict["kind"] == "differs"]
    if arguments.spoil:
        print(f"{len(failed)} of {len(verdicts)} spoilt programs were noticed; at least {CAUGHT_SHARE:.0%} must be")
        for fault in sorted({verdict["fault"] for verdict in verdicts}):
            seen = [verdict["kind"] == "differs" for verdict in verdicts if verdict["fault"] == fault]
            print(f"  {fault}: {sum(seen)} of {len(seen)}")
        print("Passed:", *(verdict["seed"] for verdict in verdicts if verdict["kind"] != "differs"))
        return 0 if len(failed) >= CAUGHT_SHARE * len(verdicts) else 1
    bad = bool(failed)
    if len(verdicts) >= 50 and loose > LOOSE_SHARE * len(verdicts):
        print(f"too many are loose: more than {LOOSE_SHARE:.0%} of the programs")
        bad = True
    if failed:
        print("They differ:", *(verdict["seed"] for verdict in failed))
    return 1 if bad else 0


def _arguments():
    parser = argparse.ArgumentParser(prog="./dev parity", description=__doc__)
    parser.add_argument("--models", type=int, default=4000, help="how many programs (4000)")
    parser.add_argument("--only", choices=["lines", "graphs", "tables"], help="models of one kind alone")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--seed", type=int, action="append", help="this seed alone; may be repeated")
    parser.add_argument("--backend", choices=["torch", "jax"], help="the backend of Keras, where it can judge")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many processes at once")
    parser.add_argument("--spoil", action="store_true",
                        help="give Keratin wrong programs, and see that it is noticed")
    parser.add_argument("--save", action="store_true",
                        help="save each model in one library, open it in the other, and train on (save.py)")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def _counts(counter):
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))


# -- the parent ------------------------------------------------------------------------------------


def _tasks(arguments):
    """(backend, seeds) for each process."""
    from draw import FIRST_OF_TABLES, draw, kind
    from spoil import spoil

    seeds = arguments.seed or itertools.islice(
        (seed for seed in itertools.count(max(arguments.first, FIRST_OF_TABLES if arguments.only == "tables" else 0))
         if arguments.only in (None, kind(seed))), arguments.models)
    by_backend = {"jax": [], "torch": []}
    for seed in seeds:
        program = draw(seed)
        if arguments.spoil and not spoil(program):
            continue
        if arguments.save and "lora" in repr([program.lines, program.prepared]):
            continue  # a file has the update in the table, and Keras opens it with another
        backends = program.backends
        if arguments.backend and arguments.backend in backends:
            backends = [arguments.backend]
        # JAX compiles every model for seconds: of those that both can judge it gets one in twenty.
        if arguments.save:  # Keras is held against Keras
            backends = [arguments.backend or "torch"]
        backend = backends[0] if len(backends) == 1 else "jax" if seed // 2 % 20 == 0 else "torch"
        by_backend[backend].append(seed)
    # The long ones first, so that no process is left with them at the end; and few are shared out among all.
    size = {backend: max(1, min(CHUNK[backend], -(-len(chosen) // arguments.jobs))) for backend, chosen in by_backend.items()}
    return [(backend, chosen[first:first + size[backend]])
            for backend, chosen in by_backend.items() for first in range(0, len(chosen), size[backend])]


def _run_all(tasks, arguments):
    verdicts, total, shown = [], sum(len(seeds) for _, seeds in tasks), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = [pool.submit(_run_one, *task, arguments) for task in tasks]
        for done in concurrent.futures.as_completed(running):
            verdicts += done.result()
            if time.monotonic() - shown > (1 if sys.stderr.isatty() else 20):
                shown = time.monotonic()
                failed = sum(verdict["kind"] == "differs" for verdict in verdicts)
                print(f"parity: {len(verdicts)} of {total}, {failed} differ", file=sys.stderr,
                      end="\r" if sys.stderr.isatty() else "\n", flush=True)
    return sorted(verdicts, key=lambda verdict: verdict["seed"])


def _run_one(backend, seeds, arguments):
    """The verdicts of one process; a program in which it dies or hangs has one too."""
    command = [sys.executable, "-W", "ignore", str(HERE / "run.py"), "--worker", backend]
    command += ["--spoil"] * arguments.spoil + ["--save"] * arguments.save
    for seed in seeds:
        command += ["--seed", str(seed)]
    environment = dict(os.environ, KERAS_BACKEND=backend, JAX_PLATFORMS="cpu", OMP_NUM_THREADS="1",
                       MKL_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3")
    try:
        run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             timeout=TIMEOUT)
        output, end = run.stdout, f"the process ended with code {run.returncode}\n{run.stderr[-2000:]}"
    except subprocess.TimeoutExpired as expired:
        output, end = (expired.stdout or b"").decode(), f"no end in {TIMEOUT} s"
    if not output.startswith("ready"):
        raise SystemExit(f"parity: {backend} does not start: {end}")
    verdicts = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    if len(verdicts) < len(seeds):
        lost = seeds[len(verdicts)]
        verdicts.append({"seed": lost, "kind": "differs", "loose": False, "what": end, "fault": "none"})
        print(f"\nseed {lost}: {end}")
        verdicts += _run_one(backend, seeds[len(verdicts):], arguments) if seeds[len(verdicts):] else []
    for verdict in verdicts:
        verdict["backend"] = backend
        if verdict.get("report"):
            print(f"\n{verdict.pop('report')}", flush=True)
    return verdicts


# -- a process with one backend --------------------------------------------------------------------


def _work(arguments):
    if arguments.worker == "torch":
        import torch

        torch.set_num_threads(1)
    import compare
    import save
    from draw import draw
    from shrink import shrink
    from spoil import spoil

    print("ready", flush=True)
    for seed in arguments.seed:
        program = draw(seed)
        fault, spoilt = spoil(program) if arguments.spoil else ("", None)
        verdict = save.judge(program) if arguments.save else compare.judge(program, spoilt)
        line = {"seed": seed, "kind": verdict.kind, "loose": verdict.loose, "what": verdict.what, "fault": fault}
        if verdict.kind == "differs" and not arguments.spoil:
            judge = save.judge if arguments.save else compare.judge
            line["report"] = _report(verdict, *shrink(program, judge))
        print(json.dumps(line), flush=True)
    return 0


def _report(verdict, program, smaller, weights):
    return "\n".join([
        f"seed {verdict.seed} differs (./dev parity --seed {verdict.seed}):", verdict.what,
        f"made smaller: {smaller.what}" if smaller.what != verdict.what else "",
        "-- in Keras", program.source("keras", weights), "-- in Keratin", program.source("keratin", weights)])


if __name__ == "__main__":
    sys.exit(main())
