// SPDX-License-Identifier: Apache-2.0
// The commands that take a model, from outside: what they print where, and what they end with.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "support/program.h"
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "keratin/cli/answers.h"
#include "keratin/cli/text_part.h"
#include "keratin/formats/json.h"
#include "keratin/formats/npy.h"
#include "keratin/formats/safetensors.h"
#include "keratin/formats/word_vectors.h"
#include "keratin/formats/zip.h"
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

class ModelCommands : public ::testing::Test {
 protected:
  using Ended = testing::Program::Ended;

  ModelCommands() {
    std::string tsv;
    for (int i = 0; i < 40; ++i) {
      tsv += "fruit\tripe apple number " + std::to_string(i) + "\n";
      tsv += "metal\thard iron\\n number " + std::to_string(i) + "\n";
      tsv += "stone\tgrey granite number " + std::to_string(i) + "\n";
    }
    folder_.write("data.tsv", tsv);
  }
  Ended run(const std::string& arguments, const std::string& before = "") const {
    return program_.run(arguments, before);
  }
  std::string read(const std::string& name) const { return program_.read(name); }
  void train() {
    const Ended ended = run("train data.tsv -q --epochs 20 --output-dim 64 --output m.keras");
    ASSERT_EQ(ended.code, 0) << ended.err;
  }
  /// A model of ids, as a program of C++ saves it.
  void save_ids(const char* activation, std::int64_t units) {
    Sequential model({layers::Embedding({.input_dim = 10, .output_dim = 4, .input_length = 3}),
                      layers::Flatten(),
                      layers::Dense({.units = units, .activation = activation})});
    saving::save_model(model, folder_ / "ids.keras");
  }

  const testing::Program program_;
  const testing::TemporaryFolder& folder_ = program_.folder;
};

TEST_F(ModelCommands, ATrainedModelAnswersAsTheProcessThatTrainedIt) {
  for (const char* options :
       {"", "--tokens words --lower --ngrams 3 --num-words 40", "--tokens characters --ngrams 2",
        "--maxlen 2 --truncating post --padding post", "--units 8 --subwords 2",
        "--architecture conv --kernel-size 2", "--architecture lstm --tokens characters",
        "--architecture gru --units 8 --maxlen 3", "--architecture bilstm --no-lower",
        "--architecture attention --heads 2 --dropout 0"}) {
    const std::string texts = "'an apple' 'of iron\\n' 'Granite 7' '' '\xFF \xC3\xA9'";
    const Ended trained =
        run(std::string("train data.tsv -q --epochs 3 --test-split 0 --output m.keras ") + options +
            " --predict " + texts);
    ASSERT_EQ(trained.code, 0) << trained.err;
    const Ended predicted = run("predict m.keras", std::string("printf '%s\\n' ") + texts + " |");
    EXPECT_EQ(predicted.code, 0) << predicted.err;
    EXPECT_EQ(predicted.out, trained.out) << options;
    folder_.write("lines.txt", "an apple\nof iron\\n\nGranite 7\n\n\xFF \xC3\xA9");
    EXPECT_EQ(run("predict m.keras lines.txt").out, trained.out) << options;
  }
}

