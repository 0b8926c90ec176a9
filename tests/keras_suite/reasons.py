# SPDX-License-Identifier: Apache-2.0
"""Why a test of Keras does not pass. `differs` in the list means that nothing here says why: mend it or say it.

What begins with "on purpose" has a row in docs/keras-differences.md; what begins with "to be mended" is a fault of ours.
"""
import re

OWN_LAYERS = "not built yet: layers and models that users write"
FLOAT32 = "on purpose: losses, metrics and variables are float32"
OUR_TEXT = "on purpose: the text of the error is ours"
QUANTIZATION = "not built yet: quantization of layers"
SIZES = "on purpose: sizes that do not go together are an error before the model runs"
UNTIL = "to be mended: "
SYMBOLIC = "needs symbolic tensors where Keratin has none, or Keras's own"

# By what the test says; the first that is found counts.
REASONS = [
    (r"not built: tensorflow\b", "needs tensorflow"),
    (r"not built: keras\.src\.\S*\b"
     r"(validate_float_arg|compute_fans|build_pos_neg_masks|squeeze_or_expand_to_same_rank)",
     r"a helper of Keras's own implementation: \1"),
    (r"not built: (?:keras\.)?(?:src\.)?(\S+)", r"not built yet: \1"),
    (r"unknown optimizer: '(\w+)'", r"not built yet: \1"),
    (r"has no attribute '(inputs_quantizer)'", r"not built yet: \1"),
    (r"a dtype is float32.* Received: '?float64", FLOAT32),
    (r"the dtype policy is fixed when", "not built yet: dtype policies that are set, but for quantized ones"),
    (r"cannot be quantized: Embedding alone|a dtype is float32.* Received: '?float8|cannot be quantized: its kernel is no matrix|a class that derives from Embedding is not quantized"
     r"|Invalid quantization mode. Expected one of \('int8', 'int4'\)", QUANTIZATION),
    (r"unexpected keyword argument 'unrecognized_kwargs'", OUR_TEXT + " (and it is a TypeError)"),
    (r"has no attribute '(quantize|quantization\w*)'|'dtype_policy' of .* cannot be set|no attribute '_kernel'"
     r"|only dtype float32 is known. Received: '(int|float8)", QUANTIZATION),
    (r"has no attribute '(enable_lora|lora\w*)'|passed to \w+: \{'lora_rank'", "not built yet: lora of layers"),
    (r"is not an instance of <class 'keratin\.layers\.activation\.", "on purpose: a layer in place of an activation becomes the activation"),
    (r"has no attribute 'load_own_variables'", "not built yet: saving"),
    (r"has no attribute '(add_weight|add_variable|_input_shape)'|'supports_masking' of .* cannot be set"
     r"|The `build` of .* is overriden|by itself, and classes of one's own derived from it, are not there", OWN_LAYERS),
    (r"\.\w+ would never be called: what \w+ does is C\+\+",
     "on purpose: methods of a layer, optimizer or model that C++ would not call"),
    (r"No module named '(tensorflow|torch|jax|orbax|grain)'", r"needs \1"),
    (r"`requests` required", "needs the package requests"),
    (r"sparse (tensors|not supported on)|no sparse and no ragged", "needs sparse tensors, which the backend does not have"),
    (r"ragged (tensors|not supported on)", "needs ragged tensors, which the backend does not have"),
    (r"jit_compile not supported|requires a TPU|JAX only|TF backend|Requires TF|tensorflow backend|TensorFlow|[Tt]orch|Requires? (jax|JAX)",
     "a trait of another backend"),
    (r"only dtype float32 is known. Received: 'float64'", FLOAT32),
    (r"FileNotFoundError: \[Errno 2\] \[open\]", "on purpose: what a file is its bytes say, and one that is not there is named"),
    (r"dtype must be None or 'float32'. Received: '?([^']*)'?|Received: x\.dtype=float32 and dtype=(float16)", FLOAT32),
    (r"data_format must be 'channels_last'", "on purpose: data_format is channels_last"),
    (r"was given a mask of shape", "on purpose: a mask is of bools"),
    (r"the learning rate comes from a schedule", OUR_TEXT + " (and it is a ValueError)"),
    (r"'monitor_op'|\[best_weights\] expected a list", "looks into a callback: its state is in C++"),
    (r"has no attribute '_core'$", "a model that is not Keratin's"),
    (r"as compute_output_spec\(\) says", "on purpose: a layer gives the shape that it said"),
    (r"object has no attribute '_functional'|an object of type '(Input\w*|KerasTensor|Functional)'|KerasTensor|symbolic"
     r"|instances of 'InputLayer' and|has no attribute 'inputs'|input_tensor.* not known here"
     r"|functional models are not there|'(in|out)puts?' here: there are no symbolic tensors", SYMBOLIC),
    (r"unknown dtype: '(\w+)'|dtype float32 is known. Received: '\w*float16'|float32 \+ b?float16",
     "on purpose: arrays and weights are of float32 or integers"),
    (r"the first axis is open", "not built yet: scans over an axis whose size is not known"),
    (r"flash_attention=True is not there", "not built yet: flash_attention"),
    (r"sparse=True gives a sparse tensor", "needs sparse tensors, which the backend does not have"),
    (r"requires the (\w+) module", r"needs \1"),
    (r"Unexpected number of (seed_generators|non_trainable_variables)", "looks for a SeedGenerator: what layers draw from is in C++"),
    (r"use_cudnn must be 'auto' or False", "on purpose: there is no cuDNN"),
    (r"unknown output in (loss|metrics)", OUR_TEXT + " (and it is a ValueError)"),
    (r"has no attribute '(get_state_tree|set_state_tree|export|save|metrics_variables|quantized_build|operations"
     r"|rematerialized_call|overwrite_with_gradient)'", r"not built yet: \1"),
    (r"has no attribute '(image|linalg)'", r"not built yet: ops.\1"),
    (r"object has no attribute '(_\w+)'", r"looks at the attribute \1 of Keras's own implementation"),
    (r"^AssertionError: (\".*\") does not match", OUR_TEXT + r", not \1"),
    (r"^AssertionError: - \[\w+\] .* \+ ", OUR_TEXT),
]

