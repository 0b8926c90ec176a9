# SPDX-License-Identifier: Apache-2.0
"""A picture of a model: its layers as boxes, and what reads from what. Keras: `keras.utils.plot_model`."""
import os
import warnings

_CHARACTER, _LINE, _PADDING, _GAP_X, _GAP_Y = 7.3, 18, 10, 36, 44


class _Box:
    """A layer or an op: the lines of its text, and the boxes that it reads from, once for each value it reads."""

    def __init__(self, lines):
        self.lines, self.reads, self.rank, self.x = lines, [], 0, 0.0
        self.width = max(map(len, lines)) * _CHARACTER + 2 * _PADDING
        self.height = len(lines) * _LINE + _PADDING


def plot_model(model, to_file="model.png", show_shapes=False, show_dtype=False, show_layer_names=False, rankdir="TB",
               expand_nested=False, dpi=200, show_layer_activations=False, show_trainable=False, splines="ortho", **kwargs):
    """Writes a picture of the model.

    Example:

    >>> keratin.utils.plot_model(model, "model.svg", show_shapes=True)

    Args:
        model: a built `Functional` or `Sequential`.
        to_file: where to. A name that ends in .svg or .dot is written by Keratin itself; any other (.png, .pdf) by
            Graphviz's `dot`: where that is not there, a warning, and the same under a name that ends in .svg.
        show_shapes: whether the shapes of inputs and outputs are shown.
        show_dtype: whether the types of outputs are.
        show_layer_names: whether the names of the layers are, beside their classes.
        rankdir: "TB" from top to bottom, "LR" from left to right.
        expand_nested: whether the layers of models within the model are shown in their place, "model/layer" as their names.
        dpi: dots an inch, where Graphviz draws.
        show_layer_activations: whether the activations of the layers are shown.
        show_trainable: whether it is shown that a layer is trained or not.
        splines: how Graphviz draws lines: "ortho", "curved", "polyline", "line", "spline".

    Returns:
        The path of the file.
    """
    import pathlib
    import shutil
    import subprocess
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
    if rankdir not in ("TB", "LR"):
        raise ValueError(f"[plot_model] rankdir must be 'TB' or 'LR'. Received: {rankdir!r}")
    path = pathlib.Path(os.fspath(to_file))
    if not path.suffix:
        raise ValueError(f"[plot_model] to_file must end in .svg, .dot, or what Graphviz writes. Received: {to_file!r}")
    options = dict(show_shapes=show_shapes, show_dtype=show_dtype, show_layer_names=show_layer_names,
                   expand_nested=expand_nested, show_layer_activations=show_layer_activations, show_trainable=show_trainable)
    boxes = _boxes(model, options)
    if path.suffix == ".svg":
        return _written(path, _svg(boxes, rankdir).encode())
    dot = _dot(boxes, rankdir, dpi, splines)
    if path.suffix == ".dot":
        return _written(path, dot.encode())
    if shutil.which("dot") is None:
        warnings.warn(f"[plot_model] a file that ends in {path.suffix} is drawn by Graphviz, whose `dot` is not there: the picture "
                      f"is in {path.with_suffix('.svg')}.", stacklevel=2)
        return _written(path.with_suffix(".svg"), _svg(boxes, rankdir).encode())
    drawn = subprocess.run(["dot", f"-T{path.suffix[1:]}"], input=dot.encode(), capture_output=True, check=False)
    if drawn.returncode != 0:
        raise ValueError(f"[plot_model] Graphviz does not write {path.suffix}: {drawn.stderr.decode(errors='replace')[:300]}")
    return _written(path, drawn.stdout)