TEST_F(ModelCommands, TheFormComesBackWhole) {
  const std::vector<std::string_view> tokens = {"a b", "back\\slash", "line\nend", "\\n",
                                                "\r",  "\x02x",       "\xC3\xA9"};
  const TextForm form{
      TextEncoder({.unit = Unit::kCharacter, .lower = true, .subwords = 0, .ngrams = 3}, tokens),
      {.maxlen = 7, .padding = "post", .truncating = "post"},
      {"x", "y z", "\xC3\xA9"}};
  Sequential model({layers::Embedding({.input_dim = 9, .output_dim = 2}),
                    layers::GlobalAveragePooling1D(),
                    layers::Dense({.units = 3, .activation = "softmax"})});
  model.build({kNone, kNone});
  saving::save_model(model, folder_ / "m.keras", {.assets = assets_of(form)});
  const auto again = text_form_in(formats::Bytes::open(folder_ / "m.keras"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->classes, form.classes);
  EXPECT_EQ(again->padding.maxlen, 7);
  EXPECT_EQ(again->padding.padding, "post");
  EXPECT_EQ(again->padding.truncating, "post");
  EXPECT_EQ(again->encoder.tokens().unit, Unit::kCharacter);
  EXPECT_TRUE(again->encoder.tokens().lower);
  EXPECT_EQ(again->encoder.tokens().ngrams, 3);
  ASSERT_EQ(again->encoder.num_ids(), 9);
  for (std::int64_t id = 2; id < 9; ++id)
    EXPECT_EQ(again->encoder.token(id), tokens[static_cast<std::size_t>(id - 2)]);
  // Keras's TextVectorization has it so: line i is the token of id i, but for escapes.
  const auto archive = formats::ZipArchive::open(formats::Bytes::open(folder_ / "m.keras"));
  const std::string vocabulary(
      archive.read(*archive.find("assets/text_vectorization/vocabulary.txt")).text());
  EXPECT_EQ(vocabulary, "\n[UNK]\na b\nback\\\\slash\nline\\nend\n\\\\n\n\\r\n\x02x\n\xC3\xA9");

  // What does not go with its model, or is damaged, is told.
  const auto open_with = [&](const saving::Assets& assets) {
    saving::save_model(model, folder_ / "bad.keras", {.assets = assets});
    const Ended ended = run("predict bad.keras");
    EXPECT_EQ(ended.code, 3) << ended.err;
    return ended.err;
  };
  saving::Assets assets = assets_of(form);
  EXPECT_NE(open_with({assets[0]}).find("vocabulary.txt"), std::string::npos);
  EXPECT_NE(open_with({assets[0], {assets[1].first, assets[1].second + "\na b"}}).find("again"),
            std::string::npos);
  EXPECT_NE(open_with({assets[0], {assets[1].first, assets[1].second + "\nmore"}}).find("10 ids"),
            std::string::npos);
  EXPECT_NE(open_with({{assets[0].first, "{\"version\": 2}"}, assets[1]}).find("newer"),
            std::string::npos);
  EXPECT_NE(open_with({{assets[0].first, "{"}, assets[1]}).find("form.json"), std::string::npos);
}

TEST_F(ModelCommands, TopAndThreshold) {
  train();
  const Ended top = run("predict m.keras --top 3", "echo 'an apple' |");
  EXPECT_TRUE(top.out.starts_with("fruit\t")) << top.out;
  EXPECT_EQ(std::count(top.out.begin(), top.out.end(), '\t'), 6);
  EXPECT_EQ(run("predict m.keras --top 9", "echo 'an apple' |").out, top.out);
  EXPECT_EQ(run("predict m.keras --threshold 1", "echo 'an apple' |").out, "\t\tan apple\n");
  const Config json =
      formats::parse_json(run("predict m.keras --json --top 2", "echo 'an apple' |").out);
  EXPECT_EQ(json.at("label").as_string(), "fruit");
  EXPECT_EQ(json.at("answers").as_list().size(), 2U);
  EXPECT_EQ(run("predict m.keras --top 0", "echo x |").code, 2);
  EXPECT_EQ(run("predict m.keras --threshold 1.5", "echo x |").code, 2);
}

TEST_F(ModelCommands, LinesOfIds) {
  save_ids("softmax", 2);
  const Ended ended = run("predict ids.keras --top 2", "printf '1 2 3\\n[4, 5, 6]\\n7,8\\t9\\n' |");
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto model = saving::load_model(folder_ / "ids.keras");
  const Tensor expected =
      model->predict(Tensor::from(std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}, {3, 3}));
  std::istringstream lines(ended.out);
  for (std::size_t i = 0; i < 3; ++i) {
    std::string line;
    std::getline(lines, line);
    int label = -1;
    float p = 0;
    ASSERT_EQ(std::sscanf(line.c_str(), "%d\t%f", &label, &p), 2) << line;
    EXPECT_NEAR(p, expected.data<float>()[2 * i + static_cast<std::size_t>(label)],
                6e-5F);  // four digits
  }
  for (const auto& [line, place] : std::initializer_list<std::pair<const char*, const char*>>{
           {"1 2 3\\n1 2 x", "standard input:2:1: "},
           {"1 2 3\\n1 2 3\\n1 2 10\\n1 2 3", "standard input:3:1: "},
           {"1 2 3\\n\\n", "standard input:2:1: "},
           {"1 2", "standard input:1:1: "},
           {"[1, [2], 3]", "standard input:1:1: "},
           {"{\"a\": 1}", "standard input:1:1: "},
           {"[[[", "standard input:1:1: "}}) {
    const Ended bad = run("predict ids.keras", std::string("printf '") + line + "\\n' |");
    EXPECT_EQ(bad.code, 3) << line << bad.err;
    EXPECT_NE(bad.err.find(place), std::string::npos) << line << ": " << bad.err;
  }
  save_ids("sigmoid", 1);
  EXPECT_EQ(run("predict ids.keras --top 2", "echo 1 2 3 |").code, 0);
  save_ids("linear", 2);
  const Ended values = run("predict ids.keras --json", "echo 1 2 3 |");
  EXPECT_EQ(formats::parse_json(values.out).at("outputs").as_dict()[0].second.as_list().size(), 2U)
      << values.err;
  EXPECT_EQ(run("predict ids.keras --top 2", "echo 1 2 3 |").code, 2);
  EXPECT_EQ(run("test ids.keras data.tsv").code, 3);
}

