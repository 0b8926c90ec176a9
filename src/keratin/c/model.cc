// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keratin/c/guarded.h"
#include "keratin/models/functional.h"
#include "keratin/models/sequential.h"
#include "keratin/saving/saving.h"
#include "keratin/tensor/tensor_access.h"

using keratin::DType;
using keratin::Shape;
using keratin::Tensor;
using keratin::Tensors;
using keratin::c::given;
using keratin::c::guarded;
using keratin::c::require;
using keratin::c::span_of;

namespace {

/// A name, a shape with -1 where it is open, and a type.
struct Form {
  std::string name;
  std::vector<std::int64_t> shape;
  DType dtype;
};

Form form_of(std::string name, const Shape& shape, DType dtype) {
  Form form{std::move(name), {}, dtype};
  for (const std::int64_t n : shape) form.shape.push_back(n == keratin::kNone ? -1 : n);
  return form;
}

std::vector<Form> forms_of(const std::vector<std::string>& names, const keratin::Values& values) {
  std::vector<Form> forms;
  for (std::size_t i = 0; i < values.size(); ++i)
    forms.push_back(
        form_of(i < names.size() ? names[i] : std::string(), values[i].shape(), values[i].dtype()));
  return forms;
}

}  // namespace

struct keratin_model {
  explicit keratin_model(std::shared_ptr<keratin::models::Model> loaded)
      : model(std::move(loaded)) {
    if (const auto* graph = dynamic_cast<const keratin::models::Functional*>(model.get())) {
      inputs = forms_of(graph->input_names(), graph->inputs());
      outputs = forms_of(graph->output_names(), graph->outputs());
    } else if (const auto* list = dynamic_cast<const keratin::models::Sequential*>(model.get());
               list != nullptr && list->built() && !list->layers().empty()) {
      const auto layers = list->layers();
      inputs = {form_of(layers.front()->name(), list->input_shape(),
                        layers.front()->input_dtype().value_or(DType::kFloat32))};
      outputs = {form_of(layers.back()->name(), list->output_shape(), DType::kFloat32)};
    }
  }

  std::shared_ptr<keratin::models::Model> model;
  std::vector<Form> inputs, outputs;
};

struct keratin_outputs {
  std::vector<Tensor> tensors;
  std::vector<std::vector<std::int64_t>> shapes;
};

namespace {

static_assert(KERATIN_STRING == static_cast<int>(DType::kString) &&
              KERATIN_FLOAT64 == static_cast<int>(DType::kFloat64) &&
              KERATIN_INT64 == static_cast<int>(DType::kInt64) &&
              KERATIN_INT32 == static_cast<int>(DType::kInt32));

/// What C gives, over its memory; of bools and strings a copy.
Tensor tensor_of(const keratin_tensor& tensor) {
  const auto axes = span_of(tensor.shape, tensor.rank, "a tensor's shape");
  Shape shape;
  std::int64_t size = 1;
  for (const std::int64_t n : axes) {
    if (n < 0 || __builtin_mul_overflow(size, n, &size))
      keratin::invalid_argument("C", "a tensor has no size ", n, ", or too many elements.");
    shape.push_back(n);
  }
  if (tensor.dtype < KERATIN_BOOL || tensor.dtype > KERATIN_STRING) {
    keratin::invalid_argument(
        "C", "a tensor's dtype is none of keratin_dtype. Received: ", tensor.dtype);
  }
  const auto count = static_cast<std::size_t>(size);
  if (count > 0) require(tensor.data, "a tensor's data");
  if (tensor.dtype == KERATIN_STRING) {
    std::vector<std::string> texts;
    for (const char* text : span_of(static_cast<const char* const*>(tensor.data), count, "data"))
      texts.emplace_back(&given(text, "a text"));
    return Tensor::from(texts, shape);
  }
  if (tensor.dtype == KERATIN_BOOL) {
    Tensor bools = Tensor::zeros(shape, DType::kBool);
    const auto bytes = span_of(static_cast<const unsigned char*>(tensor.data), count, "data");
    std::ranges::transform(bytes, bools.data<bool>().begin(), [](auto byte) { return byte != 0; });
    return bools;
  }
  return keratin::visit_dtype(static_cast<DType>(tensor.dtype), [&](auto zero) {
    using T = const decltype(zero);
    if (reinterpret_cast<std::uintptr_t>(tensor.data) % alignof(T) != 0)
      keratin::invalid_argument("C", "a tensor's data must be aligned for its type.");
    return Tensor::view(span_of(static_cast<T*>(tensor.data), count, "data"), shape);
  });
}

keratin_status form_at(const keratin_model* model, std::vector<Form> keratin_model::*which,
                       size_t index, const char** name, keratin_tensor* form) {
  return guarded([&] {
    const std::vector<Form>& forms = given(model, "model").*which;
    if (forms.empty()) {
      keratin::invalid_argument(
          "C", "the model is not built: its first prediction says what its shapes are.");
    }
    if (index >= forms.size()) {
      keratin::out_of_range("C", "there is no input or output ", index, ": there are ",
                            forms.size(), ".");
    }
    const Form& found = forms[index];
    given(form, "form") = {nullptr, static_cast<keratin_dtype>(found.dtype), found.shape.data(),
                           found.shape.size()};
    if (name != nullptr) *name = found.name.c_str();
  });
}

}  // namespace

