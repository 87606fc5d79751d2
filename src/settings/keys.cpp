#include <algorithm>

#include "settings/key.h"

namespace insight::settings {
namespace {

// The place of a field; the type of the pointer says the type of the key.
// NOLINTNEXTLINE(bugprone-macro-parentheses): Owner is a type
#define INSIGHT_FIELD(Owner, path) (+[](Owner& owner) -> decltype((owner.path)) { return owner.path; })

using std::chrono::milliseconds;

constexpr std::string_view kFormats[] = {"auto"};
constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warn", "error"};
constexpr std::string_view kLogFormats[] = {"text", "json"};

constexpr double kDayMs = 86'400'000;
constexpr double kMiB = 1 << 20;

const Key<Settings> kKeys[] = {
    {"kafka.bootstrap_servers", INSIGHT_FIELD(Settings, kafka.bootstrap_servers),
     "Brokers to begin with: host:port, several with commas.", 0, 0, Text::kServers},
    {"kafka.consumer_group", INSIGHT_FIELD(Settings, kafka.consumer_group),
     "Prefix of the consumer groups: intake uses GROUP-intake, detection GROUP-detect.", 0, 0, Text::kNotEmpty},
    {"kafka.topics.events", INSIGHT_FIELD(Settings, kafka.events_topics),
     "Topics of audit events to read. The watermark waits for every partition of each.", 1, 64, Text::kTopic},
    {"kafka.topics.calls", INSIGHT_FIELD(Settings, kafka.calls_topic),
     "Topic of call batches between intake and detection. Created at start if absent.", 0, 0, Text::kTopic},
    {"kafka.topics.state", INSIGHT_FIELD(Settings, kafka.state_topic),
     "Compacted topic of what was learned. Created at start if absent.", 0, 0, Text::kTopic},
    {"kafka.topics.insights", INSIGHT_FIELD(Settings, kafka.insights_topic),
     "Topic that Insights records are written to. Created at start if absent.", 0, 0, Text::kTopic},
    {"kafka.topics.dead_letters", INSIGHT_FIELD(Settings, kafka.dead_letters_topic),
     "Topic for records that cannot be read. Empty: they are counted, not kept.", 0, 0, Text::kTopicOrEmpty},
    {"kafka.partitions", INSIGHT_FIELD(Settings, kafka.partitions),
     "Partitions of calls and state, when the daemon creates them; fixed from then on. More let more processes share "
     "the work; each costs memory and a state of its own.",
     1, 1024},
    {"kafka.replication", INSIGHT_FIELD(Settings, kafka.replication),
     "Replication factor of topics that the daemon creates. 3 in production: state lives in these topics.", 1, 100},
    {"kafka.properties", INSIGHT_FIELD(Settings, kafka.properties),
     "Any librdkafka property, handed on as it is, such as security.protocol or sasl.mechanism."},
    {"kafka.properties_from_files", INSIGHT_FIELD(Settings, kafka.properties_from_files),
     "librdkafka property -> path of the file that holds its value: for secrets, such as sasl.password. A line "
     "end at the end of the file is not part of the value."},
    {"input.format", INSIGHT_FIELD(Settings, input.format),
     "Format of the events. auto: envelopes and formats are recognised record by record.", 0, 0, Text::kChoice,
     kFormats},
    {"input.lateness", INSIGHT_FIELD(Settings, input.lateness),
     "How long after the newest event a minute stays open for late ones. Longer loses fewer late events; it "
     "delays decreases and Ends, and costs memory. Increases are declared at once whatever it is.",
     0, kDayMs},
    {"selectors", INSIGHT_FIELD(Settings, selectors),
     "Which events count for which insight types; the first selector that matches an event decides. Events that "
     "none matches, and all events if there are none, count by AWS's own rules.",
     0, kSelectorsMax},
    {"detection.alert_budget", INSIGHT_FIELD(Settings, detection.alert_budget),
     "False insights tolerated per 1000 series-days, for call-rate and error-rate series alike: the one "
     "sensitivity knob. Larger finds smaller changes, and reports more that are none.",
     0.1, 1000},
    {"detection.early_start", INSIGHT_FIELD(Settings, detection.early_start),
     "Declare an increase the moment it crosses its bound, seconds after the event. false: when its minute "
     "closes, `lateness` later; the output then depends on nothing but the input."},
    {"detection.insight_source", INSIGHT_FIELD(Settings, detection.insight_source),
     "insightSource of insights on data events. Empty: arn:aws:cloudtrail:REGION:ACCOUNT:trail/insightd."},
    {"limits.memory", INSIGHT_FIELD(Settings, limits.memory_bytes),
     "Memory for what is kept of APIs, at 8 KiB each: a process reads as many partitions as fit it with their "
     "quota, and is not ready while others wait.",
     64 * kMiB, kMiB* kMiB},
    {"limits.apis_per_partition", INSIGHT_FIELD(Settings, limits.apis_per_partition),
     "APIs that one partition of the calls topic keeps: a fixed quota, part of the state. When it is full the "
     "least learned APIs are forgotten, or new ones refused and counted.",
     1, 10'000'000},
    {"admin.listen", INSIGHT_FIELD(Settings, admin.listen),
     "Address of /metrics, /livez and /readyz: host:port. Port 0: a free one, logged at start.", 0, 0, Text::kListen},
    {"telemetry.top_apis", INSIGHT_FIELD(Settings, telemetry.top_apis),
     "How many of the busiest APIs, and of the open insights, have metrics of their own, for dashboards. Their labels "
     "name accounts, APIs and callers. 0: none.",
     0, 1000},
    {"logging.level", INSIGHT_FIELD(Settings, logging.level), "The least severe messages that are logged.", 0, 0,
     Text::kChoice, kLevels},
    {"logging.format", INSIGHT_FIELD(Settings, logging.format),
     "text: lines for people. json: one object a line, for collectors.", 0, 0, Text::kChoice, kLogFormats},
};

const Key<Selector> kSelectorKeys[] = {
    {"account", INSIGHT_FIELD(Selector, account), "recipientAccountId.", 0, 0, Text::kAccount},
    {"region", INSIGHT_FIELD(Selector, region), "awsRegion.", 0, 0, Text::kPattern},
    {"event_source", INSIGHT_FIELD(Selector, event_source), "eventSource, such as s3.amazonaws.com.", 0, 0,
     Text::kPattern},
    {"event_name", INSIGHT_FIELD(Selector, event_name), "eventName, such as PutObject or Delete*.", 0, 0,
     Text::kPattern},
    {"include", INSIGHT_FIELD(Selector, include), "false: events that match are not counted."},
    {"call_rate", INSIGHT_FIELD(Selector, call_rate), "Count them for call-rate insights."},
    {"error_rate", INSIGHT_FIELD(Selector, error_rate), "Count them for error-rate insights."},
};

#undef INSIGHT_FIELD

// These alone are read again by the parts that use them.
constexpr std::string_view kLive[] = {
    "selectors",          "detection.alert_budget", "detection.early_start", "detection.insight_source",
    "telemetry.top_apis", "logging.level"};

}  // namespace

std::vector<std::string> restart_keys(const Settings& running, const Settings& wanted) {
  std::vector<std::string> changed;
  Settings one = running;
  Settings other = wanted;
  for (const auto& key : kKeys) {
    if (std::ranges::find(kLive, key.path) != std::end(kLive)) continue;
    const bool same = std::visit([&](auto field) { return field(one) == field(other); }, key.field);
    if (!same) changed.emplace_back(key.path);
  }
  return changed;
}

std::span<const Key<Settings>> keys() { return kKeys; }
std::span<const Key<Selector>> selector_keys() { return kSelectorKeys; }

}  // namespace insight::settings
