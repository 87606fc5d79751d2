#include "tests/integration/hanging_transactions.h"

#include <utility>

namespace insight::integration {
namespace {

// Ours are ended within ten.
constexpr std::chrono::seconds kHangsAfter{15};

}  // namespace

HangingTransactions::HangingTransactions(KafkaBroker& broker, const std::string& insights, const std::string& state,
                                         int32_t partitions)
    : broker_(broker), partitions_{{insights, 0}} {
  for (int32_t p = 0; p < partitions; ++p) partitions_.push_back({state, p});
}

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
