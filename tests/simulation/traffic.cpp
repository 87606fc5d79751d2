#include "tests/simulation/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace insight::simulation {
namespace {

constexpr int kOutageMinutes = 30;
constexpr int kArmedAfter = 150;   // minutes until insights can open
constexpr size_t kEventsPerMessageMax = 4;
constexpr core::Duration kLateBy = std::chrono::minutes(45);

int poisson(Random& random, double mean) {
  const double end = std::exp(-mean);
  int count = 0;
  for (double product = random.uniform(); product > end; product *= random.uniform()) ++count;
  return count;
}

}  // namespace

Traffic::Traffic(const TrafficOptions& options)
    : options_(options), random_(options.seed), begin_(*core::parse_iso("2026-03-02T00:00:00Z")) {
  draw_apis();
  draw_incidents();
  draw_events();
}

void Traffic::draw_apis() {
  static constexpr const char* kSources[] = {"ec2", "s3", "kms", "iam", "sqs", "lambda"};
  for (int i = 0; i < options_.apis; ++i) {
    Api api;
    api.account = i % 3 == 2 ? "222222222222" : "111111111111";
    api.region = i % 4 == 3 ? "eu-west-1" : "us-east-1";
    api.source = fmt::format("{}.amazonaws.com", kSources[random_.below(std::size(kSources))]);
    api.name = fmt::format("Operation{}", i);
    api.read_only = random_.chance(0.2);
    api.level = static_cast<double>(random_.between(5, 30)) / 10;
    api.error_share = random_.chance(0.5) ? 0.02 : 0;
    if (i > 0 && random_.chance(0.15)) api.born = static_cast<int>(random_.between(0, options_.history_minutes));
    apis_.push_back(std::move(api));
  }
}

void Traffic::draw_incidents() {
  const int last = minutes() - options_.calm_minutes - 15;
  const int first = std::min(kArmedAfter, last - 1);
  for (int64_t n = random_.between(4, 12); n > 0; --n) {
    Incident incident;
    incident.api = random_.below(apis_.size());
    // Half of them while the daemon is live.
    const bool live = random_.chance(0.5) && last > options_.history_minutes;
    incident.first = static_cast<int>(random_.between(live ? options_.history_minutes : first, last));
    switch (random_.below(3)) {
      case 0:
        incident.kind = Incident::Kind::kBurst;
        incident.minutes = static_cast<int>(random_.between(1, 8));
        incident.factor = static_cast<double>(random_.between(10, 40));
        break;
      case 1:
        incident.kind = Incident::Kind::kSilence;
        incident.minutes = static_cast<int>(random_.between(10, 50));
        incident.factor = 0;
        break;
      default:
        incident.kind = Incident::Kind::kErrors;
        incident.minutes = static_cast<int>(random_.between(3, 12));
        break;
    }
    incidents_.push_back(incident);
  }
  if (options_.outage) outage_ = static_cast<int>(random_.between(first, last));
}

void Traffic::draw_events() {
  std::vector<Event> events;
  for (int minute = 0; minute < minutes(); ++minute) {
    if (outage_ >= 0 && minute >= outage_ && minute < outage_ + kOutageMinutes) continue;
    for (size_t api = 0; api < apis_.size(); ++api) draw_minute(api, minute, events);
  }
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.second < b.second; });
  deliver(events);
  for (Event& event : events) events_.push_back(std::move(event.json));
}

void Traffic::draw_minute(size_t index, int minute, std::vector<Event>& events) {
  const Api& api = apis_[index];
  if (minute < api.born) return;
  double mean = api.level;
  double error_share = api.error_share;
  for (const Incident& incident : incidents_) {
    if (incident.api != index || minute < incident.first || minute >= incident.first + incident.minutes) continue;
    if (incident.kind == Incident::Kind::kErrors)
      error_share = 0.8;
    else
      mean *= incident.factor;
  }
  for (int count = poisson(random_, mean); count > 0; --count) {
    const int64_t second = int64_t{minute} * 60 + random_.between(0, 59);
    events.push_back({second, render(api, second, random_.chance(error_share))});
  }
}

std::string Traffic::render(const Api& api, int64_t second, bool fails) {
  return fmt::format(
      R"({{"eventVersion":"1.09","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::{0}:user/{1}"}},)"
      R"("eventTime":"{2}","eventSource":"{3}","eventName":"{4}","awsRegion":"{5}","sourceIPAddress":"192.0.2.{6}",)"
      R"("userAgent":"agent-{7}",{8}"eventID":"event-{9}","readOnly":{10},"eventType":"AwsApiCall",)"
      R"("managementEvent":true,"recipientAccountId":"{0}","eventCategory":"Management"}})",
      api.account, random_.below(5), core::to_iso(begin_ + std::chrono::seconds(second)), api.source, api.name,
      api.region, random_.below(4), random_.below(3), fails ? R"("errorCode":"AccessDenied",)" : "", ++ids_,
      api.read_only);
}

void Traffic::deliver(const std::vector<Event>& events) {
  // By the time of arrival and the partition: those that come together share a message.
  struct Arrival {
    core::Timestamp at;
    int32_t partition;
    const std::string* json;
  };
  std::vector<Arrival> arrivals;
  // What was added later gets events from then on; so no event comes to a partition that is not there.
  const core::Timestamp added = epoch() + std::chrono::minutes(options_.eventful_minutes / 2);
  for (const Event& event : events) {
    int copies = 1;
    while (copies < 4 && random_.chance(options_.copies)) ++copies;
    for (; copies > 0; --copies) {
      core::Timestamp at =
          begin_ + std::chrono::seconds(event.second) + core::Duration(random_.between(0, options_.disorder.count()));
      if (random_.chance(options_.late)) at += kLateBy;
      const int32_t partitions =
          (at >= added ? options_.partitions_later : options_.partitions) - options_.empty_partitions;
      arrivals.push_back({at, static_cast<int32_t>(random_.below(static_cast<uint64_t>(partitions))), &event.json});
    }
  }
  std::stable_sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
  struct Message {
    std::string payload;
    size_t events = 0;
    core::Timestamp at;
  };
  std::vector<Message> open(static_cast<size_t>(std::max(options_.partitions, options_.partitions_later)));
  const auto close = [&](size_t partition) {
    Message& message = open[partition];
    if (message.events > 0)
      deliveries_.push_back({message.at, static_cast<int32_t>(partition), R"({"Records":[)" + message.payload + "]}"});
    message = {};
  };
  for (const Arrival& arrival : arrivals) {
    const auto partition = static_cast<size_t>(arrival.partition);
    Message& message = open[partition];
    const bool same_minute = message.events > 0 && core::minute_of(message.at) == core::minute_of(arrival.at);
    if (message.events >= kEventsPerMessageMax || !same_minute) close(partition);
    message.payload += (message.events++ > 0 ? "," : "") + *arrival.json;
    message.at = arrival.at;
  }
  for (size_t partition = 0; partition < open.size(); ++partition) close(partition);
  std::stable_sort(deliveries_.begin(), deliveries_.end(),
                   [](const Delivery& a, const Delivery& b) { return a.at < b.at; });
}

}  // namespace insight::simulation