# By name, where their own words do not say it.
KNOWN = [
    (r"iou_metrics_test.*test_big_chunk", "on purpose: metrics keep their sums in C++, in double"),
    (r"test_mha_query_projection_variance", "not built yet: the projections of MultiHeadAttention as layers"),
    (r"test_einsum_dense_constraints", "on purpose: inputs that the equation does not fit are an error before the layer is built"),
    (r"NNOpsStaticShapeTest::test_ctc_loss", "on purpose: target and output of ctc_loss have 2 and 3 axes, known before they run"),
    (r"TverskyTest::.*custom_coefficients",
     "Keras 3.16 weighs false positives by alpha, as we do; 3.15 false negatives"),
    (r"R2ScoreTest::test_r2_tfa_comparison",
     "Keras 3.16 counts samples for the adjusted score, as we do; 3.15 numbers"),
    (r"(Huber|CosineSimilarity)\w*::test_config",
     "Keras 3.16 writes the argument to the config, as we do; 3.15 does not"),
    (r"test_lora_weight_name", OWN_LAYERS),
    (r"(Embedding|Dense)Test::test_quantize_by_setting_dtype_policy_int4",
     "Keras 3.16 has one scale a row, or an output, for that name, as we do; 3.15 groups"),
    (r"ModelTest::test_quantize_nested_model", QUANTIZATION),
    (r"BackupAndRestoreCallbackTest::test_best_case_step", "on purpose: a run goes on within the epoch, which Keras starts anew"),
    (r"test_verbose_logging", "on purpose: what callbacks say goes to stderr, not to a log"),
    (r"test_dense_without_activation_set", "on purpose: the arguments of a layer are fixed when it is made"),
    (r"InputLayerTest::test_(call_method|input_basic_dense)", SYMBOLIC),
    (r"InputLayerTest::test_input_shape_deprecated", "on purpose: Keras 2's arguments are taken without a warning"),
    (r"test_(gaussian_dropout|gaussian_noise|alpha_dropout)_basics",
     "looks for a SeedGenerator: what layers draw from is in C++"),
    (r"ZeroPadding1DTest::test_zero_padding_1d_get_config", "on purpose: a config has the name of a dtype, not its policy"),
    (r"ActivityRegularizationTest", "on purpose: `losses` keeps nothing of a call"),
    (r"SequentialTest::test_basic_flow_with_(functional|sequential)_model_as_first_layer",
     UNTIL + "a Sequential that begins with a model is built by its first data"),
    (r"test_dropout_basics", "looks for a SeedGenerator: what Dropout draws from is in C++"),
    (r"SparseCategoricalAccuracyTest::test_reshape_matches", "on purpose: shapes that do not go together are an error"),
    (r"FBetaScoreTest::test_(beta_integer|threshold_not_float)", "on purpose: an integer does as well as a float"),
    (r"SequentialTest::test_hasattr", SYMBOLIC),
    (r"SequentialTest::test_nested_sequential", "not built yet: models as layers"),
    (r"SequentialTest::test_serialization$", OWN_LAYERS),
    (r"test_ema_with_model_fit", "on purpose: y_true (B, 1) against y_pred (B, C) is an error"),
    (r"test_(overwrite_with_gradient|finite_step_with_overwrite_stateful)", "not built yet: overwrite_with_gradient of variables"),
    (r"LossScaleOptimizerTest::.*_stateless|MultiOptimizerTest::test_stateless_apply", "on purpose: stateless_apply belongs to Keras's backends"),
    (r"MultiOptimizerTest::test_(optimizer_map_matching|stateful_apply|multi_optimizer_wrapped)",
     UNTIL + "names of scopes in the path of a Variable"),
    (r"MultiOptimizerTest::test_custom_callable_function", "on purpose: MultiOptimizer is of an OptimizerMap"),
    (r"MultiOptimizerTest::test_multi_optimizer_blocks_nested", "looks into an OptimizerMap, past what refuses"),
    (r"MultiOptimizerTest::test_(learning_rate_scheduler|reduce_lr_on_plateau|swap_ema_weights)_with",
     "not built yet: callbacks that change each optimizer of a MultiOptimizer"),
    (r"keras_tensor_test\.py::$", "loads tensorflow, and looks at Keras's own classes of operations"),
    (r"LambdaTest::test_(correctness|from_config_fails)|SequentialTest::test_serialization_with_lambda_layer", "on purpose: a lambda is not written to a config"),
    (r"LambdaTest::test_lambda_basics", "on purpose: a mask is of bools"),
    (r"LayerTest::.*remat", "not built yet: RematScope"),
    (r"LayerTest::test_rng_seed_tracking", "looks for a SeedGenerator: what layers draw from is in C++"),
    (r"LayerTest::test_autocast_with_np_array", "on purpose: a call that gives None is an error"),
    (r"LayerTest::test_complex_dtype", "not built yet: complex numbers"),
    (r"LayerTest::test_masking", UNTIL + "the mask that hangs on an array (_keras_mask) is not read"),
    (r"LayerTest::test_trainable_setting", UNTIL + "variables of a layer of one's own that is not trainable"),
    (r"FunctionalTest::test_functional_slicing", UNTIL + "a model cut out of another has no InputLayer among its layers"),
    (r"FunctionalTest::test_for_functional_in_sequential", "needs keras.applications"),
    (r"FunctionalTest::test_required_input_none_raises", UNTIL + "arguments of call that have their own shape"),
    (r"ModelTest::test_layers_setter", UNTIL + "a Model without call, before it is called"),
    (r"ModelTest::test_reviving_functional_from_config_custom_model",
     UNTIL + "a functional model of a class of one's own, by from_config"),
    (r"TestTrainer::test_(compute_loss_no_training|fwd_pass_loss|evaluate_with_custom|metric_update_in)",
     UNTIL + "compute_loss of one's own with metrics of the layer"),
    (r"TestTrainer::test_retracing", "counts traces: nothing is compiled here"),
    (r"VariableInitializationTest::.*array", "on purpose: losses, metrics and variables are float32"),
    (r"test_registered_callable_(constraint|regularizer)", UNTIL + "functions of one's own as constraints"),
    (r"test_variable_path_creation", UNTIL + "names of scopes in the path of a Variable"),
    (r"test_variable_repr", UNTIL + "how a Variable is shown"),
    (r"VariableOpsCorrectnessTest::test_round", UNTIL + "round(variable)"),
    (r"VariableOpsBehaviorTest::test_invalid_bool", UNTIL + "the type of the error of bool(variable)"),
    (r"CoreOpsCorrectnessTest::test_is_tensor", "the arrays are NumPy's, as on Keras's NumPy backend"),
    (r"CoreOpsDtypeTest::test_convert_to_tensor\d+$", "on purpose: int64 stays"),
    (r"NNOpsCorrectnessTest::test_moments$", "on purpose: arrays and weights are of float32 or integers"),
    (r"test_layer_normalization_rms_scaling_warning", "not built yet: rms_scaling, which Keras has given up"),
    (r"ShapeTest::test_(tensordot|einsum|dot_product_attention|(layer|rms)_normalization)$", SIZES),
    (r"ShapeTest::test_get_item$", "on purpose: an index outside is an IndexError"),
    (r"ShapeTest::test_(ndim|size)$", "looks at the shape of a number: ndim and size give numbers"),
    (r"ModelTest::test_functional_list_outputs_with_custom_compute_loss",
     UNTIL + "compute_loss of one's own that gives more predictions than the model has outputs"),
    (r"CorrectnessTest::test_(conj|conjugate|imag|isreal|real)$", "on purpose: there are no complex numbers"),
    (r"DynamicShapeTest::test_corrcoef", "Keras says (3, None) of what is (3, 3)"),
    (r"test_custom_sequential_registered_no_scope|test_nested_(shared_)?functional_model_saving", SIZES),
    (r"test_saving_include_optimizer_false", "on purpose: the optimizer of a model that is not compiled is None"),
    (r"test_load_sharded_weights", "not built yet: shards of weights"),
    (r"test_load_weights_invalid_kwargs", "on purpose: objects_to_skip is taken for every file"),
    (r"test_save_h5_format", "on purpose: HDF5 is written without a warning"),
    (r"test_load_model_rejects_extraction_bomb", "on purpose: nothing in an archive is unpacked to the disk"),
    (r"SavingAPITest::test_safe_mode", "on purpose: a lambda is not written to a config"),
    (r"test_complex_model_without_explicit_deserialization", UNTIL + "layers as they are in the config of a layer of one's own"),
    (r"test_custom_object_without_from_config", UNTIL + "an object of one's own as the activation of a listed layer"),
    (r"test_cyclic_container_saving", UNTIL + "a list of layers that holds itself"),
    (r"test_legacy_load_skips_missing_nested_containers", "needs a file that the source package does not have"),
    (r"test_redefinition_of_trackable", UNTIL + "a layer under the name of a property, in files"),
    (r"test_(load|save)_model_exception_raised_(high|low)_memory_config|test_saved_module_paths",
     "looks into Keras's own implementation: how its files are written"),
    (r"test_save_to_fileobj", "not built yet: models in file objects"),
    (r"(GRU|LSTM)Test::test_basics", "looks for a SeedGenerator: what layers draw from is in C++"),
    (r"GRUTest::test_legacy_implementation_argument", "on purpose: implementation is 1 or 2"),
    (r"RNNTest::test_(basics|serialization)", "on purpose: a class of one's own is registered, or in a custom_object_scope"),
    (r"StackedRNNTest::test_basics", "on purpose: the config of a layer within does not say how it was built"),
    (r"TimeDistributedTest::test_with_mask_zero", "on purpose: ids are integers"),
    (r"AttentionTest::test_causal_only_skipped_for_subclass|MuonTest::test_(Newton|lr_adjust|adamw|muon)",
     "calls or overrides an inner function of Keras's own implementation"),
    (r"test_shape_mismatch_error_query_value_dim_mismatch", "gives a number for the shape of key"),
    (r"MultiHeadAttentionTest::test_dtype_policy_map", "on purpose: everything is float32"),
    (r"MultiHeadAttentionTest::test_lora", "not built yet: lora of layers"),
    (r"RemoveAccidentalHitsTest::test_call_logits_rank_3_candidate_ids_rank_2",
     "looks at ids of the first axis, which are of the last two; in KerasRS nothing is taken away, so that it is not seen"),
    (r"PairwiseMeanSquaredErrorTest::test_temperature", "on purpose: an argument that has no part in the loss is an error"),
    (r"test_pad_sequences_str", "on purpose: pad_sequences is of numbers"),
]


def reason(name, outcome, text):
    """The line of the list for a test: `passes`, or why not."""
    if outcome == "passes":
        return "passes"
    if outcome == "idle":
        return "passes, but nothing of Keratin runs in it"
    text = re.sub(r" at 0x[0-9a-f]+", "", " ".join(text.split()))  # an address is another one the next time
    for pattern, words in REASONS[:3]:  # what is not there comes before all else
        found = re.search(pattern, text)
        if found:
            return found.expand(words)
    for pattern, words in KNOWN:
        if re.search(pattern, name):
            return words
    for pattern, words in REASONS:
        found = re.search(pattern, text)
        if found:
            return found.expand(words)
    return ("skipped: " if outcome == "skipped" else "differs: ") + text
