#include "progress/watermark.h"

#include <gtest/gtest.h>

#include "progress/reading.h"

namespace insight::progress {
namespace {

using core::Batch;
using core::Timestamp;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr core::Duration kLateness = minutes(10);

Timestamp at(int64_t second) { return Timestamp(seconds(1'733'900'000 + second)); }

// What some intake says: of partition `p` of topic `events`.
struct Said {
  uint32_t partition = 0;
  std::optional<Timestamp> newest;
  std::optional<Timestamp> caught_up_at;
  int64_t next_offset = 0;
};

Batch batch_of(uint32_t partitions, std::initializer_list<Said> said, std::string_view topic = "events") {
  Batch batch;
  batch.topics.push_back({topic, partitions});
  for (const Said& entry : said) {
    batch.progress.push_back({static_cast<uint32_t>(batch.origins.size()), entry.next_offset, entry.newest,
                              entry.newest, entry.newest, entry.caught_up_at});
    batch.origins.push_back({0, entry.partition});
  }
  return batch;
}

TEST(Watermark, is_the_slowest_partitions_newest_event_less_the_lateness) {
  Watermark mark(kLateness);
  mark.merge(batch_of(2, {{0, at(100), {}, 1}, {1, at(70), {}, 1}}), at(100));
  EXPECT_EQ(mark.time(), at(70) - kLateness);
  EXPECT_EQ(mark.newest(), at(100));
  EXPECT_EQ(mark.oldest(), at(70));
}

TEST(Watermark, is_not_there_before_every_partition_named_was_heard_of) {
  Watermark mark(kLateness);
  mark.merge(batch_of(3, {{0, at(100), {}, 1}, {2, at(100), {}, 1}}), at(100));
  EXPECT_FALSE(mark.time().has_value());
  mark.merge(batch_of(3, {{1, at(90), {}, 1}}), at(101));
  EXPECT_EQ(mark.time(), at(90) - kLateness);
}

TEST(Watermark, waits_for_a_partition_that_was_added_live) {
  Watermark mark(kLateness);
  mark.merge(batch_of(1, {{0, at(100), {}, 1}}), at(100));
  mark.merge(batch_of(2, {{0, at(200), {}, 2}}), at(200));
  EXPECT_EQ(mark.time(), at(100) - kLateness);
  mark.merge(batch_of(2, {{1, at(190), {}, 1}}), at(201));
  EXPECT_EQ(mark.time(), at(190) - kLateness);
}

TEST(Watermark, goes_over_an_idle_partition_a_minute_after_it_was_caught_up) {
  Watermark mark(kLateness);
  mark.merge(batch_of(2, {{0, at(0), {}, 1}, {1, at(0), at(1), 1}}), at(1));
  mark.merge(batch_of(2, {{0, at(59), {}, 2}, {1, at(0), at(59), 1}}), at(59));
  EXPECT_EQ(mark.time(), at(0) - kLateness);
  mark.merge(batch_of(2, {{0, at(70), {}, 3}, {1, at(0), at(65), 1}}), at(70));
  EXPECT_EQ(mark.time(), at(65) - kLateness);   // the claim covers no more than its query
}

TEST(Watermark, stands_still_when_everything_is_silent_whatever_the_clocks_say) {
  Watermark mark(kLateness);
  mark.merge(batch_of(1, {{0, at(0), at(0), 1}}), at(0));
  const auto before = mark.time();
  mark.merge(batch_of(1, {{0, at(0), at(7200), 1}}), at(7200));
  EXPECT_EQ(mark.time(), before);
  // So the backlog of those two hours is not late.
  mark.merge(batch_of(1, {{0, at(10), at(7201), 2}}), at(7201));
  EXPECT_EQ(mark.time(), at(10) - kLateness);
}

TEST(Watermark, believes_no_caught_up_clock_that_is_ahead_of_the_broker) {
  Watermark mark(kLateness);
  mark.merge(batch_of(2, {{0, at(0), {}, 1}, {1, at(0), at(0), 1}}), at(0));
  mark.merge(batch_of(2, {{0, at(500), {}, 2}, {1, {}, at(900), 1}}), at(100));
  EXPECT_EQ(mark.time(), at(100) - kLateness);
}

TEST(Watermark, takes_an_old_claim_of_a_clock_that_was_ahead_for_no_younger_later) {
  Watermark mark(kLateness);
  mark.merge(batch_of(2, {{0, at(0), {}, 1}, {1, at(0), at(600), 1}}), at(0));   // ten minutes ahead
  // Its process is gone: who reads the other partition speaks first, after five minutes.
  mark.merge(batch_of(2, {{0, at(300), {}, 2}}), at(300));
  EXPECT_EQ(mark.time(), at(0) - kLateness);
}

TEST(Watermark, a_partition_that_never_had_an_event_holds_it_only_until_it_is_caught_up) {
  Watermark mark(kLateness);
  mark.merge(batch_of(2, {{0, at(0), {}, 1}}), at(0));
  mark.merge(batch_of(2, {{0, at(100), {}, 2}, {1, {}, at(100), 0}}), at(100));
  EXPECT_EQ(mark.time(), at(100) - kLateness);
}

TEST(Watermark, forgets_a_topic_that_nobody_named_for_ten_minutes_of_append_time) {
  Watermark mark(kLateness);
  mark.merge(batch_of(1, {{0, at(0), {}, 1}}, "gone"), at(0));
  mark.merge(batch_of(1, {{0, at(0), {}, 1}}), at(0));
  mark.merge(batch_of(1, {{0, at(599), {}, 2}}), at(599));
  EXPECT_EQ(mark.time(), at(0) - kLateness);
  mark.merge(batch_of(1, {{0, at(600), {}, 3}}), at(600));
  EXPECT_EQ(mark.time(), at(600) - kLateness);
  EXPECT_FALSE(mark.covered("gone", 0, 0));
}

TEST(Watermark, knows_which_offsets_were_read) {
  Watermark mark(kLateness);
  mark.merge(batch_of(2, {{0, at(0), {}, 7}}), at(0));
  EXPECT_TRUE(mark.covered("events", 0, 6));
  EXPECT_FALSE(mark.covered("events", 0, 7));
  EXPECT_FALSE(mark.covered("events", 1, 0));
  EXPECT_FALSE(mark.covered("others", 0, 0));
}

TEST(Watermark, takes_no_state_whose_times_no_clock_can_say) {
  const auto restored = [](int64_t named_ms) {
    std::string bytes;
    core::ByteWriter out(bytes);
    out.varint(1);   // topics
    out.text("events");
    out.varint(1);
    out.zigzag(named_ms);
    out.varint(0);   // partitions
    for (int i = 0; i < 2; ++i) out.u8(0);
    core::ByteReader in(bytes);
    return Watermark(kLateness).restore(in) && in.at_end();
  };
  EXPECT_TRUE(restored(1'733'900'000'000));
  EXPECT_FALSE(restored(INT64_MAX));
  EXPECT_FALSE(restored(INT64_MIN));
}

History days(int first, int last) {
  const Timestamp begin(std::chrono::days(19'000));
  return {begin + std::chrono::days(first), begin + std::chrono::days(last)};
}

// In both orders.
int first_day_of(const History& one, const History& other) {
  History ab = one;
  ab.join(other);
  History ba = other;
  ba.join(one);
  EXPECT_EQ(ab.since, ba.since);
  EXPECT_EQ(ab.newest, ba.newest);
  EXPECT_EQ(ab.newest, std::max(one.newest, other.newest));
  return static_cast<int>((ab.since - days(0, 0).since) / std::chrono::days(1));
}

TEST(History, goes_through_breaks_of_eight_days) {
  EXPECT_EQ(first_day_of(days(0, 0), days(8, 9)), 0);
  EXPECT_EQ(first_day_of(days(0, 5), days(3, 4)), 0);
}

TEST(History, begins_anew_after_a_longer_break_unless_it_was_longer_than_that) {
  EXPECT_EQ(first_day_of(days(0, 0), days(9, 10)), 9);
  EXPECT_EQ(first_day_of(days(0, 5), days(14, 15)), 14);
  EXPECT_EQ(first_day_of(days(0, 10), days(20, 21)), 0);
  EXPECT_EQ(first_day_of(days(-18'000, -17'980), days(0, 1)), 0);
}

TEST(Watermark, keeps_the_history_of_a_topic_that_is_forgotten) {
  Watermark mark(kLateness);
  EXPECT_FALSE(mark.history().has_value());
  mark.merge(batch_of(1, {{0, at(0), {}, 1}}, "gone"), at(0));
  for (const int second : {300, 600, 900}) mark.merge(batch_of(1, {{0, at(second), {}, 1}}), at(second));
  EXPECT_FALSE(mark.covered("gone", 0, 0));
  EXPECT_EQ(mark.history()->since, at(0));
}

TEST(Reading, caps_an_event_by_the_clock_and_by_its_kafka_time) {
  Reading reading;
  reading.set_topics({{"events", 1}});
  const uint32_t origin = reading.origin(0, 0);
  EXPECT_FALSE(reading.newest(origin).has_value());
  reading.on_event(origin, at(900), std::nullopt, at(300));
  EXPECT_EQ(reading.newest(origin), at(300));
  reading.on_event(origin, at(900), at(400), at(800));
  EXPECT_EQ(reading.newest(origin), at(400));
  reading.on_event(origin, at(700), Timestamp{}, at(800));   // no Kafka time caps nothing
  EXPECT_EQ(reading.newest(origin), at(700));
  reading.on_event(origin, at(50), std::nullopt, at(800));
  EXPECT_EQ(reading.newest(origin), at(700));
  EXPECT_EQ(reading.oldest(origin), at(50));
}

TEST(Reading, names_every_topic_and_speaks_only_of_partitions_that_it_reads) {
  Reading reading;
  reading.set_topics({{"events", 3}, {"others", 2}});
  EXPECT_EQ(reading.topic_index("others"), 1u);
  EXPECT_EQ(reading.topic_index("unheard of"), 2u);
  const uint32_t first = reading.origin(0, 2);
  const uint32_t second = reading.origin(1, 0);
  EXPECT_EQ(reading.origin(0, 2), first);
  reading.on_offset(first, 8);
  reading.on_offset(first, 5);
  reading.on_caught_up(second, at(3));
  reading.on_missing({10}, {20});
  Batch batch;
  reading.write_to(batch);
  ASSERT_EQ(batch.topics.size(), 2u);
  EXPECT_EQ(batch.topics[1].name, "others");
  EXPECT_EQ(batch.topics[1].partitions, 2u);
  ASSERT_EQ(batch.progress.size(), 2u);
  EXPECT_EQ(batch.progress[0].next_offset, 8);
  EXPECT_EQ(batch.progress[1].caught_up_at, at(3));
  ASSERT_EQ(batch.missing.size(), 1u);
  reading.forget(first);
  reading.write_to(batch);
  ASSERT_EQ(batch.progress.size(), 1u);
  EXPECT_EQ(batch.progress[0].origin, second);
  EXPECT_EQ(batch.origins.size(), 2u);   // rows that are not sent yet may point to it
}

}  // namespace
}  // namespace insight::progress
