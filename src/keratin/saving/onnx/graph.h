// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "keratin/formats/protobuf.h"
#include "keratin/formats/sink.h"
#include "keratin/graph/value.h"
#include "keratin/tensor/variable.h"

/// Models in ONNX's form. Not installed but for export.h.
namespace keratin::saving::onnx {

/// What is written: operators of this version of ONNX's set, in files of this version of the
/// format; where strings are split, of the first version that has that.
inline constexpr int kOpset = 18, kOpsetOfSplit = 20;
inline constexpr int kIrVersion = 8, kIrVersionOfSplit = 9;
/// The set of operators beside it, for what is looked up by string.
inline constexpr int kOpsetOfMl = 3;

/// TensorProto.DataType. Throws std::invalid_argument for a type that ONNX has not.
std::int64_t data_type(DType dtype);

using Names = std::vector<std::string>;

class Graph;
struct Attribute {
  std::string_view name;
  std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
               Names, const Graph*>
      value;
};
using Attributes = std::vector<Attribute>;

/// Nodes, constants, inputs and outputs as they become a GraphProto. Values go by names, which are
/// the graph's to give. Threads: one.
class Graph {
 public:
  Graph() : shared_(std::make_shared<Shared>()) {}
  /// The body of an operator of this graph (Scan): it may name values of it, and has its constants
  /// and weights there.
  Graph body() const;

  /// A name that nobody has, that name where it is free.
  std::string unique(const std::string& name);
  /// Where the nodes that follow come from: stands in front of their names.
  void set_scope(std::string scope) { scope_ = std::move(scope); }
  const std::string& scope() const { return scope_; }

  /// The name of what the operator gives, of the first of its outputs.
  std::string node(std::string_view op, const Names& inputs, const Attributes& attributes = {});
  Names node(std::string_view op, const Names& inputs, const Attributes& attributes,
             std::size_t outputs);
  /// The operator with an output of that name, which unique() gave.
  void node_named(std::string_view op, const Names& inputs, const std::string& output);

  /// A constant.
  std::string tensor(const Tensor& tensor);
  std::string number(double value, DType dtype = DType::kFloat32);
  std::string ints(const std::vector<std::int64_t>& values);
  /// The shape of x from one axis up to another, and these dimensions behind it.
  std::string shape_with(const std::string& x, std::int64_t start, std::int64_t end,
                         const std::vector<std::int64_t>& behind);
  /// The weight, in the graph once however often it is named. Its values are read by write().
  std::string weight(const std::shared_ptr<Variable>& weight);

  void input(const std::string& name, const Spec& spec);
  void output(const std::string& name, const Spec& spec);

  /// As a whole file. Throws std::invalid_argument, and writes nothing, for more than the 2 GiB
  /// that a message may have.
  void write(formats::Sink& sink, const std::string& name) const;
  /// As the body of an operator.
  std::string as_message() const;

 private:
  struct Constant {
    std::string name;
    Tensor tensor;                     // one of the two
    std::shared_ptr<Variable> weight;  // float32, whatever its rows are stored in
    std::string head() const;          // of its TensorProto, to where the elements begin
    std::uint64_t size() const;        // of the elements, in bytes
  };

  /// What a graph and its bodies have in common.
  struct Shared {
    std::map<std::string, int> used;
    std::vector<Constant> constants;
    std::map<const Variable*, std::string> weights;
    std::map<std::pair<double, DType>, std::string> numbers;
    bool splits = false, looks_up = false;  // operators that the set above has not
  };

  std::shared_ptr<Shared> shared_;
  std::string scope_;
  formats::ProtobufMessage nodes_;
  formats::ProtobufMessage ends_;  // inputs and outputs
};

}  // namespace keratin::saving::onnx
