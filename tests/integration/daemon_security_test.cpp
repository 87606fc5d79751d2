// The real binary and a broker that wants TLS, certificates and passwords; and what is said of the wrong ones.
#include <signal.h>

#include "tests/integration/certificates.h"
#include "tests/integration/daemon_fixture.h"

namespace insight::integration {
namespace {

constexpr char kUser[] = "insightd";
constexpr char kPassword[] = "correct-horse-battery";
constexpr char kWrongPassword[] = "wrong-horse-battery";

const Certificates& certificates() {
  static const Certificates made;
  return made;
}

KafkaBroker& secured_broker() {
  const auto& pems = certificates();
  const auto login = [](const std::string& module, const std::string& more) {
    return "org.apache.kafka.common.security." + module + " required" + more + ";";
  };
  static KafkaBroker broker(
      {{"log.retention.ms", "-1"},
       {"ssl.keystore.type", "PEM"},
       {"ssl.keystore.location", pems.broker()},
       {"ssl.truststore.type", "PEM"},
       {"ssl.truststore.location", pems.authority()},
       {"listener.name.certified.ssl.client.auth", "required"},
       {"sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-512"},
       {"listener.name.password.plain.sasl.jaas.config",
        login("plain.PlainLoginModule", std::string(" user_") + kUser + "=\"" + kPassword + "\"")},
       {"listener.name.password.scram-sha-512.sasl.jaas.config", login("scram.ScramLoginModule", "")}},
      {{"CERTIFIED", "SSL"}, {"PASSWORD", "SASL_SSL"}},
      {"--add-scram", std::string("SCRAM-SHA-512=[name=") + kUser + ",password=" + kPassword + "]"});
  return broker;
}

size_t lines_with(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (const auto& line : split_lines(text)) found += line.find(what) != std::string::npos ? 1 : 0;
  return found;
}

class Security : public OnDaemon {
 protected:
  KafkaBroker& broker() override { return secured_broker(); }

  void configure_for(const std::string& listener, kafka::Properties properties) {
    properties.try_emplace("ssl.ca.location", certificates().authority());
    properties.try_emplace("security.protocol", listener == "PASSWORD" ? "SASL_SSL" : "SSL");
    std::string text = config_text("detection:\n  early_start: false\n", properties);
    replace_in(text, broker().address(), "127.0.0.1:" + std::to_string(broker().port(listener)));
    config_ = folder_ / "insightd.yaml";
    write_file(config_, text);
  }
  static kafka::Properties with_password(const std::string& mechanism, const std::string& password) {
    return {{"sasl.mechanism", mechanism}, {"sasl.username", kUser}, {"sasl.password", password}};
  }
  static kafka::Properties with_certificate(const Certificates::Identity& identity) {
    return {{"ssl.certificate.location", identity.certificate}, {"ssl.key.location", identity.key}};
  }

  void expect_no_secret(Daemon& daemon) {
    for (const char* secret : {kPassword, kWrongPassword}) {
      EXPECT_EQ(daemon.log().find(secret), std::string::npos);
      EXPECT_EQ(daemon.get("/metrics").body.find(secret), std::string::npos);
      EXPECT_EQ(daemon.get("/readyz").body.find(secret), std::string::npos);
    }
  }
  void expect_work() {
    create_events();
    const Trail trail = make_trail(1, kInputPartitions, 5);
    produce(trail.part(0, 0.2));
    const auto daemon = start_daemon("one");
    ASSERT_TRUE(all_judged());
    EXPECT_EQ(daemon->metric("insight_records_received_total"), static_cast<double>(trail.records_in(0, 0.2)));
    expect_no_secret(*daemon);
  }

  // A daemon that the broker does not let in, and the sentence that it says of it.
  struct Refused {
    std::unique_ptr<Daemon> daemon;
    std::string sentence;
  };
  std::vector<Refused> refused_;

  void start_refused(const std::string& listener, const kafka::Properties& properties, const std::string& sentence) {
    configure_for(listener, properties);
    const std::string name = "refused-" + std::to_string(refused_.size());
    const auto config = folder_ / (name + ".yaml");
    std::filesystem::rename(config_, config);
    config_ = config;
    refused_.push_back({start_daemon(name), sentence});
  }
};

TEST_F(Security, WorksWithScram) {
  configure_for("PASSWORD", with_password("SCRAM-SHA-512", kPassword));
  expect_work();
}

// However much the client library says.
TEST_F(Security, WorksWithPlainAndTellsNobody) {
  auto properties = with_password("PLAIN", kPassword);
  properties["debug"] = "all";
  configure_for("PASSWORD", properties);
  write_file(config_, read_file(config_) + "logging:\n  level: trace\n");
  expect_work();
}

TEST_F(Security, WorksWithACertificate) {
  configure_for("CERTIFIED", with_certificate(certificates().client()));
  expect_work();
}

// The daemon says why, keeps trying, is alive and not ready, and stops when it is told to.
TEST_F(Security, EveryRefusalIsOneSentenceHoweverOftenItIsMet) {
  constexpr char kCredentials[] =
      " refuses the user or the password: check sasl.username, sasl.password and sasl.mechanism";
  constexpr char kOurs[] = " refuses the certificate of this client, or wants one: check ssl.certificate.location";
  constexpr char kTheirs[] = " shows a certificate that cannot be verified: check ssl.ca.location";
  start_refused("PASSWORD", with_password("SCRAM-SHA-512", kWrongPassword), kCredentials);
  start_refused("PASSWORD", with_password("PLAIN", kWrongPassword), kCredentials);
  auto other_authority = with_password("PLAIN", kPassword);
  other_authority["ssl.ca.location"] = certificates().other_authority();
  start_refused("PASSWORD", other_authority, kTheirs);
  start_refused("CERTIFIED", with_certificate(certificates().stranger()), kOurs);
  start_refused("CERTIFIED", {}, kOurs);

  for (auto& [daemon, sentence] : refused_) {
    ASSERT_TRUE(eventually([&] { return lines_with(daemon->log(), "trying again in") >= 2; })) << daemon->log();
    const std::string said = daemon->log();
    EXPECT_EQ(lines_with(said, sentence) - lines_with(said, "more like it were not shown"), 1u) << said;
    EXPECT_EQ(lines_with(said, "SSL routines") + lines_with(said, "AUTH_REQ"), 0u) << "in plain words: " << said;
    EXPECT_EQ(daemon->get("/livez").status, 200);
    EXPECT_EQ(daemon->get("/readyz").status, 503);
    expect_no_secret(*daemon);
    daemon->signal(SIGTERM);
  }
  for (auto& [daemon, sentence] : refused_) EXPECT_EQ(daemon->wait_exit(milliseconds(20000)), 0);
}

}  // namespace
}  // namespace insight::integration
