#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/cluster.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"

namespace insight::kafka {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Properties, EveryMistakeIsNamedAndNoValueRepeated) {
  const auto mistakes = check_properties({{"no.such.property", "hunter2"},
                                          {"sasl.mechanism", "PLAIN"},
                                          {"session.timeout.ms", "hunter2"},
                                          {"security.protocol", "hunter2"}});
  ASSERT_EQ(mistakes.size(), 3u);
  EXPECT_EQ(mistakes[0].property, "no.such.property");
  EXPECT_TRUE(mistakes[0].unknown);
  EXPECT_EQ(mistakes[1].property, "security.protocol");
  EXPECT_EQ(mistakes[1].text, "librdkafka refuses this value; it takes plaintext, ssl, sasl_plaintext, sasl_ssl");
  EXPECT_EQ(mistakes[2].property, "session.timeout.ms");
  EXPECT_EQ(mistakes[2].text, "librdkafka refuses this value; it takes 1 .. 3600000");
  for (const auto& mistake : mistakes) EXPECT_THAT(mistake.text, Not(HasSubstr("hunter2")));
}

TEST(Properties, OfAnotherClientsPropertyTheLibrarySaysWhatToUseInstead) {
  const auto mistakes = check_properties({{"ssl.truststore.location", "hunter2"}});
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_THAT(mistakes[0].text, HasSubstr("ssl.ca.location"));
  EXPECT_THAT(mistakes[0].text, Not(HasSubstr("hunter2")));
}

TEST(Properties, EveryOneOfTheLibraryIsKnown) {
  const auto& known = known_properties();
  EXPECT_GT(known.size(), 150u);
  EXPECT_EQ(known.at("enable.auto.commit"), "true, false");
  EXPECT_EQ(known.at("sasl.password"), "");
  EXPECT_TRUE(known.contains("acks"));   // of the second table, the topics'
  for (const auto& [name, range] : known) {
    const auto mistakes = check_properties({{name, "x"}});
    EXPECT_FALSE(mistakes.size() == 1 && mistakes[0].unknown) << name;
  }
}

TEST(Properties, WhatExactlyOnceDependsOnCannotBeChanged) {
  const auto mistakes = check_properties({{"enable.auto.commit", "true"}, {"enable.idempotence", "false"}});
  ASSERT_EQ(mistakes.size(), 2u);
  EXPECT_THAT(mistakes[0].text, HasSubstr("`enable.auto.commit` must stay false"));
  EXPECT_TRUE(check_properties({{"enable.auto.commit", "false"}}).empty());
}

TEST(Properties, WhatTheConfigurationHasKeysForIsNotTakenFromProperties) {
  const auto mistakes = check_properties({{"bootstrap.servers", "other:9092"}, {"group.id", "other"}});
  ASSERT_EQ(mistakes.size(), 2u);
  EXPECT_THAT(mistakes[0].text, HasSubstr("kafka.bootstrap_servers"));
  EXPECT_THAT(mistakes[1].text, HasSubstr("kafka.consumer_group"));
}

TEST(Properties, AClientWithABadOneIsNotMade) {
  ClientOptions options;
  options.bootstrap_servers = "127.0.0.1:1";
  options.properties = {{"fetch.min.bytes", "many"}};
  const auto consumer = LibrdkafkaCluster().consumer({options, "group"});
  ASSERT_FALSE(consumer);
  EXPECT_THAT(consumer.error.text, HasSubstr("fetch.min.bytes"));
}

TEST(Properties, OneSetServesAllClientsWithoutNoise) {
  ClientOptions options;
  options.bootstrap_servers = "127.0.0.1:1";
  options.properties = {{"linger.ms", "5"}, {"fetch.min.bytes", "1"}, {"security.protocol", "plaintext"}};
  std::mutex mutex;
  std::string log;
  options.log = [&](LogLevel, std::string_view line) {
    const std::lock_guard lock(mutex);
    log += line;
  };
  {
    EXPECT_TRUE(LibrdkafkaCluster().consumer({options, "group"}));
    EXPECT_TRUE(LibrdkafkaCluster().producer(options, nullptr));
    EXPECT_TRUE(LibrdkafkaCluster().transactional_producer(options, "id"));
    EXPECT_TRUE(LibrdkafkaCluster().admin(options));
  }
  const std::lock_guard lock(mutex);
  EXPECT_THAT(log, Not(HasSubstr("will be ignored")));
}

TEST(Properties, TheNewerGroupProtocolIsNotGivenWhatItRefuses) {
  ClientOptions options;
  options.bootstrap_servers = "127.0.0.1:1";
  options.properties = {{"group.protocol", "consumer"}};
  const auto consumer = LibrdkafkaCluster().consumer({options, "group"});
  EXPECT_TRUE(consumer) << to_string(consumer.error);
}

TEST(Health, IsConnectedFromAnAnswerUntilAllBrokersAreDown) {
  Health health;
  EXPECT_FALSE(health.snapshot().connected);
  health.note_answer();
  EXPECT_TRUE(health.snapshot().connected);
  Error one_down;
  one_down.code = -195;
  health.note_error(one_down, false);
  EXPECT_TRUE(health.snapshot().connected);
  health.note_error(one_down, true);
  EXPECT_FALSE(health.snapshot().connected);
  EXPECT_EQ(health.snapshot().errors, 2u);
  health.note_answer();
  EXPECT_TRUE(health.snapshot().connected);
  EXPECT_EQ(health.snapshot().last.code, -195);
}

TEST(Health, AFatalErrorStays) {
  Health health;
  Error fatal;
  fatal.code = -150;
  fatal.fatal = true;
  health.note_error(fatal, false);
  health.note_answer();
  EXPECT_EQ(health.snapshot().fatal.code, -150);
}

}  // namespace
}  // namespace insight::kafka
