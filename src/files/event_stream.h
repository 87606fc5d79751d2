// The events of many files as one sequence in event-time order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "core/call_event.h"
#include "core/coordinates.h"
#include "core/drop_reason.h"
#include "decode/decoder.h"
#include "decode/text_buffer.h"
#include "files/catalog.h"

namespace insight::files {

// Told what is no event, and how far reading has come.
class StreamListener {
 public:
  virtual ~StreamListener() = default;
  // A record that cannot be read.
  virtual void on_error(core::DropReason reason, const core::Coordinates& where) = 0;
  // An input that could not be opened or read to its end.
  virtual void on_unreadable(std::string_view path, std::string_view reason) = 0;
  // At least every few MiB. Inputs whose times have to be looked for are read twice and count twice.
  virtual void on_progress(uint64_t bytes_done, uint64_t bytes_total) {
    static_cast<void>(bytes_done);
    static_cast<void>(bytes_total);
  }
};

struct Event {
  core::CallEvent call;       // its strings are valid until the next call of next()
  core::Coordinates where;
  // Tells calls without an event id apart, whatever their files are called: a hash of all that the event says
  // and, if it has no id, of how many like it came before. Calls with an id are told apart by the id.
  uint64_t unique = 0;
};

// Merges the events of all inputs by (event time, hash of id and content), so that the sequence depends on what
// the files hold and not on their order or, beyond the time in a CloudTrail name, their names.
//
// A file is decoded, held compactly (HeldEvents) and sorted when the merge comes to its time: the time in a
// CloudTrail name less 30 minutes (delivery comes after the events), otherwise the file's earliest eventTime,
// found by a pre-scan of its text. What is older still (delivered later than that) comes when its file is
// opened: late, but in the same place whatever the order of paths. Standard input, pipes and devices are taken
// as they come. Memory: the files open at one time, some 50 bytes an event; and one document (256 MiB) while it
// is decoded. Not thread-safe. Borrows the listener.
class EventStream {
 public:
  explicit EventStream(std::vector<Input> inputs, StreamListener& listener);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // The next event; false at the end of all inputs.
  bool next(Event& out);

  uint64_t bytes_done() const { return bytes_done_; }
  uint64_t bytes_total() const { return bytes_total_; }

 private:
  class Source;
  struct Waiting {
    core::Timestamp opens;
    size_t input;
  };
  struct Head {
    core::Timestamp time;
    uint64_t order;
    size_t source;
    // For a queue whose top is the smallest.
    bool operator<(const Head& other) const {
      if (time != other.time) return time > other.time;
      if (order != other.order) return order > other.order;
      return source > other.source;
    }
  };

  void schedule();
  std::optional<core::Timestamp> earliest_time(const Input& input);
  void open_due();
  void open(size_t input);
  void push_head(size_t source);
  void read_more(uint64_t bytes);
  uint64_t unique_of(const Head& head, const core::CallEvent& call);

  std::vector<Input> inputs_;
  StreamListener& listener_;
  decode::Decoder decoder_;
  decode::TextBuffer text_;                        // of the file that is being read
  bool scheduled_ = false;
  std::vector<Waiting> waiting_;                   // by time, the last opens first
  std::vector<std::unique_ptr<Source>> sources_;   // one per input; null unless open
  std::priority_queue<Head> heads_;
  std::optional<size_t> current_;                  // source of the last event
  uint64_t last_order_ = 0;
  core::Timestamp last_time_;
  uint64_t run_ = 0;                               // events like the last, without an id, in a row
  uint64_t bytes_done_ = 0;
  uint64_t bytes_total_ = 0;
};

}  // namespace insight::files
