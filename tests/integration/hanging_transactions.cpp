#include "tests/integration/hanging_transactions.h"

#include <utility>

namespace insight::integration {
namespace {

// Ours are ended within ten.
constexpr std::chrono::seconds kHangsAfter{15};

}  // namespace

HangingTransactions::HangingTransactions(KafkaBroker& broker, std::vector<kafka::TopicPartition> partitions)
    : broker_(broker), partitions_(std::move(partitions)) {}

std::optional<std::map<kafka::TopicPartition, int64_t>> HangingTransactions::open() {
  const auto written = broker_.admin().watermarks(partitions_, kafka::Isolation::kReadUncommitted, kPatience);
  const auto settled = broker_.admin().watermarks(partitions_, kafka::Isolation::kReadCommitted, kPatience);
  if (!written || !settled) return std::nullopt;
  std::map<kafka::TopicPartition, int64_t> open;
  for (size_t i = 0; i < partitions_.size(); ++i)
    if ((*settled)[i].high < (*written)[i].high) open[partitions_[i]] = (*settled)[i].high;
  return open;
}

void HangingTransactions::end() {
  const auto now = std::chrono::steady_clock::now();
  if (looked_ && now - *looked_ < kHangsAfter) return;
  auto found = open();
  if (!found) return;
  looked_ = now;
  for (const auto& [partition, begin] : *found) {
    const auto before = standing_.find(partition);
    if (before != standing_.end() && before->second == begin) ended_ += broker_.abort_transactions(partition);
  }
  standing_ = std::move(*found);
}

}  // namespace insight::integration
