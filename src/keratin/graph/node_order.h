// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "keratin/graph/node.h"

namespace keratin {

using Nodes = std::vector<std::shared_ptr<const Node>>;

/// The nodes between inputs and outputs in the two orders that Keras has for them. In both, those
/// that others read from stand before these, and nodes are sorted by depth, the longest way to an
/// output. Of inputs that are inner values of another model there is no node here.
struct NodeOrder {
  /// As they run. Of one depth, as one meets them who goes from the last node to the first and
  /// looks at what each reads: which call of a shared layer moves its moving mean first.
  Nodes run;
  /// As they are listed: a layer that is called several times is as deep as its deepest call, and
  /// those of one depth stand as a walk from the outputs back to the inputs comes upon them.
  Nodes listed;
};

/// Source: Keras's map_graph. `who` stands in front of errors. Throws std::invalid_argument where
/// an output cannot be had from the inputs, naming the operation that wants what is not there.
NodeOrder order_nodes(const Values& inputs, const Values& outputs, std::string_view who);

}  // namespace keratin