TEST_F(ModelCommands, SeveralInputsByNameOrInOrder) {
  using namespace layers;
  const Value user = Input({.shape = Shape{1}, .dtype = DType::kInt32, .name = "user"});
  const Value film = Input({.shape = Shape{1}, .dtype = DType::kInt32, .name = "film"});
  const Value u = Flatten()(Embedding({.input_dim = 5, .output_dim = 2})(user));
  const Value f = Flatten()(Embedding({.input_dim = 9, .output_dim = 2})(film));
  const Functional model({user, film}, Values{Dot({.axes = 1})({u, f})});
  saving::save_model(model, folder_ / "two.keras");
  const Ended ended = run("predict two.keras",
                          "printf '1 8\\n1\\t8\\n{\"film\": 8, \"user\": 1}\\n{\"film\": [8], "
                          "\"user\": [1]}\\n[1, 8]\\n' |");
  ASSERT_EQ(ended.code, 0) << ended.err;
  std::istringstream lines(ended.out);
  std::string first, line;
  std::getline(lines, first, '\t');
  lines.ignore(100, '\n');
  for (int i = 1; i < 5; ++i) {
    std::getline(lines, line, '\t');
    EXPECT_EQ(line, first);
    lines.ignore(100, '\n');
  }
  const float expected = model
                             .predict(Tensors{Tensor::from(std::vector<std::int32_t>{1}, {1, 1}),
                                              Tensor::from(std::vector<std::int32_t>{8}, {1, 1})})
                             .one()
                             .data<float>()[0];
  EXPECT_EQ(std::strtof(first.c_str(), nullptr), expected);
  EXPECT_EQ(run("predict two.keras", "echo 1 2 3 |").code, 3);
  EXPECT_EQ(run("predict two.keras", "echo '{\"film\": 1, \"usr\": 1}' |").code, 3);
}

