# SPDX-License-Identifier: Apache-2.0
"""Contestants in a process each, which are asked in turn: times of one run, in interleaved rounds."""
import argparse
import pathlib
import statistics
import subprocess
import sys
import time


def work(answer):
    """In a contestant's process: answers each line of the input by a time in seconds."""
    print("ready", flush=True)
    for line in sys.stdin:
        print(answer(line.strip()), flush=True)


def median_time(call, inputs, count):
    """Of `count` calls, each with the next of `inputs`, in seconds."""
    times = []
    for _ in range(count):
        given = next(inputs)
        start = time.perf_counter()
        call(given)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def rounds(script, asked, argument, count):
    """{(name, line): times} of the contestants `script --work NAME ARGUMENT`, each asked its lines of `asked`, {name: lines}; the
    first round warms up. A contestant that does not begin, whose package is not there, has no times."""
    peers = {name: subprocess.Popen([sys.executable, script, "--work", name, str(argument)], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True) for name in asked}
    peers = {name: peer for name, peer in peers.items() if peer.stdout.readline()}
    seen = {(name, line): [] for name in peers for line in asked[name]}
    for turn in range(count + 1):
        for (name, line), times in seen.items():
            peers[name].stdin.write(f"{line}\n")
            peers[name].stdin.flush()
            taken = float(peers[name].stdout.readline())
            if turn > 0:
                times.append(taken)
    for peer in peers.values():
        peer.stdin.close()
        peer.wait()
    return seen


def report(title, head, rows, out):
    """Prints a table of Markdown, each row as it comes, and appends it to `out` where that is a path."""
    lines = ["", f"## {title}", "", *head]
    for line in lines[1:]:
        print(line)
    for row in rows:
        lines.append(row)
        print(row, flush=True)
    if out and len(lines) > 3 + len(head):
        with pathlib.Path(out).open("a") as results:
            results.write("\n".join(lines) + "\n")


def main(doc, title, size, work, head, rows_of):
    """The program of a table of results with rows for sizes V, by default for `size`.

    Args:
        work: what a contestant's process does, by its name and V.
        head: the lines above the rows, of the number of rounds.
        rows_of: the rows of V, in so many rounds.
    """
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=[size], metavar="V")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", help="append here as well as to standard output")
    parser.add_argument("--only", default="", help="works whose name contains this")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    given, _ = parser.parse_known_args()
    if given.work:
        work(given.work[0], int(given.work[1]))
    elif given.only in title.lower():
        report(title, head(given.rounds), (row for size in given.sizes for row in rows_of(size, given.rounds)), given.out)
