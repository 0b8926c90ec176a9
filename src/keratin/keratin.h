// SPDX-License-Identifier: Apache-2.0
#pragma once

/// All of Keratin: `#include <keratin/keratin.h>`. What this header reaches is the public
/// interface, and is installed; everything else under src/ is not.
#include "keratin/activations/activations.h"
#include "keratin/base/auto_name.h"
#include "keratin/base/config.h"
#include "keratin/base/dtype.h"
#include "keratin/base/error.h"
#include "keratin/base/shape.h"
#include "keratin/callbacks/callbacks.h"
#include "keratin/constraints/constraints.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/layers.h"
#include "keratin/losses/losses.h"
#include "keratin/metrics/metrics.h"
#include "keratin/models/models.h"
#include "keratin/models/quantize.h"
#include "keratin/ops/nn/sampled.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/ops.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/optimizers/schedules/schedules.h"
#include "keratin/parallel/parallel.h"
#include "keratin/random/candidate_sampler.h"
#include "keratin/random/random.h"
#include "keratin/regularizers/regularizers.h"
#include "keratin/saving/onnx/export.h"
#include "keratin/saving/saving.h"
#include "keratin/table.h"
#include "keratin/tensor/tensor.h"
#include "keratin/trainers/trainer.h"
#include "keratin/utils/make_sampling_table.h"
#include "keratin/utils/pad_sequences.h"
#include "keratin/utils/set_random_seed.h"
#include "keratin/utils/skipgrams.h"
#include "keratin/utils/to_categorical.h"
#include "keratin/utils/tokenizer.h"

namespace keratin {

using layers::Input;
using layers::shared;
using models::Functional;
using models::Model;
using models::Sequential;
using saving::export_onnx;
using saving::load_model;
using saving::load_weights;
using saving::model_from_json;
using saving::save_model;
using saving::save_weights;

}  // namespace keratin
