# SPDX-License-Identifier: Apache-2.0
"""keras.ops that work along axes (reductions, shapes, places, products), with their slopes:
tests/golden/op_cases.py says how."""
from op_cases import case, class_of, floats, ints, jnp, keras, np, rng, write

cases = []


def apart(*shape):
    """Numbers that lie further apart than a central difference reaches, in any order."""
    return (rng.permutation(int(np.prod(shape))).astype(np.float32) * 0.75 - 3).reshape(shape)


def add(name, inputs, config=None, **options):
    """A case; where JAX's 64 bits give a wider integer than Keras says of its class, that of Keras."""
    entry = case(name, inputs, config, **options)
    if "function" not in options:
        given = [keras.KerasTensor(x["shape"], x["dtype"]) for x in entry["inputs"]]
        operation = class_of(name)(**{k: tuple(v) if isinstance(v, list) else v for k, v in entry["config"].items()})
        specs = operation.compute_output_spec(given) if options.get("as_list") else operation.compute_output_spec(*given)
        for i, spec in enumerate(specs if isinstance(specs, (list, tuple)) else [specs]):
            for key in ("y", "y64"):
                assert (entry[key][i]["dtype"][:5] == "float") == (spec.dtype[:5] == "float"), (name, spec)
                if "int64" not in [x["dtype"] for x in entry["inputs"]]:
                    entry[key][i]["dtype"] = spec.dtype
    cases.append(entry)


# -- reductions ----------------------------------------------------------------------------------

AXES = [{}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": -1}, {"axis": [0, 2]}, {"axis": [2, 1], "keepdims": True},
        {"axis": [-3, 2]}, {"axis": []}]
TYPES = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64"]
for name in ("Sum", "Mean", "Prod"):
    for config in AXES:
        add(name, [floats(3, 2, 4, scale=1)], config)
    add(name, [floats(2, 3, 2, 2, scale=1)], {"axis": [0, 2]})
    add(name, [floats(2, 3, 2, 2, scale=1)], {"axis": [1, 3]})
    add(name, [floats()], {})
    for dtype in TYPES:
        if (name, dtype) != ("Prod", "uint32"):  # Keras's own type for it is that of JAX's x64
            add(name, [ints(2, 3, low=0, dtype=dtype)], {"axis": 1})
add("Prod", [np.array([[2, 0, 3], [0, 4, 0], [1, 2, 3]], np.float32)], {"axis": 1})
for name in ("Max", "Min", "Amax", "Amin"):
    for config in AXES[:-1]:
        add(name, [apart(3, 2, 4)], config)
    add(name, [apart(2, 3, 2, 2)], {"axis": [0, 2]})
    add(name, [floats(2, 3)], {"axis": 1, "initial": 0.5}, smooth=False)
    add(name, [np.array([[1, 2, 2, 1], [3, 3, 3, 3]], np.float32)], {"axis": 1}, smooth=False)
    add(name, [np.array([[1, np.nan, 2], [-np.inf, 5, np.inf]], np.float32)], {"axis": 1}, smooth=False)
    for dtype in TYPES:
        add(name, [ints(2, 3, low=0, dtype=dtype)], {"axis": 1})
for name in ("Any", "All", "CountNonzero"):
    for config in AXES if name != "CountNonzero" else [{}, {"axis": 0}, {"axis": [0, 2]}]:
        add(name, [ints(3, 2, 4, low=0, high=2)], config)
    add(name, [np.array([[0, 0.0, -0.0], [1e-30, np.nan, 0]], np.float32)], {"axis": 1})
    add(name, [ints(2, 3, low=0, high=2, dtype="bool")], {"axis": 1})
