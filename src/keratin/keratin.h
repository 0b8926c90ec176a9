// SPDX-License-Identifier: Apache-2.0
#pragma once

/// All of Keratin: `#include <keratin/keratin.h>`. What this header reaches is the public
/// interface, and is installed; everything else under src/ is not.
#include "keratin/activations/activation.h"
#include "keratin/base/auto_name.h"
#include "keratin/base/config.h"
#include "keratin/base/dtype.h"
#include "keratin/base/error.h"
#include "keratin/base/shape.h"
#include "keratin/constraints/constraint.h"
#include "keratin/initializers/initializer.h"
#include "keratin/layers/layer.h"
#include "keratin/losses/loss.h"
#include "keratin/metrics/metric.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/parallel/parallel.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/tensor/tensor.h"
#include "keratin/trainers/trainer.h"
