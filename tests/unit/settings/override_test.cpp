#include "fixture.h"

namespace insight::settings {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Override, wins_over_the_file_and_over_earlier_ones) {
  const auto loaded = load_text("input: {lateness: 1m}\n", {"input.lateness=2m", "input.lateness=3m"});
  EXPECT_THAT(problems_of(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.input.lateness, 3min);
}

TEST(Override, sets_properties_with_dotted_names_and_any_value) {
  const auto loaded = load_text("kafka: {properties: {kept: 1}}\n",
                                {"kafka.properties.sasl.password=a=b #: 'c",
                                 "kafka.properties.debug=", "kafka.properties_from_files.ssl.key.password=/run/x"});
  ASSERT_THAT(problems_of(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.kafka.properties.at("sasl.password"), "a=b #: 'c");
  EXPECT_EQ(loaded.settings.kafka.properties.at("debug"), "");
  EXPECT_EQ(loaded.settings.kafka.properties.at("kept"), "1");
  EXPECT_EQ(loaded.settings.kafka.properties_from_files.at("ssl.key.password"), "/run/x");
}

TEST(Override, sets_lists_and_selectors) {
  auto loaded = load("", {"kafka.topics.events=[a, b]", "selectors=[{event_name: Get*, include: false}]"});
  ASSERT_THAT(problems_of(loaded), IsEmpty());
  EXPECT_THAT(loaded.settings.kafka.events_topics, ElementsAre("a", "b"));
  ASSERT_THAT(loaded.settings.selectors, SizeIs(1));
  EXPECT_FALSE(loaded.settings.selectors[0].include);
  loaded = load("", {"kafka.topics.events=one"});
  EXPECT_THAT(loaded.settings.kafka.events_topics, ElementsAre("one"));
}

TEST(Override, empties_a_text) {
  EXPECT_EQ(load_text("kafka: {topics: {dead_letters: d}}\n", {"kafka.topics.dead_letters="})
                .settings.kafka.dead_letters_topic,
            "");
  EXPECT_EQ(load_text("kafka: {topics: {dead_letters: d}}\n", {"kafka.topics.dead_letters=\"\""})
                .settings.kafka.dead_letters_topic,
            "");
}

TEST(Override, mistakes_are_said) {
  const auto mistake = [](const std::string& text) { return problems_of(load("", {text})); };
  EXPECT_THAT(mistake("nonsense"), ElementsAre(HasSubstr("write --set key.path=value")));
  EXPECT_THAT(mistake("=x"), SizeIs(1));
  EXPECT_THAT(mistake("kafka.topics=x"), ElementsAre(HasSubstr("this is a section")));
  EXPECT_THAT(mistake("input.latenes=1m"), ElementsAre(HasSubstr("did you mean input.lateness?")));
  EXPECT_THAT(mistake("kafka.topics.events=[a"), ElementsAre(HasSubstr("cannot be read")));
  EXPECT_THAT(mistake("kafka.properties.=x"), ElementsAre(HasSubstr("without a name")));
  EXPECT_EQ(to_string(load("", {"kafka.partitions=0"}).problems.at(0)).substr(0, 24), "--set: kafka.partitions:");
}

}  // namespace
}  // namespace insight::settings
