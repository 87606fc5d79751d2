#include "tests/integration/daemon_fixture.h"

#include <stdlib.h>

#include <functional>
#include <iostream>
#include <numeric>

#include "core/time.h"

namespace insight::integration {
namespace {

constexpr size_t kLogTail = 6000;

std::string tail(const std::string& text) {
  return text.size() > kLogTail ? text.substr(text.size() - kLogTail) : text;
}

}  // namespace

KafkaBroker& daemon_broker() {
  // Trails have events of the past, and their Kafka timestamps: nothing is deleted for its age.
  static KafkaBroker broker(kafka::Properties{{"log.retention.ms", "-1"}});
  return broker;
}

void replace_in(std::string& text, const std::string& what, const std::string& by) {
  const size_t at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("there is no `" + what + "` in the configuration");
  text.replace(at, what.size(), by);
}

std::string iso(int64_t time_ms) { return core::to_iso(core::Timestamp(core::Duration(time_ms))); }

OnDaemon::OnDaemon() {
  name_ = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::replace(name_.begin(), name_.end(), '/', '_');
  std::string pattern = (std::filesystem::temp_directory_path() / "insight-daemon-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
}

OnDaemon::~OnDaemon() {
  if (HasFailure())
    for (const auto& log : logs_) std::cerr << "---- end of " << log.filename() << "\n" << tail(read_file(log)) << "\n";
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

KafkaBroker& OnDaemon::broker() { return daemon_broker(); }

std::string OnDaemon::config_text(const std::string& more, const kafka::Properties& properties) {
  std::string text = "kafka:\n  bootstrap_servers: " + broker().address() + "\n  consumer_group: " + name_ +
                     "\n  topics:\n    events: [" + topic("events") + "]\n    calls: " + topic("calls") +
                     "\n    state: " + topic("state") + "\n    insights: " + topic("insights") +
                     "\n  partitions: " + std::to_string(kCallsPartitions) + "\n  properties:\n";
  // Quick heartbeats make quick rebalances.
  kafka::Properties all = {
      {"heartbeat.interval.ms", "300"}, {"session.timeout.ms", "6000"}, {"reconnect.backoff.max.ms", "500"}};
  for (const auto& [name, value] : properties) all[name] = value;
  for (const auto& [name, value] : all) text += "    " + name + ": \"" + value + "\"\n";
  return text + "admin:\n  listen: 127.0.0.1:0\n" + more;
}

std::filesystem::path OnDaemon::configure(const std::string& more, const kafka::Properties& properties) {
  config_ = folder_ / "insightd.yaml";
  write_file(config_, config_text(more, properties));
  return config_;
}

void OnDaemon::create_events(int32_t partitions) { broker().create_topic(topic("events"), partitions); }

std::unique_ptr<Daemon> OnDaemon::start_daemon(const std::string& name) {
  const auto log = folder_ / (name + ".log");
  if (std::find(logs_.begin(), logs_.end(), log) == logs_.end()) logs_.push_back(log);
  return std::make_unique<Daemon>(config_, log);
}

void OnDaemon::produce(const std::vector<TrailMessage>& messages) {
  auto producer = kafka::LibrdkafkaCluster().producer(broker().client({{"linger.ms", "5"}}), nullptr);
  if (!producer) throw std::runtime_error(kafka::to_string(producer.error));
  const std::string events = topic("events");
  for (const TrailMessage& message : messages) {
    kafka::Record record;
    record.topic = events;
    record.partition = message.partition;
    record.payload = message.payload;
    record.timestamp_ms = message.time_ms;
    for (;;) {
      kafka::Error why;
      const auto produced = (*producer)->produce(record, 0, &why);
      if (produced == kafka::Produced::kQueued) break;
      if (produced == kafka::Produced::kRefused) throw std::runtime_error(kafka::to_string(why));
      (*producer)->poll(milliseconds(100));
    }
  }
  if (!(*producer)->flush(kPatience) || (*producer)->failed() > 0) throw std::runtime_error("messages not delivered");
}

double OnDaemon::sum_of(const std::vector<Daemon*>& daemons, const std::string& metric) {
  return std::accumulate(daemons.begin(), daemons.end(), 0.0,
                         [&](double sum, Daemon* daemon) { return sum + daemon->metric_sum(metric); });
}

bool OnDaemon::hold_everything(const std::vector<Daemon*>& daemons) {
  double detecting = 0;
  for (Daemon* daemon : daemons) {
    if (!daemon->ready()) return false;
    detecting += daemon->metric("insight_partitions_assigned{stage=\"detect\"}").value_or(0);
  }
  return detecting == kCallsPartitions;
}

std::vector<int64_t> OnDaemon::committed(const std::string& stage, const std::string& of, int32_t partitions) {
  return broker().committed_offsets(group(stage), topic(of), partitions);
}

std::vector<int64_t> OnDaemon::ends(const std::string& of, int32_t partitions) {
  return broker().ends(topic(of), partitions);
}

bool OnDaemon::reached(const std::string& stage, const std::string& of, const std::vector<int64_t>& until) {
  return eventually([&] {
    look_after_broker();
    const auto now = committed(stage, of, static_cast<int32_t>(until.size()));
    return std::equal(now.begin(), now.end(), until.begin(), std::greater_equal<>());
  });
}

bool OnDaemon::all_read() { return reached("intake", "events", ends("events", kInputPartitions)); }

// Intake commits after its batches, and what they say of progress, are in the calls topic: what is there by then
// is all there is.
bool OnDaemon::all_judged(int32_t calls_partitions) {
  return all_read() && reached("detect", "calls", ends("calls", calls_partitions));
}

Lines OnDaemon::replay(const std::string& ndjson) {
  const auto input = folder_ / "trail.ndjson";
  const auto output = folder_ / "replay.jsonl";
  write_file(input, ndjson);
  const auto result =
      run_insightd({"replay", "--config", config_.string(), "--output", output.string(), input.string()}, folder_);
  if (result.status != 0) throw std::runtime_error("replay failed: " + result.error);
  return split_lines(read_file(output));
}

void OnDaemon::expect_as_replayed(const Trail& trail, size_t insights_min) {
  const std::string until = iso(trail.decided_until_ms);
  const Lines replayed = decided_before(replay(trail.ndjson), until);
  const Lines seen = decided_before(insights(), until);
  EXPECT_GE(replayed.size(), insights_min) << "the trail should hold more";
  EXPECT_EQ(difference(seen, replayed), "");
  std::cout << "[ insights ] " << seen.size() << " of " << trail.records << " records\n";
}

void OnDaemon::leave_open_transaction(const std::string& state_topic) {
  auto left = kafka::LibrdkafkaCluster().transactional_producer(broker().client(), group("state"));
  ASSERT_TRUE(left) << kafka::to_string(left.error);
  ASSERT_TRUE((*left)->init_transactions(kPatience).ok());
  ASSERT_TRUE((*left)->begin().ok());
  kafka::Record record;
  record.topic = state_topic;
  record.partition = 0;
  record.key = "meta";
  record.payload = "half a record";
  ASSERT_TRUE((*left)->produce(record, kPatience).ok());
  ASSERT_TRUE(eventually([&] {
    (*left)->poll();
    const auto range =
        broker().admin().watermarks({{state_topic, 0}}, kafka::Isolation::kReadUncommitted, milliseconds(1000));
    return range && range->front().high > 0;  // a new topic's leaders are not known at once
  }));
}

}  // namespace insight::integration
