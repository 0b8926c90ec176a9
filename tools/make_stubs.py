#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the type stubs of the Python package: a .pyi beside each public module.

    PYTHONPATH=build/python/python tools/make_stubs.py [--check] [FOLDER]

A stub has what a module exports, with the signatures of the package itself. Types go by the name of an argument:
Keras uses a name for one thing. A new name without a plain default wants a line below, and is an error until then.
--check writes nothing and ends with 1 when a stub in FOLDER (python/) is not as it would be written.
"""
import argparse
import ast
import importlib
import inspect
import pathlib
import re
import sys
import textwrap

MODULES = ["activations", "backend", "callbacks", "config", "constraints", "dtype_policies", "initializers", "layers",
           "losses", "metrics", "models", "ops", "ops.nn", "ops.numpy", "optimizers.schedules", "optimizers", "preprocessing.sequence",
           "preprocessing.text", "preprocessing", "quantizers", "random", "regularizers", "saving", "utils", "variables"]
HEAD = """# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
"""
# Where a word of a type comes from.
IMPORTS = {"collections.abc": ["Callable", "Iterable", "Iterator", "Mapping", "Sequence"], "os": ["PathLike"],
           "typing": ["IO", "Any"], "numpy.lib.mixins": ["NDArrayOperatorsMixin"],
           "numpy.typing": ["ArrayLike", "NDArray"], "typing_extensions": ["Self"]}
# What Keras takes as an object, by its name, or as a config.
ALIASES = {"Activation": "str | Callable[..., Any] | None",
           "Initializer": "str | Mapping[str, Any] | Callable[..., Any] | None",
           "Regularizer": "str | Mapping[str, Any] | Callable[[Any], Any] | None",
           "Constraint": "str | Mapping[str, Any] | Callable[[Any], Any] | None",
           "Shape": "Sequence[int | None]"}
ALIASES = {f"_{name}Like" if name != "Shape" else "_Shape": kind for name, kind in ALIASES.items()}

# Types of arguments, by name; the rest follow from their defaults.
ARGUMENTS = [
    # arrays and lists of them, generators, symbolic inputs
    ("Any", "x x0 xs y a b x1 x2 value values inputs outputs tensor input_tensor input_tensors"),
    ("Any", "variable condition indices data elements elems array predictions query bias segment_ids sorted_sequence"),
    ("Any", "q choicelist condlist default"),
    ("Any", "updates output variance offset bins init init_val loop_vars pred upper"),
    ("Any", "initial axis1 axis2 constant_values destination source fill_value indices_or_sections epsilon"),
    ("Any", "validation_data current step ord repeats pad_width shift args positional layer_range ufunc method"),
    ("ArrayLike", "y_true y_pred w logits labels targets target_length output_length sequence_lengths"),
    ("ArrayLike | None", "ref_labels ref_embeddings"),
    ("Any", "candidate_sampling_probability candidate_ids"),
    ("ArrayLike | None", "sample_weight mask previous_mask weights class_mask"),
    # shapes, sizes and places
    ("_Shape | None", "x_shape labels_shape batch_shape noise_shape input_shape inputs_shape sequences_shape"),
    ("Any", "initial_state_shape states_shape"),
    ("_Shape", "newshape shape target_shape x0_shape dense_shape dims"),
    ("int | Sequence[int] | None", "axis axes input_axes output_axes"),
    ("int | Sequence[int]", "kernel_size dilation_rate pool_size output_size"),
    ("int | Sequence[int] | None", "strides shared_axes output_padding attention_axes"),
    ("int | Sequence[int]", "cropping"),
    ("int", "groups depth_multiplier num_heads key_dim head_dim num_query_heads num_key_value_heads"),
    ("int", "num_hard_negatives num_sampled num_true range_max num_reserved_ids n_classes embedding_dim dpi units input_dim output_dim batch epoch n target threads num_threads decay_steps first_decay_steps bytes"),
    ("int | None", "batch_size steps steps_per_epoch validation_steps validation_batch_size input_length maxlen size"),
    ("int | None", "num_classes num_words num_samples num_labels num_bins ignore_class class_id top_k index lora_rank"),
    ("int | None", "ema_overwrite_frequency gradient_accumulation_steps line_length num num_segments length M"),
    ("int | None", "projection_dim denominator_dim maximum_iterations sliding_window value_dim"),
    ("int", "k N kth"),
    ("str | PathLike[str] | bytes | IO[bytes]", "filepath"),
    ("int | None", "max_shard_size"),
    ("bool | None", "zipped"),
    ("object", "input_signature objects_to_skip activation_quantizer weight_quantizer quantizer quantization_config reference_model"),
    ("Sequence[int]", "value_range"), ("ArrayLike", "arr packed"), ("int", "orig_len rank"), ("str", "path reason scheme"),
    ("str | None", "source_name"),
    ("Sequence[int]", "start_indices target_class_ids"),
    # numbers
    ("float", "minval maxval rate factor default_value decay_rate initial_learning_rate"),
    ("float", "recall sensitivity specificity adam_lr_ratio"),
    ("float | None", "clipnorm clipvalue global_clipnorm weight_decay loss_scale_factor baseline lora_alpha initial_value_threshold"),
    ("float | None", "diag_scale posinf neginf attn_logits_soft_cap logit_soft_cap adam_weight_decay rms_rate"),
    ("Sequence[str] | None", "exclude_layers"),
    ("float | None", "x_min x_max max_value stddev start stop warmup_target"),
    ("float | Sequence[float] | None", "threshold thresholds class_weights alpha label_weights"),
    ("float | Sequence[float] | Mapping[str, float] | None", "loss_weights"),
    ("Sequence[float] | None", "positions boundaries"),
    # words
    ("str", "name monitor mode padding truncating text input_text filters split json_string separator filename new_name object_name object_path weight_name"),
    ("str", "class_name unit_name mask_policy distribution subscripts equation"),
    ("str | None", "oov_token data_format unit precision rows_drawn bias_axes reverse_dtype"),
    ("str | PathLike[str] | None", "storage"),
    ("bool", "unique"),
    ("bool | None", "copy training sparse ragged finalize flash_attention"),
    ("bool | str", "jit_compile append"),
    ("str | int", "save_freq verbose"),
    # series, words, logs
    ("ArrayLike", "sequence ids offsets rows"), ("Any", "out memory"), ("ArrayLike | None", "sampling_table"),
    ("int", "n vocabulary_size sequence_length"), ("int | None", "start_index end_index"),
    ("str | Callable[[str], int] | None", "hash_function"), ("str | int", "update_freq"),
    ("str | PathLike[str] | Mapping[str, str | PathLike[str]] | None", "embeddings_metadata"),
    # objects, by themselves, by name or by config
    ("_ActivationLike", "pre_activation activation recurrent_activation"),
    ("_InitializerLike", "initializer embeddings_initializer bias_initializer kernel_initializer beta_initializer"),
    ("_InitializerLike", "gamma_initializer moving_mean_initializer moving_variance_initializer alpha_initializer"),
    ("_InitializerLike", "depthwise_initializer pointwise_initializer recurrent_initializer"),
    ("_RegularizerLike", "regularizer embeddings_regularizer bias_regularizer kernel_regularizer activity_regularizer"),
    ("_RegularizerLike", "beta_regularizer gamma_regularizer alpha_regularizer"),
    ("_RegularizerLike", "depthwise_regularizer pointwise_regularizer recurrent_regularizer"),
    ("_ConstraintLike", "constraint embeddings_constraint bias_constraint kernel_constraint"),
    ("_ConstraintLike", "beta_constraint gamma_constraint alpha_constraint"),
    ("_ConstraintLike", "depthwise_constraint pointwise_constraint recurrent_constraint"),
    ("Any", "optimizer inner_optimizer default_optimizer optimizer_map loss metric metrics weighted_metrics learning_rate learning_rate_schedule schedule fn"),
    ("Any", "kind error traceback gradient layout reference_variable identifier key obj sources output_gradients output_shape"),
    ("Any", "config model layer layers backward_layer cell cells states initial_state callback callbacks call_function clone_function var_list var_names variables"),
    ("Any", "trainable_variables metric_variables grads grads_and_vars texts sequences analyzer print_fn"),
    ("Any", "dtype dtype_policy seed quantization_config stateful_metrics stateless_metrics params average"),
    ("dict[str, Any] | None", "logs custom_objects module_objects arguments"),
    ("Sequence[float] | None", "bin_boundaries idf_weights"),
    ("ArrayLike | None", "count_weights counts"),
    ("Sequence[float]", "unigrams"),
    ("Sequence[int]", "cutoffs"),
    ("ArrayLike", "true_classes"),
    ("Sequence[ArrayLike] | None", "sampled_values"),
    ("Any", "biases"),
    ("int | None", "max_tokens output_sequence_length"),
    ("int | Sequence[int] | None", "ngrams salt"),
    ("str | Sequence[Any] | None", "vocabulary"),
    ("Mapping[str, float] | None", "renorm_clipping"),
    ("Mapping[int, float] | None", "class_weight"),
    ("Callable[..., Any] | None", "on_epoch_begin on_epoch_end on_train_begin on_train_end"),
    ("Callable[..., Any]", "f function cond body body_fun true_fn false_fn"),
    ("Sequence[Callable[..., Any]]", "branches"),
    ("Callable[..., Any] | None", "on_train_batch_begin on_train_batch_end"),
]
# Names that mean something else in one class or function.
EXACTLY = {
    "batch_normalization.mean": "Any",
    "batch_normalization.scale": "Any",
    "Conv1D.filters": "int", "Conv2D.filters": "int", "Conv1DTranspose.filters": "int", "SeparableConv1D.filters": "int",
    "Normalization.mean": "ArrayLike | None", "Normalization.variance": "ArrayLike | None",
    "CategoryEncoding.num_tokens": "int | None", "StringLookup.mask_token": "str | None", "StringLookup.oov_token": "str | None",
    "IntegerLookup.mask_token": "int | None", "IntegerLookup.oov_token": "int | None", "Hashing.mask_value": "int | str | None",
    "TextVectorization.standardize": "str | Callable[..., Any] | None",
    "TextVectorization.split": "str | Callable[..., Any] | None",
    "Rescaling.scale": "ArrayLike", "Rescaling.offset": "ArrayLike", "ZeroPadding1D.padding": "int | Sequence[int]",
    "LeakyReLU.negative_slope": "float", "ELU.alpha": "float", "UpSampling1D.size": "int",
    "Bidirectional.merge_mode": "str | None",
    "CSVLogger.append": "bool", "TensorBoard.log_dir": "str | PathLike[str]", "TensorBoard.profile_batch": "int",
    "text_dataset_from_directory.labels": "str | Sequence[int] | None", "text_dataset_from_directory.label_mode": "str | None",
    "text_dataset_from_directory.directory": "str | PathLike[str]", "text_dataset_from_directory.class_names": "Sequence[str] | None",
    "text_dataset_from_directory.max_length": "int | None", "text_dataset_from_directory.validation_split": "float | None",
    "text_dataset_from_directory.subset": "str | None", "text_dataset_from_directory.batch_size": "int | None",
    "timeseries_dataset_from_array.targets": "ArrayLike | None", "timeseries_dataset_from_array.batch_size": "int | None", "make_sampling_table.size": "int",
    "CSVLogger.filename": "str | PathLike[str]", "KerasFileEditor.filepath": "str | PathLike[str]", "KerasFileEditor.weights": "Mapping[str, ArrayLike]",
    "BackupAndRestore.backup_dir": "str | PathLike[str]", "ModelCheckpoint.filepath": "str | PathLike[str]",
    "dot_product_attention.scale": "float | None",
    **{f"{name}.{argument}": kind for name in ("sampled_softmax_loss", "nce_loss")
       for argument, kind in (("weights", "Any"), ("num_classes", "int"))},
    **{f"{name}.{argument}": kind for name in ("_LabelledOutput", "SampledSoftmax", "NCE", "HierarchicalSoftmax",
                                               "AdaptiveLogSoftmaxWithLoss")
       for argument, kind in (("labels", "Any"), ("inputs_shape", "_Shape"), ("sampler", "str"))},
    **{f"{name}.candidate_ids": "ArrayLike | None" for name in ("BruteForceRetrieval", "update_candidates")},
    "BruteForceRetrieval.candidate_embeddings": "ArrayLike | None", "update_candidates.candidate_embeddings": "ArrayLike",
    "compute_score.query_embedding": "Any", "compute_score.candidate_embedding": "Any",
    "EmbedReduce.weights": "ArrayLike | Sequence[ArrayLike] | None",
    **{f"{name}.{argument}": "Any" for name in ("DistributedEmbedding", "FeatureConfig", "TableConfig", "build", "call", "preprocess",
                                                "compute_output_shape") for argument in ("feature_configs", "input_shapes", "table")},
    "DistributedEmbedding.weights": "Any", "DistributedEmbedding.inputs": "Any", "preprocess.inputs": "Any", "preprocess.weights": "Any",
    **{f"{name}.{argument}": kind for name in ("_Positioned", "PositionEmbedding", "TokenAndPositionEmbedding", "RotaryEmbedding",
                                               "SinePositionEncoding", "call")
       for argument, kind in (("start_index", "Any"), ("positions", "ArrayLike | None"), ("sequence_length", "int"))},
    "TokenAndPositionEmbedding.vocabulary_size": "int",
    "Embedding.weights": "ArrayLike | Sequence[ArrayLike] | None",
    "fori_loop.lower": "Any",
    **{f"{name}.{end}": "Any" for name in ("geomspace", "linspace", "logspace") for end in ("start", "stop")},
    "EmbeddingTable.weights": "ArrayLike | None",
    **{f"{method}.keys": "ArrayLike" for method in ("find", "lookup", "times", "insert", "step", "forget", "assign")},
    **{f"{name}.{argument}": kind for name in ("DynamicEmbedding", "DynamicEmbeddingTable")
       for argument, kind in (("eviction", "str | None"), ("max_tokens", "int"), ("max_waiting", "int"))},
    "save.path": "str | PathLike[str]", "load.path": "str | PathLike[str]", "DynamicEmbeddingTable.precision": "str", "evict.count": "int",
    "warmstart_embedding_matrix.base_embeddings": "ArrayLike",
    "warmstart_embedding_matrix.base_vocabulary": "ArrayLike | str | PathLike[str]", "warmstart_embedding_matrix.new_vocabulary": "ArrayLike | str | PathLike[str]",
    "Neighbors.table": "Any", "Neighbors.index": "str", "Neighbors.vocabulary": "Any", "search.vectors": "ArrayLike", "most_similar.words": "str | Sequence[str]",
    "histogram.range": "tuple[float, float] | None",
    "kaiser.beta": "float",
    "vander.N": "int | None",
    "layer_normalization.beta": "Any",
    "layer_normalization.gamma": "Any",
    "RecallAtPrecision.precision": "float",
    "rms_normalization.scale": "Any",
    "scatter_update.reduction": "str | None",
    "Variable.initializer": "Any",
    "randint.maxval": "int",
    "randint.minval": "int",
    "set_weights.weights": "Sequence[ArrayLike]",
}
# Modules whose functions give arrays, of KerasTensors too.
ARRAYS = {"keratin.random"}
RETURNS = [
    ("None", "__exit__ __init__ build build_from_config set_weights compile compile_from_config reset_metrics summary add step_pooled"),
    ("None", "reset_state update_state set_model set_params exclude_from_weight_decay finalize_variable_values append"),
    ("None", "fit_on_texts fit_on_sequences clear_session set_random_seed apply apply_gradients"),
    ("dict[str, Any]", "get_config get_build_config get_compile_config serialize"),
    ("Self", "from_config clone __enter__"),
    ("list[NDArray[Any]]", "get_weights"),
    ("NDArray[Any]", "predict predict_on_batch make_sampling_table pad_sequences to_categorical texts_to_matrix sequences_to_matrix"),
    ("int", "count_params"), ("float", "squared_norm"), ("tuple[NDArray[Any], NDArray[Any]]", "pooled_gradient"),
    ("str", "to_json"),
    ("list[list[int]]", "texts_to_sequences"), ("list[int]", "hashing_trick"),
    ("tuple[list[list[int]], list[Any]]", "skipgrams"),
    ("list[str]", "sequences_to_texts text_to_word_sequence"),
    ("Iterator[list[int]]", "texts_to_sequences_generator"),
    ("Iterator[str]", "sequences_to_texts_generator"),
    ("Any", "deserialize get"),
]
PROPERTIES = [
    ("bool", "built compiled supports_masking trainable stop_training"),
    ("str", "name path"),
    ("int", "ndim document_count best_epoch stopped_epoch"),
    ("list[str]", "metrics_names"),
    ("list[Any]", "layers losses variables weights trainable_variables trainable_weights"),
    ("list[Any]", "non_trainable_variables non_trainable_weights"),
]


def _by_name(table):
    return {name: kind for kind, names in table for name in names.split()}


ARGUMENT, RETURN, PROPERTY = _by_name(ARGUMENTS), _by_name(RETURNS), _by_name(PROPERTIES)
unknown = set()  # arguments whose type is not known


def type_of(owner, name, parameter):
    exact = EXACTLY.get(f"{owner}.{parameter.name}", EXACTLY.get(f"{name}.{parameter.name}"))
    if exact:
        return exact
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        return "Any"
    default = parameter.default
    known = ARGUMENT.get(parameter.name)
    if isinstance(default, bool):
        return known if known and ("bool" in known or "str" in known or known == "Any") else "bool"
    if known:
        takes_none = known == "Any" or known.endswith("| None") or ALIASES.get(known, "").endswith("| None")
        return known if default is not None or takes_none else f"{known} | None"
    if isinstance(default, (int, float)):
        return type(default).__name__
    if isinstance(default, str):
        return "str"
    unknown.add(f"{parameter.name} (as in {owner})")
    return "Any"


def function(owner, name, plain, indent="", kind="", base=None):
    """The lines of a function: as the package has it, with types. `base` is the method that it overrides."""
    parts, starred, positional = [], False, list(inspect.signature(plain).parameters.values())
    if kind != "static" and indent and positional:
        parts.append(positional.pop(0).name)
    for p in positional:
        if p.kind is p.VAR_POSITIONAL:
            starred = True
        if p.kind is p.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        default = ""
        if p.default is not p.empty:
            short = isinstance(p.default, (int, float, str, type(None))) and len(repr(p.default)) < 30
            default = f" = {p.default!r}" if short else " = ..."
        parts.append(f"{star}{p.name}: {type_of(owner, name, p)}{default}")
    otherwise = "NDArray[Any]" if not indent and plain.__module__ in ARRAYS else "Any"
    returns = "None" if name.startswith("on_") else RETURN.get(name, otherwise)
    other = base is not None and name != "__init__" and not _takes_what(base, plain)
    ignore = "  # type: ignore[override]" if other else ""
    head = f"{indent}def {name}({', '.join(parts)}) -> {returns}: ...{ignore}"
    if len(head) > 119:
        lines = "".join(f"{indent}    {part},\n" for part in parts)
        head = f"{indent}def {name}({ignore}\n{lines}{indent}) -> {returns}: ..."
    decorator = {"class": "@classmethod", "static": "@staticmethod"}.get(kind)
    return ([f"{indent}{decorator}"] if decorator else []) + [head]


def _takes_what(base, function):
    """Whether what may be given to `base` may be given to `function`, by position and by name."""
    def by_position(parameters):
        return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]

    wanted, mine = (inspect.signature(f).parameters.values() for f in (base, function))
    names = by_position(wanted)
    return by_position(mine)[:len(names)] == names or any(p.kind is p.VAR_POSITIONAL for p in mine)


def attributes(cls):
    """What __init__ sets: names of attributes that are not private."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls.__dict__["__init__"])))
    except (KeyError, TypeError):
        return []
    targets = [target for node in ast.walk(tree) if isinstance(node, ast.Assign) for target in node.targets]
    targets = [part for target in targets for part in getattr(target, "elts", [target])]
    return [target.attr for target in targets if isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name) and target.value.id == "self" and not target.attr.startswith("_")]


