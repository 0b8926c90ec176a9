// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/embedding/feature_config.h"

#include "keratin/base/fields.h"

namespace keratin::layers {
namespace {

template <class F>
void fields_of(F& f, TableConfig& o) {
  f("name", o.name);
  f("vocabulary_size", o.vocabulary_size);
  f("embedding_dim", o.embedding_dim);
  f("initializer", o.initializer);
  f("optimizer", o.optimizer);
  f("combiner", o.combiner);
  f("placement", o.placement);
  f("max_ids_per_partition", o.max_ids_per_partition);
  f("max_unique_ids_per_partition", o.max_unique_ids_per_partition);
}

}  // namespace

Config to_config(const TableConfig& table) {
  TableConfig written = table;
  FieldWriter writer;
  fields_of(writer, written);
  return writer.take();
}

void from_config(const Config& config, TableConfig& table) {
  FieldReader reader("TableConfig", config);
  fields_of(reader, table);
  reader.finish();
}

}  // namespace keratin::layers
