#include "fixture.h"

namespace insight::settings {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

TEST(Load, no_file_gives_the_defaults) {
  const auto loaded = load("", {});
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.settings.kafka.events_topics, std::vector<std::string>{"audit-events"});
  EXPECT_EQ(loaded.settings.input.lateness, 10min);
}

TEST(Load, empty_files_and_sections_give_the_defaults) {
  for (const auto* text : {"", "# nothing\n", "---\n", "kafka:\ninput:\n", "kafka: {}\n", "selectors:\n"}) {
    const auto loaded = load_text(text);
    EXPECT_THAT(problems_of(loaded), IsEmpty()) << text;
    EXPECT_EQ(print(loaded.settings), print(Settings{})) << text;
  }
}

TEST(Load, every_key_is_read) {
  const auto loaded = load_text(R"(
kafka:
  bootstrap_servers: a:1, SSL://b:2
  consumer_group: g
  topics: {events: [e1, e2], calls: c, state: s, insights: i, dead_letters: d}
  partitions: 3
  replication: 2
  properties: {security.protocol: SASL_SSL, socket.timeout.ms: 5000, x: "", enable.auto.commit: false}
  properties_from_files: {sasl.password: /run/p}
input: {format: auto, lateness: 1h30m}
selectors:
  - {account: 012345678901, region: eu-*, event_source: "*.amazonaws.com", event_name: Delete*, include: false}
  - {call_rate: false}
detection: {alert_budget: 0.5, early_start: false, insight_source: arn:x}
limits: {memory: 512MiB, apis_per_partition: 7}
admin: {listen: "[::1]:0"}
logging: {level: debug, format: json}
)");
  ASSERT_THAT(problems_of(loaded), IsEmpty());
  const auto& s = loaded.settings;
  EXPECT_EQ(s.kafka.bootstrap_servers, "a:1, SSL://b:2");
  EXPECT_EQ(s.kafka.consumer_group, "g");
  EXPECT_THAT(s.kafka.events_topics, ElementsAre("e1", "e2"));
  EXPECT_EQ(s.kafka.calls_topic + s.kafka.state_topic + s.kafka.insights_topic + s.kafka.dead_letters_topic, "csid");
  EXPECT_EQ(s.kafka.partitions, 3);
  EXPECT_EQ(s.kafka.replication, 2);
  EXPECT_EQ(s.kafka.properties.at("socket.timeout.ms"), "5000");
  EXPECT_EQ(s.kafka.properties.at("x"), "");
  EXPECT_EQ(s.kafka.properties_from_files.at("sasl.password"), "/run/p");
  EXPECT_EQ(s.input.lateness, 90min);
  ASSERT_THAT(s.selectors, SizeIs(2));
  EXPECT_EQ(s.selectors[0].account, "012345678901");  // digits stay text: no octal, no lost zero
  EXPECT_EQ(s.selectors[0].event_source, "*.amazonaws.com");
  EXPECT_FALSE(s.selectors[0].include);
  EXPECT_FALSE(s.selectors[1].call_rate);
  EXPECT_EQ(s.detection.alert_budget, 0.5);
  EXPECT_FALSE(s.detection.early_start);
  EXPECT_EQ(s.detection.insight_source, "arn:x");
  EXPECT_EQ(s.limits.memory_bytes, 512u << 20);
  EXPECT_EQ(s.limits.apis_per_partition, 7u);
  EXPECT_EQ(s.admin.listen, "[::1]:0");
  EXPECT_EQ(s.logging.level + s.logging.format, "debugjson");
}

TEST(Load, all_mistakes_are_found_at_once_in_the_order_of_the_file) {
  EXPECT_THAT(problems_in("kafka:\n"
                          "  partitions: many\n"
                          "  replicaton: 3\n"
                          "input:\n"
                          "  lateness: 10\n"
                          "limits: {memory: 1GB}\n"
                          "detection:\n"
                          "  alert_budget: 5000\n",
                          {"logging.level=loud"}),
              ElementsAre(AllOf(StartsWith("2:15 kafka.partitions: `many`"), HasSubstr("whole number from 1 to 1024")),
                          "3:3 kafka.replicaton: unknown key; did you mean kafka.replication?",
                          AllOf(StartsWith("5:13 input.lateness: `10`"), HasSubstr("10m, 1h30m")),
                          AllOf(StartsWith("6:18 limits.memory: `1GB`"), HasSubstr("1GiB")),
                          AllOf(StartsWith("8:17 detection.alert_budget: `5000`"), HasSubstr("from 0.1 to 1000")),
                          AllOf(StartsWith("0:0 logging.level: `loud`"), HasSubstr("one of trace, debug"))));
}

