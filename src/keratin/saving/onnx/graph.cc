// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/onnx/graph.h"

#include <limits>
#include <type_traits>

#include "keratin/base/error.h"
#include "keratin/saving/weights_writer.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving::onnx {
namespace {

using formats::ProtobufMessage;

// The fields of onnx.proto.
enum Model { kIr = 1, kProducer = 2, kGraph = 7, kOperatorSet = 8 };
enum GraphField { kNode = 1, kGraphName = 2, kInitializer = 5, kInput = 11, kOutput = 12 };
enum NodeField {
  kNodeInput = 1,
  kNodeOutput = 2,
  kNodeName = 3,
  kOpType = 4,
  kAttribute = 5,
  kDomain = 7
};
enum TensorField { kDims = 1, kDataType = 2, kTensorName = 8, kRawData = 9 };

ProtobufMessage attribute_message(const Attribute& attribute) {
  enum { kName = 1, kReal = 2, kInt = 3, kText = 4, kBody = 6, kReals = 7, kInts = 8, kTexts = 9 };
  constexpr int kType = 20;
  ProtobufMessage message;
  message.bytes(kName, attribute.name);
  const auto put = [&](const auto& value) -> int {  // gives AttributeProto.AttributeType
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, float>) {
      message.real(kReal, value);
      return 1;
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
      message.number(kInt, value);
      return 2;
    } else if constexpr (std::is_same_v<T, std::string>) {
      message.bytes(kText, value);
      return 3;
    } else if constexpr (std::is_same_v<T, const Graph*>) {
      message.bytes(kBody, value->as_message());
      return 5;
    } else if constexpr (std::is_same_v<T, std::vector<float>>) {
      for (const float one : value) message.real(kReals, one);
      return 6;
    } else if constexpr (std::is_same_v<T, Names>) {
      for (const std::string& one : value) message.bytes(kTexts, one);
      return 8;
    } else {
      for (const std::int64_t one : value) message.number(kInts, one);
      return 7;
    }
  };
  message.number(kType, std::visit(put, attribute.value));
  return message;
}

ProtobufMessage operator_set(std::string_view domain, int version) {
  ProtobufMessage set;
  set.bytes(1, domain);
  set.number(2, version);
  return set;
}

constexpr std::string_view kMl = "ai.onnx.ml";

/// A ValueInfoProto.
ProtobufMessage value_info(const std::string& name, const Spec& spec) {
  ProtobufMessage shape;
  for (std::size_t axis = 0; axis < spec.shape.rank(); ++axis) {
    ProtobufMessage dim;
    if (spec.shape[axis] != kNone) {
      dim.number(1, spec.shape[axis]);
    } else {  // the batch is the same everywhere, of others nothing is known
      dim.bytes(2, axis == 0 ? "batch" : str(name, "_", axis));
    }
    shape.message(1, dim);
  }
  ProtobufMessage tensor, type, info;
  tensor.number(1, data_type(spec.dtype));
  tensor.message(2, shape);
  type.message(1, tensor);
  info.bytes(1, name);
  info.message(2, type);
  return info;
}

}  // namespace

std::int64_t data_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return 1;
    case DType::kUint8:
      return 2;
    case DType::kInt8:
      return 3;
    case DType::kUint16:
      return 4;
    case DType::kInt16:
      return 5;
    case DType::kInt32:
      return 6;
    case DType::kInt64:
      return 7;
    case DType::kString:
      return 8;
    case DType::kBool:
      return 9;
    case DType::kFloat64:
      return 11;
    case DType::kUint32:
      return 12;
    case DType::kUint64:
      return 13;
    default:
      invalid_argument("export_onnx", "ONNX has no type for ", to_string(dtype), ".");
  }
}

Graph Graph::body() const {
  Graph inner;
  inner.shared_ = shared_;
  inner.scope_ = scope_;
  return inner;
}

std::string Graph::unique(const std::string& name) {
  const int number = shared_->used[name]++;
  return number == 0 ? name : unique(str(name, "_", number));
}

Names Graph::node(std::string_view op, const Names& inputs, const Attributes& attributes,
                  std::size_t outputs) {
  ProtobufMessage node;
  for (const std::string& input : inputs) node.bytes(kNodeInput, input);
  Names names;
  for (std::size_t i = 0; i < outputs; ++i) {
    names.push_back(unique(scope_.empty() ? std::string(op) : str(scope_, "/", op)));
    node.bytes(kNodeOutput, names.back());
  }
  node.bytes(kNodeName, names.front());
  node.bytes(kOpType, op);
  if (op == "LabelEncoder") {
    node.bytes(kDomain, kMl);
    shared_->looks_up = true;
  }
  if (op == "StringSplit") shared_->splits = true;
  for (const Attribute& attribute : attributes)
    node.message(kAttribute, attribute_message(attribute));
  nodes_.message(kNode, node);
  return names;
}

