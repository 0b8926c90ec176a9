# SPDX-License-Identifier: Apache-2.0
"""What Keras has, or had in its second version, and Keratin has not: one list of names, each with the way round.

`import keratin as keras` meets programs that use more of Keras than is here. A name that is not there stays an
AttributeError (`hasattr` is False), and an ImportError where it is imported, but both say what to do instead.
tests/python/test_elsewhere.py holds the list against the public names of a real Keras.
"""
import sys

_FILES = "not there; save, save_weights and load_model keep models in files that Keras opens"
_OWN_STEP = "steps are not compiled: train_step, test_step and compute_loss may be written anew, and train_on_batch, test_on_batch " \
            "and predict_on_batch are called by hand"
_FLOAT32 = "arrays are float32; Embedding(dtype='bfloat16') stores its rows in 16 bits, and dtype='mixed_bfloat16' rounds them"
_NUMPY = "the arrays are NumPy's; use the function of that name in numpy or scipy, where no gradient is wanted"
_OWN_LOSS = "keratin.ops has the functions that losses and metrics of one's own are differentiated through"
_NO_OP = _OWN_LOSS + "; this one is not among them. Elsewhere " + _NUMPY
_RECURRENT = "of the recurrent layers there are LSTM, GRU, SimpleRNN, Bidirectional, TimeDistributed, and RNN for a cell of your own"
_IMAGES = "it is for images, which are outside of Keratin"
_MERGING = "each way to merge has a layer: Add, Concatenate, Dot ..."
_LOOKUP = "features are put together by hand: StringLookup, IntegerLookup, Hashing, Discretization, Normalization ..."
_BACKENDS = "it belongs to Keras's backends; Keratin is its own"
_QUANTIZED = "not there; Embedding.quantize and Model.quantize make int8 and int4 of tables"
_DATA = "data sets are not fetched; read the files, and give fit arrays or batches"
_FOLDERS = "such data are not read from folders; read them, and give fit arrays, or batches from a generator or an object " \
           "with __getitem__ and __len__"
_SCREEN = "progress is shown or not by verbose=, of fit, evaluate and predict"
_TRACEBACKS = "tracebacks are not filtered; there is nothing to turn on or off"
_FIXED = "it is always {} here"
_OPTIMIZER = ("not there; SGD, RMSprop, Adam, AdamW, Adadelta, Adagrad, Adafactor, Adamax, Nadam, Ftrl, Lion, Lamb, Muon "
              "and ScheduleFreeAdamW are")
_STATE = "get_weights and set_weights have the weights; pickle keeps an object whole"
_LORA = "LoRA is of Embedding; trainable = False keeps the weights of a layer as they are"

