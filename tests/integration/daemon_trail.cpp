#include "tests/integration/daemon_trail.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "core/time.h"

namespace insight::integration {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kDay = 1440 * kMinute;
constexpr int64_t kDelayMin = 20'000;
constexpr int64_t kSingleDelayMax = 530'000;
constexpr int64_t kFileDelayMax = 300'000;
constexpr int64_t kFileSpanMax = 180'000;      // delivery of a file: its last record's, so 8 minutes at most
constexpr int64_t kBegin = 1'772'409'600'000;  // 2026-03-02T00:00:00Z, a Monday
constexpr int64_t kCloseAfter = 30 * kMinute;  // the closing events of every partition

struct TrailApi {
  const char* source;
  const char* name;
  bool read_only;
  double per_minute;
  const char* principal;
  const char* error;           // of one call in twenty; "": none
};
constexpr TrailApi kApis[] = {
    {"ec2.amazonaws.com", "RunInstances", false, 1.5, "deploy", ""},
    {"ec2.amazonaws.com", "TerminateInstances", false, 0.8, "deploy", ""},
    {"s3.amazonaws.com", "PutBucketPolicy", false, 0.3, "platform", "AccessDenied"},
    {"dynamodb.amazonaws.com", "UpdateTable", false, 3.0, "billing", "ThrottlingException"},
    {"sts.amazonaws.com", "AssumeRole", false, 6.0, "ci", "AccessDenied"},
    {"lambda.amazonaws.com", "UpdateFunctionCode", false, 0.5, "ci", ""},
    {"iam.amazonaws.com", "CreateAccessKey", false, 0.1, "platform", ""},
    {"sqs.amazonaws.com", "CreateQueue", false, 2.0, "billing", ""},
    {"kms.amazonaws.com", "CreateGrant", false, 4.0, "deploy", ""},
    {"ec2.amazonaws.com", "DescribeInstances", true, 3.0, "ci", "RequestLimitExceeded"},
};
constexpr size_t kApiCount = std::size(kApis);

// Something unusual on every eventful day, in minutes of it.
struct Incident {
  int begin;
  int minutes;
  size_t api;
  double factor;               // on the usual rate
  double plus;                 // calls a minute of mallory, on top
  const char* error;           // of every call meanwhile; "": as usual
};
constexpr Incident kIncidents[] = {
    {95, 6, 0, 1, 40, ""},
    {180, 8, 6, 1, 12, ""},
    {260, 45, 4, 0, 0, ""},
    {350, 10, 3, 1, 0, "ThrottlingException"},
    {430, 5, 7, 1, 30, ""},
    {500, 40, 8, 0, 0, ""},
    {610, 6, 1, 1, 25, ""},
    {680, 12, 9, 1, 6, "RequestLimitExceeded"},
    {760, 5, 5, 1, 15, ""},
    {840, 7, 4, 1, 50, "AccessDenied"},
    {960, 6, 2, 1, 20, "AccessDenied"},
    {1050, 50, 8, 0, 0, ""},
    {1140, 5, 0, 1, 35, ""},
    {1230, 6, 7, 1, 25, ""},
    {1330, 5, 1, 1, 30, ""},
};
constexpr int kOutageBegin = 1100;   // nobody calls anything
constexpr int kOutageMinutes = 20;
constexpr int kNewcomerAt = 900;     // an API never seen before

class Writer {
 public:
  Writer(int days, int32_t partitions, uint64_t seed, int eventful)
      : days_(days), eventful_(eventful), partitions_(partitions), random_(seed) {}

  Trail write() {
    for (int minute = 0; minute < days_ * 1440; ++minute) draw(minute);
    deliver();
    close();
    trail_.begin_ms = kBegin;
    trail_.end_ms = kBegin + days_ * kDay;
    trail_.decided_until_ms = trail_.end_ms + kCloseAfter / 2;
    return std::move(trail_);
  }

 private:
  struct Copy {
    int64_t delivered = 0;
    bool in_file = false;
    std::string record;
  };

  int64_t between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }

  void draw(int minute) {
    const int of_day = minute < (days_ - eventful_) * 1440 ? -1 : minute % 1440;   // of a day that is eventful
    if (of_day >= kOutageBegin && of_day < kOutageBegin + kOutageMinutes) return;
    for (size_t i = 0; i < kApiCount; ++i) {
      double rate = kApis[i].per_minute;
      double plus = 0;
      const char* error = "";
      for (const Incident& incident : kIncidents) {
        if (incident.api != i || of_day < incident.begin || of_day >= incident.begin + incident.minutes) continue;
        rate *= incident.factor;
        plus = incident.plus;
        error = incident.error;
      }
      call(minute, i, rate, kApis[i].principal, error);
      call(minute, i, plus, "mallory", error);
    }
    if (of_day == kNewcomerAt) {
      for (int i = 0; i < 12; ++i)
        add({at(minute), "cloudtrail.amazonaws.com", "DeleteTrail", false, "", "mallory", 0});
    }
  }