TEST_F(ModelCommands, Judges) {
  train();
  folder_.write("test.tsv", "fruit\tan apple\nmetal\tof iron\nstone\tapple\nwood\tan apple\n");
  const Ended ended = run("test m.keras test.tsv --json");
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.err.find("1 texts have a label that the model does not know"), std::string::npos)
      << ended.err;
  const Config one = formats::parse_json(ended.out);
  EXPECT_EQ(one.at("precision").as_double(), 0.5);  // two of four answers
  EXPECT_EQ(one.at("recall").as_double(), 0.5);
  EXPECT_EQ(one.at("test").at("accuracy").as_double(), 0.5);
  EXPECT_NEAR(one.at("macro_f1").as_double(), (0.5 + 1 + 0 + 0) / 4, 1e-12);
  const Config three = formats::parse_json(run("test m.keras test.tsv --json --top 3").out);
  EXPECT_EQ(three.at("precision").as_double(), 3.0 / 12);  // every known label is among three
  EXPECT_EQ(three.at("recall").as_double(), 3.0 / 4);
  EXPECT_EQ(three.at("micro_f1").as_double(), 6.0 / 16);
  const Config none = formats::parse_json(run("test m.keras test.tsv --json --threshold 1").out);
  EXPECT_EQ(none.at("recall").as_double(), 0);
  EXPECT_NE(run("test m.keras test.tsv").out.find("precision at 1  0.5000  (2 of 4 answers)"),
            std::string::npos);
  folder_.write("other.tsv", "a\tx\nb\ty\n");
  EXPECT_EQ(run("test m.keras other.tsv").code, 3);
}

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

TEST_F(ModelCommands, Pretrained) {
  folder_.write("v.txt", "apple 1 2 3\niron 4 5 6\nunseen 7 8 9\n");
  const Ended ended = run(
      "train data.tsv --epochs 1 --pretrained v.txt --learning-rate 0 --optimizer sgd -o m.keras");
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.err.find("v.txt: has the vectors of 2 of the "), std::string::npos) << ended.err;
  const Ended vectors = run("vectors m.keras");
  EXPECT_NE(vectors.out.find("\napple 1 2 3\n"), std::string::npos) << vectors.out.substr(0, 300);
  for (const auto& [text, place] : std::initializer_list<std::pair<const char*, const char*>>{
           {"apple 1 2 3\niron 4 x 6\n", "v.txt:2:8: "},
           {"apple 1 2 3\niron 4 5\n", "v.txt:2:1: "},
           {"apple 1 2 3\niron 4 5 6 7\n", "v.txt:2:1: "},
           {"apple 1 2 nan\n", "v.txt:1:11: "},
           {"3 3\napple 1 2 3\niron 4 5 6\n", "v.txt:"},
           {"", "an empty file"},
           {"no vectors\n", "v.txt:1:1: "},
           {"version https://git-lfs.github.com/spec/v1\n", "Git LFS"}}) {
    folder_.write("v.txt", text);
    const Ended bad = run("train data.tsv --epochs 1 --pretrained v.txt");
    EXPECT_EQ(bad.code, 3) << text << bad.err;
    EXPECT_NE(bad.err.find(place), std::string::npos) << text << ": " << bad.err;
  }
  folder_.write("v.txt", "apple 1 2 3\n");
  EXPECT_EQ(run("train data.tsv --epochs 1 --pretrained v.txt --output-dim 4").code, 2);
  EXPECT_EQ(run("train data.tsv --epochs 1 --pretrained none.txt").code, 3);
}

