// How long decoding takes, per record and per byte, against the least that has to be done (decode_yardstick.h).
//
//     decode_bench [--benchmark_…] [FILE.json.gz…]
//
// Measures the records of CloudTrail log files, or of a made-up one when none is named.
#include <benchmark/benchmark.h>
#include <zlib.h>

#include <cstdio>
#include <string>
#include <vector>

#include "decode/decoder.h"
#include "tests/benchmarks/decode_yardstick.h"

namespace {

using insight::decode::Decoder;
using insight::decode::EventSink;
using insight::decode::RecordIndex;

struct Inputs {
  std::vector<std::string> records;   // one a message
  std::string log_file;               // all in one {"Records":[…]}
  std::string lines;                  // one a line
  std::string log_events;             // all in one CloudWatch Logs message
  size_t bytes = 0;
};

Inputs& inputs() {
  static Inputs instance;
  return instance;
}

class Count final : public EventSink {
 public:
  void on_event(const insight::core::CallEvent& event, RecordIndex) override {
    ++events;
    bytes += event.api.name.size() + event.principal.size();
  }
  void on_error(insight::core::DropReason, RecordIndex, std::string_view) override { ++errors; }
  size_t events = 0;
  size_t errors = 0;
  size_t bytes = 0;
};

std::string read_gzip(const char* path) {
  std::string text;
  gzFile file = gzopen(path, "rb");
  if (!file) return text;
  char buffer[1 << 16];
  for (int length; (length = gzread(file, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(length));
  gzclose(file);
  return text;
}

// The top-level elements of the first array in `text`; good JSON only.
void split_records(const std::string& text, std::vector<std::string>& records) {
  int depth = 0;
  bool in_string = false;
  size_t begin = 0;
  for (size_t i = text.find('[') + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' && depth++ == 0) {
      begin = i;
    } else if (c == '}' && --depth == 0) {
      records.push_back(text.substr(begin, i + 1 - begin));
    }
  }
}

std::string made_up_record(int number) {
  return R"({"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:alice","arn":"arn:aws:sts::123456789012:assumed-role/Admin/alice",)"
         R"("accountId":"123456789012","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::123456789012:role/Admin",)"
         R"("accountId":"123456789012","userName":"Admin"},"webIdFederationData":{},"attributes":{"creationDate":"2024-12-11T16:00:00Z","mfaAuthenticated":"false"}}},)"
         R"("eventTime":"2024-12-11T16:52:07Z","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1",)"
         R"("userAgent":"aws-cli/2.15.0 Python/3.11.6 Linux/6.1","requestParameters":{"instancesSet":{"items":[{"imageId":"ami-0123456789abcdef0","minCount":1,"maxCount":1}]},)"
         R"("instanceType":"t3.micro","monitoring":{"enabled":false}},"responseElements":null,"requestID":"0a1b2c3d-0000-4000-8000-000000000000",)"
         R"("eventID":"293ba626-3be5-4a26-ab1b-)" +
         std::to_string(100000000000 + number) +
         R"(","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management",)"
         R"("tlsDetails":{"tlsVersion":"TLSv1.2","cipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","clientProvidedHostHeader":"ec2.us-east-1.amazonaws.com"}})";
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

void prepare(int count, char** paths) {
  Inputs& all = inputs();
  for (int i = 0; i < count; ++i) split_records(read_gzip(paths[i]), all.records);
  if (all.records.empty())
    for (int i = 0; i < 3000; ++i) all.records.push_back(made_up_record(i));
  all.log_file = R"({"Records":[)";
  all.log_events = R"({"messageType":"DATA_MESSAGE","logEvents":[)";
  for (const std::string& record : all.records) {
    all.bytes += record.size();
    const char* comma = &record == &all.records.front() ? "" : ",";
    all.log_file += comma + record;
    all.lines += record + '\n';
    all.log_events += std::string(comma) + R"({"id":"1","timestamp":1,"message":)" + quoted(record) + "}";
  }
  all.log_file += "]}";
  all.log_events += "]}";
}

void report(benchmark::State& state) {
  const auto records = static_cast<double>(inputs().records.size());
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(inputs().bytes));
  state.counters["per_record"] =
      benchmark::Counter(records, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void yardstick(benchmark::State& state) {
  insight::benchmarks::Yardstick yardstick;
  for (auto _ : state)
    for (const std::string& record : inputs().records) benchmark::DoNotOptimize(yardstick.read(record));
  report(state);
}
BENCHMARK(yardstick)->Unit(benchmark::kMicrosecond);

void one_record_a_message(benchmark::State& state) {
  Decoder decoder;
  Count count;
  for (auto _ : state)
    for (const std::string& record : inputs().records) decoder.decode(record, count);
  if (count.errors > 0) state.SkipWithError("records were refused");
  report(state);
}
BENCHMARK(one_record_a_message)->Unit(benchmark::kMicrosecond);

void whole(benchmark::State& state, const std::string Inputs::* text) {
  Decoder decoder;
  Count count;
  for (auto _ : state) decoder.decode(inputs().*text, count);
  if (count.errors > 0 || count.events != inputs().records.size() * static_cast<size_t>(state.iterations()))
    state.SkipWithError("records were lost");
  report(state);
}
BENCHMARK_CAPTURE(whole, log_file, &Inputs::log_file)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(whole, lines, &Inputs::lines)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(whole, log_events, &Inputs::log_events)->Unit(benchmark::kMicrosecond);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  prepare(argc - 1, argv + 1);
  std::printf("%zu records, %zu bytes each\n", inputs().records.size(), inputs().bytes / inputs().records.size());
  benchmark::RunSpecifiedBenchmarks();
}