  void call(int minute, size_t api, double rate, const char* principal, const char* error) {
    if (rate <= 0) return;
    const int calls = std::poisson_distribution<int>(rate)(random_);
    for (int i = 0; i < calls; ++i) {
      const bool fails = kApis[api].error[0] != '\0' && between(0, 19) == 0;
      add({at(minute), kApis[api].source, kApis[api].name, kApis[api].read_only,
           error[0] != '\0' ? error
           : fails          ? kApis[api].error
                            : "",
           principal, 0});
    }
  }

  int64_t at(int minute) { return kBegin + minute * kMinute + between(0, 59) * 1000; }

  void add(TrailEvent event) {
    event.id = ++ids_;
    const std::string record = to_record(event);
    deliver_later(event.time_ms, record);
    if (between(0, 4) == 0) deliver_later(event.time_ms, record);
  }

  void deliver_later(int64_t time, const std::string& record) {
    const bool in_file = between(0, 9) == 0;
    copies_.push_back({time + between(kDelayMin, in_file ? kFileDelayMax : kSingleDelayMax), in_file, record});
    trail_.ndjson += record;
    trail_.ndjson += '\n';
    ++trail_.records;
  }

  void deliver() {
    std::stable_sort(copies_.begin(), copies_.end(),
                     [](const Copy& a, const Copy& b) { return a.delivered < b.delivered; });
    std::vector<const Copy*> file;
    for (const Copy& copy : copies_) {
      if (!file.empty() && copy.delivered - file.front()->delivered > kFileSpanMax) deliver_file(file);
      if (copy.in_file)
        file.push_back(&copy);
      else
        send(copy.delivered, copy.record, 1);
      if (file.size() >= 25) deliver_file(file);
    }
    if (!file.empty()) deliver_file(file);
    std::stable_sort(trail_.messages.begin(), trail_.messages.end(),
                     [](const TrailMessage& a, const TrailMessage& b) { return a.time_ms < b.time_ms; });
  }

  void deliver_file(std::vector<const Copy*>& file) {
    std::string text = "{\"Records\":[";
    for (const Copy* copy : file) {
      if (copy != file.front()) text += ',';
      text += copy->record;
    }
    send(file.back()->delivered, gzip(text + "]}"), static_cast<uint32_t>(file.size()));
    file.clear();
  }

  void send(int64_t time, std::string payload, uint32_t records) {
    const auto partition = static_cast<int32_t>(between(0, partitions_ - 1));
    trail_.messages.push_back({partition, time, std::move(payload), records});
  }

  // So that the watermark passes everything before: reads, which are of no series but move time on.
  void close() {
    const int64_t time = kBegin + days_ * kDay + kCloseAfter;
    for (int32_t p = 0; p < partitions_; ++p) {
      TrailEvent event{time, "s3.amazonaws.com", "ListBuckets", true, "", "platform", ++ids_};
      trail_.ndjson += to_record(event) + '\n';
      trail_.messages.push_back({p, time, to_record(event), 1});
      ++trail_.records;
    }
  }

  int days_;
  int eventful_;
  int32_t partitions_;
  std::mt19937_64 random_;
  uint64_t ids_ = 0;
  std::vector<Copy> copies_;
  Trail trail_;
};

}  // namespace

std::string to_record(const TrailEvent& event) {
  const auto time = core::to_iso(core::Timestamp(core::Duration(event.time_ms)));
  const std::string error =
      event.error.empty() ? "" : fmt::format(R"("errorCode":"{}","errorMessage":"no",)", event.error);
  return fmt::format(
      R"({{"eventVersion":"1.09","userIdentity":{{"type":"AssumedRole","principalId":"AROA:{0}",)"
      R"("arn":"arn:aws:sts::123456789012:assumed-role/{0}/session-{1}","accountId":"123456789012"}},)"
      R"("eventTime":"{2}","eventSource":"{3}","eventName":"{4}","awsRegion":"eu-central-1",)"
      R"("sourceIPAddress":"198.51.100.{5}","userAgent":"aws-cli/2.15","requestParameters":null,"responseElements":null,)"
      R"({6}"eventID":"00000000-0000-4000-8000-{1:012x}","readOnly":{7},"eventType":"AwsApiCall",)"
      R"("managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}})",
      event.principal, event.id, time, event.source, event.name, event.id % 200, error, event.read_only);
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib cannot begin");
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (!done) throw std::runtime_error("zlib does not end");
  return out;
}

std::vector<TrailMessage> Trail::part(double from, double until) const {
  const auto at = [&](double share) {
    return begin_ms + static_cast<int64_t>(share * static_cast<double>(end_ms - begin_ms));
  };
  std::vector<TrailMessage> some;
  for (const TrailMessage& message : messages)
    if ((from <= 0 || message.time_ms >= at(from)) && (until >= 1 || message.time_ms < at(until)))
      some.push_back(message);
  return some;
}

uint64_t Trail::records_in(double from, double until) const {
  uint64_t sum = 0;
  for (const TrailMessage& message : part(from, until)) sum += message.records;
  return sum;
}

Trail make_trail(int days, int32_t partitions, uint64_t seed, int eventful) {
  return Writer(days, partitions, seed, eventful).write();
}

}  // namespace insight::integration