def class_of(cls, homes):
    """The lines of a class, with what its bases that are not exported add."""
    own, bases = [], []
    for base in cls.__mro__:
        if base is not cls and base in homes:
            bases.append(base)
            break
        if base.__module__.split(".")[0] == "keratin":
            own.append(base)
    inherited = {name for base in bases for c in base.__mro__ for name in vars(c)}
    lines, seen = [], set()
    for part in own:
        for name in attributes(part):
            if name not in seen and not hasattr(cls, name):
                seen.add(name)
                lines.append(f"    {name}: Any")
        for name, value in vars(part).items():
            special = name in ("__init__", "__call__", "__getattr__", "__len__", "__iter__", "__getitem__", "__array__",
                               "__float__", "__int__", "__index__", "__array_ufunc__", "__enter__", "__exit__")
            if name in seen or (name.startswith("_") and not special):
                continue
            if part is not cls and name in inherited:  # what is between it and its base says nothing new to users
                continue
            seen.add(name)
            if name == "__getattr__":
                if "__getattr__" not in inherited:
                    lines.append("    def __getattr__(self, name: str) -> Any: ...")
            elif isinstance(value, property):
                kind = PROPERTY.get(name, "Any")
                lines += ["    @property", f"    def {name}(self) -> {kind}: ..."]
                if value.fset:
                    lines += [f"    @{name}.setter", f"    def {name}(self, value: {kind}) -> None: ..."]
            elif isinstance(value, (classmethod, staticmethod)):
                lines += function(cls.__name__, name, value.__func__, "    ",
                                  "class" if isinstance(value, classmethod) else "static")
            elif inspect.isfunction(value):
                base = next((vars(c)[name] for b in bases for c in b.__mro__ if name in vars(c)), None)
                lines += function(cls.__name__, name, value, "    ", base=base if inspect.isfunction(base) else None)
    bases += [base for part in own for base in part.__bases__
              if base.__module__.split(".")[0] not in ("keratin", "builtins", "abc")]
    names = ", ".join(base.__name__ for base in bases)
    head = f"class {cls.__name__}({names}):" if names else f"class {cls.__name__}:"
    return [head, *(lines or ["    ..."])]