def model_to_dot(model, show_shapes=False, show_dtype=False, show_layer_names=True, rankdir="TB", expand_nested=False, dpi=200,
                 subgraph=False, show_layer_activations=False, show_trainable=False, splines="ortho", **kwargs):
    """The graph of the model in Graphviz's language, a string. Arguments as those of `plot_model`.

    Args:
        subgraph: False: a graph by itself.
    """
    if kwargs or subgraph:
        raise ValueError(f"[model_to_dot] the graph stands by itself. Received: {kwargs or {'subgraph': subgraph}}")
    options = dict(show_shapes=show_shapes, show_dtype=show_dtype, show_layer_names=show_layer_names,
                   expand_nested=expand_nested, show_layer_activations=show_layer_activations, show_trainable=show_trainable)
    return _dot(_boxes(model, options), rankdir, dpi, splines)


def _written(path, data):
    """In one go: whoever looks sees the old file or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


# -- what there is to draw -----------------------------------------------------------------------------


def _boxes(model, options):
    if not getattr(model, "built", False):
        raise ValueError("This model has not yet been built. Build the model first by calling `build()` or by calling the model on "
                         "a batch of data.")
    boxes = []
    _add_model(model, options, boxes, [])
    for box in boxes:
        box.reads = [read() for read in box.reads]
    return boxes


def _add_model(model, options, boxes, calls):
    """Adds the boxes of a model; `calls`: what it reads, a list for each time that it is called, of functions that give the
    boxes once all are there: a layer that is called again may read what it has given. The boxes of its outputs."""
    from keratin.models import Functional, Sequential
    if isinstance(model, Functional):
        return _add_graph(model, options, boxes, calls)
    if not isinstance(model, Sequential):  # only its `call` knows what reads from what
        return _add_box(_lines(type(model).__name__, model, options, model.name, (), ()), calls, boxes)
    for layer in model._layers:
        if not calls or type(layer).__name__ != "InputLayer":
            found = _add_layer(layer, calls, options, boxes)
            calls = [[lambda box=box: box for box in found]]
    return found


def _add_layer(layer, calls, options, boxes, known=((), ())):
    """Adds the box of a layer, or those of a model. `known`: shapes and types of what it reads and gives, where a graph says
    them. The boxes of its outputs, one for all of a layer's."""
    from keratin.models import Functional, Sequential
    if options["expand_nested"] and isinstance(layer, (Functional, Sequential)):
        return _add_model(layer, options | {"within": f"{options.get('within', '')}{layer.name}/"}, boxes, calls)
    return _add_box(_lines(type(layer).__name__, layer, options, layer.name, *known), calls, boxes)


def _add_box(lines, calls, boxes):
    boxes.append(_Box(lines))
    boxes[-1].reads = [read for call in calls for read in call]
    return boxes[-1:]


def _add_graph(model, options, boxes, calls):
    config = model.get_config()
    layers = {layer.name: layer for layer in model.layers}
    ends = _ends(config["output_layers"])
    specs = {(name, place): (output.shape, output.dtype) for (name, _, place), output in zip(ends, model.outputs)}
    _gather_specs(config["layers"], specs)
    inputs = [end[0] for end in _ends(config["input_layers"])]
    made = {}
    for entry in config["layers"]:
        name = entry["name"]
        nodes = [_sources(node) for node in entry["inbound_nodes"]]
        reads = [[lambda source=source, place=place: _output(made[source], place) for source, place in node] for node in nodes]
        if name in inputs:  # the box of an input of a model within another reads what each call gives it
            reads = [[_output(call, inputs.index(name))] for call in calls]
        of_first = [specs[tuple(source)] for source in nodes[0]] if nodes else []
        known = of_first, [spec for (source, _), spec in sorted(specs.items()) if source == name]
        made[name] = (_add_layer(layers[name], reads, options, boxes, known) if name in layers else
                      _add_box(_lines(entry["class_name"], None, options, name, *known), reads, boxes))
    return [_output(made[name], place) for name, _, place in ends]


def _output(boxes, place):
    return boxes[min(place, len(boxes) - 1)]


def _ends(ends):
    if isinstance(ends, dict):
        return [end for one in ends.values() for end in _ends(one)]
    return [ends] if ends and isinstance(ends[0], str) else [end for one in ends for end in _ends(one)]


