// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The table of an Embedding alone, for who wants no model: what it is made of, and what trains it.
#include "keratin/embedding/dynamic_embedding_table.h"
#include "keratin/embedding/embedding_table.h"
#include "keratin/embedding/neighbors.h"
#include "keratin/embedding/warmstart_embedding_matrix.h"
#include "keratin/initializers/initializers.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/optimizers/schedules/schedules.h"

namespace keratin {

using embedding::DynamicEmbeddingTable;
using embedding::DynamicEmbeddingTableOptions;
using embedding::EmbeddingTable;
using embedding::EmbeddingTableOptions;
using embedding::Eviction;
using embedding::FoundNeighbors;
using embedding::Keys;
using embedding::Neighbors;
using embedding::NeighborsOptions;
using embedding::StepOptions;
using embedding::warmstart_embedding_matrix;

}  // namespace keratin
