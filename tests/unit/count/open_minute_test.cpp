#include "count/open_minute.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "count/signature_slots.h"
#include "route/batch_builder.h"

namespace insight::count {
namespace {

// Ids are hashes: spread over all bits.
uint64_t id_of(uint64_t call) { return call * 0x9e3779b97f4a7c15ULL; }

std::map<uint32_t, uint64_t> counts_of(const OpenMinute& minute) {
  std::map<uint32_t, uint64_t> counts;
  minute.for_each([&](uint32_t slot, uint64_t calls) { counts[slot] = calls; });
  return counts;
}

TEST(OpenMinute, counts_each_call_once_under_its_slot_with_its_weight) {
  OpenMinute minute({5});
  EXPECT_TRUE(minute.add(id_of(1), 0, 1));
  EXPECT_FALSE(minute.add(id_of(1), 0, 1));
  EXPECT_TRUE(minute.add(id_of(2), 3, 40));
  EXPECT_EQ(counts_of(minute), (std::map<uint32_t, uint64_t>{{0, 1}, {3, 40}}));
  EXPECT_TRUE(minute.holds(3));
  EXPECT_FALSE(minute.holds(2));
  EXPECT_FALSE(minute.thinned());
}

TEST(OpenMinute, past_a_million_ids_keeps_half_and_stays_within_its_stated_error) {
  OpenMinute minute({5});
  constexpr uint64_t kCalls = 3'000'000;
  for (uint64_t call = 0; call < kCalls; ++call) minute.add(id_of(call), static_cast<uint32_t>(call % 3), 1);
  EXPECT_TRUE(minute.thinned());
  uint64_t total = 0;
  for (const auto& [slot, calls] : counts_of(minute)) total += calls;
  EXPECT_NEAR(static_cast<double>(total), kCalls, 4 * 0.0015 * kCalls);
}

TEST(OpenMinute, tells_once_that_calls_came) {
  OpenMinute minute({5});
  EXPECT_FALSE(minute.take_changed());
  minute.add(id_of(1), 0, 1);
  EXPECT_TRUE(minute.take_changed());
  EXPECT_FALSE(minute.take_changed());
  minute.add(id_of(1), 0, 1);   // a duplicate changes nothing
  EXPECT_FALSE(minute.take_changed());
}

// A slot whose calls were all thinned out is still in use: it must be given back once, when the minute closes.
TEST(OpenMinute, tells_of_every_slot_that_it_ever_used) {
  OpenMinute minute({5});
  minute.add(UINT64_MAX, 7, 1);   // of the half that goes first
  for (uint64_t call = 0; call <= CallIds::kKeptMax; ++call) minute.add(id_of(call), 0, 1);
  ASSERT_TRUE(minute.thinned());
  EXPECT_FALSE(counts_of(minute).contains(7));
  EXPECT_TRUE(minute.holds(7));
  std::vector<uint32_t> used;
  minute.for_each_slot([&](uint32_t slot) { used.push_back(slot); });
  EXPECT_EQ(used, (std::vector<uint32_t>{0, 7}));
}

class Slots : public testing::Test {
 protected:
  uint32_t slot_of(const std::string& principal, const std::string& error = "") {
    core::CallEvent event;
    event.principal = principal;
    event.error_code = error;
    const uint32_t signature = builder_.intern(event, {.call_rate = true, .error_rate = true});
    return slots_.slot_of(builder_.batch(), builder_.batch().signatures[signature]);
  }

  route::BatchBuilder builder_;
  SignatureSlots slots_;
};

TEST_F(Slots, are_the_same_for_the_same_signature_of_another_batch) {
  const uint32_t one = slot_of("p");
  slots_.retain(one);
  builder_.clear();
  slot_of("other");
  EXPECT_EQ(slot_of("p"), one);
  EXPECT_EQ(slots_.at(one).values[0], "p");
  EXPECT_NE(slot_of("p", "AccessDenied"), one);
}

TEST_F(Slots, are_used_again_when_their_last_minute_closes) {
  const uint32_t one = slot_of("p");
  slots_.retain(one);
  slots_.retain(one);
  slots_.release(one);
  EXPECT_EQ(slot_of("p"), one);
  EXPECT_EQ(slots_.size(), 1u);
  slots_.release(one);
  EXPECT_EQ(slots_.size(), 0u);
  EXPECT_EQ(slot_of("q"), one);
  EXPECT_EQ(slots_.at(one).values[0], "q");
}

TEST_F(Slots, keep_nothing_of_the_signature_before) {
  const uint32_t one = slot_of("p", "AccessDenied");
  slots_.retain(one);
  slots_.release(one);
  ASSERT_EQ(slot_of("q"), one);
  EXPECT_EQ(slots_.at(one).error_code(), "");
}

// More than the few whose memory is kept, so that both ways of giving a slot back are taken.
TEST_F(Slots, come_and_go_in_any_number) {
  for (int round = 0; round < 3; ++round) {
    std::map<std::string, uint32_t> taken;
    for (int i = 0; i < 300; ++i) {
      const std::string principal = "p" + std::to_string(round * 1000 + i);
      taken[principal] = slot_of(principal);
      slots_.retain(taken[principal]);
    }
    for (const auto& [principal, slot] : taken) {
      ASSERT_EQ(slot_of(principal), slot);
      ASSERT_EQ(slots_.at(slot).values[0], principal);
    }
    for (const auto& [principal, slot] : taken) slots_.release(slot);
    ASSERT_EQ(slots_.size(), 0u);
  }
}

TEST_F(Slots, made_for_duplicates_alone_are_swept) {
  const uint32_t kept = slot_of("p");
  slots_.retain(kept);
  slot_of("duplicate");
  slots_.sweep();
  EXPECT_EQ(slots_.size(), 1u);
  EXPECT_EQ(slot_of("p"), kept);
}

TEST_F(Slots, of_a_flood_of_principals_are_bounded_and_still_tell_success_from_failure) {
  for (size_t i = 0; i < SignatureSlots::kSlotsMax + 1000; ++i) slots_.retain(slot_of("p" + std::to_string(i)));
  EXPECT_LE(slots_.size(), SignatureSlots::kSlotsMax + 1);
  const uint32_t other = slot_of("yet another");
  EXPECT_EQ(slots_.at(other).values[0], "(other)");
  EXPECT_EQ(slots_.at(other).error_code(), "");
  EXPECT_NE(slots_.at(slot_of("yet another", "AccessDenied")).error_code(), "");
}

}  // namespace
}  // namespace insight::count
