#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gives odd objects of Python to everything that makes an object of a config: see README.md.

    ./dev fuzz python [--runs N] [--seconds S] [--seed N] [--first N] [--verbose]

Input number n of a seed is always the same: `--first n --runs 1 --verbose` shows what one of them is."""
import argparse
import inspect
import json
import random
import sys
import time
import traceback
import warnings

import odd_objects
from odd_objects import Odd, Raised

import keratin
from keratin import _core, _native
from keratin._refusal import arguments_in, told_by

LONGEST = 2000  # of an error's text


def good_configs():
    """(what makes an object of it, a good config, how it is called): of every class, every concept, every way in."""
    ways = []
    layers = keratin.layers
    modules = {module.__name__: module for module in odd_objects.MODULES}
    for made in odd_objects.made_objects():
        if isinstance(made, _native.Native):
            ways += ways_into(modules[type(made)._module], made)
    for name in ("relu", "softmax", "leaky_relu"):
        ways += [(module_way, name, f"activations.{module_way.__name__}") for module_way in (
            keratin.activations.get, keratin.activations.deserialize)]
    policy = keratin.dtype_policies.serialize(keratin.dtype_policies.DTypePolicy())
    ways += [(keratin.dtype_policies.get, policy, "dtype_policies.get"),
             (keratin.dtype_policies.deserialize, policy, "dtype_policies.deserialize"),
             (keratin.dtype_policies.DTypePolicy.from_config, policy["config"], "DTypePolicy.from_config"),
             (keratin.random.SeedGenerator.from_config, {"seed": 3, "name": "x"}, "SeedGenerator.from_config")]
    model = keratin.Sequential([layers.Embedding(5, 2, input_length=3, embeddings_regularizer="l2"), layers.SpatialDropout1D(0.1),
                                layers.GlobalAveragePooling1D(), layers.Dense(2, activation="softmax", kernel_constraint="max_norm")])
    tokenizer = keratin.preprocessing.text.Tokenizer(oov_token="?")
    tokenizer.fit_on_texts(["the cat sat", "the dog"])
    whole = json.loads(model.to_json())
    ways += 3 * [(table_of, {"input_dim": 5, "output_dim": 2, "embeddings_regularizer": "l2", "name": "table",
                             "rows_drawn": "on_demand", "precision": "float16"}, "EmbeddingTable")]
    ways += 15 * [(keratin.Sequential.from_config, model.get_config(), "Sequential.from_config")]
    ways += 15 * [(of_json(keratin.models.model_from_json), whole, "model_from_json")]
    ways += 8 * [(of_json(keratin.preprocessing.text.tokenizer_from_json), json.loads(tokenizer.to_json()), "tokenizer_from_json")]
    return ways


def ways_into(module, made):
    config = module.serialize(made)
    name, cls = module.__name__, type(made)
    ways = [(module.deserialize, config, f"{name}.deserialize"), (cls.from_config, config["config"], f"{cls.__name__}.from_config")]
    if hasattr(module, "get"):
        ways.append((module.get, config, f"{name}.get"))
    return ways


def of_json(read):
    def reads(config):
        try:
            text = json.dumps(_core.plain(config))  # json takes a list that never ends for one
        except (TypeError, ValueError, RecursionError, Raised, IndexError, KeyError, AttributeError):
            text = config  # no text at all
        return read(text)
    return reads


def table_of(config):
    with told_by("EmbeddingTable"):
        return keratin.EmbeddingTable(**arguments_in(config))


def look_at(made):
    """What an object that was made is asked next."""
    cls = type(made)
    if cls is not keratin.Sequential and (cls.__module__.split(".")[0] != "keratin" or "_options" not in getattr(made, "__dict__", ())):
        return  # somebody's own, or made halfway
    repr(made)
    try:
        made.get_config()
    except (AttributeError, NotImplementedError):  # of something in it that was made halfway, or is not written
        return
    except TypeError as error:
        if "incompatible function arguments" in str(error):  # what stands in it was never made
            return
        raise
    if issubclass(cls, keratin.layers.Layer) and not made.built:
        shape = (None, 3) if cls is keratin.layers.Dense else (None, 3, 2)
        one = [shape, shape] if made._core.takes_several else shape
        # A layer whose call takes several values is built of as many shapes.
        count = sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
                    for p in inspect.signature(made.build).parameters.values())
        made.build(*[one] * max(1, count))


def fault_of(error):
    """What is wrong with how an input was refused; None where nothing is."""
    if isinstance(error, Raised) or isinstance(error, NotImplementedError) and "must implement" in str(error):
        return None  # somebody's own, or the base of a concept
    if isinstance(error, RuntimeError) and "you forgot to call `super().__init__()`" in str(error):
        return None  # of a layer in the config that was made halfway
    if not isinstance(error, (ValueError, TypeError, MemoryError)):
        return f"a {type(error).__name__}:\n{traceback_of(error)}"
    if len(str(error)) > LONGEST:
        return f"{len(str(error))} characters: {str(error)[:500]}"
    if shown_with(error) > 4 * LONGEST:
        return f"{shown_with(error)} characters with its causes: {str(error)[:500]}"
    if not str(error).startswith("["):
        return f"no place:\n{traceback_of(error)}"
    return None


def traceback_of(error):
    return "".join(traceback.format_exception(error))[-3000:]


def shown_with(error):
    """How many characters the texts of an error and of its causes have, which a traceback shows."""
    count = 0
    while error is not None:
        count += 0 if isinstance(error, Raised) else len(str(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return count


def run(runs, seconds, seed=1, first=0, verbose=False, keep_going=0):
    """Counts of (inputs, made, refused). Raises AssertionError at the first input that is refused in another way than it may."""
    ways = good_configs()
    configs = [config for _, config, _ in ways]
    odd = Odd(configs)
    inputs = made = refused = 0
    faults = {}
    end = time.monotonic() + seconds
    for number in range(first, first + runs):
        if number % 64 == 0 and time.monotonic() > end:
            break
        dice = random.Random(f"{seed}:{number}")
        take, config, name = dice.choice(ways)
        odd.dice = dice
        config = odd.mutated(config if dice.random() < 0.9 else dice.choice(configs))
        if verbose:
            print(number, name, flush=True)
        inputs += 1
        fault = None
        try:
            result = take(config)
            made += 1
            look_at(result)
        except Exception as error:
            refused += 1
            fault = fault_of(error)
        if fault is not None:
            text = f"seed {seed}, input {number}, {name}: {fault}"
            if not keep_going:
                raise AssertionError(text)
            key = (name.rpartition(".")[2], fault[-120:])
            faults.setdefault(key, text)
    for text in list(faults.values())[:keep_going]:
        print(text, end="\n\n")
    if faults:
        print(f"{len(faults)} kinds of faults")
    return inputs, made, refused


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2**62)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--keep-going", type=int, default=0, metavar="N", help="shows up to N kinds of faults")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    inputs, made, refused = run(**vars(options))
    print(f"seed {options.seed}: {inputs} inputs, {made} made, {refused} refused")


if __name__ == "__main__":
    sys.exit(main())