def exports_of(module):
    """What __all__ says, or what is not private and of the package itself."""
    names = getattr(module, "__all__", None)
    return names if names is not None else [
        name for name, value in vars(module).items()
        if not name.startswith("_") and str(getattr(value, "__module__", "")).startswith("keratin.")
        and "._" not in value.__module__]


def stub_of(name, homes):
    module = importlib.import_module(name)
    body, imports, plain = [], set(), []
    for export in exports_of(module):
        value = getattr(module, export)
        if inspect.ismodule(value):
            package = value.__name__.rpartition(".")[0]
            imports.add(f"from {package} import {export} as {export}")
        elif homes.get(value, name) != name:
            imports.add(f"from {homes[value]} import {export} as {export}")
        elif inspect.isclass(value):
            plain.append((export, value))
        elif inspect.isfunction(value):
            body += [*function(export, export, value), ""]
        else:
            body += [f"{export}: {type(value).__name__ if isinstance(value, (str, int, float)) else 'Any'}", ""]
    other_names = [(export, value) for export, value in plain
                   if export != value.__name__ and (value.__name__, value) in plain]
    classes = []
    for export, value in sorted(plain, key=lambda item: len(item[1].__mro__)):  # bases first
        if (export, value) in other_names:
            continue
        classes += [*class_of(value, homes), "", ""]
        for base in value.__mro__[1:]:
            if homes.get(base, name) != name:
                imports.add(f"from {homes[base]} import {base.__name__} as {base.__name__}")
                break
    for export, value in other_names:
        classes += [f"{export} = {value.__name__}", ""]
    exports = textwrap.fill(", ".join(f'"{export}"' for export in exports_of(module)), 112, initial_indent="    ",
                            subsequent_indent="    ", break_on_hyphens=False)
    code = "\n".join([f"__all__ = [\n{exports},\n]", "", *classes, *body])
    aliases = [f"{alias} = {kind}" for alias, kind in ALIASES.items() if re.search(rf"\b{alias}\b", code)]
    words = set(re.findall(r"\w+", "\n".join([code, *aliases]))) - set(exports_of(module))
    typing = [f"from {package} import {', '.join(used)}" for package, exported in IMPORTS.items()
              if (used := [word for word in exported if word in words])]
    return "\n".join([HEAD + "\n".join([*typing, "", *sorted(imports)]), "", *aliases, "", code]).rstrip() + "\n"


