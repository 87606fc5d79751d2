#include "kafka/refusal.h"

#include <gtest/gtest.h>

namespace insight::kafka {
namespace {

TEST(Refusal, OfAPasswordNamesTheBrokerAndTheProperties) {
  EXPECT_EQ(explain_refusal("[thrd:sasl_ssl://b:9093/bootstrap]: sasl_ssl://b:9093/bootstrap: SASL authentication "
                            "error: Authentication failed: Invalid username or password (after 302ms in state "
                            "AUTH_REQ, 1 identical error(s) suppressed)"),
            "sasl_ssl://b:9093/bootstrap refuses the user or the password: check sasl.username, sasl.password and "
            "sasl.mechanism (Authentication failed: Invalid username or password)");
}

TEST(Refusal, IsTheSameSentenceForTheLogLineAndTheError) {
  const auto log = explain_refusal(
      "[thrd:ssl://b:1/1]: ssl://b:1/1: Receive failed: error:0A000412:SSL routines::sslv3 "
      "alert bad certificate: SSL alert number 42 (after 7ms in state APIVERSION_QUERY)");
  ASSERT_TRUE(log);
  EXPECT_EQ(log, explain_refusal("ssl://b:1/1: Receive failed: error:0A000412:SSL routines::sslv3 alert bad "
                                 "certificate: SSL alert number 42 (after 0ms in state APIVERSION_QUERY)"));
  EXPECT_NE(log->find("ssl.certificate.location"), std::string::npos) << *log;
}

TEST(Refusal, OfTheBrokersCertificateNamesTheAuthorities) {
  const auto said = explain_refusal(
      "ssl://b:1/1: SSL handshake failed: error:0A000086:SSL routines::certificate verify "
      "failed: broker certificate could not be verified (after 173ms in state "
      "SSL_HANDSHAKE)");
  ASSERT_TRUE(said);
  EXPECT_NE(said->find("ssl://b:1/1 shows a certificate"), std::string::npos) << *said;
  EXPECT_NE(said->find("ssl.ca.location"), std::string::npos) << *said;
}

TEST(Refusal, OfATransactionalIdIsTheSameSentenceForEveryLineThatSaysIt) {
  const auto said = explain_refusal(
      "[thrd:main]: Fatal transaction error: Failed to find transaction coordinator: sasl_plaintext://b:1/1: Broker: "
      "Transactional Id authorization failed: Transactional Id authorization failed. "
      "(TRANSACTIONAL_ID_AUTHORIZATION_FAILED)");
  ASSERT_TRUE(said);
  EXPECT_TRUE(said->starts_with("the user may not Write its transactional ids")) << *said;
  EXPECT_EQ(said, explain_refusal("[thrd:main]: Fatal error: Broker: Transactional Id authorization failed: Failed to "
                                  "find transaction coordinator: b:1/1: Transactional Id authorization failed."));
}

TEST(Refusal, IsNotWhatABrokerThatIsAwaySays) {
  EXPECT_FALSE(
      explain_refusal("[thrd:b:9092/1]: b:9092/1: Connect to ipv4#127.0.0.1:9092 failed: Connection refused "
                      "(after 0ms in state CONNECT)"));
  EXPECT_FALSE(explain_refusal("1/1 brokers are down"));
  EXPECT_FALSE(explain_refusal(""));
}

}  // namespace
}  // namespace insight::kafka
