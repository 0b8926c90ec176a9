# SPDX-License-Identifier: Apache-2.0
"""The judge: is what Keratin gave as near to the truth as float32 allows?

The truth T is Keras's own run in float64. Keras's run in float32, K, differs from it by rounding alone; so
does Keratin's, N, if it computes the same function. Two float32 programs that compute the same in another
order make errors of the same kind and size, but not the same ones. Hence, for every array that is seen,

    max |N - T|  <=  FACTOR * max over witnesses max |W - T|  +  (4 + step) * u * size of T

- u = 2**-24, the rounding unit of float32. The last term is what storing costs: a weight is rounded once a
  step, by at most u of its size, and a number that is computed from weights is the end of a few roundings
  more. It is there for numbers that a float32 run hits by luck. The size is the largest |T|; for losses and
  metrics it is at least 1, because what they add up (targets, logarithms, 1 - x) is, and may cancel.
- Witnesses W: first K alone. Where N is further off than it allows, up to WITNESSES more are called: the same
  float32 Keras, its weights and the optimizer's slots each moved by at most one unit in the last place, at
  random, before every step, and on PyTorch so is what every operation computes, forward and backward (rounding.py:
  of 1 + exp(-x) or of p - y the rounding is far larger than what an ulp of a weight does to it). Another order of
  sums moves them as much, so all of them are float32 answers to the same question, with rounding errors of their
  own. The largest of 17 such errors is below one standard deviation once in 650 times (0.683**17); even then FACTOR
  allows four deviations, which an error passes once in 16,000 times.
- What is not continuous. relu, hinge and other kinks, the largest of a pooling, sign in Lion, thresholds and
  argmax of metrics, norms at a clip or a constraint: where the truth lies nearer to such a point than rounding
  errors reach, float32 programs fall on either side, and the difference then stays in the weights. Nothing is
  excluded for that: the witnesses fall on either side too, and N may be as far off as they are. Exactly *on*
  such a point (a weight that is 0 under L1) nothing is left to chance; there Keras's backends differ from each
  other, and only the one that Keratin follows judges (draw.py).
- Where errors grow without end (a chaotic run) the bound would allow anything. A program whose weights at the
  end are allowed more than LOOSE of their size is counted as "loose", and a run with too many of them fails;
  its first step is judged sharply nevertheless.
- NaN and infinity must be where they are in T or in a witness; places where a witness has them say nothing
  about the size of errors.
"""
import dataclasses

import numpy as np

import build
import keras
import keratin

FACTOR = 4.0
WITNESSES = 16
# A spoilt program that is so many times further off than the first witnesses allow is not asked about again.
HOPELESS, FIRST_WITNESSES = 100.0, 4
LOOSE = 1e-3
UNIT = 2.0**-24


@dataclasses.dataclass
class Verdict:
    seed: int
    kind: str  # agrees, agrees with witnesses, both refuse, differs
    witnesses: int = 0
    loose: bool = False
    what: str = ""  # of a difference
    nearest: float = 0.0  # the largest part of what was allowed that was used


def judge(program, spoilt=None):
    """The verdict on a program. `spoilt`: what Keratin is given in its place, to see that it is noticed."""
    mine = spoilt or program
    sides, errors = [], []
    for library, precision in ((keras, "float32"), (keras, "float64"), (keratin, "float32")):
        try:
            side = build.Side(mine if library is keratin else program, library, precision)
            if not sides:
                weights = side.weights()
            sides.append((side, side.run(weights)))
        except Exception as error:  # whatever it is: both must refuse
            errors.append(f"{library.__name__} in {precision}: {type(error).__name__}: {error}")
    if errors:
        return Verdict(program.seed, "both refuse" if len(errors) == 3 else "differs", what="\n".join(errors))
    (witness, first), (_, truth), (_, record) = sides
    return _compare(mine, truth, record, witness, first, weights, is_spoilt=spoilt is not None)


