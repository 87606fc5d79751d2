// Fills a topic with CloudTrail records for the end-to-end benchmark: real records, repeated in their order, each with
// an id of its own and a time that advances evenly over the minutes asked for. The same options give the same records.
//
// usage: load_kafka --bootstrap HOST:PORT --topic TOPIC [--messages 2000000] [--minutes 240] [--partitions 4]
//                   [--duplicates PERCENT] [--records FOLDER] [--until EPOCH_SECONDS]
//   --records      CloudTrail log files to take records from; without it one record of our own is repeated
//   --apis         event names of our own record, each call one of them in turn; default 1, its own
//   --duplicates   how many of a hundred messages are sent a second time, a thousand messages later
//   --first        number of the first record, which its id and API come from
//   --more         the topic may be there
//   --until        event time of the last record; default: now
#include <simdjson.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <string>
#include <vector>

#include "kafka/cluster.h"
#include "kafka/producer.h"
#include "tests/benchmarks/log_files.h"

namespace {

using namespace insight;

constexpr size_t kTimeLength = 20;  // 2024-12-11T16:52:07Z
constexpr size_t kIdLength = 36;    // a UUID
constexpr std::string_view kOwnName = "CreateTags";
constexpr uint64_t kDuplicateDistance = 1000;

// A record's text, and where in it the two values are that every message has of its own.
struct Template {
  std::string text;
  size_t time_at = 0;
  size_t id_at = 0;
};

// The record as a template; empty text when its time or id has another length than usual.
Template make_template(std::string_view record, std::string_view time, std::string_view id) {
  if (time.size() != kTimeLength || id.size() != kIdLength) return {};
  const std::string text(record);
  return {text, static_cast<size_t>(time.data() - record.data()), static_cast<size_t>(id.data() - record.data())};
}

// A string value as it stands in the document.
std::string_view raw_text(simdjson::ondemand::object& record, const char* name) {
  simdjson::ondemand::raw_json_string raw;
  if (record[name].get_raw_json_string().get(raw) != simdjson::SUCCESS) return {};
  const char* from = raw.raw();
  return {from, static_cast<size_t>(std::strchr(from, '"') - from)};
}

std::vector<Template> read_templates(const std::string& folder) {
  std::vector<Template> templates;
  simdjson::ondemand::parser parser;
  std::string raw;
  std::string text;
  for (const auto& path : yardstick::log_files(folder)) {
    yardstick::read_log_file(path, raw, text);
    text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    auto document = parser.iterate(text);
    for (simdjson::ondemand::object record : document["Records"]) {
      const std::string_view time = raw_text(record, "eventTime");
      const std::string_view id = raw_text(record, "eventID");
      record.reset();
      const std::string_view whole = record.raw_json();
      Template made = make_template(whole, time, id);
      if (!made.text.empty()) templates.push_back(std::move(made));
    }
  }
  // Files are unordered; events come about in the order of their times.
  std::stable_sort(templates.begin(), templates.end(), [](const Template& a, const Template& b) {
    return a.text.compare(a.time_at, kTimeLength, b.text, b.time_at, kTimeLength) < 0;
  });
  return templates;
}

Template own_template() {
  const std::string record =
      R"({"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:load","arn":)"
      R"("arn:aws:sts::111122223333:assumed-role/load/worker","accountId":"111122223333"},"eventTime":)"
      R"("2024-12-11T16:52:07Z","eventSource":"ec2.amazonaws.com","eventName":"CreateTags","awsRegion":"us-east-1",)"
      R"("sourceIPAddress":"198.51.100.7","userAgent":"aws-cli/2.15","requestParameters":{"resourcesSet":{"items":)"
      R"([{"resourceId":"i-0123456789abcdef0"}]}},"responseElements":{"_return":true},"readOnly":false,"eventID":)"
      R"("00000000-0000-4000-8000-000000000000","eventType":"AwsApiCall","managementEvent":true,)"
      R"("recipientAccountId":"111122223333","eventCategory":"Management"})";
  const auto at = [&](const char* value, size_t length) {
    return std::string_view(record).substr(record.find(value), length);
  };
  return make_template(record, at("2024-12-11T", kTimeLength), at("00000000-0000", kIdLength));
}

void write_time(std::string& text, size_t at, std::time_t seconds) {
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[kTimeLength + 1];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &parts);
  text.replace(at, kTimeLength, buffer, kTimeLength);
}

// Ids differ in all their bytes, as real ones do.
uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15ull;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

// One of `apis` names, all met in turn, in an order that neighbours in time do not show.
void write_name(std::string& text, uint64_t number, uint64_t apis) {
  constexpr uint64_t kStride = 7919;   // a prime
  const std::string digits = std::to_string(number * kStride % apis);
  const std::string name = "Api" + std::string(kOwnName.size() - 3 - digits.size(), '0') + digits;
  text.replace(text.find("\"eventName\":\"") + 13, name.size(), name);
}

