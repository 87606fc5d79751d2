// A CloudTrail trail for tests of the daemon: steady days, then everything that can go wrong, delivered as trails are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace insight::integration {

// One message of the events topic.
struct TrailMessage {
  int32_t partition = 0;
  int64_t time_ms = 0;         // when it was delivered: its Kafka timestamp, and the order of messages
  std::string payload;         // one record, or a log file in gzip
  uint32_t records = 1;
};

// A trail of `days` days, of which the last `eventful` each hold an attack, an outage, jobs that stop, errors, and an API never seen
// before. Every record is delivered up to 9 minutes after its event, in any order, one in five twice; nine in ten
// alone in a message, the others in log files. The same trail for the same seed.
struct Trail {
  std::vector<TrailMessage> messages;  // in order of time; those of a partition are to be produced in this order
  std::string ndjson;  // the same records, a line each, copies included
  uint64_t records = 0;
  int64_t begin_ms = 0;
  int64_t end_ms = 0;  // no event is later, but the closing ones
  int64_t decided_until_ms = 0;  // decisions on minutes before it are final in the daemon and in a replay

  // Messages in [from, until), as shares of the trail's time.
  std::vector<TrailMessage> part(double from, double until) const;
  uint64_t records_in(double from, double until) const;
};

Trail make_trail(int days, int32_t partitions, uint64_t seed, int eventful = 1);

// One CloudTrail record. `error`: empty, the call succeeded.
struct TrailEvent {
  int64_t time_ms = 0;
  std::string source;
  std::string name;
  bool read_only = false;
  std::string error;
  std::string principal;
  uint64_t id = 0;
};
std::string to_record(const TrailEvent& event);
std::string gzip(const std::string& text);

}  // namespace insight::integration