def _sources(structure):
    """The names of the operations that a call reads from, with the places among their outputs."""
    if isinstance(structure, dict):
        if structure.get("class_name") == "__keras_tensor__":
            return [structure["config"]["keras_history"][::2]]
        structure = list(structure.values())
    if isinstance(structure, (list, tuple)):
        return [source for part in structure for source in _sources(part)]
    return []


def _gather_specs(structure, specs):
    """Shape and type of what the operations give, by their names and the places among their outputs, as the calls that read
    it say."""
    if isinstance(structure, dict):
        if structure.get("class_name") == "__keras_tensor__":
            config = structure["config"]
            specs[tuple(config["keras_history"][::2])] = (tuple(config["shape"]), config["dtype"])
        structure = list(structure.values())
    if isinstance(structure, (list, tuple)):
        for part in structure:
            _gather_specs(part, specs)


def _lines(class_name, layer, options, name, given, gives):
    lines = [f"{options.get('within', '')}{name} ({class_name})" if options["show_layer_names"] else class_name]
    if options["show_layer_activations"] and getattr(layer, "activation", None) is not None:
        activation = layer.activation
        lines.append(f"Activation: {getattr(activation, '__name__', activation)}")
    given, gives = given or _of_call(layer, "input"), gives or _of_call(layer, "output")
    if options["show_shapes"]:
        if class_name != "InputLayer":
            lines.append(f"Input shape: {', '.join(str(shape) for shape, _ in given) or '?'}")
        lines.append(f"Output shape: {', '.join(str(shape) for shape, _ in gives) or '?'}")
    if options["show_dtype"]:
        lines.append(f"Output dtype: {', '.join(dtype for _, dtype in gives) or '?'}")
    if options["show_trainable"] and layer is not None and layer.weights:
        lines.append("Trainable" if layer.trainable else "Non-trainable")
    return lines


def _of_call(layer, which):
    """Shape and type of each value of the first call that was symbolic; none where there was no such call."""
    try:
        values = getattr(layer, which)
    except (AttributeError, ValueError):
        return []
    values = list(values.values()) if isinstance(values, dict) else values
    return [(one.shape, one.dtype) for one in (values if isinstance(values, (list, tuple)) else [values])]


# -- Graphviz's language -------------------------------------------------------------------------------