std::string Graph::node(std::string_view op, const Names& inputs, const Attributes& attributes) {
  return node(op, inputs, attributes, 1)[0];
}

void Graph::node_named(std::string_view op, const Names& inputs, const std::string& output) {
  ProtobufMessage node;
  for (const std::string& input : inputs) node.bytes(kNodeInput, input);
  node.bytes(kNodeOutput, output);
  node.bytes(kOpType, op);
  nodes_.message(kNode, node);
}

std::string Graph::tensor(const Tensor& tensor) {
  if (tensor.dtype() == DType::kString)
    invalid_argument("export_onnx", "'", scope_, "' has texts as constants, which have no form in ",
                     "ONNX here.");
  shared_->constants.push_back({unique(str(scope_, "/constant")), tensor, nullptr});
  return shared_->constants.back().name;
}

std::string Graph::number(double value, DType dtype) {
  std::string& name = shared_->numbers[{value, dtype}];
  if (name.empty()) {
    Tensor tensor = Tensor::from<double>({value}, Shape{});
    name = this->tensor(cast(tensor, dtype));
  }
  return name;
}

std::string Graph::ints(const std::vector<std::int64_t>& values) {
  return tensor(Tensor::from(values));
}

std::string Graph::shape_with(const std::string& x, std::int64_t start, std::int64_t end,
                              const std::vector<std::int64_t>& behind) {
  const std::string dims = node("Shape", {x}, {{"start", start}, {"end", end}});
  return node("Concat", {dims, ints(behind)}, {{"axis", std::int64_t{0}}});
}

std::string Graph::weight(const std::shared_ptr<Variable>& weight) {
  std::string& name = shared_->weights[weight.get()];
  if (name.empty()) {
    name = unique(weight->path());
    shared_->constants.push_back({name, Tensor(), weight});
  }
  return name;
}

void Graph::input(const std::string& name, const Spec& spec) {
  ends_.message(kInput, value_info(name, spec));
}
void Graph::output(const std::string& name, const Spec& spec) {
  ends_.message(kOutput, value_info(name, spec));
}

std::uint64_t Graph::Constant::size() const {
  const auto elements =
      static_cast<std::uint64_t>((weight ? weight->shape() : tensor.shape()).size());
  return elements * (weight ? sizeof(float) : size_of(tensor.dtype()));
}

std::string Graph::Constant::head() const {
  ProtobufMessage message;
  for (const std::int64_t dim : weight ? weight->shape() : tensor.shape())
    message.number(kDims, dim);
  message.number(kDataType, data_type(weight ? DType::kFloat32 : tensor.dtype()));
  message.bytes(kTensorName, name);
  return message.data() + ProtobufMessage::begin(kRawData, size());
}

std::string Graph::as_message() const {
  ProtobufMessage graph;
  graph.bytes(kGraphName, scope_.empty() ? "body" : scope_);
  return nodes_.data() + graph.data() + ends_.data();
}

void Graph::write(formats::Sink& sink, const std::string& name) const {
  const std::vector<Constant>& constants = shared_->constants;
  ProtobufMessage head, named;
  head.number(kIr, shared_->splits ? kIrVersionOfSplit : kIrVersion);
  head.bytes(kProducer, "keratin");
  head.message(kOperatorSet, operator_set("", shared_->splits ? kOpsetOfSplit : kOpset));
  if (shared_->looks_up) head.message(kOperatorSet, operator_set(kMl, kOpsetOfMl));
  named.bytes(kGraphName, name);
  std::uint64_t size = nodes_.data().size() + named.data().size() + ends_.data().size();
  std::vector<std::string> heads;
  for (const Constant& constant : constants) {
    const std::string inside = constant.head();
    heads.push_back(ProtobufMessage::begin(kInitializer, inside.size() + constant.size()) + inside);
    size += heads.back().size() + constant.size();
  }
  if (size + head.data().size() > std::numeric_limits<std::int32_t>::max() - 64) {
    invalid_argument("export_onnx", "an ONNX file holds 2 GiB at most. Received: a model of ", size,
                     " bytes");
  }
  sink.write(head.data());
  sink.write(ProtobufMessage::begin(kGraph, size));
  sink.write(nodes_.data());
  sink.write(named.data());
  for (std::size_t i = 0; i < constants.size(); ++i) {
    sink.write(heads[i]);
    const Constant& constant = constants[i];
    const Tensor value = constant.weight ? constant.weight->value() : constant.tensor;
    sink.write(bytes_of(value));
  }
  sink.write(ends_.data());
}

}  // namespace keratin::saving::onnx
