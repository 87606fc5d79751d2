#include "inspect/trace.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "partition/task.h"
#include "tests/unit/partition/calls_log.h"

namespace insight::inspect {
namespace {

using partition::Task;
using partition::test::CallsLog;
using partition::test::kMonday;

constexpr int32_t kDay = core::kMinutesPerDay;
const core::Minute kBurst = kMonday + (kDay + 600);

// A day and a half of three calls a minute, a burst, and of another API one call a minute.
CallsLog traffic() {
  CallsLog log;
  for (int32_t m = 0; m < kDay + 720; ++m) {
    const core::Minute minute = kMonday + m;
    log.add({.minute = minute}, minute >= kBurst && minute < kBurst + 5 ? 60 : 3);
    log.add({.minute = minute, .name = "Other"});
    log.add({.minute = minute, .name = "Failing", .error = m % 40 == 0 ? "AccessDenied" : ""});
    log.send();
  }
  return log;
}

const CallsLog& the_traffic() {
  static const CallsLog log = traffic();
  return log;
}

partition::Options options() {
  partition::Options made = partition::test::shipped_options();
  made.early_start = false;   // the close decides, so a Start's score is that of its minute
  return made;
}

struct Watched {
  Trace trace;
  std::vector<core::Insight> insights;

  explicit Watched(TraceRequest request) : trace(std::move(request)) {
    Task task(options());
    task.observe(&trace);
    partition::test::process_all(task, the_traffic());
    insights = task.take_insights();
  }
};

TraceRequest request(std::string api, std::string error = "") {
  return {std::move(api), std::move(error), {INT32_MIN}, {INT32_MAX}, options().call_threshold};
}

TEST(Trace, HasTheScoreThatDecided) {
  const Watched seen(request("RunInstances"));
  ASSERT_FALSE(seen.insights.empty());
  const core::Insight& start = seen.insights.front();
  ASSERT_EQ(start.start, kBurst);
  const auto& points = seen.trace.points();
  const auto point =
      std::find_if(points.begin(), points.end(), [&](const auto& p) { return p.minute == start.decided; });
  ASSERT_NE(point, points.end());
  EXPECT_EQ(point->count, 60);
  EXPECT_EQ(point->score, start.score);
  EXPECT_NEAR(point->mean, 3, 0.5);
  EXPECT_GT(point->count, point->upper);
  EXPECT_NEAR(point->upper, start.expected.upper, 0.1 * start.expected.upper);
}

TEST(Trace, HasEveryMinuteOnce) {
  const Watched seen(request("RunInstances"));
  const auto& points = seen.trace.points();
  ASSERT_GT(points.size(), 2000u);
  for (size_t i = 1; i < points.size(); ++i) EXPECT_EQ(points[i].minute - points[i - 1].minute, 1);
}

TEST(Trace, LookingOnChangesNothing) {
  Task alone(options());
  partition::test::process_all(alone, the_traffic());
  EXPECT_EQ(partition::test::texts_of(Watched(request("*")).insights),
            partition::test::texts_of(alone.take_insights()));
}

TEST(Trace, KeepsTheTimeThatIsAskedFor) {
  TraceRequest some = request("RunInstances");
  some.from = kBurst - 2;
  some.until = kBurst + 3;
  const Watched seen(some);
  ASSERT_EQ(seen.trace.points().size(), 5u);
  EXPECT_EQ(seen.trace.points().front().minute, kBurst - 2);
}

TEST(Trace, CountsErrorsOfTheCodeAlone) {
  const Watched seen(request("Failing", "AccessDenied"));
  double errors = 0;
  for (const TracePoint& point : seen.trace.points()) errors += point.count;
  EXPECT_NEAR(errors, (kDay + 720) / 40, 2);
  EXPECT_TRUE(Watched(request("Failing", "Throttling")).trace.points().empty());
}

TEST(Trace, KnowsWhichApisAreMeant) {
  EXPECT_EQ(Watched(request("Other")).trace.apis().size(), 1u);
  EXPECT_EQ(Watched(request("*")).trace.apis().size(), 3u);
  EXPECT_TRUE(Watched(request("Nothing")).trace.apis().empty());
}

}  // namespace
}  // namespace insight::inspect