TEST(Load, problems_name_file_line_column_and_key) {
  const ConfigFile file("admin:\n  lisen: x\n");
  const auto loaded = load(file.path(), {});
  ASSERT_THAT(loaded.problems, SizeIs(1));
  EXPECT_EQ(to_string(loaded.problems[0]), file.path() + ":2:3: admin.lisen: unknown key; did you mean admin.listen?");
}

TEST(Load, unknown_keys_name_the_nearest_known_one) {
  EXPECT_THAT(problems_in("kafak: {}\n"), ElementsAre(HasSubstr("did you mean kafka?")));
  EXPECT_THAT(problems_in("lateness: 5m\n"), ElementsAre(HasSubstr("did you mean input.lateness?")));
  EXPECT_THAT(problems_in("kafka: {topics: {insight: x}}\n"), ElementsAre(HasSubstr("kafka.topics.insights?")));
  EXPECT_THAT(problems_in("selectors: [{event_nam: x}]\n"), ElementsAre(HasSubstr("did you mean event_name?")));
  EXPECT_THAT(problems_in("selectors: [{zzz: x}]\n"), ElementsAre(HasSubstr("the keys of a selector are account, ")));
  EXPECT_THAT(problems_in("qwertyuiop: 1\n"), ElementsAre(HasSubstr("unknown key; remove it")));
  EXPECT_THAT(problems_in("input.lateness: 5m\n"), ElementsAre(HasSubstr("on a line of its own, indented")));
}

TEST(Load, wrong_types_are_said_with_what_was_found) {
  EXPECT_THAT(problems_in("kafka: 5\n"), ElementsAre(HasSubstr("`5` stands where a section belongs")));
  EXPECT_THAT(problems_in("- a\n"), ElementsAre(HasSubstr("a list stands where the sections belong")));
  EXPECT_THAT(problems_in("kafka: {partitions: \"12\"}\n"), ElementsAre(HasSubstr("the text `12` does not fit")));
  EXPECT_THAT(problems_in("kafka: {partitions: 1.5}\n"), SizeIs(1));
  EXPECT_THAT(problems_in("kafka: {partitions: 0x10}\n"), SizeIs(1));
  EXPECT_THAT(problems_in("kafka: {partitions: 99999999999999999999}\n"), SizeIs(1));
  EXPECT_THAT(problems_in("detection: {alert_budget: .nan}\n"), SizeIs(1));
  EXPECT_THAT(problems_in("detection: {early_start: yes}\n"), ElementsAre(HasSubstr("true or false")));
  EXPECT_THAT(problems_in("kafka: {topics: {events: audit}}\n"),
              ElementsAre(HasSubstr("a list of 1 to 64 topic names")));
  EXPECT_THAT(problems_in("kafka: {topics: {events: []}}\n"), SizeIs(1));
  EXPECT_THAT(problems_in("kafka: {consumer_group: }\n"), ElementsAre(HasSubstr("nothing does not fit")));
  EXPECT_THAT(problems_in("kafka: {properties: {sasl: {mechanism: PLAIN}}}\n"),
              ElementsAre(HasSubstr("write `sasl.<name>: value` on one line")));
  EXPECT_THAT(problems_in("selectors: [7]\n"),
              ElementsAre(HasSubstr("write a selector such as {event_name: Delete*}")));
}

