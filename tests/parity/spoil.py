# SPDX-License-Identifier: Apache-2.0
"""Programs made wrong on purpose, as a fault of Keratin would make them: Keratin is given the wrong one, Keras the
right one, and the judge has to notice. No fault changes how many weights there are or their shapes, which anybody
would see.
"""
import collections
import dataclasses

from dice import Dice
from draw_optimizer import RATES
from expressions import Applied, Call, Name, Operator, Ref, apply, map_parts, walk

OTHER = {"Add": "Average", "Average": "Add", "Multiply": "Add", "Maximum": "Minimum", "Minimum": "Maximum"}
# Of a layer, a loss, a metric or a quantization: what an option is taken for that has this value.
OTHER_OPTION = {
    "combiner": {"mean": "sum", "sum": "mean", "sqrtn": "sum"}.get, "self_interaction": lambda value: None,
    "dtype": lambda value: "float32" if value in ("mixed_bfloat16", "bfloat16") else None,
    "activation_quantizer": lambda value: "default" if value is None else None,
    **{name: lambda value: value and 1.05 * value for name in ("logit_soft_cap", "diag_scale", "lora_alpha", "temperature")},
}
OTHER.update({name.lower(): other.lower() for name, other in list(OTHER.items())})


def spoil(program):
    """(kind, the spoilt program), or None where no fault is possible."""
    dice = Dice(program.seed)
    found = [(name, spoilt) for name, fault in FAULTS.items() for spoilt in fault(program)]
    kinds = sorted({name for name, _ in found})
    if not kinds:
        return None
    kind = dice.of(kinds)
    return kind, dice.of([spoilt for name, spoilt in found if name == kind])


# -- of any program: each gives the spoilt ones that there are ---------------------------------------------


def _rate(program):
    """The learning rate is 0.1 % off."""
    optimizer = program.optimizer
    if "Decay" in repr(optimizer):
        return
    if isinstance(optimizer, str):
        name = next(name for name in RATES if name.lower() == optimizer)
        optimizer = Call(f"optimizers.{name}", learning_rate=0.01 if name == "SGD" else 0.001)  # as Keras has them
    keywords = {**optimizer.keywords, "learning_rate": 1.001 * optimizer.keywords["learning_rate"]}
    yield dataclasses.replace(program, optimizer=Call(optimizer.path, **keywords))


# -- of graphs alone ---------------------------------------------------------------------------------


def _swapped_inputs(program):
    """A merge or an operator reads its inputs in another order."""
    for site in _sites(program):
        if isinstance(site, Operator) and site.parts[1] in "-/" and all(
                isinstance(part, Ref) for part in (site.parts[0], site.parts[2])) and _differ(*site.parts[::2]):
            yield _with(program, site, Operator(site.parts[2], site.parts[1], site.parts[0]))
        if isinstance(site, Applied) and "cross" in str(site.parts[0]) and len(site.parts[1]) == 2 and _differ(*site.parts[1]):
            yield _with(program, site, Applied(site.parts[0], site.parts[1][::-1], site.parts[2]))
        if isinstance(site, Applied) and site.parts[0].__class__ in (Call, Name) and site.parts[0].path in (
                "layers.Subtract", "layers.subtract", "layers.Concatenate", "layers.concatenate", "layers.DotInteraction"):
            first, second, *others = site.parts[1][0]
            if _differ(first, second):
                yield _with(program, site, Applied(site.parts[0], [[second, first, *others]], site.parts[2]))


def _swapped_data(program):
    """The model takes one input for another of the same shape and type."""
    inputs = dict(program.lines)["model"]
    inputs = inputs.keywords.get("inputs") if isinstance(inputs, Call) else None
    if not isinstance(inputs, (list, dict)) or (isinstance(inputs, list) and isinstance(program.x, dict)):
        return  # data in a dict find their inputs by name
    made = dict(program.lines)
    entries = list(inputs.values()) if isinstance(inputs, dict) else inputs
    for i, first in enumerate(entries):
        for second in entries[:i]:
            a, b = (made[entry.parts[0]].keywords for entry in (first, second))
            if (a["shape"], a.get("dtype")) == (b["shape"], b.get("dtype")):
                swap = {id(first): second, id(second): first}
                swapped = map_parts(inputs, lambda entry: swap.get(id(entry), entry))
                yield _with(program, inputs, swapped)