def stubs():
    """{path in the package's folder: text}"""
    names = ["keratin." + module for module in MODULES] + ["keratin"]
    root = importlib.import_module("keratin")
    left_out = {name for name in root.__all__ if inspect.ismodule(getattr(root, name))} - set(MODULES)
    if left_out:
        sys.exit(f"make_stubs: MODULES lacks {sorted(left_out)}")
    homes = {}
    for name in names:
        module = importlib.import_module(name)
        for export in exports_of(module):
            value = getattr(module, export)
            if inspect.isclass(value) or inspect.isfunction(value):
                homes.setdefault(value, name)
    result = {}
    for name in names:
        module = importlib.import_module(name)
        path = pathlib.Path(*name.split("."))
        path = path / "__init__.pyi" if module.__spec__.submodule_search_locations is not None else path.with_suffix(".pyi")
        result[path] = stub_of(name, homes)
    if unknown:
        sys.exit("make_stubs: no type is known for the arguments " + ", ".join(sorted(unknown)))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).parents[1] / "python")
    parser.add_argument("--check", action="store_true", help="write nothing; say which stubs are not as written here")
    options = parser.parse_args()
    old = []
    for path, text in stubs().items():
        target = options.folder / path
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        old.append(str(path))
        if not options.check:
            target.write_text(text, encoding="utf-8")
    if options.check and old:
        sys.exit(f"make_stubs: not as the package is: {', '.join(old)}. `./dev stubs` writes them.")


if __name__ == "__main__":
    main()