def _dot(boxes, rankdir, dpi, splines):
    def quoted(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    lines = [f"digraph model {{ rankdir={rankdir}; dpi={int(dpi)}; splines={quoted(str(splines))}; node [shape=box, fontname=Helvetica];"]
    places = {id(box): place for place, box in enumerate(boxes)}
    for place, box in enumerate(boxes):
        lines.append(f"  n{place} [label={quoted(chr(10).join(box.lines))}];".replace("\n", "\\n"))
    for place, box in enumerate(boxes):
        lines += [f"  n{places[id(source)]} -> n{place};" for source in dict.fromkeys(box.reads)]
    return "\n".join([*lines, "}", ""])


# -- a picture of our own: boxes in ranks, each below what it reads from ------------------------------------


def _svg(boxes, rankdir):
    import html
    ranks, links, back = _ranks(boxes)
    across, along = ("width", "height") if rankdir == "TB" else ("height", "width")
    places, far = {}, _GAP_Y / 2
    widths = [sum(getattr(box, across) for box in rank) + _GAP_X * (len(rank) - 1) for rank in ranks]
    whole = max(widths, default=0) + _GAP_X
    for rank, width in zip(ranks, widths):
        near = (whole - width) / 2
        deep = max((getattr(box, along) for box in rank), default=0)
        for box in rank:
            places[id(box)] = (near, far + (deep - getattr(box, along)) / 2)
            near += getattr(box, across) + _GAP_X
        far += deep + _GAP_Y
    far -= _GAP_Y / 2

    def point(box, end):
        near, deep = places[id(box)]
        at = near + getattr(box, across) / 2, deep + (getattr(box, along) if end else 0)
        return at if rankdir == "TB" else at[::-1]

    parts = []
    for chain in links:
        (x, y), path = point(chain[0], True), ""
        path = f"M{x:.1f} {y:.1f}"
        for box in chain[1:]:
            (a, b) = point(box, False)
            half = (y + b) / 2 if rankdir == "TB" else (x + a) / 2
            path += (f" C{x:.1f} {half:.1f} {a:.1f} {half:.1f} {a:.1f} {b:.1f}" if rankdir == "TB" else
                     f" C{half:.1f} {y:.1f} {half:.1f} {b:.1f} {a:.1f} {b:.1f}")
            x, y = point(box, True)
            if box is not chain[-1]:
                path += f" L{x:.1f} {y:.1f}"
        parts.append(f'<path d="{path}" marker-end="url(#to)"/>')
    for source, box in back:  # around the side
        ends = [(places[id(one)][0] + getattr(one, across), places[id(one)][1] + getattr(one, along) * part)
                for one, part in ((source, 0.7), (box, 0.3))]
        by = max(near for near, _ in ends) + _GAP_X / 2
        (x, y), (p, q), (r, s), (a, b) = (one if rankdir == "TB" else one[::-1]
                                          for one in (ends[0], (by, ends[0][1]), (by, ends[1][1]), ends[1]))
        parts.append(f'<path d="M{x:.1f} {y:.1f} C{p:.1f} {q:.1f} {r:.1f} {s:.1f} {a:.1f} {b:.1f}" marker-end="url(#to)"/>')
    for box in boxes:
        near, deep = places[id(box)]
        x, y = (near, deep) if rankdir == "TB" else (deep, near)
        parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="4"/>')
        for i, line in enumerate(box.lines):
            parts.append(f'<text x="{x + box.width / 2:.1f}" y="{y + _PADDING / 2 + _LINE * (i + 0.72):.1f}">{html.escape(line)}</text>')
    width, height = (whole, far) if rankdir == "TB" else (far, whole)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">\n'
            '<style>svg{background:#fff} rect{fill:#f4f6f8;stroke:#33475b} path{fill:none;stroke:#33475b} '
            'text{font:12px ui-monospace,Menlo,Consolas,monospace;text-anchor:middle;fill:#111}</style>\n'
            '<defs><marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path d="M0 0L8 4L0 8z" style="fill:#33475b"/></marker></defs>\n' + "\n".join(parts) + "\n</svg>\n")


def _ranks(boxes):
    """The boxes in ranks, with empty ones where a link goes by; the links, each from box to box through those; and the links
    that go back, to a layer that is called again."""
    places = {id(box): place for place, box in enumerate(boxes)}  # they come in an order in which they can run
    back = [(source, box) for box in boxes for source in dict.fromkeys(box.reads) if places[id(source)] >= places[id(box)]]
    onward = {id(box): [source for source in dict.fromkeys(box.reads) if places[id(source)] < places[id(box)]] for box in boxes}
    for box in boxes:
        box.rank = max((source.rank + 1 for source in onward[id(box)]), default=0)
    ranks = [[] for _ in range(max((box.rank for box in boxes), default=-1) + 1)]
    links = []
    for box in boxes:
        ranks[box.rank].append(box)
    for box in boxes:
        for source in onward[id(box)]:
            chain = [source]
            for rank in range(source.rank + 1, box.rank):
                by = _Box([""])
                by.width = by.height = 0
                by.rank, by.reads = rank, [chain[-1]]
                ranks[rank].append(by)
                chain.append(by)
            links.append([*chain, box])
    order = {}
    readers = {}
    for chain in links:
        for before, after in zip(chain, chain[1:]):
            readers.setdefault(id(after), []).append(before)
    for rank in ranks:  # each where the mean of what it reads stands, so that few links cross
        rank.sort(key=lambda box: sum(order[id(one)] for one in readers.get(id(box), ())) / max(len(readers.get(id(box), ())), 1))
        order.update({id(box): (place + 0.5) / len(rank) for place, box in enumerate(rank)})
    return ranks, links, back
