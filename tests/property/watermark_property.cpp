#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "progress/watermark.h"

namespace insight::progress {
namespace {

using core::Timestamp;
using std::chrono::seconds;

constexpr uint32_t kPartitions = 3;
constexpr core::Duration kLateness = std::chrono::minutes(10);

Timestamp at(int second) { return Timestamp(seconds(1'733'900'000 + second)); }

// What one intake says of one partition in one batch, and when the broker took it.
struct Statement {
  bool second_topic = false;
  uint32_t partition = 0;
  std::optional<Timestamp> newest, oldest, caught_up_at;
  int64_t next_offset = 0;
  int seconds_later = 0;

  // `all_topics`: names both, as intake does; else the second is first heard of when it is spoken of.
  core::Batch batch(bool all_topics = false) const {
    core::Batch batch;
    batch.topics.push_back({"events", kPartitions});
    if (second_topic || all_topics) batch.topics.push_back({"others", kPartitions});
    batch.origins.push_back({second_topic ? 1u : 0u, partition});
    batch.progress.push_back({0, next_offset, newest, oldest, oldest, caught_up_at});
    return batch;
  }
};

std::optional<Timestamp> some_time() {
  if (*rc::gen::inRange(0, 3) == 0) return std::nullopt;
  return at(*rc::gen::inRange(0, 5000));
}

std::vector<Statement> some_statements() {
  std::vector<Statement> all(static_cast<size_t>(*rc::gen::inRange(1, 40)));
  for (Statement& said : all) {
    said.second_topic = *rc::gen::inRange(0, 5) == 0;
    said.partition = static_cast<uint32_t>(*rc::gen::inRange(0, static_cast<int>(kPartitions)));
    said.newest = some_time();
    said.oldest = said.newest ? std::optional(*said.newest - seconds(*rc::gen::inRange(0, 100))) : std::nullopt;
    said.caught_up_at = some_time();
    said.next_offset = *rc::gen::inRange(0, 1000);
    said.seconds_later = *rc::gen::inRange(0, 90);
  }
  return all;
}

std::string bytes_of(const Watermark& mark) {
  std::string bytes;
  core::ByteWriter out(bytes);
  mark.persist(out);
  return bytes;
}

RC_GTEST_PROP(WatermarkProperty, merging_does_not_depend_on_order, ()) {
  const auto statements = some_statements();
  auto shuffled = statements;
  const auto turn = static_cast<size_t>(*rc::gen::inRange(0, static_cast<int>(shuffled.size())));
  std::rotate(shuffled.begin(), shuffled.begin() + static_cast<std::ptrdiff_t>(turn), shuffled.end());
  if (*rc::gen::arbitrary<bool>()) std::reverse(shuffled.begin(), shuffled.end());
  Watermark one(kLateness);
  Watermark other(kLateness);
  for (const auto& said : statements) one.merge(said.batch(true), at(5000));
  for (const auto& said : shuffled) other.merge(said.batch(true), at(5000));
  RC_ASSERT(bytes_of(one) == bytes_of(other));
}

RC_GTEST_PROP(WatermarkProperty, saying_it_again_changes_nothing, ()) {
  Watermark mark(kLateness);
  const auto statements = some_statements();
  for (const auto& said : statements) mark.merge(said.batch(), at(5000));
  const std::string before = bytes_of(mark);
  for (const auto& said : statements) mark.merge(said.batch(), at(5000));
  RC_ASSERT(bytes_of(mark) == before);
}

RC_GTEST_PROP(WatermarkProperty, never_goes_back_and_never_passes_the_newest_event, ()) {
  Watermark mark(kLateness);
  std::optional<Timestamp> before;
  int now = 0;
  for (const auto& said : some_statements()) {
    now += said.seconds_later;
    mark.merge(said.batch(), at(now));
    if (before) RC_ASSERT(mark.time().has_value() && *mark.time() >= *before);
    before = mark.time();
    if (!before) continue;
    RC_ASSERT(mark.newest().has_value());
    RC_ASSERT(*before <= *mark.newest() - kLateness);
  }
}

// A partition that is not caught up holds the watermark at its newest event, whatever the others do.
RC_GTEST_PROP(WatermarkProperty, waits_for_every_partition_that_has_something_left, ()) {
  Watermark mark(kLateness);
  std::optional<Timestamp> slow;
  int now = 0;
  for (Statement said : some_statements()) {
    said.second_topic = false;
    if (said.partition == 1) {
      said.caught_up_at.reset();
      if (said.newest && (!slow || *said.newest > *slow)) slow = said.newest;
    }
    now += said.seconds_later;
    mark.merge(said.batch(), at(now));
    if (!slow)
      RC_ASSERT(!mark.time().has_value());
    else if (mark.time())
      RC_ASSERT(*mark.time() <= *slow - kLateness);
  }
}

RC_GTEST_PROP(WatermarkProperty, goes_on_after_a_restore_as_if_nothing_had_been, ()) {
  const auto statements = some_statements();
  const auto crash = static_cast<size_t>(*rc::gen::inRange(0, static_cast<int>(statements.size())));
  Watermark steady(kLateness);
  Watermark crashed(kLateness);
  int now = 0;
  for (size_t i = 0; i < statements.size(); ++i) {
    now += statements[i].seconds_later;
    steady.merge(statements[i].batch(), at(now));
    crashed.merge(statements[i].batch(), at(now));
    if (i == crash) {
      const std::string bytes = bytes_of(crashed);
      crashed = Watermark(kLateness);
      core::ByteReader in(bytes);
      RC_ASSERT(crashed.restore(in));
      RC_ASSERT(in.at_end());
    }
    RC_ASSERT(bytes_of(crashed) == bytes_of(steady));
  }
}

}  // namespace
}  // namespace insight::progress
