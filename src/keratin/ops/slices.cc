// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/slices.h"

#include <algorithm>
#include <string>
#include <utility>

#include "keratin/ops/view_op.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {

Index Index::slice(std::optional<std::int64_t> start, std::optional<std::int64_t> stop,
                   std::optional<std::int64_t> step) {
  Index index(Kind::kSlice);
  index.start = start;
  index.stop = stop;
  index.step = step;
  return index;
}
Index Index::ellipsis() { return Index(Kind::kEllipsis); }
Index Index::new_axis() { return Index(Kind::kNewAxis); }

namespace {

// As Keras writes what stands between brackets into files.
Config named_config(std::string_view class_name, Config config) {
  Config out = Config::dict();
  out["class_name"] = class_name;
  out["config"] = std::move(config);
  return out;
}

Config config_of_index(const Index& index) {
  switch (index.kind) {
    case Index::Kind::kAt:
      return *index.start;
    case Index::Kind::kNewAxis:
      return {};
    case Index::Kind::kEllipsis:
      return named_config("__ellipsis__", Config::dict());
    case Index::Kind::kSlice:
      break;
  }
  ConfigWriter writer;
  writer("start", index.start);
  writer("stop", index.stop);
  writer("step", index.step);
  return named_config("__slice__", writer.take());
}

void read_index(const Config& config, Index& index) {
  if (config.is_null()) {
    index = Index::new_axis();
  } else if (!config.is_dict()) {
    index = Index(config.as_int());
  } else if (config.at("class_name").as_string() == "__ellipsis__") {
    index = Index::ellipsis();
  } else if (config.at("class_name").as_string() == "__slice__") {
    index = Index::slice();
    ConfigReader reader("ops.get_item", config.at("config"));
    reader("start", index.start);
    reader("stop", index.stop);
    reader("step", index.step);
    reader.finish();
  } else {
    invalid_argument("ops.get_item", "a key is made of numbers, slices, ... and None. Received: '",
                     config.at("class_name").as_string(), "'");
  }
}

struct GetItem final : ViewOp<GetItem> {
  static constexpr std::string_view kName = "GetItem";
  Slices key;

  template <class F>
  void fields(F& f) {
    if constexpr (std::is_same_v<F, ConfigWriter>) {
      Config::List list;
      for (const Index& index : key) list.push_back(config_of_index(index));
      f("key", Config(std::move(list)));
    } else {
      Config list = Config::list();
      f("key", list);
      key.clear();
      for (const Config& entry : list.is_list() ? list.as_list() : Config::List{list}) {
        Index index = 0;
        read_index(entry, index);
        key.push_back(index);
      }
    }
  }
  void validate() const {
    const auto ellipses = std::count_if(key.begin(), key.end(), [](const Index& index) {
      return index.kind == Index::Kind::kEllipsis;
    });
    if (ellipses > 1) refuse(*this, "a key has one ellipsis at most. Received: ", ellipses);
    for (const Index& index : key) {
      if (index.kind == Index::Kind::kSlice && index.step == 0) {
        refuse(*this, "the step of a slice must not be 0.");
      }
    }
  }

