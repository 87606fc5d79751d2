// Every *.scenario file of this folder is a test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/scenarios/run.h"
#include "tests/scenarios/traffic.h"

namespace insight::scenarios {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kFolder = std::string(INSIGHT_SOURCE_DIR) + "/tests/scenarios/";

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ".scenario") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class ScenarioTest : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioTest, GivesWhatItExpects) {
  const Scenario scenario = load_scenario(kFolder + GetParam() + ".scenario");
  const auto sentences = unmet(scenario);
  if (scenario.not_yet) {
    EXPECT_THAT(sentences, Not(IsEmpty())) << "all is met now: take `not yet` out of the file";
    return;
  }
  std::string all;
  for (const auto& sentence : sentences) all += "\n  " + sentence;
  EXPECT_THAT(sentences, IsEmpty()) << all;
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioTest, testing::ValuesIn(scenario_names()),
                         [](const auto& test) { return test.param; });

constexpr const char* kHead = "from 2026-03-02T00:00 for 1d12h\napi s3.amazonaws.com PutObject write rate 5/min even\n";

std::string mistake_of(const std::string& text) {
  try {
    parse_scenario(kHead + text, "x.scenario");
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "";
}

TEST(ScenarioLanguage, MistakesAreNamedWithTheirLine) {
  EXPECT_THAT(mistake_of("hello"), HasSubstr("x.scenario:3: a line begins with"));
  EXPECT_THAT(mistake_of("burst DeleteObject at 2026-03-02T10:00 for 1m"),
              HasSubstr("no API above is called 'DeleteObject'"));
  EXPECT_THAT(mistake_of("stop PutObject at noon for 1m"), HasSubstr("'noon' is no time"));
  EXPECT_THAT(mistake_of("stop PutObject at 2026-03-02T10:00 for 1w"), HasSubstr("another unit"));
  EXPECT_THAT(mistake_of("api a b write rate 5"), HasSubstr("'5' is no rate"));
  EXPECT_THAT(mistake_of("duplicate 20"), HasSubstr("'20' is no share"));
  EXPECT_THAT(mistake_of("early maybe"), HasSubstr("'off' is expected instead of 'maybe'"));
  EXPECT_THAT(mistake_of("expect nothing else whatever"), HasSubstr("'whatever' is not expected here"));
  EXPECT_THAT(mistake_of("# nothing\n\n"), IsEmpty());
}

TEST(ScenarioLanguage, TheSameScenarioGivesTheSameTraffic) {
  const Scenario scenario = parse_scenario(std::string(kHead) + "duplicate 20%\nlate up to 9m\n", "x");
  const auto first = make_traffic(scenario);
  const auto second = make_traffic(scenario);
  ASSERT_EQ(first.size(), second.size());
  for (size_t i = 0; i < first.size(); ++i) ASSERT_EQ(first[i].id, second[i].id);
  EXPECT_NEAR(static_cast<double>(first.size()), 36 * 60 * 5 / 0.8, 200);
}

TEST(ScenarioLanguage, AnExpectationThatIsNotMetIsSaid) {
  EXPECT_THAT(unmet(parse_scenario(std::string(kHead) + "expect Start increase PutObject at 2026-03-03T06:00\n", "x")),
              ElementsAre("x:3: no record is like this"));
  const std::string burst = "burst PutObject at 2026-03-03T06:00 for 5m rate 400/min\nexpect nothing\n";
  EXPECT_THAT(unmet(parse_scenario(kHead + burst, "x")),
              ElementsAre(HasSubstr("not expected: Start increase PutObject"), HasSubstr("not expected: End")));
  EXPECT_THAT(unmet(parse_scenario(std::string(kHead) + "expect missing 10m\n", "x")), Not(IsEmpty()));
}

}  // namespace
}  // namespace insight::scenarios
