#include "app/state_reader.h"

#include <algorithm>
#include <vector>

#include "app/clock.h"

namespace insight::app {
namespace {

constexpr kafka::Milliseconds kAskTimeout{2000};
constexpr size_t kRecordsPerStep = 2000;
constexpr kafka::Milliseconds kStep{100};
constexpr std::chrono::seconds kPatience{30};

}  // namespace

kafka::Result<std::unique_ptr<StateReader>> StateReader::create(kafka::Cluster& cluster,
                                                                const kafka::ClientOptions& client,
                                                                const std::string& group, const std::string& topic) {
  kafka::Consumer::Options options;
  options.client = client;
  options.group = group;
  options.client.properties["isolation.level"] = "read_committed";
  options.client.properties["auto.offset.reset"] = "earliest";
  options.client.properties.try_emplace("fetch.wait.max.ms", "20");   // an empty partition is no reason to wait
  auto consumer = cluster.consumer(options);
  if (!consumer) return {std::nullopt, consumer.error};
  auto admin = cluster.admin(client);
  if (!admin) return {std::nullopt, admin.error};
  auto reader = std::make_unique<StateReader>(cluster, client, topic);
  reader->consumer_ = std::move(*consumer);
  reader->admin_ = std::move(*admin);
  return {std::move(reader), {}};
}

void StateReader::add(int32_t partition, int64_t from) {
  ends_[partition] = kEndUnknown;
  positions_[partition] = from;
  assigned_ = false;
}

void StateReader::remove(int32_t partition) {
  if (ends_.erase(partition) == 0) return;
  begins_.erase(partition);
  positions_.erase(partition);
  if (!ends_.empty()) return;
  assigned_ = false;
  finished_ = 0;
}

// Only what is assigned has a position that means anything.
int64_t StateReader::position_of(int32_t partition) const {
  const int64_t passed = assigned_ ? consumer_->position({topic_, partition}) : kafka::kOffsetInvalid;
  return std::max(positions_.at(partition), passed);
}

StateReader::Progress StateReader::progress() const {
  Progress progress{finished_, finished_};
  for (const auto& [partition, begin] : begins_) {
    progress.read += std::max(position_of(partition) - begin, int64_t{0});
    progress.total += ends_.at(partition) - begin;
  }
  return progress;
}

std::vector<StateReader::Behind> StateReader::behind() const {
  std::vector<Behind> behind;
  for (const auto& [partition, end] : ends_)
    if (end != kEndUnknown) behind.push_back({partition, std::max(position_of(partition), int64_t{0}), end});
  return behind;
}

void StateReader::assign() {
  std::vector<kafka::Assignment> assignment;
  for (const auto& [partition, position] : positions_) assignment.push_back({{topic_, partition}, position, false});
  assigned_ = !consumer_->assign(assignment);
}

// One question for all: a restore of many partitions must not take the time of as many questions.
void StateReader::ask_ends() {
  std::vector<kafka::TopicPartition> unknown;
  for (const auto& [partition, end] : ends_)
    if (end == kEndUnknown) unknown.push_back({topic_, partition});
  if (unknown.empty()) return;
  // After a leader's restart an admin client goes on asking with the epoch that it remembers, and is refused for as
  // long as it remembers (15 minutes): one that fails is replaced.
  if (!admin_) {
    auto admin = cluster_.admin(client_);
    if (!admin) return;
    admin_ = std::move(*admin);
  }
  const auto ranges = admin_->watermarks(unknown, kafka::Isolation::kReadUncommitted, kAskTimeout);
  if (!ranges) {
    admin_.reset();
    return;
  }
  for (size_t i = 0; i < unknown.size(); ++i) {
    const auto& [low, high] = (*ranges)[i];
    ends_[unknown[i].partition] = high;
    begins_[unknown[i].partition] = low;
    if (low == high) positions_[unknown[i].partition] = high;
  }
}

void StateReader::step(kafka::Milliseconds timeout, const RecordHandler& on_record, const DoneHandler& on_done) {
  ask_ends();
  std::vector<int32_t> done;
  const auto take_done = [&] {
    for (const auto& [partition, end] : ends_) {
      if (end != kEndUnknown && position_of(partition) >= end) done.push_back(partition);
    }
    for (const int32_t partition : done)
      if (ends_.contains(partition)) finished_ += ends_[partition] - begins_[partition];
    for (const int32_t partition : done) remove(partition);
  };
  take_done();
  const bool any_known = std::any_of(ends_.begin(), ends_.end(), [](const auto& e) { return e.second != kEndUnknown; });
  if (!ends_.empty() && any_known) {
    if (!assigned_) assign();
    consumer_->poll_batch(timeout, kRecordsPerStep, [&](const kafka::Message& message) {
      const auto at = positions_.find(message.partition);
      if (message.error != nullptr || at == positions_.end()) return;
      at->second = message.offset + 1;
      on_record(message.partition, message);
    });
    take_done();
  }
  if (ends_.empty() && !assigned_) assign();
  for (const int32_t partition : done) on_done(partition);
}

bool StateReader::read_all(const RecordHandler& on_record) {
  const SystemClock clock;
  auto last_news = clock.steady();
  while (!idle()) {
    step(
        kStep,
        [&](int32_t partition, const kafka::Message& record) {
          last_news = clock.steady();
          on_record(partition, record);
        },
        [&](int32_t) { last_news = clock.steady(); });
    if (clock.steady() - last_news > kPatience) return false;
  }
  return true;
}

}  // namespace insight::app