  /// Takes axis `axis` of `all` into the view as the slice says. Python: slice.indices.
  static void add_slice(const Index& index, std::int64_t size, std::int64_t stride, View& view) {
    const std::int64_t step = index.step.value_or(1);
    if (size == kNone) {
      const bool whole = !index.start && !index.stop && (step == 1 || step == -1);
      static_cast<void>(whole);  // how many are left of an unknown number is not known either
      view.shape.push_back(kNone);
      view.strides.push_back(0);
      return;
    }
    const std::int64_t lowest = step < 0 ? -1 : 0;
    const std::int64_t highest = step < 0 ? size - 1 : size;
    const auto bound = [&](std::optional<std::int64_t> place, std::int64_t missing) {
      if (!place) return missing;
      return std::clamp(*place < 0 ? *place + size : *place, lowest, highest);
    };
    const std::int64_t start = bound(index.start, step < 0 ? highest : lowest);
    const std::int64_t stop = bound(index.stop, step < 0 ? lowest : highest);
    const std::int64_t way = step < 0 ? start - stop : stop - start;
    // The negative of the smallest step has no place in 64 bits: one element is reached by it.
    const std::int64_t by = step < -size || step > size ? size + 1 : std::max(step, -step);
    const std::int64_t count = way <= 0 ? 0 : (way - 1) / by + 1;
    view.first += count > 0 ? start * stride : 0;
    view.shape.push_back(count);
    view.strides.push_back(count > 1 ? step * stride : stride);
  }
  View view(const Shape& x) const {
    const View all = View::all(x);
    const auto used =
        static_cast<std::size_t>(std::count_if(key.begin(), key.end(), [](const Index& index) {
          return index.kind == Index::Kind::kAt || index.kind == Index::Kind::kSlice;
        }));
    if (used > x.rank()) {
      refuse(*this, "the key has ", used, " entries. Received: a value of shape ", x);
    }
    View view;
    std::size_t axis = 0;
    const auto rest = [&](std::size_t count) {
      for (; count > 0; --count, ++axis) {
        view.shape.push_back(x[axis]);
        view.strides.push_back(all.strides[axis]);
      }
    };
    bool open = true;
    for (const Index& index : key) {
      if (index.kind == Index::Kind::kNewAxis) {
        view.shape.push_back(1);
        view.strides.push_back(0);
      } else if (index.kind == Index::Kind::kEllipsis) {
        rest(x.rank() - used);
        open = false;
      } else if (index.kind == Index::Kind::kSlice) {
        add_slice(index, x[axis], all.strides[axis], view);
        ++axis;
      } else {
        const std::int64_t size = x[axis];
        const std::int64_t at = *index.start;
        if (size != kNone && (at < -size || at >= size)) {
          out_of_range("ops.get_item", "axis ", axis, " has ", size, " places. Received: ", at);
        }
        view.first += (at < 0 && size != kNone ? at + size : at) * all.strides[axis];
        ++axis;
      }
    }
    if (open) rest(x.rank() - used);
    return view;
  }
};

/// The part of a value of shape `x` that begins at `start`: refused unless it lies inside.
View part_of(const Operation& op, const Shape& x, const std::vector<std::int64_t>& start,
             const Shape& shape) {
  if (start.size() != x.rank() || shape.rank() != x.rank()) {
    refuse(op, "start_indices and the part must have one entry an axis. Received: ", start.size(),
           " and ", shape.rank(), " for a value of shape ", x);
  }
  View view = View::all(x);
  for (std::size_t i = 0; i < x.rank(); ++i) {
    std::int64_t size = shape[i];
    if (x[i] == kNone || size == kNone) {
      view.shape[i] = size;
      if (start[i] < 0) refuse(op, "start_indices must be 0 or more. Received: ", start[i]);
      continue;
    }
    if (start[i] < 0 || start[i] > x[i] || size < 0 || size > x[i] - start[i]) {
      refuse(op, "the part must lie inside. Received: ", size, " from ", start[i], " on of axis ",
             i, " of a value of shape ", x);
    }
    view.first += start[i] * view.strides[i];
    view.shape[i] = size;
  }
  return view;
}

struct Slice final : ViewOp<Slice> {
  static constexpr std::string_view kName = "Slice";
  std::vector<std::int64_t> start_indices;
  std::vector<std::int64_t> shape;

  template <class F>
  void fields(F& f) {
    f("start_indices", start_indices);
    f("shape", shape);
  }
  View view(const Shape& x) const {
    Shape wanted(shape);
    for (std::size_t i = 0; i < wanted.rank() && i < x.rank() && i < start_indices.size(); ++i) {
      if (wanted[i] == -1 && x[i] != kNone && start_indices[i] <= x[i]) {
        wanted[i] = x[i] - std::max<std::int64_t>(0, start_indices[i]);
      }
    }
    return part_of(*this, x, start_indices, wanted);
  }
};

struct SliceUpdate final : OpOf<SliceUpdate> {
  static constexpr std::string_view kName = "SliceUpdate";
  static constexpr std::size_t kInputs = 2;
  std::vector<std::int64_t> start_indices;

  template <class F>
  void fields(F& f) {
    f("start_indices", start_indices);
  }
  View view(const Given& x) const {
    if (x[0].dtype() != x[1].dtype()) {
      refuse(*this, "both values must be of one type. Received: ", to_string(x[0].dtype()), " and ",
             to_string(x[1].dtype()));
    }
    return part_of(*this, x[0].shape(), start_indices, x[1].shape());
  }
  Spec spec(const Given& x) const {
    static_cast<void>(view(x));
    return {x[0].shape(), x[0].dtype()};
  }
  Result compute(const Arguments& x) const {
    const View part = view(x);
    Tensor y = copy_of(x[0]);
    write(x[1], y, part);
    Result result{std::move(y)};
    if (x.wants_any()) {
      result.pullback = [part](Slopes& slopes) {
        if (slopes.wants(0)) {
          Tensor slope = copy_of(slopes.of());
          write(Tensor::zeros(part.shape), slope, part);
          slopes.add(0, std::move(slope));
        }
        if (slopes.wants(1)) slopes.add(1, read(slopes.of(), part));
      };
    }
    return result;
  }
};

}  // namespace

OpEntries slices_ops() { return op_entries<GetItem, Slice, SliceUpdate>(); }

Value get_item(const Value& x, const Slices& key) {
  GetItem op;
  op.key = key;
  return on(op, x);
}
Value slice(const Value& x, const std::vector<std::int64_t>& start_indices,
            const std::vector<std::int64_t>& shape) {
  Slice op;
  op.start_indices = start_indices;
  op.shape = shape;
  return on(op, x);
}
Value slice_update(const Value& x, const std::vector<std::int64_t>& start_indices,
                   const Value& updates) {
  SliceUpdate op;
  op.start_indices = start_indices;
  return on(op, {x, updates});
}

}  // namespace keratin::ops