for name in ("Argmax", "Argmin"):
    for config in [{}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": -1}]:
        add(name, [ints(3, 2, 4, dtype="int32")], config)
        add(name, [apart(3, 2, 4)], config)
    add(name, [np.array([[1, np.nan, 2], [5, 5, 4], [4, 3, 3]], np.float32)], {"axis": 1})
    add(name, [floats()], {})

# -- shapes --------------------------------------------------------------------------------------

for config in [{"newshape": [2, 12]}, {"newshape": [-1, 4]}, {"newshape": [24]}]:
    add("Reshape", [floats(3, 2, 4)], config, repeat=[] if config["newshape"][0] > 0 else [0])
add("Ravel", [floats(3, 2, 4)])
add("Ravel", [ints(2, 2, dtype="bool")])
for config in [{"axis": 0}, {"axis": -1}, {"axis": [1, 3]}]:
    add("ExpandDims", [floats(3, 2)], config)
for x, config in [((3, 1, 1), {}), ((3, 1, 2), {"axis": 1}), ((2, 1, 1), {"axis": [1, -1]})]:
    add("Squeeze", [floats(*x)], config, repeat=[0] if config else [])
for config in [{}, {"axes": [1, 0, 2]}, {"axes": [2, 0, 1]}, {"axes": [0, -1, 1]}]:
    add("Transpose", [floats(3, 2, 4)], config)
add("Transpose", [ints(3, 20, 40, dtype="int8")], {"axes": [0, 2, 1]})
add("Transpose", [ints(33, 17, dtype="int64")], {})
add("Swapaxes", [floats(3, 2, 4)], {"axis1": 0, "axis2": -1})
add("Swapaxes", [ints(3, 4, dtype="int16")], {"axis1": 0, "axis2": 1})
for config in [{"source": 0, "destination": -1}, {"source": [0, 1], "destination": [2, 0]}, {"source": -1, "destination": 0}]:
    add("Moveaxis", [floats(3, 2, 4)], config)
for x, shape in [((3, 1), [3, 4]), ((4,), [2, 3, 4]), ((), [2, 2]), ((2, 1, 3), [2, 2, 2, 3])]:
    add("BroadcastTo", [floats(*x)], {"shape": shape}, repeat=[])
add("BroadcastTo", [ints(2, 1, dtype="bool")], {"shape": [2, 3]}, repeat=[])
for config in [{}, {"axis": 0}, {"axis": [0, 2]}, {"axis": -1}]:
    add("Flip", [floats(3, 2, 4)], config)
for config in [{}, {"offset": 1}, {"offset": -2, "axis1": 1, "axis2": 0}, {"offset": 1, "axis1": 0, "axis2": 2}, {"offset": 7}]:
    add("Diagonal", [floats(3, 4, 2)], config)
for name in ("Tril", "Triu"):
    for k in (0, 1, -2, 9, -9):
        add(name, [floats(2, 3, 4)], {"k": k})
    add(name, [ints(3, 3)], {"k": 0})

# -- slices --------------------------------------------------------------------------------------


def written(key):
    """A key as Keras writes it."""
    if isinstance(key, slice):
        return {"class_name": "__slice__", "config": {"start": key.start, "stop": key.stop, "step": key.step}}
    return {"class_name": "__ellipsis__", "config": {}} if key is Ellipsis else key


for key in [np.s_[1], np.s_[-1, 2], np.s_[:, 1:3], np.s_[..., None, 0], np.s_[::-1, ::2], np.s_[1:, ..., -3:-1], np.s_[None],
            np.s_[:, 5:2], np.s_[:, -100:100:3], np.s_[2::-2, :, 1], np.s_[:, :, 4:0:-3]]:
    entries = list(key) if isinstance(key, tuple) else [key]
    add("GetItem", [floats(3, 4, 5)], {"key": [written(k) for k in entries]}, function=lambda x, key=key: x[key],
        repeat=[0] if isinstance(entries[0], slice) and entries[0] == slice(None) else [])
add("GetItem", [ints(3, 4, dtype="uint8")], {"key": [1]}, function=lambda x: x[1], repeat=[])
for start, shape in [([1, 0, 2], [2, 2, 2]), ([0, 1, 0], [3, -1, 1])]:
    add("Slice", [floats(3, 2, 4)], {"start_indices": start, "shape": shape},
        function=lambda x, s=start, n=shape: x[tuple(slice(a, None if b < 0 else a + b) for a, b in zip(s, n))], repeat=[])
add("SliceUpdate", [floats(3, 4), floats(2, 2)], {"start_indices": [1, 2]},
    function=lambda x, u: jnp.asarray(x).at[1:3, 2:4].set(u), repeat=[])
add("SliceUpdate", [ints(3, 4), ints(1, 4)], {"start_indices": [2, 0]},
    function=lambda x, u: jnp.asarray(x).at[2:3, :].set(u), repeat=[])

# -- joins and repeats ---------------------------------------------------------------------------

for axis in (0, 1, -1):
    add("Concatenate", [floats(2, 3, 4)] * 2 + [floats(2, 3, 4)], {"axis": axis}, as_list=True)
    add("Stack", [floats(2, 3), floats(2, 3)], {"axis": axis}, as_list=True)
add("Concatenate", [floats(2, 3), floats(2, 1)], {"axis": 1}, as_list=True)
add("Concatenate", [floats(3)], {"axis": 0}, as_list=True)
add("Concatenate", [ints(2, 3, dtype="int8"), ints(2, 3, low=0, dtype="uint8")], {"axis": 0}, as_list=True)
add("Concatenate", [ints(2, 3), floats(2, 3)], {"axis": 1}, as_list=True)
add("Stack", [ints(2, dtype="bool"), ints(2)], {"axis": 0}, as_list=True)
for config in [{"indices_or_sections": 2, "axis": 1}, {"indices_or_sections": [1, 3], "axis": -1},
               {"indices_or_sections": [0, 2, 2], "axis": 1}, {"indices_or_sections": 1, "axis": 0}]:
    add("Split", [floats(3, 4)], config)
add("Unstack", [floats(2, 3, 2)], {"axis": 1})
add("Unstack", [ints(2, 3)], {"num": 2, "axis": 0}, repeat=[])
for config in [{"repeats": 2}, {"repeats": 3, "axis": 1}]:
    add("Repeat", [floats(2, 3)], config)
add("Repeat", [floats(2, 3)], {"repeats": [2, 0, 1], "axis": -1}, function=lambda x: jnp.repeat(x, np.array([2, 0, 1]), -1))
add("Repeat", [floats(2, 2)], {"repeats": [1, 0, 2, 1]}, function=lambda x: jnp.repeat(x, np.array([1, 0, 2, 1])), repeat=[])
for x, repeats in [((2, 3), [2, 1]), ((2, 3), [2]), ((3,), [2, 2]), ((2, 1), [0, 2]), ((2, 3), [2, 1, 3])]:
    add("Tile", [floats(*x)], {"repeats": repeats})
for config in [{"shift": 2}, {"shift": -1, "axis": 1}, {"shift": [1, 5], "axis": [0, 1]}, {"shift": 1, "axis": [0, 1]}]:
    add("Roll", [floats(2, 3)], config, repeat=[0] if config.get("axis") == 1 else [])
for width in ([[1, 2]], [[1, 0], [0, 2]]):
    add("Pad", [floats(2, 3)], {"pad_width": width})
    for mode in ("reflect", "symmetric", "edge"):
        add("Pad", [floats(4, 3)], {"pad_width": width, "mode": mode})
add("Pad", [floats(2)], {"pad_width": [[5, 7]], "mode": "reflect"}, repeat=[])
add("Pad", [floats(2)], {"pad_width": [[5, 7]], "mode": "symmetric"}, repeat=[])
add("Pad", [ints(2, 2)], {"pad_width": [[1, 1], [0, 1]], "constant_values": 7},
    function=lambda x: jnp.pad(x, [[1, 1], [0, 1]], constant_values=7))

# -- places --------------------------------------------------------------------------------------

for axis in (None, 0, 1, -1):
    config = {} if axis is None else {"axis": axis}
    add("Take", [floats(3, 4, 2), ints(2, 3, low=-2, high=2)], config, repeat=[1])
add("Take", [ints(5, dtype="int64"), ints(4, low=0, high=5, dtype="uint8")], {"axis": 0}, repeat=[1])
add("Take", [floats(4, 3), np.asarray(2)], {"axis": 0}, repeat=[])
for x, indices, axis in [((3, 4), (3, 2), 1), ((3, 4), (2, 4), 0), ((2, 3, 4), (2, 1, 4), 1), ((3, 4), (1, 6), 1), ((3, 1), (3, 2), -1),
                         ((1, 4), (3, 2), 1)]:
    add("TakeAlongAxis", [floats(*x), ints(*indices, low=-1, high=1)], {"axis": axis},
        repeat=[0, 1] if axis != 0 and x[0] == indices[0] else [])
add("TakeAlongAxis", [floats(2, 3), ints(5, low=-6, high=6)], repeat=[1])
add("Gather", [floats(3, 4, 2), ints(5, 2, low=-3, high=3)], function=lambda x, i: x[i[..., 0], i[..., 1]], repeat=[1])
add("Gather", [floats(3, 4), ints(2, 2, 1, low=0, high=3)], function=lambda x, i: x[i[..., 0]], repeat=[1])
add("Scatter", [ints(4, 1, low=0, high=3), floats(4, 2)], {"shape": [3, 2]})
add("Scatter", [ints(4, 2, low=0, high=2), ints(4)], {"shape": [2, 3]})
PLACES = np.array([[0, 1], [2, 0], [1, 1]], np.int32)
add("ScatterUpdate", [floats(3, 2), PLACES, floats(3)], repeat=[])
add("ScatterUpdate", [floats(3, 2), PLACES[:, :1], floats(3, 2)], repeat=[])
add("ScatterUpdate", [floats(3, 2), np.array([[0, 1], [0, 1], [1, 1]], np.int32), floats(3)], {"reduction": "add"}, repeat=[])
for reduction in ("add", "max", "min", "mul"):
    add("ScatterUpdate", [ints(3, 2), np.array([[0, 1], [0, 1], [1, 1]], np.int32), ints(3)], {"reduction": reduction}, repeat=[])
SEGMENTS = np.array([0, 2, 0, 1, -1, 9], np.int32)
for name in ("SegmentSum", "SegmentMax"):
    add(name, [apart(6, 2), SEGMENTS], {"num_segments": 4, "sorted": False}, smooth=name == "SegmentSum")
    add(name, [apart(6, 2), SEGMENTS], {"num_segments": 3})
    add(name, [ints(6), SEGMENTS], {"num_segments": 3})
add("SegmentMax", [np.array([1, 2, 2, 5, 3, 2], np.float32), np.zeros(6, np.int32)], {"num_segments": 1}, smooth=False)

# -- products ------------------------------------------------------------------------------------

for a, b, repeat in [((2, 3), (3, 4), [0]), ((3,), (3, 2), []), ((2, 3), (3,), [0]), ((3,), (3,), []), ((2, 2, 3), (3, 2), [0]),
                     ((2, 2, 3), (2, 3, 2), [0, 1]), ((2, 1, 2, 3), (3, 3, 1), []), ((1, 2, 3), (4, 3, 2), [1]),
                     ((3, 2, 2), (1, 2, 2), [0]), ((2, 3), (4, 3, 2), [1]), ((3,), (2, 3, 2), [1])]:
    add("Matmul", [floats(*a), floats(*b)], repeat=repeat, scale=10)
add("Matmul", [ints(2, 3, dtype="int8"), ints(3, 2, dtype="int8")], repeat=[0])
add("Matmul", [ints(2, 3), ints(3, 2, dtype="int64")], repeat=[0])
add("Matmul", [ints(2, 3), floats(3, 2)], repeat=[0], scale=10)
for a, b, repeat in [((3,), (3,), []), ((2, 3), (3, 4), [0]), ((2, 2, 3), (3,), [0]), ((2, 3), (2, 3, 2), [0]), ((), (2,), [1]),
                     ((2, 3), (), [0])]:
    add("Dot", [floats(*a), floats(*b)], repeat=repeat, scale=10)
add("Dot", [ints(2, 3), ints(3)], repeat=[0])
for a, b, repeat in [((3,), (3,), []), ((2, 3), (4, 3), [0]), ((2, 2, 3), (3,), [0]), ((), (2,), [1])]:
    add("Inner", [floats(*a), floats(*b)], repeat=repeat, scale=10)
for a, b, axes in [((2, 3, 4), (3, 4, 2), 2), ((2, 3), (3, 2), 1), ((2,), (3,), 0), ((2, 3, 4), (4, 2, 3), [[1, 2], [2, 0]]),
                   ((2, 3), (3, 2), [[-1], [0]])]:
    add("Tensordot", [floats(*a), floats(*b)], {"axes": axes}, repeat=[0] if len(a) > 1 and axes not in (0,) else [], scale=10)
add("Outer", [floats(3), floats(2, 2)], repeat=[0])
add("Outer", [ints(2), ints(3, dtype="int8")], repeat=[0, 1])
add("Vdot", [floats(2, 3), floats(2, 3)], repeat=[0, 1], scale=10)
add("Vdot", [ints(6), ints(6)], repeat=[0, 1])
EINSUMS = [("ij,jk->ik", (2, 3), (3, 4)), ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)), ("bqhd,bkhd->bhqk", (2, 3, 2, 2), (2, 4, 2, 2)),
           ("bhqk,bkhd->bqhd", (2, 2, 3, 4), (2, 4, 2, 2)), ("btd,dh->bth", (2, 3, 2), (2, 4)), ("i,j->ij", (2,), (3,)),
           ("i,i->", (3,), (3,)), ("i,i->i", (3,), (3,)), ("ii->i", (3, 3)), ("ii", (3, 3)), ("ij->ji", (2, 3)), ("ij->", (2, 3)),
           ("ba", (2, 3)), ("...ij,...jk->...ik", (2, 2, 3), (3, 2)), ("...ij,...jk", (2, 1, 2, 2), (3, 2, 2)), ("...i->...", (2, 3)),
           ("a...b,b->...a", (2, 3, 2), (2,)), ("ij,kj,lj->ikl", (2, 3), (2, 3), (2, 3)), ("ij,ik->jk", (3, 2), (3, 2)),
           ("abc,cd,def->abef", (2, 2, 2), (2, 3), (3, 2, 2)), ("iji,jk->ik", (2, 3, 2), (3, 2)), ("ijk,jl->il", (2, 3, 2), (3, 2)),
           ("abcd,cde->abe", (2, 3, 2, 2), (2, 2, 3)), ("ab , bc -> ca", (2, 3), (3, 2))]
