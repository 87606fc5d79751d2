// How long decoding takes, per record and per byte, beside the same extraction with simdjson's on-demand front end
// (on_demand_decoder.h).
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
#include "tests/benchmarks/on_demand_decoder.h"

namespace {

using insight::benchmarks::native_on_demand_decoder;
using insight::benchmarks::OnDemandDecoder;
using insight::benchmarks::portable_on_demand_decoder;
using insight::decode::Decoder;
using insight::decode::EventSink;
using insight::decode::RecordIndex;

constexpr size_t kPadding = 64;   // no less than simdjson's

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

// Counts events, and sums up what they say, so that two decoders can be compared.
class Count final : public EventSink, public OnDemandDecoder::Sink {
 public:
  void on_event(const insight::core::CallEvent& event, RecordIndex) override { on_event(event); }
  void on_event(const insight::core::CallEvent& event) override {
    ++events;
    digest +=
        event.event_id.size() + event.error_code.size() + static_cast<size_t>(event.time.time_since_epoch().count());
    for (const auto& text : insight::core::signature_texts(event)) digest += text.size();
  }
  void on_error(insight::core::DropReason, RecordIndex, std::string_view) override { ++errors; }
  size_t events = 0;
  size_t errors = 0;
  size_t digest = 0;
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
  all.log_file.reserve(all.log_file.size() + kPadding);
}

void report(benchmark::State& state) {
  const auto records = static_cast<double>(inputs().records.size());
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(inputs().bytes));
  state.counters["per_record"] =
      benchmark::Counter(records, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

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

void on_demand_message(benchmark::State& state, std::unique_ptr<OnDemandDecoder> (*make)(bool), bool proves) {
  const auto decoder = make(proves);
  Count count;
  bool good = true;
  for (auto _ : state)
    for (const std::string& record : inputs().records) good = decoder->read_message(record, count) && good;
  if (!good) state.SkipWithError("records were refused");
  report(state);
}
BENCHMARK_CAPTURE(on_demand_message, portable, portable_on_demand_decoder, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(on_demand_message, portable_proven, portable_on_demand_decoder, true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(on_demand_message, native, native_on_demand_decoder, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(on_demand_message, native_proven, native_on_demand_decoder, true)->Unit(benchmark::kMicrosecond);

void on_demand_log_file(benchmark::State& state, std::unique_ptr<OnDemandDecoder> (*make)(bool), bool proves) {
  const auto decoder = make(proves);
  const std::string& text = inputs().log_file;
  Count count;
  bool good = true;
  for (auto _ : state) good = decoder->read_log_file(text.data(), text.size(), text.capacity(), count) && good;
  if (!good || count.events != inputs().records.size() * static_cast<size_t>(state.iterations()))
    state.SkipWithError("records were lost");
  report(state);
}
BENCHMARK_CAPTURE(on_demand_log_file, portable, portable_on_demand_decoder, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(on_demand_log_file, portable_proven, portable_on_demand_decoder, true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(on_demand_log_file, native, native_on_demand_decoder, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(on_demand_log_file, native_proven, native_on_demand_decoder, true)->Unit(benchmark::kMicrosecond);

// Whether both read the same; what is compared has to do the same work.
bool agree() {
  Count ours;
  Count theirs;
  Decoder decoder;
  const auto on_demand = portable_on_demand_decoder(true);
  for (const std::string& record : inputs().records) {
    decoder.decode(record, ours);
    on_demand->read_message(record, theirs);
  }
  return ours.events == theirs.events && ours.digest == theirs.digest;
}

// A log file of ten records with something wrong in the fifth.
std::string damaged_file(const std::string& what, const std::string& with) {
  std::string text = R"({"Records":[)";
  for (int i = 0; i < 10; ++i) {
    std::string record = made_up_record(i);
    if (i == 4) record.replace(record.find(what), what.size(), with);
    text += (i > 0 ? "," : "") + record;
  }
  return text + "]}";
}

void print_damage(const char* name, std::string text) {
  text.reserve(text.size() + kPadding);
  Count ours;
  Decoder().decode(text, ours);
  Count plain;
  Count proven;
  portable_on_demand_decoder(false)->read_log_file(text.data(), text.size(), text.capacity(), plain);
  portable_on_demand_decoder(true)->read_log_file(text.data(), text.size(), text.capacity(), proven);
  std::printf("%-36s %zu + %zu bad %14zu %14zu\n", name, ours.events, ours.errors, plain.events, proven.events);
}

void print_damages() {
  std::printf("events read of ten records, one damaged  decoder   on demand   on demand, proven\n");
  print_damage("nothing", damaged_file("t3.micro", "t3.micro"));
  print_damage("a number that is none", damaged_file(R"("minCount":1)", R"("minCount":1x)"));
  print_damage("a closing bracket lost", damaged_file("}]}", "]}"));
  print_damage("a closing quote lost", damaged_file(R"("t3.micro")", R"("t3.micro)"));
  print_damage("a byte that is no UTF-8", damaged_file("t3.micro", "t3.\xFFicro"));
  const std::string whole = damaged_file("t3.micro", "t3.micro");
  print_damage("the file ends inside the sixth", whole.substr(0, whole.size() * 55 / 100));
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  prepare(argc - 1, argv + 1);
  std::printf("%zu records, %zu bytes each\n", inputs().records.size(), inputs().bytes / inputs().records.size());
  if (!agree()) {
    std::fprintf(stderr, "decode_bench: the two decoders read different things\n");
    return 1;
  }
  print_damages();
  benchmark::RunSpecifiedBenchmarks();
}