# By where the name stands (after "keratin."), and there by the names. "*": of every other name there.
_MODULES = {
    "": {
        "Function Operation SymbolicScope StatelessScope RematScope remat name_scope device": _BACKENDS,
        "InputSpec": "a layer knows the shapes it takes; see compute_output_shape",
        "FloatDTypePolicy mixed_precision": _FLOAT32,
        "Quantizer": _QUANTIZED,
        "applications visualization": _IMAGES,
        "datasets": _DATA,
        "distribution": "a model is trained on one machine, on all its cores",
        "distillation": "not there; fit on the predictions of the teacher",
        "export legacy": _FILES,
        "src": "that is the inside of Keras; the public names are here",
        "tree": "models take nested inputs as they are; to walk them, the package optree has these functions",
        "version": "see keratin.__version__",
        "engine estimator experimental feature_column": "that was the inside of Keras 2; the public names are here",
        "wrappers": "not there; a scikit-learn estimator is fit and predict around a Sequential",
    },
    "activations": {}, "constraints": {}, "regularizers": {}, "optimizers.schedules": {}, "preprocessing.sequence": {},
    "backend": {
        "set_epsilon": _FIXED.format("1e-7"),
        "set_image_data_format": _FIXED.format("channels_last"),
        "is_keras_tensor": "keratin.utils.is_keras_tensor says so",
        "*": _BACKENDS,
    },
    "callbacks": {
        "OrbaxCheckpoint": _FILES + ", and a LambdaCallback can do so after an epoch",
        "RemoteMonitor": "not there; a LambdaCallback can send the logs of an epoch",
    },
    "config": {
        "dtype_policy set_dtype_policy": _FLOAT32,
        "set_epsilon": _FIXED.format("1e-7"),
        "set_image_data_format": _FIXED.format("channels_last"),
        "set_backend enable_flash_attention disable_flash_attention is_flash_attention_enabled is_nnx_enabled": _BACKENDS,
        "enable_interactive_logging disable_interactive_logging is_interactive_logging_enabled": _SCREEN,
        "enable_traceback_filtering": _TRACEBACKS,
        "enable_unsafe_deserialization": "nothing in a config is ever run",
        "max_epochs set_max_epochs": "give epochs= to fit",
        "max_steps_per_epoch set_max_steps_per_epoch": "give steps_per_epoch= to fit",
    },
    "dtype_policies": {"FloatDTypePolicy DTypePolicyMap": _FLOAT32, "*": _QUANTIZED},
    "quantizers": {"*": _QUANTIZED},
    "initializers": {"STFT STFTInitializer stft": "it is for sound, which is outside of Keratin"},
    "layers": {
        "ConvLSTM1D ConvLSTM2D ConvLSTM3D CuDNNLSTM CuDNNGRU": _RECURRENT,
        "Conv2DTranspose Conv3D Conv3DTranspose Convolution2DTranspose Convolution3D "
        "Convolution3DTranspose DepthwiseConv2D SeparableConv2D SeparableConvolution2D ZeroPadding2D ZeroPadding3D "
        "Cropping2D Cropping3D UpSampling2D UpSampling3D AveragePooling3D AvgPool3D "
        "MaxPool3D MaxPooling3D GlobalAveragePooling3D "
        "GlobalAvgPool3D GlobalMaxPool3D GlobalMaxPooling3D "
        "AdaptiveAveragePooling3D AdaptiveMaxPooling3D "
        "SpatialDropout3D "
        "AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization "
        "MaxNumBoundingBoxes MixUp Mosaic Pipeline RandAugment RandomBrightness RandomColorDegeneration "
        "RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip "
        "RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization "
        "RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom Resizing "
        "Solarization": _IMAGES,
        "Merge merge": _MERGING,
        "SpectralNormalization": "not there; a kernel_constraint keeps weights bounded",
        "ThresholdedReLU": "an activation is a layer as Activation('relu'), Activation('leaky_relu') ...",
        "MelSpectrogram STFTSpectrogram": "it is for sound, which is outside of Keratin",
        "Wrapper": "a layer of one's own may have another as an attribute",
        "FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper": _BACKENDS,
        "TernaryDense": _QUANTIZED,
        "InputSpec": "a layer knows the shapes it takes; see compute_output_shape",
    },
    "models": {"model_from_config model_from_yaml": "see model_from_json"},
    "ops": {
        "linalg image": "all that is there is in keratin.ops itself, and in its parts nn and numpy",
        "*": _NO_OP,
    },
    "ops.nn": {"*": _NO_OP}, "ops.numpy": {"*": _NO_OP},
    "optimizers": {
        "legacy": "the optimizers of today take its arguments",
        "*": _OPTIMIZER,
    },
    "preprocessing": {"image image_dataset_from_directory": _IMAGES, "*": _FOLDERS},
    "random": {"*": "not there; numpy.random.default_rng has it"},
    "utils": {
        "FeatureSpace": _LOOKUP,
        "Config": "each module has its own: keratin.layers.serialize, keratin.losses.deserialize ...",
        "enable_interactive_logging disable_interactive_logging is_interactive_logging_enabled": _SCREEN,
        "array_to_img img_to_array load_img save_img bounding_boxes image_dataset_from_directory": _IMAGES,
        "audio_dataset_from_directory": _FOLDERS,
        "get_file": _DATA,
        "split_dataset": "give fit validation_split=, or cut the arrays",
        "get_source_inputs": "a model has its inputs as model.inputs",
        "standardize_dtype": "numpy.dtype(x).name is the name of a type",
        "legacy np_utils": "the functions of today are in keratin.utils itself",
    },
}

