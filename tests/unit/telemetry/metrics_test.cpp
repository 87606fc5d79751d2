#include "telemetry/metrics.h"

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace insight::telemetry {
namespace {

using testing::Contains;
using testing::Key;
using testing::Pair;

// A reader of the text format, strict enough to find what a scrape would refuse.
struct Exposition {
  std::map<std::string, std::string> types;      // name -> type
  std::map<std::string, double> values;          // `name{labels}` -> value

  explicit Exposition(const std::string& text) {
    static const std::regex kSample(R"(([a-z_]+)(\{([a-z_]+="[^"\\\n]*",?)+\})? (-?[0-9.eE+-]+|\+Inf|NaN))");
    std::istringstream stream(text);
    std::set<std::string> helped;
    for (std::string line; std::getline(stream, line);) {
      std::smatch match;
      if (line.rfind("# HELP ", 0) == 0) {
        EXPECT_TRUE(helped.insert(line.substr(7, line.find(' ', 7) - 7)).second) << line;
      } else if (line.rfind("# TYPE ", 0) == 0) {
        const auto space = line.find(' ', 7);
        EXPECT_TRUE(types.emplace(line.substr(7, space - 7), line.substr(space + 1)).second) << line;
      } else if (std::regex_match(line, match, kSample)) {
        EXPECT_TRUE(values.emplace(match[1].str() + match[2].str(), std::stod(match[4])).second) << "twice: " << line;
      } else {
        ADD_FAILURE() << "not a sample: " << line;
      }
    }
    EXPECT_EQ(text.back(), '\n');
    for (const auto& [name, type] : types) EXPECT_TRUE(helped.contains(name)) << name;
  }

  double sum(const std::string& name) const {
    double total = 0;
    for (const auto& [sample, value] : values)
      if (sample == name || sample.rfind(name + "{", 0) == 0) total += value;
    return total;
  }
};

TEST(Metrics, have_the_names_and_types_that_dashboards_rely_on) {
  const Exposition text(Metrics("1.2.3", "abc").exposition());
  const std::map<std::string, std::string> expected = {{"insight_records_received_total", "counter"},
                                                       {"insight_records_processed_total", "counter"},
                                                       {"insight_records_dropped_total", "counter"},
                                                       {"insight_received_bytes_total", "counter"},
                                                       {"insight_calls_batches_total", "counter"},
                                                       {"insight_event_time_closed_seconds_total", "counter"},
                                                       {"insight_event_time_open_seconds", "gauge"},
                                                       {"insight_apis", "gauge"},
                                                       {"insight_series", "gauge"},
                                                       {"insight_insights_total", "counter"},
                                                       {"insight_open_insights", "gauge"},
                                                       {"insight_transactions_total", "counter"},
                                                       {"insight_transaction_duration_seconds", "histogram"},
                                                       {"insight_rebalances_total", "counter"},
                                                       {"insight_partitions_assigned", "gauge"},
                                                       {"insight_restore_records_total", "counter"},
                                                       {"insight_restoring_partitions", "gauge"},
                                                       {"insight_watermark_timestamp_seconds", "gauge"},
                                                       {"insight_input_lag_seconds", "gauge"},
                                                       {"insight_detection_latency_seconds", "histogram"},
                                                       {"insight_detection_delay_seconds", "histogram"},
                                                       {"insight_event_time_missing_seconds_total", "counter"},
                                                       {"insight_apis_refused_total", "counter"},
                                                       {"insight_build_info", "gauge"},
                                                       {"insight_ready", "gauge"},
                                                       {"insight_detect_seconds_total", "counter"},
                                                       {"insight_input_lag_records", "gauge"},
                                                       {"insight_memory_bytes", "gauge"},
                                                       {"insight_memory_limit_bytes", "gauge"},
                                                       {"insight_config_reloads_total", "counter"},
                                                       {"insight_refused_partitions", "gauge"},
                                                       {"insight_restore_remaining_offsets", "gauge"},
                                                       {"insight_event_time_thinned_seconds_total", "counter"}};
  EXPECT_EQ(text.types, expected);
}

TEST(Metrics, every_label_value_is_there_from_the_start) {
  const Exposition text(Metrics("1.2.3", "abc").exposition());
  for (size_t i = 0; i < core::kDropReasonCount; ++i) {
    const std::string reason(core::to_string(static_cast<core::DropReason>(i)));
    EXPECT_THAT(text.values, Contains(Pair("insight_records_dropped_total{reason=\"" + reason + "\"}", 0)));
  }
  EXPECT_THAT(text.values, Contains(Pair("insight_transactions_total{result=\"aborted\"}", 0)));
  EXPECT_THAT(text.values, Contains(Pair("insight_calls_batches_total{direction=\"consumed\"}", 0)));
  EXPECT_THAT(text.values, Contains(Pair("insight_rebalances_total{stage=\"intake\"}", 0)));
  EXPECT_THAT(text.values, Contains(Pair("insight_open_insights{reason=\"silence\",type=\"ApiErrorRateInsight\"}", 0)));
  EXPECT_EQ(std::count_if(text.values.begin(), text.values.end(),
                          [](const auto& sample) { return sample.first.starts_with("insight_insights_total{"); }),
            16);
  EXPECT_EQ(text.sum("insight_build_info"), 1);
  EXPECT_THAT(text.values, Contains(Key(testing::HasSubstr("version=\"1.2.3\""))));
}

