// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/saving.h"

#include "keratin/models/models.h"
#include "keratin/saving/generations.h"

namespace keratin::saving {

std::shared_ptr<models::Model> model_from_json(std::string_view json, const LoadOptions& options) {
  const Architecture found = architecture_from_json(json);
  return models::deserialize(found.config,
                             {.mask_policy = options.mask_policy.value_or(found.mask_policy),
                              .custom_objects = options.custom_objects});
}

}  // namespace keratin::saving
