// SPDX-License-Identifier: Apache-2.0
// Dense and EinsumDense in ONNX: a product with a kernel, which may be int8 codes and may have an
// update of low rank.
#include <algorithm>
#include <string>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/layers/layers.h"
#include "keratin/layers/packed_kernel.h"
#include "keratin/saving/onnx/translation.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving::onnx {
namespace {

using layers::KernelLayer;

/// The weight of that name; none of none.
std::shared_ptr<Variable> weight_named(const layers::Layer& layer, std::string_view name) {
  for (const auto& weight : layer.weights()) {
    if (weight->name() == name) return weight;
  }
  return nullptr;
}

/// The kernel with its update, of a layer that is not quantized.
std::string kernel(Translation& to, const KernelLayer& of) {
  return of.lora_enabled() ? to.graph.tensor(of.kernel()) : to.graph.weight(of.weights()[0]);
}

/// What int4 codes stand for, of what is in the file as int8.
std::string dequantized(Graph& graph, const layers::PackedKernel& packed) {
  const auto floats = [&](const Tensor& codes) {
    return graph.node("Cast", {graph.tensor(codes)}, {{"to", data_type(DType::kFloat32)}});
  };
  const std::string codes = floats(packed.unpacked()), scale = graph.tensor(packed.scale);
  if (!packed.zero) return graph.node("Div", {codes, scale});
  const std::string groups = graph.tensor(cast(packed.groups, DType::kInt64));
  const std::string zero = graph.node("Gather", {floats(packed.zero), groups});
  return graph.node("Mul",
                    {graph.node("Sub", {codes, zero}), graph.node("Gather", {scale, groups})});
}

/// x (..., N) by a kernel of codes as a matrix (N, M): what packed_product() computes.
std::string packed_product(Graph& graph, std::string x, const layers::KernelLayer& layer) {
  const layers::PackedKernel packed = layer.packed();
  std::string scale;
  if (const auto& how = layer.quantization()->activation_quantizer) {
    const std::string largest = graph.node("ReduceMax", {graph.node("Abs", {x}), graph.ints({-1})});
    scale = graph.node("Div", {graph.number(static_cast<double>(how->highest)),
                               graph.node("Add", {largest, graph.number(how->epsilon)})});
    x = graph.node("Clip", {graph.node("Round", {graph.node("Mul", {x, scale})}),
                            graph.number(static_cast<double>(how->lowest)),
                            graph.number(static_cast<double>(how->highest))});
  }
  if (packed.is_int4) {
    const std::string y = graph.node("MatMul", {x, dequantized(graph, packed)});
    return scale.empty() ? y : graph.node("Div", {y, scale});
  }
  const std::string codes = graph.tensor(packed.codes), of_columns = graph.tensor(packed.scale);
  const auto as = [&](const std::string& name, DType type) {
    return graph.node("Cast", {name}, {{"to", data_type(type)}});
  };
  if (scale.empty())
    return graph.node("Div", {graph.node("MatMul", {x, as(codes, DType::kFloat32)}), of_columns});
  const std::string sums = graph.node("MatMulInteger", {as(x, DType::kInt8), codes});
  return graph.node("Div", {as(sums, DType::kFloat32), graph.node("Mul", {scale, of_columns})});
}

/// x by a quantized kernel, whose first axes are the last of x.
std::string packed_projection(Translation& to, const KernelLayer& layer, std::string x) {
  Graph& graph = to.graph;
  const Shape kernel = layer.codes().shape();
  const std::int64_t inputs = layer.packed().unpacked().shape()[0];
  const Shape outputs = kernel.from(static_cast<std::size_t>(layer.summed_axes()));
  const bool is_matrix = kernel.rank() == 2;
  std::string shape;
  if (!is_matrix) {
    const std::int64_t kept = -layer.summed_axes();
    shape = graph.shape_with(x, 0, kept, {outputs.begin(), outputs.end()});
    x = graph.node("Reshape", {x, graph.shape_with(x, 0, kept, {inputs})});
  }
  std::string y = packed_product(graph, x, layer);
  if (layer.lora_enabled()) {
    const layers::Kinds& kinds = layer.kinds();
    const std::string product =
        graph.node("MatMul", {graph.weight(weight_named(layer, "lora_kernel_a")),
                              graph.weight(weight_named(layer, "lora_kernel_b"))});
    const auto share =
        static_cast<float>(*kinds.lora_alpha / static_cast<double>(*kinds.lora_rank));
    const std::string update = graph.node("Mul", {product, graph.number(share)});
    const std::string as_matrix = graph.node("Reshape", {update, graph.ints({inputs, -1})});
    y = graph.node("Add", {y, graph.node("MatMul", {x, as_matrix})});
  }
  return is_matrix ? y : graph.node("Reshape", {y, shape});
}

}  // namespace

Names dense(Translation& to, const Call& call) {
  const auto& layer = static_cast<const KernelLayer&>(call.layer());
  const std::string x = input(to, call);
  std::string y = layer.is_quantized() ? packed_projection(to, layer, x)
                                       : to.graph.node("MatMul", {x, kernel(to, layer)});
  if (const auto bias = weight_named(layer, "bias"))
    y = to.graph.node("Add", {y, to.graph.weight(bias)});
  return {activated(to, call, y, layer.get_config().at("activation"))};
}

std::string einsum(Translation& to, const Call& call, const layers::Layer& part,
                   const std::string& x) {
  const auto& layer = static_cast<const KernelLayer&>(part);
  const Config config = layer.get_config();
  const std::string equation(config.at("equation").as_string());
  Graph& graph = to.graph;
  std::string y = layer.is_quantized()
                      ? packed_projection(to, layer, x)
                      : graph.node("Einsum", {x, kernel(to, layer)}, {{"equation", equation}});
  if (const auto bias = weight_named(layer, "bias")) y = graph.node("Add", {y, graph.weight(bias)});
  return activated(to, call, y, config.at("activation"));
}

Names einsum_dense(Translation& to, const Call& call) {
  return {einsum(to, call, call.layer(), input(to, call))};
}

}  // namespace keratin::saving::onnx