TEST(Metrics, are_described_as_they_are_shown) {
  Metrics metrics("1", "a");
  TopInsight insight;
  insight.api = core::ApiKey({"123456789012", "eu-west-1", "s3.amazonaws.com", "PutObject", core::Category::kData});
  metrics.set_top_insights(std::vector{insight});
  TopApi top;
  top.api = insight.api;
  metrics.set_top_apis(std::vector{top});
  const Exposition text(metrics.exposition());
  std::map<std::string, std::string> described;
  for (const MetricDescription& each : metrics.descriptions()) {
    EXPECT_TRUE(described.emplace(each.name, each.type).second) << each.name;
    EXPECT_TRUE(each.help.ends_with('.')) << each.name;
    const bool is_histogram = each.type == "histogram";
    const auto sample = text.values.lower_bound(each.name + (is_histogram ? "_sum" : ""));
    ASSERT_NE(sample, text.values.end());
    std::set<std::string> shown;
    static const std::regex kLabel("([a-z_]+)=");
    for (std::sregex_iterator at(sample->first.begin(), sample->first.end(), kLabel), end; at != end; ++at)
      shown.insert((*at)[1]);
    EXPECT_EQ(std::set<std::string>(each.labels.begin(), each.labels.end()), shown) << each.name;
  }
  EXPECT_EQ(described, text.types);
}

TEST(Metrics, what_is_shown_by_name_comes_and_goes) {
  Metrics metrics("1", "a");
  TopApi one;
  one.api = core::ApiKey({"123456789012", "eu-west-1", "s3.amazonaws.com", "PutObject", core::Category::kData});
  one.calls = 7;
  one.expected = {1, 2, 3};
  one.score = 4;
  TopApi other = one;
  other.api.name = std::string(254, 'x') + "\u00e4\u00e4";   // longer than a label may be
  metrics.set_top_apis(std::vector{one, other});
  const std::string labels =
      "{account=\"123456789012\",event_category=\"Data\",event_name=\"PutObject\",event_source=\"s3.amazonaws.com\","
      "region=\"eu-west-1\"}";
  const Exposition both(metrics.exposition());
  EXPECT_THAT(both.values, Contains(Pair("insight_top_api_calls" + labels, 7)));
  EXPECT_THAT(both.values, Contains(Pair("insight_top_api_score" + labels, 4)));
  EXPECT_EQ(both.sum("insight_top_api_expected_calls"), 12);
  EXPECT_THAT(both.values, Contains(Key(testing::HasSubstr("event_name=\"" + std::string(254, 'x') + "\u00e4\""))));

  metrics.set_top_insights(std::vector<TopInsight>{
      {one.api, "AccessDenied", core::InsightType::kErrorRate, core::Reason::kIncrease, "a\"b"}});
  EXPECT_THAT(metrics.exposition(), testing::HasSubstr("caller=\"a\\\"b\",error_code=\"AccessDenied\""));

  metrics.set_top_apis({});
  metrics.set_top_insights({});
  const Exposition none(metrics.exposition());
  for (const auto& [sample, value] : none.values) EXPECT_THAT(sample, testing::Not(testing::StartsWith("insight_top")));
}

TEST(Metrics, what_was_received_is_processed_or_dropped) {
  Metrics metrics("1", "a");
  metrics.add_received(10, 1000);
  metrics.add_processed(6);
  core::DropCounts dropped{};
  dropped[static_cast<size_t>(core::DropReason::kLate)] = 3;
  metrics.add_dropped(dropped);
  metrics.add_dropped(core::DropReason::kInvalidJson, 1);
  const Exposition text(metrics.exposition());
  EXPECT_EQ(text.sum("insight_records_received_total"),
            text.sum("insight_records_processed_total") + text.sum("insight_records_dropped_total"));
  EXPECT_THAT(text.values, Contains(Pair("insight_records_dropped_total{reason=\"late\"}", 3)));
  EXPECT_EQ(text.sum("insight_received_bytes_total"), 1000);
}

TEST(Metrics, are_in_base_units) {
  Metrics metrics("1", "a");
  metrics.set_watermark(core::Timestamp(core::Duration(1'700'000'000'500)));
  metrics.set_input_lag(core::Duration(1500));
  metrics.add_transaction(Outcome::kCommitted, core::Duration(20));
  metrics.observe_detection(std::chrono::minutes(11), std::chrono::minutes(5));
  metrics.add_missing_minutes(3);
  const Exposition text(metrics.exposition());
  EXPECT_EQ(text.sum("insight_watermark_timestamp_seconds"), 1'700'000'000.5);
  EXPECT_EQ(text.sum("insight_input_lag_seconds"), 1.5);
  EXPECT_EQ(text.values.at("insight_transaction_duration_seconds_bucket{le=\"0.025\"}"), 1);
  EXPECT_EQ(text.values.at("insight_transaction_duration_seconds_bucket{le=\"0.01\"}"), 0);
  EXPECT_EQ(text.sum("insight_detection_latency_seconds_sum"), 660);
  EXPECT_EQ(text.sum("insight_detection_delay_seconds_sum"), 300);
  EXPECT_EQ(text.sum("insight_event_time_missing_seconds_total"), 180);
  EXPECT_EQ(text.values.at("insight_transactions_total{result=\"committed\"}"), 1);
}

TEST(Metrics, take_additions_from_many_threads) {
  Metrics metrics("1", "a");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j)
        metrics.add_insights(core::InsightType::kCallRate, core::Reason::kSilence, core::InsightState::kEnd, 1);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Exposition(metrics.exposition()).sum("insight_insights_total"), 4000);
}

}  // namespace
}  // namespace insight::telemetry