TEST(Load, what_others_find_is_told_where_it_was_written) {
  auto loaded = load_text("kafka:\n  properties:\n    b: 1\n    a: 1\n  partition: 3\n",
                          {"kafka.properties.c=1", "kafka.properties.a=2"});
  add_problem(loaded, "kafka.properties.a", "wrong");
  add_problem(loaded, "kafka.properties.b", "wrong");
  add_problem(loaded, "kafka.properties.c", "wrong");
  EXPECT_THAT(problems_of(loaded),
              ElementsAre("3:5 kafka.properties.b: wrong", StartsWith("5:3 kafka.partition: unknown key"),
                          "0:0 kafka.properties.a: wrong", "0:0 kafka.properties.c: wrong"));
  EXPECT_EQ(loaded.problems[2].file, "--set");
  add_problem(loaded, "kafka.properties", "wrong");
  EXPECT_THAT(problems_of(loaded), Contains("3:5 kafka.properties: wrong"));
}

TEST(Load, a_section_or_key_in_the_wrong_place_is_found_where_it_belongs) {
  EXPECT_THAT(problems_in("topics: {}\n"), ElementsAre(HasSubstr("did you mean kafka.topics?")));
  EXPECT_THAT(problems_in("kafka: {level: info}\n"), ElementsAre(HasSubstr("did you mean logging.level?")));
  EXPECT_THAT(problems_in("kafka: {sasl.password: x}\n"), ElementsAre(HasSubstr("belongs under kafka.properties")));
}

