#include "app/state_reader.h"

#include <algorithm>
#include <vector>

namespace insight::app {
namespace {

constexpr kafka::Milliseconds kAskTimeout{2000};
constexpr size_t kRecordsPerStep = 2000;

}  // namespace

kafka::Result<std::unique_ptr<StateReader>> StateReader::create(const kafka::ClientOptions& client,
                                                                const std::string& group, const std::string& topic) {
  kafka::Consumer::Options options;
  options.client = client;
  options.group = group;
  options.client.properties["isolation.level"] = "read_committed";
  options.client.properties["auto.offset.reset"] = "earliest";
  options.client.properties.try_emplace("fetch.wait.max.ms", "20");   // an empty partition is no reason to wait
  auto consumer = kafka::Consumer::create(options);
  if (!consumer) return {std::nullopt, consumer.error};
  auto admin = kafka::Admin::create(client);
  if (!admin) return {std::nullopt, admin.error};
  auto reader = std::make_unique<StateReader>();
  reader->consumer_ = std::move(*consumer);
  reader->admin_ = std::move(*admin);
  reader->topic_ = topic;
  return {std::move(reader), {}};
}

void StateReader::add(int32_t partition) {
  ends_[partition] = kEndUnknown;
  positions_[partition] = kafka::kOffsetBeginning;
  assign();
}

void StateReader::remove(int32_t partition) {
  if (ends_.erase(partition) == 0) return;
  positions_.erase(partition);
  assign();
}

void StateReader::assign() {
  std::vector<kafka::Assignment> assignment;
  for (const auto& [partition, position] : positions_) assignment.push_back({{topic_, partition}, position, false});
  consumer_->assign(assignment);
}

void StateReader::step(kafka::Milliseconds timeout, const RecordHandler& on_record, const DoneHandler& on_done) {
  for (auto& [partition, end] : ends_) {
    if (end != kEndUnknown) continue;
    const auto range = admin_->watermarks({{topic_, partition}}, kafka::Isolation::kReadUncommitted, kAskTimeout);
    if (range) end = range->front().high;
  }
  consumer_->poll_batch(timeout, kRecordsPerStep, [&](const kafka::Message& message) {
    if (message.error != nullptr) return;
    const auto at = positions_.find(message.partition);
    if (at == positions_.end()) return;
    at->second = message.offset + 1;
    on_record(message.partition, message);
  });
  std::vector<int32_t> done;
  for (const auto& [partition, end] : ends_) {
    if (end == kEndUnknown) continue;
    const int64_t position = std::max(positions_[partition], consumer_->position({topic_, partition}));
    if (position >= end || end == 0) done.push_back(partition);
  }
  for (const int32_t partition : done) {
    remove(partition);
    on_done(partition);
  }
}

}  // namespace insight::app
