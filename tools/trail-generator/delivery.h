// From records to log files in a bucket: late, unordered, and some of them twice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/time.h"
#include "trail-generator/random.h"

namespace insight::trail {

// What was delivered.
struct DeliveryCounts {
  uint64_t records = 0;      // with copies
  uint64_t copies = 0;
  uint64_t files = 0;
  uint64_t bytes = 0;        // before compression
};

// Delivers records as CloudTrail does: a record becomes available 20 s to 4 min 20 s after its event (half of them
// within 2 min) and is written into the file of the five minutes in which that happens, whose name says when they
// end: AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHMMZ_x.json.gz. So an
// event is at most 9 min 20 s older than its file's name, and no record is 9 minutes older than any record of
// its own or an earlier file. Files are unordered. One record in five is a copy, the same bytes in another file.
//
// Records are added in order of their minutes; what is held in memory is ten minutes of them.
class Delivery {
 public:
  Delivery(std::filesystem::path root, std::string account, std::string region, uint64_t seed);

  // Takes one record. `id` is its call's.
  void add(core::Timestamp time, uint64_t id, std::string record);
  // Writes the files that are complete once all events before `minute` were added.
  void flush_before(core::Minute minute);
  // Writes all that is left.
  void finish() { flush_before(core::Minute{INT32_MAX}); }

  const DeliveryCounts& counts() const { return counts_; }

 private:
  // The files of one name minute; the second holds copies of records in the first.
  struct Slot {
    std::vector<std::string> records;
    std::vector<std::string> copies;
  };

  core::Minute slot_of(core::Timestamp time, Random& random) const;
  void write_file(core::Minute slot, std::vector<std::string>& records, uint64_t part);

  std::filesystem::path root_;
  std::string account_;
  std::string region_;
  uint64_t seed_;
  std::map<core::Minute, Slot> slots_;
  DeliveryCounts counts_;
};

}  // namespace insight::trail