def _compare(program, truth, mine, witness, first, weights, is_spoilt=False):
    difference = _other_form(first, mine)
    if difference:
        return Verdict(program.seed, "differs", what=difference)
    errors = {name: _distance(value, truth[name][1], ~np.isfinite(value)) for name, (_, value) in first.items()}
    witnesses = {name: [value] for name, (_, value) in first.items()}

    def distance(name):
        value = mine[name][1]
        return _distance(value, truth[name][1], _is_lost_as_in(value, witnesses[name]))

    dice = np.random.default_rng(program.seed)
    for count in range(WITNESSES + 1):
        bounds = {name: FACTOR * errors[name] + (4 + step) * UNIT * max(_size(value), ", " in name)
                  for name, (step, value) in truth.items()}
        used = {name: distance(name) / max(bounds[name], 1e-300) for name in mine}
        excess = [name for name, part in used.items() if not part <= 1 and not _same_as(mine, truth, name)]
        if not excess or count == WITNESSES:
            break
        if is_spoilt and count == FIRST_WITNESSES and any(used[name] > HOPELESS for name in excess):
            break
        record = _run_witness(witness, weights, dice)
        for name, (_, value) in record.items():
            errors[name] = max(errors[name], _distance(value, truth[name][1], ~np.isfinite(value)))
            witnesses[name].append(value)
    if excess:
        worst = excess[0]  # the first in time
        again = build.Side(program, keratin).run(weights)
        what = "" if all(_same_as(again, mine, name) for name in mine) else "a second run of Keratin gives other bits\n"
        what += (f"{worst}: {used[worst]:.3g} of what float32 allows ({len(excess)} of {len(mine)} values differ)\n"
                f"  float64 {_short(truth[worst][1])}\n  Keras   {_short(first[worst][1])}\n"
                f"  Keratin {_short(mine[worst][1])}")
        return Verdict(program.seed, "differs", count, what=what)
    loose = any(bounds[name] > LOOSE * _size(truth[name][1]) for name in mine if name.startswith("weights"))
    return Verdict(program.seed, "agrees with witnesses" if count else "agrees", count, loose,
                   nearest=max(part for part in used.values() if part == part and part <= 1))


def _run_witness(witness, weights, dice):
    def jitter(value):
        return _jitter(dice, value)

    try:
        return witness.run(weights, jitter=jitter, rounding=dice.integers(2**31))
    except RuntimeError:  # a view in Keras's metrics of thresholds fails while PyTorch is watched
        return witness.run(weights, jitter=jitter)


def _other_form(first, mine):
    """What Keras saw and Keratin did not, or the other way round; other shapes."""
    if set(first) != set(mine):
        alone = sorted(set(first) - set(mine)), sorted(set(mine) - set(first))
        return f"names: Keras alone has {alone[0]}, Keratin alone {alone[1]}"
    for name, (_, value) in first.items():
        if value.shape != mine[name][1].shape:
            return f"{name}: shape {value.shape} in Keras, {mine[name][1].shape} in Keratin"
    return ""


def _is_lost_as_in(value, witnesses):
    """Where a value is not finite, and one of float32's other answers is the same there."""
    same = [(value == other) | (np.isnan(value) & np.isnan(other)) for other in witnesses]
    return ~np.isfinite(value) & np.any(same, axis=0)


def _distance(value, truth, apart_from=False):
    """The largest difference, but for some places; infinite where one is not finite and the other not the same."""
    value = np.asarray(value, np.float64)
    same = (value == truth) | (np.isnan(value) & np.isnan(truth)) | apart_from
    with np.errstate(invalid="ignore"):
        difference = np.where(same, 0.0, np.abs(value - truth))
    difference = np.where(np.isnan(difference), np.inf, difference)
    return float(difference.max(initial=0.0))


def _same_as(mine, truth, name):
    return _distance(mine[name][1], truth[name][1]) == 0.0


def _size(value):
    finite = np.abs(value[np.isfinite(value)])
    return float(finite.max(initial=0.0))


def _jitter(dice, values):
    """Each number as it is, or the next float32 above or below; 0 stays 0."""
    ways = dice.integers(-1, 2, size=values.shape)
    moved = np.nextafter(values, np.where(ways > 0, np.inf, -np.inf).astype("float32"))
    return np.where((ways == 0) | (values == 0), values, moved).astype("float32")


def _short(value):
    return np.array2string(np.asarray(value).reshape(-1)[:8], separator=", ")