TEST(Load, whole_numbers_may_be_written_as_helm_and_json_do) {
  const auto loaded = load_text("kafka: {partitions: 12.0}\nlimits: {apis_per_partition: 1e+06}\n");
  ASSERT_THAT(problems_of(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.kafka.partitions, 12);
  EXPECT_EQ(loaded.settings.limits.apis_per_partition, 1'000'000u);
}

TEST(Load, a_number_is_no_text_but_for_an_account) {
  EXPECT_THAT(problems_in("kafka: {consumer_group: 2024}\n"),
              ElementsAre("1:25 kafka.consumer_group: `2024` is no text here; write it in quotes: \"2024\""));
  EXPECT_THAT(problems_in("kafka: {topics: {events: [true]}}\n"), ElementsAre(HasSubstr("kafka.topics.events[0]: ")));
  EXPECT_THAT(problems_in("kafka: {consumer_group: '2024', topics: {calls: 1.2.3}}\n"), IsEmpty());
  EXPECT_THAT(problems_in("selectors: [{account: 123456789012}]\n", {"kafka.consumer_group=2024"}), IsEmpty());
}

TEST(Load, bounds_are_inclusive) {
  EXPECT_THAT(problems_in("kafka: {partitions: 1024, replication: 1}\ndetection: {alert_budget: 0.1}\n"), IsEmpty());
  EXPECT_THAT(problems_in("kafka: {partitions: 1025, replication: 0}\ndetection: {alert_budget: 0.09}\n"), SizeIs(3));
  EXPECT_THAT(problems_in("input: {lateness: 24h}\nlimits: {memory: 64MiB}\n"), IsEmpty());
  EXPECT_THAT(problems_in("input: {lateness: 25h}\nlimits: {memory: 63MiB}\n"), SizeIs(2));
}

TEST(Load, a_key_set_twice_is_a_mistake) {
  EXPECT_THAT(problems_in("input:\n  lateness: 5m\n  lateness: 6m\n"),
              ElementsAre("3:3 input.lateness: this key was already set on line 2; remove one of the two"));
  EXPECT_THAT(problems_in("kafka: {properties: {a: 1, a: 2}}\n"), ElementsAre(HasSubstr("kafka.properties.a: ")));
}

TEST(Load, broken_yaml_is_placed) {
  EXPECT_THAT(problems_in("kafka:\n  topics: {events: [a\nadmin:\n"),
              ElementsAre(AllOf(StartsWith("3:"), HasSubstr("not well-formed YAML"))));
  EXPECT_THAT(problems_in("kafka:\n\tpartitions: 1\n"),
              ElementsAre("2:1 : this line is indented with a tab; use spaces"));
  EXPECT_THAT(problems_in("a: b: c\nkafka:\n\tpartitions: 1\n"), ElementsAre(StartsWith("1:")));
  EXPECT_THAT(problems_in("input: {}\n---\ninput: {}\n"), ElementsAre(HasSubstr("second document")));
}

TEST(Load, a_file_that_cannot_be_read_is_said) {
  const auto loaded = load("/no/such/config.yaml", {"input.lateness=3m"});
  ASSERT_THAT(loaded.problems, SizeIs(1));
  EXPECT_THAT(to_string(loaded.problems[0]), StartsWith("/no/such/config.yaml: no such file; "));
  EXPECT_THAT(problems_of(load(testing::TempDir(), {})), ElementsAre(HasSubstr("this is a folder")));
}

TEST(Load, topics_are_named_by_kafkas_rule) {
  const auto topic = [](const std::string& name) { return problems_in("", {"kafka.topics.calls=" + name}); };
  EXPECT_THAT(topic("A-b_c.9"), IsEmpty());
  EXPECT_THAT(topic(std::string(249, 'x')), IsEmpty());
  EXPECT_THAT(topic(std::string(250, 'x')), SizeIs(1));
  for (const auto* name : {"", ".", "..", "a b", "a/b", "t\u00f6pic"}) EXPECT_THAT(topic(name), SizeIs(1)) << name;
  EXPECT_THAT(problems_in("kafka: {topics: {events: [ok, 'no no']}}\n"),
              ElementsAre(StartsWith("1:31 kafka.topics.events[1]: `no no`")));
}

TEST(Load, topics_must_differ) {
  EXPECT_THAT(problems_in("kafka:\n  topics:\n    state: x\n    calls: x\n"),
              ElementsAre("3:12 kafka.topics.state: topic `x` is also kafka.topics.calls; give each its own topic"));
  EXPECT_THAT(problems_in("kafka: {topics: {events: [a, a]}}\n"), ElementsAre(HasSubstr("kafka.topics.events[1]: ")));
  EXPECT_THAT(problems_in("", {"kafka.topics.dead_letters=insights"}), SizeIs(1));
  // Only one of the two was written: that one is to be mended.
  EXPECT_THAT(problems_in("kafka: {topics: {events: [insights]}}\n"),
              ElementsAre(StartsWith("1:27 kafka.topics.events[0]: ")));
}

TEST(Load, addresses_are_checked) {
  for (const auto* good : {"127.0.0.1:0", "localhost:65535", "[::]:9464"})
    EXPECT_THAT(problems_in("", {std::string("admin.listen=") + good}), IsEmpty()) << good;
  for (const auto* bad : {"", ":9464", "localhost", "h:65536", "h:x", "::1:9", "h:", "a b:1"})
    EXPECT_THAT(problems_in("", {std::string("admin.listen=") + bad}), SizeIs(1)) << bad;
  for (const auto* bad : {"", "a:0", "a:1,", ",a:1", "a:b"})
    EXPECT_THAT(problems_in("", {std::string("kafka.bootstrap_servers=") + bad}), SizeIs(1)) << bad;
}

TEST(Load, selectors_take_one_star_at_an_end) {
  for (const auto* good : {"*", "Get*", "*Object", "x"})
    EXPECT_THAT(problems_in("selectors: [{event_name: '" + std::string(good) + "'}]\n"), IsEmpty()) << good;
  for (const auto* bad : {"a*b", "*a*", "**"})
    EXPECT_THAT(problems_in("selectors: [{event_name: '" + std::string(bad) + "'}]\n"), SizeIs(1)) << bad;
  EXPECT_THAT(problems_in("selectors: [{call_rate: false, error_rate: false}]\n"),
              ElementsAre(HasSubstr("write include: false instead")));
}

TEST(Load, properties_that_the_engine_relies_on_are_refused) {
  EXPECT_THAT(problems_in("kafka: {properties: {bootstrap.servers: x}}\n"),
              ElementsAre(HasSubstr("set kafka.bootstrap_servers instead")));
  EXPECT_THAT(problems_in("", {"kafka.properties.isolation.level=read_uncommitted"}), SizeIs(1));
  EXPECT_THAT(problems_in("", {"kafka.properties.isolation.level=read_committed"}), IsEmpty());
  EXPECT_THAT(problems_in("kafka: {properties: {a.b: 1}, properties_from_files: {a.b: /x, c: ''}}\n"), SizeIs(2));
}

}  // namespace
}  // namespace insight::settings
