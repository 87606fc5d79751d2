#include <cstdlib>
#include <sstream>

#include "fixture.h"

namespace insight::settings {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Shipped files that the table of keys writes. INSIGHT_UPDATE=1 rewrites them.
void expect_shipped(const std::string& name, const std::string& text) {
  const std::string path = std::string(INSIGHT_SOURCE_DIR) + "/config/" + name;
  if (std::getenv("INSIGHT_UPDATE")) std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(read(path), text) << "run this test with INSIGHT_UPDATE=1 and review the change";
}

TEST(Shipped, configuration_loads_clean_and_is_the_defaults) {
  expect_shipped("insightd.yaml", commented_defaults());
  const auto loaded = load(std::string(INSIGHT_SOURCE_DIR) + "/config/insightd.yaml", {});
  EXPECT_THAT(problems_of(loaded), IsEmpty());
  EXPECT_EQ(print(loaded.settings), print(Settings{}));
}

TEST(Shipped, schema_is_the_one_of_the_keys) { expect_shipped("insightd.schema.json", schema_json()); }

TEST(Print, what_is_printed_loads_to_the_same) {
  const auto loaded = load_text(R"(
kafka:
  properties: {a.b: "1", odd: "x: #y\n\"\\", flag: "true"}
  properties_from_files: {sasl.password: /run/secrets/p}
selectors: [{account: 000000000012, event_name: "*"}, {}, {include: false, region: "no"}]
input: {lateness: 1h0m30s}
detection: {alert_budget: 0.30000000000000004}
limits: {memory: 1536MiB}
)");
  ASSERT_THAT(problems_of(loaded), IsEmpty());
  const auto again = load_text(print(loaded.settings));
  EXPECT_THAT(problems_of(again), IsEmpty());
  EXPECT_EQ(print(again.settings), print(loaded.settings));
  EXPECT_EQ(again.settings.kafka.properties, loaded.settings.kafka.properties);
  EXPECT_EQ(again.settings.detection.alert_budget, 0.30000000000000004);
  EXPECT_EQ(again.settings.selectors.at(0).account, "000000000012");
  EXPECT_EQ(again.settings.selectors.size(), 3u);
}

TEST(Print, secrets_are_masked) {
  Settings settings;
  for (const auto* name : {"sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem", "x.secret",
                           "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config", "SASL.Password",
                           "ssl_key_pem.pem", "sasl.oauthbearer.assertion.private.key.passphrase"})
    settings.kafka.properties[name] = "hunter2";
  settings.kafka.properties["security.protocol"] = "SASL_SSL";
  settings.kafka.properties["ssl.certificate.pem"] = "public";
  settings.kafka.properties_from_files["sasl.password"] = "/run/p";
  const auto text = print(settings);
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr("    sasl.password: \"********\"\n"));
  EXPECT_THAT(text, HasSubstr("    security.protocol: SASL_SSL\n"));
  EXPECT_THAT(text, HasSubstr("    ssl.certificate.pem: public\n"));
  EXPECT_THAT(text, HasSubstr("    sasl.password: /run/p\n"));
}

TEST(Print, secrets_stay_out_of_problems) {
  for (const auto* text :
       {"kafka: {properties: {sasl.password: {hunter2: x}}}\n", "kafka: {properties: {sasl.password: [hunter2]}}\n",
        "kafka: {properties: sasl.password=hunter2}\n", "kafka:\n  properties:\n    sasl.password:hunter2\n",
        "kafka: {properties: {sasl.password:hunter2}}\n", "kafka: {properties: {sasl.password=hunter2}}\n",
        "kafka: {properties: [sasl.password=hunter2]}\n", "sasl.password: hunter2\n",
        "kafka: {properties_from_files: sasl.password=hunter2}\n"}) {
    const auto problems = problems_in(text);
    EXPECT_FALSE(problems.empty()) << text;
    EXPECT_THAT(problems, Each(Not(HasSubstr("hunter2")))) << text;
  }
  for (const auto* text : {"kafka.properties.sasl.password:hunter2", "kafka.properties.sasl.password hunter2",
                           "kafka.propertis.sasl.password=hunter2", "kafka.properties=hunter2"})
    EXPECT_THAT(problems_of(load("", {text})), ElementsAre(Not(HasSubstr("hunter2")))) << text;
}

TEST(Print, a_secret_that_stands_where_its_path_belongs_is_masked) {
  Settings settings;
  settings.kafka.properties_from_files["sasl.password"] = "hunter2";
  EXPECT_THAT(print(settings), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace insight::settings
