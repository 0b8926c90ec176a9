# SPDX-License-Identifier: Apache-2.0
"""Values in lists, tuples and dicts, one within another: what calls take and give. Keras: `keras.tree`."""


def flatten(structure):
    """The leaves, of dicts by sorted keys; a leaf alone is a list of one."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for part in structure for leaf in flatten(part)]
    return [structure]


def distinct(things):
    """Each object once, where it stands first, whatever it is equal to."""
    return list({id(thing): thing for thing in things}.values())


def map_structure(function, structure, is_leaf=None):
    """The same structure with `function` of each leaf; `is_leaf`: what else is one, a config."""
    if is_leaf is not None and is_leaf(structure):
        return function(structure)
    if isinstance(structure, dict):
        return {key: map_structure(function, structure[key], is_leaf) for key in structure}
    if isinstance(structure, (list, tuple)):
        return _like(structure, [map_structure(function, part, is_leaf) for part in structure])
    return function(structure)


def pack_as(structure, leaves):
    """The same structure with these in place of its leaves, in the order of `flatten`."""
    return _packed(structure, iter(leaves))


def by_keys(structure):
    """The same structure, dicts by sorted keys."""
    return map_structure(lambda part: {key: by_keys(part[key]) for key in sorted(part)} if isinstance(part, dict) else part,
                         structure, is_leaf=lambda part: isinstance(part, dict))


def _packed(part, rest):
    if isinstance(part, dict):
        packed = {key: _packed(part[key], rest) for key in sorted(part)}
        return {key: packed[key] for key in part}
    if isinstance(part, (list, tuple)):
        return _like(part, [_packed(one, rest) for one in part])
    return next(rest)


def _like(sequence, parts):
    """The parts as a list, a tuple or a named tuple, as `sequence` is one."""
    if hasattr(sequence, "_fields"):
        return type(sequence)(*parts)
    return tuple(parts) if isinstance(sequence, tuple) else parts


def is_shape(structure):
    """Whether it is one shape: a tuple or list of integers and None."""
    return isinstance(structure, (list, tuple)) and all(size is None or isinstance(size, int) for size in structure)


def map_shapes(function, structure):
    """The same structure with `function` of each shape in it."""
    if is_shape(structure):
        return function(tuple(structure))
    if isinstance(structure, dict):
        return {key: map_shapes(function, structure[key]) for key in structure}
    parts = [map_shapes(function, part) for part in structure]
    return type(structure)(*parts) if hasattr(structure, "_fields") else type(structure)(parts)
