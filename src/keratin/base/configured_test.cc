// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/configured.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "keratin/base/fields.h"

namespace keratin {
namespace concept_of_the_test {

class Figure {
 public:
  virtual ~Figure() = default;
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;
  std::string name;

 protected:
  explicit Figure(std::string own) : name(std::move(own)) {}
};

template <class Options>
void as_it_stands(const Figure& figure, Options& o) {
  o.name = figure.name;
}
template <class F, HasOnly<std::string> Options>
void fields(F& f, Options& o) {
  f("name", o.name);
}

struct DotOptions {
  std::string name = "dot";
};
class Dot final : public Configured<Dot, DotOptions, Figure> {
 public:
  static constexpr std::string_view kName = "Dot";
  explicit Dot(Options options = {}) : Configured(options, options.name) {}
};

struct CircleOptions {
  double radius = 1.5;
  std::optional<std::int64_t> parts = {};
  std::string name = "circle";
};
template <class F>
void fields(F& f, CircleOptions& o) {
  f("name", o.name);
  f("parts", o.parts);
  f("radius", o.radius);
  f.ignore("colour");
  f.ignore_null("border");
}
class Circle final : public Configured<Circle, CircleOptions, Figure> {
 public:
  static constexpr std::string_view kName = "Circle";
  explicit Circle(Options options = {}) : Configured(options, options.name) {}
  double radius() const { return options_.radius; }
};

}  // namespace concept_of_the_test

template class Configured<concept_of_the_test::Dot, concept_of_the_test::DotOptions,
                          concept_of_the_test::Figure>;
template class Configured<concept_of_the_test::Circle, concept_of_the_test::CircleOptions,
                          concept_of_the_test::Figure>;

namespace {

using concept_of_the_test::Circle;
using concept_of_the_test::CircleOptions;
using concept_of_the_test::Dot;

std::string refused(const Config& config) {
  try {
    Circle::options_from(config);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(Configured, OptionsBecomeAConfigAndComeBack) {
  Circle circle({.radius = 2, .parts = 4});
  const Config config(Config::Dict{{"name", "circle"}, {"parts", 4}, {"radius", 2.0}});
  EXPECT_EQ(circle.get_config(), config);  // in the order of the list
  EXPECT_EQ(circle.class_name(), "Circle");
  EXPECT_EQ(Circle(Circle::options_from(config)).get_config(), config);
  EXPECT_EQ(Circle::options_from(Config()).radius, 1.5);
  EXPECT_EQ(Circle::options_from(Config::dict()).parts, std::nullopt);
}

TEST(Configured, WhatTheObjectHasBecomeIsWritten) {
  Circle circle;
  circle.name = "another";
  EXPECT_EQ(circle.get_config().at("name"), Config("another"));
}

TEST(Configured, OptionsThatTheirConceptKnowsNeedNoList) {
  static_assert(HasOnly<concept_of_the_test::DotOptions, std::string>);
  static_assert(!HasOnly<CircleOptions, std::string>);
  static_assert(!HasOnly<CircleOptions, double, std::optional<std::int64_t>>);
  EXPECT_EQ(Dot().get_config(), Config(Config::Dict{{"name", "dot"}}));
}

TEST(Configured, ErrorsNameTheirPlaceInTheOrderOfTheList) {
  EXPECT_EQ(refused(Config::Dict{{"radius", "far"}, {"parts", "some"}}).substr(0, 26),
            "[Circle] config[\"parts\"]: ");
  EXPECT_NE(refused(Config::Dict{{"radios", 3}}).find("radius"), std::string::npos);
  EXPECT_NE(refused(Config::List{}), "");
  EXPECT_EQ(refused(Config::Dict{{"colour", "red"}, {"border", Config()}}), "");
  EXPECT_NE(refused(Config::Dict{{"border", 1}}).find("border"), std::string::npos);
}

}  // namespace
}  // namespace keratin
