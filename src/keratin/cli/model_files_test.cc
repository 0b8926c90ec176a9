// SPDX-License-Identifier: Apache-2.0
// The commands that make something else of a model's file, or tell of it, from outside.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/cli/model_commands_test.h"
#include "keratin/formats/json.h"
#include "keratin/formats/npy.h"
#include "keratin/formats/safetensors.h"
#include "keratin/formats/word_vectors.h"
#include "keratin/layers/layers.h"
#include "keratin/models/functional.h"
#include "keratin/models/quantize.h"
#include "keratin/models/sequential.h"
#include "keratin/saving/saving.h"
#include "keratin/saving/weights_writer.h"

namespace keratin::cli {
namespace {

namespace fs = std::filesystem;
using models::Functional;
using models::Sequential;

TEST_F(ModelCommands, Info) {
  train();
  const Ended ended = run("info m.keras --nan");
  ASSERT_EQ(ended.code, 0) << ended.err;
  for (const char* text :
       {".keras archive", "Sequential", "3 labels", "Embedding", "(None, 3)", "0 not finite"})
    EXPECT_NE(ended.out.find(text), std::string::npos) << text << " in " << ended.out;
  Sequential model({layers::Embedding(
      {.input_dim = 3,
       .output_dim = 2,
       .input_length = 2,
       .weights = Tensor::from(std::vector<float>{1, NAN, INFINITY, 2, 3, 4}, {3, 2})})});
  saving::save_weights(model, folder_ / "w.weights.h5");
  const Config json = formats::parse_json(run("info w.weights.h5 --nan --json").out);
  EXPECT_EQ(json.at("arrays").as_list()[0].at("not_finite").as_int(), 2);
  EXPECT_EQ(json.at("weights").as_int(), 6);
}

TEST_F(ModelCommands, Converts) {
  train();
  const auto model = saving::load_model(folder_ / "m.keras");
  const auto table = model->get_weights()[0];
  const auto same = [&](const formats::Array& array) {
    const auto values = formats::elements<float>(array);
    EXPECT_EQ(std::memcmp(values.data(), table.data<float>().data(), values.size() * 4), 0);
  };
  for (const char* name : {"c.keras", "c.weights.h5", "c.json", "c.safetensors", "c.npz"}) {
    const Ended ended = run(std::string("convert m.keras ") + name);
    EXPECT_EQ(ended.code, 0) << name << ended.err;
    EXPECT_EQ(run(std::string("info ") + name).code, 0) << name;
  }
  EXPECT_EQ(run("predict c.keras", "echo 'an apple' |").out,
            run("predict m.keras", "echo 'an apple' |").out);
  EXPECT_EQ(saving::model_from_json(read("c.json"))->to_json(), model->to_json());
  const auto tensors = formats::Safetensors::open(formats::Bytes::open(folder_ / "c.safetensors"));
  ASSERT_NE(tensors.find(model->variables()[0]->path()), nullptr);
  same(*tensors.find(model->variables()[0]->path()));
  same(formats::read_npz(formats::Bytes::open(folder_ / "c.npz"))[0].second);
  EXPECT_EQ(run("convert m.keras c.onx").code, 2);
  EXPECT_EQ(run("convert m.keras no/c.keras").code, 3);
}

TEST_F(ModelCommands, Vectors) {
  train();
  const auto model = saving::load_model(folder_ / "m.keras");
  const Tensor table = model->get_weights()[0];
  for (const char* format : {"text", "glove", "binary"}) {
    const Ended ended = run(std::string("vectors m.keras -o v --format ") + format);
    ASSERT_EQ(ended.code, 0) << ended.err;
    const auto vectors = formats::WordVectors::open(formats::Bytes::open(folder_ / "v"));
    EXPECT_EQ(vectors.is_binary(), std::strcmp(format, "binary") == 0);
    std::size_t row = 0;
    bool has_apple = false;
    vectors.for_each([&](std::string_view word, std::span<const float> vector) {
      has_apple |= word == "apple";
      EXPECT_EQ(std::memcmp(vector.data(), table.data<float>().data() + row++ * vector.size(),
                            vector.size_bytes()),
                0);
    });
    EXPECT_EQ(row, static_cast<std::size_t>(table.shape()[0]));
    EXPECT_TRUE(has_apple);
  }
  EXPECT_EQ(run("vectors m.keras -o v.npy --format npy").code, 0);
  EXPECT_EQ(formats::read_npy(formats::Bytes::open(folder_ / "v.npy")).shape, table.shape());
  EXPECT_EQ(run("vectors m.keras -o p --format projector").code, 0);
  const std::string metadata = read("p/metadata.tsv"), vectors = read("p/vectors.tsv");
  EXPECT_EQ(std::count(metadata.begin(), metadata.end(), '\n'), table.shape()[0]);
  EXPECT_EQ(std::count(vectors.begin(), vectors.end(), '\n'), table.shape()[0]);
  EXPECT_TRUE(
      run("vectors m.keras -q").out.starts_with(std::to_string(table.shape()[0]) + " 64\n"));
  EXPECT_EQ(run("vectors m.keras --format projector").code, 2);
  const Ended near = run("vectors m.keras --nearest apple --nearest ripe -k 2");
  EXPECT_EQ(near.code, 0) << near.err;
  EXPECT_EQ(std::count(near.out.begin(), near.out.end(), '\n'), 4);
  EXPECT_TRUE(near.out.starts_with("apple\t")) << near.out;
  EXPECT_EQ(near.out.find("apple\tapple\t"), std::string::npos);
  EXPECT_EQ(run("vectors m.keras --nearest no-such-word").code, 2);
  EXPECT_EQ(run("vectors m.keras --nearest apple -k 0").code, 2);
  EXPECT_EQ(run("vectors m.keras -k 3").code, 2);
  EXPECT_EQ(run("vectors m.keras --nearest apple --format npy").code, 2);
  folder_.write("twice.txt", "apple\npear\napple\n");
  const Ended twice = run("vectors m.keras --vocabulary twice.txt --nearest apple");
  EXPECT_EQ(twice.code, 2);
  EXPECT_NE(twice.err.find("rows 0 and 2"), std::string::npos) << twice.err;
  EXPECT_NE(run("vectors m.keras --layer embeding").err.find("embedding"), std::string::npos);
}

TEST_F(ModelCommands, Quantizes) {
  train();
  for (const char* dtype : {"float16", "bfloat16"}) {
    const Ended ended = run(std::string("quantize m.keras q.keras --dtype ") + dtype);
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_LT(fs::file_size(folder_ / "q.keras"), fs::file_size(folder_ / "m.keras") * 3 / 4);
    const auto before = saving::load_model(folder_ / "m.keras")->get_weights();
    const auto after = saving::load_model(folder_ / "q.keras")->get_weights();
    double largest = 0;
    for (std::size_t i = 0; i < before[0].data<float>().size(); ++i)
      largest = std::max(largest, std::abs(static_cast<double>(before[0].data<float>()[i]) -
                                           static_cast<double>(after[0].data<float>()[i])));
    const std::size_t at = ended.out.find("largest error ");
    ASSERT_NE(at, std::string::npos) << ended.out;
    EXPECT_NEAR(std::strtod(ended.out.c_str() + at + 14, nullptr), largest, 1e-12);
    EXPECT_GT(largest, 0);
    EXPECT_EQ(std::memcmp(before[1].data<float>().data(), after[1].data<float>().data(),
                          before[1].data<float>().size() * 4),
              0);
    EXPECT_TRUE(run("predict q.keras", "echo 'an apple' |").out.starts_with("fruit\t"));
    EXPECT_EQ(run("quantize q.keras r.keras").code, 3);  // it is already
  }
  EXPECT_EQ(run("quantize m.keras q.keras --dtype int5").code, 2);
}

TEST_F(ModelCommands, QuantizesToKerasCodes) {
  train();
  for (const char* dtype : {"int8", "int4"}) {
    const Ended ended = run(std::string("quantize m.keras q.keras --dtype ") + dtype);
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 2) << ended.out;
    EXPECT_LT(fs::file_size(folder_ / "q.keras"), fs::file_size(folder_ / "m.keras") / 2);
    // What models::quantize makes of it.
    const auto expected = saving::load_model(folder_ / "m.keras", {.compile = false});
    models::quantize(*expected, QuantizationConfig::of(dtype));
    const auto found = saving::load_model(folder_ / "q.keras");
    const auto one = expected->get_weights(), other = found->get_weights();
    ASSERT_EQ(one.size(), other.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      ASSERT_EQ(one[i].dtype(), other[i].dtype());
      EXPECT_EQ(std::memcmp(saving::bytes_of(one[i]).data(), saving::bytes_of(other[i]).data(),
                            saving::bytes_of(one[i]).size()),
                0);
    }
    EXPECT_TRUE(run("predict q.keras", "echo 'an apple' |").out.starts_with("fruit\t"));
    EXPECT_EQ(run("test q.keras data.tsv").code, 0);
    const Ended info = run("info q.keras");
    EXPECT_EQ(info.code, 0) << info.err;
    EXPECT_NE(info.out.find("int8"), std::string::npos) << info.out;
    const Ended again = run("quantize q.keras r.keras --dtype int8");
    EXPECT_EQ(again.code, 3);
    EXPECT_NE(again.err.find("quantized already"), std::string::npos) << again.err;
  }
}

TEST_F(ModelCommands, TablesOfCodesAndTablesWithAnUpdate) {
  Sequential model(
      {layers::Embedding({.input_dim = 5, .output_dim = 7, .input_length = 3, .lora_rank = 2})});
  saving::save_model(model, folder_ / "lora.keras");
  EXPECT_EQ(run("quantize lora.keras half.keras").code, 0);
  EXPECT_EQ(run("info half.keras").code, 0);
  std::dynamic_pointer_cast<layers::Embedding>(model.layers()[0])
      ->quantize(QuantizationConfig::of("int8"));
  saving::save_model(model, folder_ / "codes.keras");
  const Ended info = run("info codes.keras");
  EXPECT_EQ(info.code, 0);
  EXPECT_EQ((info.out + info.err).find("cannot be made"), std::string::npos) << info.out;
  const Ended again = run("quantize codes.keras x.keras");
  EXPECT_EQ(again.code, 3);
  EXPECT_NE(again.err.find("quantized already"), std::string::npos) << again.err;
}

}  // namespace
}  // namespace keratin::cli