def _dropped_loss_weight(program):
    """The weight of one loss is lost."""
    for key, weight in _entries(program.loss_weights):
        if abs(weight - 1) > 0.02 and len(_entries(program.loss_weights)) > 1:
            yield dataclasses.replace(program, loss_weights=_put(program.loss_weights, key, 1.0))


def _dropped_sample_weight(program):
    """The weights of the samples of one output are lost."""
    for key, weight in _entries(program.sample_weight):
        if weight is not None:
            yield dataclasses.replace(program, sample_weight=_put(program.sample_weight, key, 0 * weight + 1))


def _lost_slope(program):
    """What is called twice learns from one call alone, as two layers would."""
    if "mask_zero=True" in repr(program.lines) or "Masking" in repr(program.lines):
        return  # nothing else must change, and an operation drops masks
    made = dict(program.lines)
    calls = collections.defaultdict(list)
    for site in _sites(program):
        if isinstance(site, Applied) and isinstance(site.parts[0], Ref):
            calls[site.parts[0].parts[0]].append(site)
    for name, sites in calls.items():
        layer = made[name]
        if "model.quantize" in repr(program.prepared) or f"{name}." in repr(program.prepared):
            continue  # of codes there is no slope
        if "UnitNorm" in repr(layer):
            continue  # which puts a vector of one number back, whatever it learnt
        if len(sites) > 1 and isinstance(layer, Call) and layer.path in (
                "layers.Dense", "layers.Embedding", "layers.EmbedReduce", "layers.ReversibleEmbedding", "layers.FeatureCross") and (
                layer.keywords.get("trainable", True)):
            for site in sites:
                yield _with(program, site, apply(Name("ops.stop_gradient"), site))


def _other_merge(program):
    """A merge is taken for another, or its option is lost."""
    for site in _sites(program):
        if not isinstance(site, Call) or not site.path.startswith("layers."):
            continue
        name = site.path.removeprefix("layers.")
        if name in OTHER:
            yield _with(program, site, type(site)(f"layers.{OTHER[name]}", **site.keywords))
        elif site.keywords.get("normalize"):
            yield _with(program, site, site.without("normalize"))


def _other_option(program):
    """An option is taken for another."""
    for site in _sites(program) + list(walk([program.prepared, program.loss])):
        options = site.keywords if isinstance(site, Call) else site.parts[2] if isinstance(site, Applied) else {}
        for name, value in options.items():
            if (name == "combiner" and "shape=(1,)" in repr(program.lines)) or (  # of one id they are the same
                    name == "logit_soft_cap" and "reverse=True" not in repr(program.lines)):
                continue
            other = OTHER_OPTION.get(name, lambda value: None)(value)
            if other is not None and other != value:
                changed = {**options, name: other}
                yield _with(program, site, type(site)(site.path, **changed) if isinstance(site, Call) else
                            Applied(*site.parts[:2], changed))


def _lost_place(program):
    """Steps are taken for the first ones, or the weights of ids are lost."""
    for site in _sites(program):
        lost = {"start_index"} if "shape=(1,)" in repr(program.lines) else {"start_index", "weights"}  # a mean of one id has no weight
        if isinstance(site, Applied) and lost & site.parts[2].keys() and site.parts[2].get("start_index") != 0:
            yield _with(program, site, Applied(*site.parts[:2], {}))


FAULTS = {"rate": _rate, "swapped inputs": _swapped_inputs, "swapped data": _swapped_data,
          "loss weight": _dropped_loss_weight, "sample weight": _dropped_sample_weight, "lost slope": _lost_slope,
          "other merge": _other_merge, "other option": _other_option, "lost place": _lost_place}


def _sites(program):
    return [part for part in walk([expression for _, expression in program.needed()])] if program.is_graph else []


def _differ(first, second):
    return repr(first) != repr(second)


def _with(program, old, new):
    """The program with `new` where `old` stood."""
    def changed(value):
        return new if value is old else map_parts(value, changed)

    return dataclasses.replace(program, lines=[(name, changed(expression)) for name, expression in program.lines],
                               prepared=changed(program.prepared), loss=changed(program.loss))


def _entries(structure):
    """(key, value) of each output; of a lone one None is the key."""
    if isinstance(structure, dict):
        return list(structure.items())
    if isinstance(structure, (list, tuple)):
        return list(enumerate(structure))
    return [] if structure is None else [(None, structure)]


def _put(structure, key, value):
    if key is None:
        return value
    other = structure.copy()
    other[key] = value
    return other
