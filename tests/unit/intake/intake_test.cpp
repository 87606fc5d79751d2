#include "intake/intake.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace insight::intake {
namespace {

using core::DropReason;
using core::Timestamp;

const Timestamp kClock = *core::parse_iso("2024-12-11T16:52:07Z");

std::string record(const std::string& time, const std::string& name = "RunInstances", bool read_only = false,
                   const std::string& id = "0f9c8e7d-1111-2222-3333-444455556666") {
  return R"({"eventVersion":"1.09","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/a"},)"
         R"("eventTime":")" +
         time + R"(","eventSource":"ec2.amazonaws.com","eventName":")" + name +
         R"(","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli","eventID":")" + id +
         R"(","readOnly":)" + (read_only ? "true" : "false") +
         R"(,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333",)"
         R"("eventCategory":"Management"})";
}

class IntakeTest : public testing::Test {
 protected:
  IntakeTest()
      : intake_(select::Selector({{.account = {}, .region = {}, .source = {}, .name = "Ignored", .include = false}}), 4,
                {}, [this](DropReason reason, const core::Coordinates& where, std::string_view) {
                  bad_.push_back(std::string(core::to_string(reason)) + " " + core::to_string(where));
                }) {
    intake_.reading().set_topics({{"audit-events", 2}});
    origin_ = intake_.reading().origin(0, 1);
  }

  void read(const std::string& payload) {
    intake_.read({"audit-events", origin_, 1, offset_++, std::nullopt, payload}, kClock);
  }
  // Everything that is ready to be sent.
  std::vector<core::Row> rows() {
    std::vector<core::Row> all;
    for (uint32_t p = 0; p < 4; ++p)
      intake_.send(p, [&](const core::Batch& batch) { all.insert(all.end(), batch.rows.begin(), batch.rows.end()); });
    return all;
  }
  uint64_t dropped(DropReason reason) const { return intake_.counters().dropped[static_cast<size_t>(reason)]; }

  Intake intake_;
  uint32_t origin_ = 0;
  int64_t offset_ = 40;
  std::vector<std::string> bad_;
};

TEST_F(IntakeTest, everything_received_is_routed_unselected_or_dropped_for_a_reason) {
  for (int i = 0; i < 10; ++i) read(record("2024-12-11T16:50:00Z", "RunInstances", false, "id" + std::to_string(i)));
  read(record("2024-12-11T16:50:00Z", "Ignored"));
  read("{\"eventTime\":");
  read("not json");
  read("{}");
  read(record("2024-12-11T17:50:00Z"));
  read(record("yesterday"));
  read("{\"Records\":[" + record("2024-12-11T16:51:00Z") + "," + record("2024-12-11T16:51:00Z", "Ignored") + ",7]}");
  const Counters& c = intake_.counters();
  EXPECT_EQ(c.routed, 11u);
  EXPECT_EQ(c.unselected, 2u);
  EXPECT_EQ(c.received, c.routed + c.unselected + std::accumulate(c.dropped.begin(), c.dropped.end(), uint64_t{0}));
  EXPECT_EQ(dropped(DropReason::kFuture), 1u);
  EXPECT_EQ(dropped(DropReason::kBadTime), 1u);
  EXPECT_EQ(bad_.size(), c.received - c.routed - c.unselected);
  EXPECT_EQ(rows().size(), 11u);
}

TEST_F(IntakeTest, an_event_more_than_five_minutes_ahead_of_the_clock_is_in_the_future_and_moves_no_time) {
  read(record("2024-12-11T16:57:07Z"));
  EXPECT_EQ(dropped(DropReason::kFuture), 0u);
  read(record("2099-01-01T00:00:00Z"));
  read(record("2024-12-11T16:57:08Z"));
  EXPECT_EQ(dropped(DropReason::kFuture), 2u);
  EXPECT_EQ(bad_.back(), "future audit-events[1]@42 #0");
  EXPECT_EQ(intake_.reading().newest(origin_), kClock);   // capped by the clock
  EXPECT_EQ(intake_.reading().next_offset(origin_), 43);
}

TEST_F(IntakeTest, without_a_clock_nothing_is_in_the_future) {
  const std::string payload = record("2099-01-01T00:00:00Z");
  intake_.read({"audit-events", origin_, 1, 0, std::nullopt, payload}, std::nullopt);
  EXPECT_EQ(intake_.counters().routed, 1u);
}

TEST_F(IntakeTest, an_event_that_is_not_selected_still_moves_the_partitions_time) {
  read(record("2024-12-11T16:40:00Z", "Ignored"));
  EXPECT_EQ(intake_.reading().newest(origin_), core::parse_iso("2024-12-11T16:40:00Z"));
}

TEST_F(IntakeTest, an_event_keeps_its_identity_wherever_it_is_read_and_one_without_an_id_is_its_place) {
  read(record("2024-12-11T16:40:00Z"));
  read(record("2024-12-11T16:40:00Z"));
  read(record("2024-12-11T16:40:00Z", "RunInstances", false, ""));
  read(record("2024-12-11T16:40:00Z", "RunInstances", false, ""));
  const auto all = rows();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].id, all[1].id);
  EXPECT_NE(all[2].id, all[3].id);
  EXPECT_EQ(all[3].offset, 43);
  EXPECT_EQ(all[0].minute, core::minute_of(*core::parse_iso("2024-12-11T16:40:00Z")));
}

TEST_F(IntakeTest, a_batch_says_how_it_was_routed_and_what_was_read_and_is_then_empty) {
  read(record("2024-12-11T16:40:00Z"));
  for (uint32_t p = 0; p < 4; ++p) {
    intake_.send(p, [&](const core::Batch& batch) {
      EXPECT_EQ(batch.calls_partitions, 4u);
      ASSERT_EQ(batch.progress.size(), 1u);
      EXPECT_EQ(batch.progress[0].next_offset, 41);
      EXPECT_EQ(batch.topics[0].partitions, 2u);
    });
  }
  EXPECT_TRUE(rows().empty());
}

}  // namespace
}  // namespace insight::intake
