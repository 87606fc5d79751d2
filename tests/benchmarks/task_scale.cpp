// What many APIs cost one task: memory, the minute, the hour, records and their restoring. Without Kafka; the same
// options give the same calls, and the digest of all that was decided and written, so that two builds can be compared.
//
// usage: task_scale [--apis 100000] [--minutes 1500] [--busy SHARE]
//   --busy   instead of that traffic: all are called in the first minute, and this share of them once in every other
#include <malloc.h>
#include <xxhash.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/bytes.h"
#include "models/threshold.h"
#include "partition/task.h"
#include "progress/reading.h"
#include "route/batch_builder.h"

namespace {

using namespace insight;
using core::Minute;

constexpr Minute kBegin{core::kMinutesPerDay * 20'000 + 600};

uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
double heap_bytes() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

// Most APIs are called a few times a day, some every minute; some fail now and then, and all have their hours. Or, with
// a share that is busy, every API once, and then those once a minute.
class Traffic {
 public:
  Traffic(uint64_t apis, std::optional<double> busy) : apis_(apis), busy_(busy) {
    reading_.set_topics({{"audit-events", 1}});
    reading_.origin(0, 0);
  }

  const core::Batch& minute(Minute minute) {
    builder_.clear();
    const double of_day = std::abs(static_cast<double>(minute.value % 1440) - 720.0) / 720.0;
    for (uint64_t api = 0; api < apis_; ++api) {
      const uint64_t draw = mix(api * 0x10001 + static_cast<uint64_t>(minute.value) * 0x9e3779b1);
      if (busy_) {
        if (minute == kBegin || static_cast<double>(mix(api) >> 11) * 0x1p-53 < *busy_) add(api, minute, mix(draw));
        continue;
      }
      const double per_minute = rate(api) * (0.3 + of_day);
      auto calls = static_cast<uint64_t>(per_minute);
      if (static_cast<double>(draw >> 11) * 0x1p-53 < per_minute - static_cast<double>(calls)) ++calls;
      if (api % 500 == 1 && minute.value % 360 == 17) calls += 40;  // a job, and for some a surprise
      for (uint64_t call = 0; call < calls; ++call) add(api, minute, mix(draw + call));
    }
    const auto time = core::start_of(minute) + std::chrono::seconds(59);
    reading_.on_event(0, time, std::nullopt, core::Timestamp::max());
    reading_.on_offset(0, ++offset_);
    builder_.batch().calls_partitions = 1;
    reading_.write_to(builder_.batch());
    return builder_.batch();
  }

 private:
  static double rate(uint64_t api) {
    const uint64_t kind = mix(api) % 100;
    return kind < 60 ? 0.003 : kind < 85 ? 0.02 : kind < 97 ? 0.1 : 1.5;
  }

  void add(uint64_t api, Minute minute, uint64_t draw) {
    core::CallEvent event;
    const std::string account = std::to_string(100'000'000'000 + api % 97);
    const std::string name = "DescribeSomething" + std::to_string(api);
    static constexpr std::string_view kRegions[] = {"us-east-1", "eu-central-1", "ap-southeast-2"};
    const std::string user = "arn:aws:sts::" + account + ":assumed-role/worker/session-" + std::to_string(draw % 3);
    event.api = {account, kRegions[api % 3], "kms.amazonaws.com", name, core::Category::kManagement};
    event.time = core::start_of(minute);
    event.error_code = api % 20 == 3 && draw % 7 == 0 ? "AccessDenied" : "";
    event.principal = user;
    event.user_agent = "aws-sdk-go-v2/1.30.3 os/linux lang/go";
    event.address = "198.51.100.7";
    core::Row row;
    row.id = draw;
    row.offset = ++offset_;
    row.minute = minute;
    row.signature = builder_.intern(event, {.call_rate = true, .error_rate = true, .attributed = true});
    builder_.add(row);
  }

  uint64_t apis_;
  std::optional<double> busy_;
  progress::Reading reading_;
  route::BatchBuilder builder_;
  int64_t offset_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  uint64_t apis = 100'000;
  int32_t minutes = 1500;
  std::optional<double> busy;
  CLI::App app("What many APIs cost one task");
  app.add_option("--apis", apis);
  app.add_option("--minutes", minutes);
  app.add_option("--busy", busy)->check(CLI::Range(0.0, 1.0));
  CLI11_PARSE(app, argc, argv);

  partition::Options options;
  options.apis_max = 1U << 30;
  options.call_threshold = models::call_threshold(options.budget);
  options.error_threshold = models::error_threshold(options.budget);
  auto task = std::make_unique<partition::Task>(options);
  Traffic traffic(apis, busy);

  XXH3_state_t* digest = XXH3_createState();
  XXH3_64bits_reset(digest);
  std::unordered_map<std::string, std::string> log;
  double processing = 0;
  double collecting = 0;
  double hour_most = 0;
  double minute_most = 0;
  uint64_t rows = 0;
  uint64_t records = 0;
  uint64_t record_bytes = 0;
  uint64_t insights = 0;
  const auto digest_text = [&](std::string_view text) { XXH3_64bits_update(digest, text.data(), text.size()); };
  for (int32_t i = 0; i < minutes; ++i) {
    const core::Batch& batch = traffic.minute(kBegin + i);
    rows += batch.rows.size();
    double began = cpu_seconds();
    task->process(batch, core::start_of(kBegin + i + 1), i);
    const double took = cpu_seconds() - began;
    processing += took;
    (((kBegin + i).value - 10) % 60 == 0 ? hour_most : minute_most) =
        std::max((kBegin + i - 10).value % 60 == 0 ? hour_most : minute_most, took);
    began = cpu_seconds();
    partition::Commit commit = task->collect(false);
    collecting += cpu_seconds() - began;
    for (auto& record : commit.state) {
      ++records;
      record_bytes += record.key.size() + (record.value ? record.value->size() : 0);
      digest_text(record.key);
      if (record.value) digest_text(*record.value);
      if (record.value && i + 130 > minutes) log[record.key] = std::move(*record.value);
    }
    for (const auto& insight : commit.insights) {
      ++insights;
      digest_text(to_string(insight.api.view()));
      digest_text(std::to_string(insight.start.value) + " " + std::to_string(insight.score) + " " +
                  std::to_string(insight.decided.value) + " " + std::to_string(insight.baseline_average));
    }
  }
  const double count = static_cast<double>(task->apis());
  std::printf("apis %zu series %zu rows %llu insights %llu records %llu of %.0f bytes\n", task->apis(), task->series(),
              static_cast<unsigned long long>(rows), static_cast<unsigned long long>(insights),
              static_cast<unsigned long long>(records),
              static_cast<double>(record_bytes) / static_cast<double>(records));
  std::printf("minute: mean %.0f ns an API, most %.3f s; hour: most %.3f s; %.0f ns a row\n",
              processing / minutes / count * 1e9, minute_most, hour_most, processing / static_cast<double>(rows) * 1e9);
  std::printf("collecting: %.2f s, %.0f ns a record\n", collecting, collecting / static_cast<double>(records) * 1e9);

  const double before_restore = heap_bytes();
  partition::Task restored(options);
  double began = cpu_seconds();
  for (const auto& [key, value] : log)
    if (restored.restore_record(key, value) != state::RecordError::kNone) std::printf("a record is damaged\n");
  const double read = cpu_seconds() - began;
  began = cpu_seconds();
  restored.finish_restore();
  std::printf("restore of %zu: records %.0f ns an API, catching up %.0f ns; heap an API %.0f bytes\n", restored.apis(),
              read / count * 1e9, (cpu_seconds() - began) / count * 1e9, (heap_bytes() - before_restore) / count);
  const double heap = heap_bytes();
  began = cpu_seconds();
  task.reset();
  std::printf("leaving: %.0f ns an API; heap an API %.0f bytes\n", (cpu_seconds() - began) / count * 1e9,
              (heap - heap_bytes()) / count);
  std::printf("digest %016llx\n", static_cast<unsigned long long>(XXH3_64bits_digest(digest)));
  XXH3_freeState(digest);
  return 0;
}
