// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "keratin/base/named_list.h"
#include "keratin/optimizers/adadelta.h"
#include "keratin/optimizers/adafactor.h"
#include "keratin/optimizers/adagrad.h"
#include "keratin/optimizers/adam.h"
#include "keratin/optimizers/adamax.h"
#include "keratin/optimizers/ftrl.h"
#include "keratin/optimizers/lamb.h"
#include "keratin/optimizers/lion.h"
#include "keratin/optimizers/loss_scale_optimizer.h"
#include "keratin/optimizers/multi_optimizer.h"
#include "keratin/optimizers/muon.h"
#include "keratin/optimizers/nadam.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/optimizers/rmsprop.h"
#include "keratin/optimizers/schedule_free_adamw.h"
#include "keratin/optimizers/sgd.h"

namespace keratin::optimizers {

/// Every optimizer that a name or a file can choose.
std::span<const NamedEntry<Optimizer>> entries();

}  // namespace keratin::optimizers