void write_id(std::string& text, size_t at, uint64_t number) {
  const uint64_t high = mix(number);
  const uint64_t low = mix(high ^ number);
  char buffer[kIdLength + 1];
  std::snprintf(buffer, sizeof buffer, "%08x-%04x-4%03x-8%03x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16) & 0xffff, static_cast<unsigned>(high) & 0xfff,
                static_cast<unsigned>(low >> 52) & 0xfff, static_cast<unsigned long long>(low) & 0xffffffffffffull);
  text.replace(at, kIdLength, buffer, kIdLength);
}

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "load_kafka: %s\n", what.c_str());
  std::exit(1);
}

void send(kafka::Producer& producer, const std::string& topic, int32_t partition, std::string_view payload) {
  for (;;) {
    kafka::Error error;
    const auto result = producer.produce({topic, partition, "", payload, 0, {}}, 0, &error);
    if (result == kafka::Produced::kQueued) return;
    if (result == kafka::Produced::kRefused) fail(kafka::to_string(error));
    producer.poll(std::chrono::milliseconds(100));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  std::string bootstrap;
  std::string topic;
  std::string folder;
  uint64_t messages = 2000000;
  int64_t minutes = 240;
  int32_t partitions = 4;
  uint64_t duplicates = 0;
  uint64_t apis = 1;
  uint64_t first = 0;
  bool more = false;
  std::time_t until = std::time(nullptr);
  CLI::App app("Fills a topic with CloudTrail records");
  app.add_option("--bootstrap", bootstrap)->required();
  app.add_option("--topic", topic)->required();
  app.add_option("--messages", messages)->check(CLI::PositiveNumber);
  app.add_option("--minutes", minutes)->check(CLI::PositiveNumber);
  app.add_option("--partitions", partitions)->check(CLI::PositiveNumber);
  app.add_option("--duplicates", duplicates)->check(CLI::Range(0, 100));
  app.add_option("--records", folder)->check(CLI::ExistingDirectory);
  app.add_option("--apis", apis)->check(CLI::Range(1, 9'999'999))->excludes("--records");
  app.add_option("--first", first);
  app.add_flag("--more", more);
  app.add_option("--until", until);
  CLI11_PARSE(app, argc, argv);

  std::vector<Template> templates;
  if (!folder.empty()) templates = read_templates(folder);
  if (templates.empty()) templates.push_back(own_template());

  kafka::ClientOptions options;
  options.bootstrap_servers = bootstrap;
  options.properties = {{"compression.type", "lz4"}, {"linger.ms", "50"}, {"batch.num.messages", "10000"}};
  auto admin = kafka::LibrdkafkaCluster().admin(options);
  if (!admin) fail(kafka::to_string(admin.error));
  const auto made = (*admin)->ensure_topic(topic, partitions, 1, {}, std::chrono::seconds(30));
  if (!made) fail(kafka::to_string(made.error));
  if (!made->created && !more) fail("the topic exists already: " + topic);
  auto producer = kafka::LibrdkafkaCluster().producer(options, nullptr);
  if (!producer) fail(kafka::to_string(producer.error));

  struct Again {
    uint64_t due;
    std::string payload;
  };
  std::deque<Again> again;
  uint64_t sent = 0;
  uint64_t bytes = 0;
  for (uint64_t number = first; sent < messages; ++number) {
    Template& record = templates[number % templates.size()];
    const auto seconds = static_cast<std::time_t>(static_cast<double>(minutes * 60) * static_cast<double>(sent) /
                                                  static_cast<double>(messages));
    write_time(record.text, record.time_at, until - minutes * 60 + seconds);
    write_id(record.text, record.id_at, number);
    if (apis > 1) write_name(record.text, number, apis);
    send(**producer, topic, static_cast<int32_t>(mix(sent) % static_cast<uint64_t>(partitions)), record.text);
    bytes += record.text.size();
    ++sent;
    if (mix(number) % 100 < duplicates) again.push_back({number + kDuplicateDistance, record.text});
    while (!again.empty() && again.front().due <= number && sent < messages) {
      send(**producer, topic, static_cast<int32_t>(mix(sent) % static_cast<uint64_t>(partitions)),
           again.front().payload);
      bytes += again.front().payload.size();
      again.pop_front();
      ++sent;
    }
    if (number % 1000 == 0) (*producer)->poll(std::chrono::milliseconds(0));
  }
  if (!(*producer)->flush(std::chrono::minutes(5)) || (*producer)->failed() > 0) fail("not everything was delivered");
  std::printf("messages: %llu\nbytes: %llu\ntemplates: %zu\n", static_cast<unsigned long long>(sent),
              static_cast<unsigned long long>(bytes), templates.size());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "load_kafka: %s\n", error.what());
  return 1;
}
