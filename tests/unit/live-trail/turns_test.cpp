#include "live-trail/turns.h"

#include <gmock/gmock.h>

namespace insight::trail {
namespace {

using core::Minute;

constexpr Minute kFirst{1000};
constexpr int kEvery = 20;

Turns three() {
  std::vector<Incident> incidents(3);
  incidents[0].name = "short";
  incidents[0].minutes = 5;
  incidents[1].name = "long";
  incidents[1].minutes = 50;
  incidents[2].name = "middling";
  incidents[2].minutes = 20;
  return {incidents, kFirst, kEvery};
}

std::vector<std::string> names(const std::vector<Incident>& incidents) {
  std::vector<std::string> all;
  for (const Incident& each : incidents) all.push_back(each.name);
  return all;
}

TEST(Turns, NothingIsBeforeTheFirst) {
  EXPECT_TRUE(three().at(kFirst - 1).empty());
  EXPECT_EQ(three().begins(kFirst - kEvery), nullptr);
}

TEST(Turns, AnIncidentCoversItsMinutesFromItsTurnOn) {
  EXPECT_THAT(names(three().at(kFirst)), testing::ElementsAre("short"));
  EXPECT_THAT(names(three().at(kFirst + 4)), testing::ElementsAre("short"));
  EXPECT_TRUE(three().at(kFirst + 5).empty());
  EXPECT_EQ(three().at(kFirst + 20).front().start, kFirst + 20);
}

TEST(Turns, LongOnesOverlapWithLaterTurns) {
  EXPECT_THAT(names(three().at(kFirst + 62)), testing::ElementsAre("long", "short"));
  EXPECT_THAT(names(three().at(kFirst + 69)), testing::ElementsAre("long"));
  EXPECT_TRUE(three().at(kFirst + 70).empty());
}

TEST(Turns, TheyGoOnWithoutEnd) {
  const Minute later = kFirst + 3 * kEvery * 100'000;
  ASSERT_NE(three().begins(later), nullptr);
  EXPECT_EQ(three().begins(later)->name, "short");
  EXPECT_THAT(names(three().at(later + kEvery)), testing::ElementsAre("long"));
}

TEST(Turns, AScenarioWithoutIncidentsHasNone) {
  const Turns none({}, kFirst, kEvery);
  EXPECT_TRUE(none.at(kFirst).empty());
  EXPECT_EQ(none.begins(kFirst), nullptr);
}

}  // namespace
}  // namespace insight::trail
