// Kafka's error numbers, as far as the simulated broker says them.
#pragma once

#include <string>

#include "kafka/client.h"

namespace insight::simulation {

// The protocol's own numbers; negative ones are what librdkafka says by itself.
enum class Code : int16_t {
  kNone = 0,
  kOffsetOutOfRange = 1,
  kUnknownTopicOrPartition = 3,
  kRecordTooLarge = 10,
  kIllegalGeneration = 22,
  kUnknownMember = 25,
  kRebalanceInProgress = 27,
  kTopicAlreadyExists = 36,
  kInvalidPartitions = 37,
  kInvalidConfig = 40,
  kOutOfOrderSequence = 45,
  kInvalidProducerEpoch = 47,
  kInvalidTransactionState = 48,
  kInvalidProducerIdMapping = 49,
  kConcurrentTransactions = 51,
  kFencedInstance = 82,
  kUnstableOffsetCommit = 88,
  kProducerFenced = 90,
  kLocalOffsetReset = -140,
  kLocalFenced = -144,
  kLocalMaxPollExceeded = -147,
  kLocalFatal = -150,
  kLocalPurged = -151,
  kLocalNoOffset = -168,
  kLocalState = -172,
  kLocalQueueFull = -184,
  kLocalTimedOut = -185,
  kLocalInvalidArgument = -186,
  kLocalAllBrokersDown = -187,
};

inline kafka::Error make_error(Code code, std::string text) {
  kafka::Error error;
  error.code = static_cast<int>(code);
  error.text = std::move(text);
  return error;
}

}  // namespace insight::simulation
