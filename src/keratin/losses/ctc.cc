// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/ctc.h"

#include <vector>

#include "keratin/base/error.h"
#include "keratin/losses/loss_fields.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/ctc.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reductions.h"

namespace keratin::losses {

CTC::CTC(Options options) : Configured(options, options.name, options.reduction) {}

Value CTC::call(const Value& y_true, const Value& y_pred) const {
  if (y_true.shape().rank() != 2 || y_pred.shape().rank() != 3) {
    invalid_argument(kName,
                     "y_true must have the shape (batch_size, max_length), class numbers, and "
                     "y_pred (batch_size, max_length, num_classes), logits. Received: y_true of "
                     "shape ",
                     y_true.shape(), " and y_pred of shape ", y_pred.shape());
  }
  const Shape batch{y_pred.shape()[0]};
  const std::vector<std::int64_t> steps(static_cast<std::size_t>(batch[0]), y_pred.shape()[1]);
  return ops::ctc_loss(
      y_true, y_pred,
      ops::sum(ops::cast(ops::not_equal(y_true, ops::number_beside(0, y_true)), DType::kInt64),
               {-1}),
      Value(Tensor::from(steps, batch)));
}

Tensor ctc(const Tensor& y_true, const Tensor& y_pred) { return values<CTC>({}, y_true, y_pred); }

}  // namespace keratin::losses

namespace keratin {
template class Configured<losses::CTC, losses::CTCOptions, losses::Loss>;
}  // namespace keratin