for subscripts, *shapes in EINSUMS:
    plain = subscripts.replace(" ", "")
    first = plain.split(",")[0][0]
    alone = first.isalpha() and plain.split("->")[0].count(first) == 1
    inputs = [floats(*shape, scale=1) for shape in shapes]
    add("Einsum", inputs, {"subscripts": subscripts}, function=lambda *x, s=plain: jnp.einsum(s, *x), repeat=[0] if alone else [],
        scale=10)
add("Einsum", [ints(2, 3), ints(3, 2)], {"subscripts": "ij,jk->ik"}, repeat=[0])

# -- scans, order, statistics --------------------------------------------------------------------

for name in ("Cumsum", "Cumprod"):
    for config in [{}, {"axis": 0}, {"axis": -1}, {"axis": 1, "dtype": "float32"}]:
        add(name, [floats(3, 2, 4, scale=1)], config, repeat=[0] if config.get("axis") else [])
    for dtype in ("bool", "int8", "uint8", "int32", "int64"):
        add(name, [ints(2, 3, low=0, high=3, dtype=dtype)], {"axis": 1})
    add(name, [ints(2, 3)], {"axis": 1, "dtype": "float32"})
add("Cumprod", [np.array([[2, 0, 3, 0, 2], [1, 2, 3, 0, 5]], np.float32)], {"axis": 1})
for name in ("Sort", "Argsort"):
    for axis in (-1, 0, None):
        add(name, [apart(3, 2, 4)], {"axis": axis}, repeat=[0] if axis == -1 else [])
    add(name, [ints(3, 5, dtype="int8")], {"axis": 1})
    add(name, [ints(3, 5, low=0, high=2, dtype="bool")], {"axis": 1})
    add(name, [np.array([[2, np.nan, 1, np.inf, -np.inf, 1]], np.float32)], {"axis": 1}, smooth=False)