_MODEL = {
    "metrics_variables": "see the variables of its metrics",
    "input_spec input_dtype": "see input_shape and output_shape",
    "save_own_variables load_own_variables": _FILES,
    "symbolic_call call_signature_parameters":
        "call the model itself: model(x); compute_output_shape knows the shape of what comes out",
    "predict_step train_function test_function predict_function make_train_function "
    "make_test_function make_predict_function compute_loss_and_updates": _OWN_STEP,
    "loss optimizer": "the model is not compiled yet: call compile() first",
    "run_eagerly jit_compile steps_per_execution supports_jit jax_state_sync state_sync": _BACKENDS,
    "path": "a model has a name; see the path of its weights",
}
_LAYER = {
    "input_spec input_dtype": "compute_output_shape knows the shapes",
    "symbolic_call call_signature_parameters": "call the layer itself",
    "add_variable": "weights of a layer are made by its add_weight",
    "metrics_variables add_metric": "metrics are given to compile()",
    "save_own_variables load_own_variables variable_serialization_spec get_state_tree set_state_tree": _STATE,
}
_SOME_LAYERS = {  # attributes of some of Keras's: a model of the user's may have its own by that name
    "kernel_shape": "it is the shape of the kernel, kernel.shape",
    "seed_generator": "a layer counts its own draws; the argument seed says where they begin",
}
_ALL_LAYERS = {
    "enable_lora lora_enabled lora_rank lora_alpha": _LORA,
    "quantized_build quantized_call quantization_config quantization_mode quantization_summary "
    "get_quantization_layer_structure": _QUANTIZED,
    "stateless_call stateless_compute_loss rematerialized_call autocast supports_jit": _BACKENDS,
}
# By the class, asked along the bases of an object's.
_CLASSES = {
    "Model": {**_MODEL, **_LAYER, **_ALL_LAYERS},
    "Layer": {**_LAYER, **_SOME_LAYERS, **_ALL_LAYERS},
    "Optimizer": {
        "save_own_variables load_own_variables": _STATE,
        "stateless_apply": _BACKENDS,
    },
    "Loss": {"fn": "the values a sample are a function beside the class, such as keratin.losses.mean_squared_error"},
    "Variable": {"aggregation synchronization overwrite_with_gradient": _BACKENDS},
}


def _found(answers, name):
    for names, answer in answers.items():
        if name in names.split():
            return answer
    return answers.get("*")


def answer(module, name):
    """What to do without `name` of that module ("layers"; "" for keratin itself), or None for no name of Keras's."""
    if name.startswith("_"):
        return None
    answers = _MODULES.get(module)
    return None if answers is None else _found(answers, name)


def class_answer(cls, name):
    """The same for an attribute of an object."""
    if name.startswith("_"):
        return None
    for base in cls.__mro__:
        found = _found(_CLASSES.get(base.__name__, {}), name)
        if found is not None:
            return found
    return None


def missing_attribute(instance, name):
    """The AttributeError for an attribute that an object has not."""
    text = f"'{type(instance).__name__}' object has no attribute '{name}'"
    found = class_answer(type(instance), name)
    return AttributeError(f"{text}: {found}." if found else text, name=name, obj=instance)


class _Asked:
    """Asked for what nobody finds: `from keratin.layers import RNN` comes here for a module of that name."""

    def find_spec(self, fullname, path, target=None):
        package, _, name = fullname.rpartition(".")
        if package.split(".")[0] == __package__:
            found = answer(package[len(__package__) + 1:], name)
            if found is not None:
                raise ImportError(f"cannot import name '{name}' from '{package}': {found}.", name=fullname)
        return None


def install():
    """Lets every module of the package answer for what it has not."""
    for name in _MODULES:
        module = sys.modules[f"{__package__}.{name}".rstrip(".")]

        def missing(attribute, module=module, name=name):
            text = f"module '{module.__name__}' has no attribute '{attribute}'"
            found = answer(name, attribute)
            raise AttributeError(f"{text}: {found}." if found else text, name=attribute, obj=module)

        module.__getattr__ = missing
        if not hasattr(module, "__path__"):
            module.__path__ = []  # of a package Python asks the finders before it gives a name up
    sys.meta_path.append(_Asked())