TEST_F(ModelCommands, WhatIsNoModelIsTold) {
  train();
  folder_.write("empty", "");
  folder_.write("lfs.keras", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
  folder_.write("cut.keras", read("m.keras").substr(0, 3000));
  save_ids("softmax", 2);
  fs::create_directories(folder_ / "folder");
  for (const char* command : {"predict MODEL", "test MODEL data.tsv", "info MODEL",
                              "convert MODEL x.keras", "vectors MODEL", "quantize MODEL x.keras"}) {
    for (const auto& [file, text] :
         std::initializer_list<std::pair<const char*, const char*>>{{"none.keras", "none.keras"},
                                                                    {"folder", "folder"},
                                                                    {"empty", "empty"},
                                                                    {"lfs.keras", "Git LFS"},
                                                                    {"cut.keras", "cut.keras"},
                                                                    {"data.tsv", "data.tsv"}}) {
      std::string arguments = command;
      arguments.replace(arguments.find("MODEL"), 5, file);
      const Ended ended = run(arguments);
      EXPECT_EQ(ended.code, 3) << arguments << ": " << ended.err;
      EXPECT_EQ(ended.out, "") << arguments;
      EXPECT_NE(ended.err.find(text), std::string::npos) << arguments << ": " << ended.err;
      EXPECT_FALSE(fs::exists(folder_ / "x.keras")) << arguments;
    }
  }
  EXPECT_EQ(run("predict m.keras none.txt").code, 3);
  EXPECT_EQ(run("predict m.keras folder").code, 3);
  EXPECT_EQ(run("predict m.keras lfs.keras").code, 3);
  EXPECT_EQ(run("predict m.keras m.keras").code, 3);
  EXPECT_EQ(run("predict m.keras", ": |").out, "");  // nothing to answer
  // HDF5 whose name says another form is read by its bytes.
  saving::save_weights(*saving::load_model(folder_ / "ids.keras"), folder_ / "h5.keras");
  EXPECT_NE(run("info h5.keras").out.find("called .keras and is HDF5"), std::string::npos);
  EXPECT_EQ(run("predict h5.keras", "echo 1 |").code, 3);
}

TEST_F(ModelCommands, OutputIsTriedBeforeTraining) {
  for (const char* output : {"m.h5", "no/m.keras", "."}) {
    const Ended ended = run(std::string("train data.tsv --epochs 1 --output ") + output);
    EXPECT_NE(ended.code, 0) << output;
    EXPECT_EQ(ended.err.find("Epoch"), std::string::npos) << output;
  }
  folder_.write("m.keras", "what was there");
  const Ended ended = run("train data.tsv --epochs 1000000 --output m.keras",
                          "timeout --foreground --preserve-status -s INT 1");
  EXPECT_EQ(ended.code, 130) << ended.err;
  EXPECT_EQ(read("m.keras"), "what was there");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()),
            4);  // out, err too
}

TEST_F(ModelCommands, AnswersLinesAsTheyCome) {
  train();
  folder_.write("talk.sh", "mkfifo in\n'" KERATIN_PROGRAM
                           "' predict m.keras $1 <in >answers 2>problems &\n"
                           "exec 3>in\n"
                           "wait_for() { n=0; until grep -q \"$1\" answers; do\n"
                           "  n=$((n+1)); [ $n -lt 600 ] || exit 9; sleep 0.1; done; }\n"
                           "echo 'an apple' >&3; wait_for 'an apple'\n"
                           "printf 'of iron' >&3; sleep 0.3; printf '\\n' >&3; wait_for 'of iron'\n"
                           "printf 'hard iron' >&3; exec 3>&-; wait; cat answers; rm -f in\n");
  for (const char* json : {"", "--json"}) {
    const std::string command =
        "cd '" + folder_.path().string() + "' && sh talk.sh " + json + " >out 2>err </dev/null";
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 0) << read("problems");
    EXPECT_NE(read("out").find("hard iron"), std::string::npos);
    EXPECT_EQ(read("problems"), "");
  }
}

TEST_F(ModelCommands, InterruptsAndClosedPipes) {
  train();
  const Ended ended =
      run("predict m.keras", "sleep 3 | timeout --foreground --preserve-status -s INT 1");
  EXPECT_EQ(ended.code, 130) << ended.err;
  const std::string command = "cd '" + folder_.path().string() +
                              "' && yes 'an apple' | '" KERATIN_PROGRAM
                              "' predict m.keras 2>err | head -1 >out";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 0);
  EXPECT_TRUE(read("out").starts_with("fruit\t"));
  EXPECT_EQ(read("err"), "");
}

}  // namespace
}  // namespace keratin::cli