for k, sorted_ in ((2, True), (4, True), (1, False), (0, True)):
    add("TopK", [apart(3, 4)], {"k": k, "sorted": sorted_})
add("TopK", [ints(3, 5)], {"k": 3})
add("TopK", [np.array([[2, 1, 2, 1, 2]], np.float32)], {"k": 4}, smooth=False)
for k in (1, 2, 4):
    add("InTopK", [ints(5, low=0, high=4), floats(5, 4)], {"k": k})
add("InTopK", [ints(3, low=0, high=2), np.array([[1, np.nan], [2, 2], [3, 1]], np.float32)], {"k": 1}, smooth=False)
SORTED = np.sort(floats(6))
for side in ("left", "right"):
    add("SearchSorted", [SORTED, np.concatenate([SORTED[::2], floats(4)]).reshape(7, 1)], {"side": side}, smooth=False, repeat=[1])
    add("SearchSorted", [np.array([1, 2, 2, 5], np.int32), ints(4, low=0, high=7)], {"side": side}, repeat=[1])
for name in ("Var", "Std"):
    for config in [{}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": [0, 2]}]:
        add(name, [apart(3, 2, 4)], config, repeat=[0] if config.get("axis") == 1 else [])
    add(name, [ints(2, 3)], {"axis": 1})
for config in [{}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": [0, 2]}]:
    add("Logsumexp", [floats(3, 2, 4)], config)
add("Logsumexp", [np.array([[1000, 999, -1000], [-np.inf, 1, 2], [np.inf, 0, 0]], np.float32)], {"axis": 1}, smooth=False)
add("Logsumexp", [ints(2, 3)], {"axis": -1})
for config in [{}, {"axis": 1}, {"axis": [0, 2], "keepdims": True}, {"ord": 1, "axis": 1}, {"ord": 2, "axis": 0}, {"ord": 0, "axis": 1},
               {"ord": "fro", "axis": [0, 1]}, {"ord": 1, "axis": [0, 2]}, {"ord": -1, "axis": [2, 1]}]:
    add("Norm", [apart(3, 2, 4) + 0.375], config, repeat=[0] if config.get("axis") == 1 else [], smooth=config.get("ord") != 0)
add("Norm", [np.abs(apart(2, 3)) + 1.5], {"ord": 3, "axis": 1})
for order in (np.inf, -np.inf):
    for axis in (1, [0, 1]):
        entry = case("Norm", [apart(2, 3) + 0.375 * np.arange(1, 4, dtype=np.float32)], {"ord": order, "axis": axis}, smooth=False,
                     repeat=[])
        entry["config"] = {**entry["config"], "ord": str(order)}
        cases.append(entry)
add("Norm", [ints(2, 3)], {"axis": 1})

# -- of nothing but a shape ----------------------------------------------------------------------

for dtype in (None, "int32", "bool", "float32"):
    for name in ("ZerosLike", "OnesLike"):
        add(name, [floats(2, 3)], {"dtype": dtype})
add("ZerosLike", [ints(2, 3, dtype="uint8")])
add("FullLike", [floats(2, 3)], {"fill_value": 2.5}, function=lambda x: jnp.full_like(x, 2.5))
add("FullLike", [ints(2, 3)], {"fill_value": 7, "dtype": "float32"}, function=lambda x: jnp.full_like(x, 7, "float32"))

write("ops_axes", cases)