extern "C" {

keratin_status keratin_model_load(const char* path, keratin_model** model) {
  return guarded([&] {
    require(path, "path");
    require(model, "model");
    *model = new keratin_model(keratin::saving::load_model(std::string(path)));
  });
}

keratin_status keratin_model_load_bytes(const void* bytes, size_t size, keratin_model** model) {
  return guarded([&] {
    require(model, "model");
    const auto all = span_of(static_cast<const std::byte*>(bytes), size, "bytes");
    *model = new keratin_model(keratin::saving::load_model(all));
  });
}

void keratin_model_free(keratin_model* model) { delete model; }

size_t keratin_model_input_count(const keratin_model* model) {
  return model == nullptr ? 0 : model->model->num_inputs();
}
size_t keratin_model_output_count(const keratin_model* model) {
  return model == nullptr ? 0 : std::max<std::size_t>(1, model->model->output_names().size());
}

keratin_status keratin_model_input(const keratin_model* model, size_t index, const char** name,
                                   keratin_tensor* form) {
  return form_at(model, &keratin_model::inputs, index, name, form);
}
keratin_status keratin_model_output(const keratin_model* model, size_t index, const char** name,
                                    keratin_tensor* form) {
  return form_at(model, &keratin_model::outputs, index, name, form);
}

keratin_status keratin_model_predict(const keratin_model* model, const keratin_tensor* inputs,
                                     size_t input_count, size_t batch_size,
                                     keratin_outputs** outputs) {
  return guarded([&] {
    const keratin::models::Model& of = *given(model, "model").model;
    require(outputs, "outputs");
    if (batch_size > static_cast<size_t>(std::numeric_limits<std::int64_t>::max()))
      keratin::invalid_argument("C", "batch_size passes 2^63.");
    std::vector<Tensor> tensors;
    for (const keratin_tensor& input : span_of(inputs, input_count, "inputs"))
      tensors.push_back(tensor_of(input));
    const std::int64_t rows = batch_size == 0 ? 32 : static_cast<std::int64_t>(batch_size);
    const Tensors found = of.predict(Tensors(std::move(tensors)), {.batch_size = rows});
    auto result = std::make_unique<keratin_outputs>();
    for (const Tensor& tensor : found) {
      if (tensor.dtype() == DType::kString)
        keratin::invalid_argument("C", "this model gives strings, which do not come out here.");
      result->tensors.push_back(tensor);
      result->shapes.emplace_back(tensor.shape().begin(), tensor.shape().end());
    }
    *outputs = result.release();
  });
}

size_t keratin_outputs_count(const keratin_outputs* outputs) {
  return outputs == nullptr ? 0 : outputs->tensors.size();
}

keratin_status keratin_outputs_get(const keratin_outputs* outputs, size_t index,
                                   keratin_tensor* tensor) {
  return guarded([&] {
    const keratin_outputs& of = given(outputs, "outputs");
    if (index >= of.tensors.size())
      keratin::out_of_range("C", "there is no output ", index, ": there are ", of.tensors.size(),
                            ".");
    const Tensor& found = of.tensors[index];
    given(tensor, "tensor") = {keratin::TensorAccess::raw(found),
                               static_cast<keratin_dtype>(found.dtype()), of.shapes[index].data(),
                               of.shapes[index].size()};
  });
}

void keratin_outputs_free(keratin_outputs* outputs) { delete outputs; }
}
