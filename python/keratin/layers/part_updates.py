# SPDX-License-Identifier: Apache-2.0
"""The updates of low rank that parts of a layer have, of which its config says nothing: a projection of MultiHeadAttention."""
from keratin import _core, initializers
from keratin._custom import core_of


def updates_of(core, place=()):
    """Of each part that has one: where it is, its rank and lora_alpha."""
    found = []
    for i, part in enumerate(core.parts):
        config = part.get_config()
        if config.get("lora_rank"):
            found.append(((*place, i), config["lora_rank"], config.get("lora_alpha", config["lora_rank"])))
        found += updates_of(part, (*place, i))
    return found


def give_updates(core, updates):
    """The same to a layer that was built of the same config; of zeros, for weights that are set after this."""
    there = {place for place, _, _ in updates_of(core)} if updates else ()
    for place, rank, alpha in updates:
        if place in there:
            continue
        part = core
        for i in place:
            part = part.parts[i]
        zeros = core_of(_core.Initializer, initializers.get("zeros"))
        _core.enable_lora(part, rank, float(alpha), zeros, zeros)
