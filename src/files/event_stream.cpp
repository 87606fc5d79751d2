#include "files/event_stream.h"

#include <algorithm>
#include <utility>

#include <xxhash.h>

#include "decode/stream.h"
#include "files/file_decoder.h"
#include "files/held_events.h"
#include "files/time_scan.h"

namespace insight::files {
namespace {

constexpr core::Duration kDeliveryAhead = std::chrono::minutes(30);  // CloudTrail delivers within 15
constexpr size_t kScanBytes = 1u << 20;
constexpr size_t kDocumentBytesMax = decode::Limits{}.document_bytes_max;

}  // namespace

// One open input: a file with all its events, sorted; or a stream with those of its last part, as they came.
class EventStream::Source : public decode::EventSink {
 public:
  Source(const Input& input, decode::Decoder& decoder, EventStream& stream)
      : input_(input),
        stream_(stream),
        decoder_(decoder, input.is_stream ? own_text_ : stream.text_, input.path, kDocumentBytesMax) {}

  // Sees to it that there is an event at the head; false at the end.
  bool fill() {
    while (at_ == held_.size()) {
      if (status_ != decode::StreamStatus::kMore) return false;
      held_.clear();
      at_ = 0;
      do read_part();
      while (!input_.is_stream && status_ == decode::StreamStatus::kMore);
      if (!input_.is_stream) held_.sort();
    }
    return true;
  }

  core::Timestamp time() const { return held_.time(at_); }
  uint64_t order() const { return held_.order(at_); }
  void take(Event& out) {
    out.call = held_.get(at_);
    out.where = {};
    out.where.source = input_.path;
    (held_.is_line(at_) ? out.where.line : out.where.index) = held_.place(at_);
    ++at_;
  }

  void on_event(const core::CallEvent& event, decode::RecordIndex at) override {
    held_.add(event, at.line > 0 ? at.line : at.index, at.line > 0);
  }
  void on_error(core::DropReason reason, decode::RecordIndex at, std::string_view) override {
    core::Coordinates where;
    where.source = input_.path;
    where.index = at.index;
    where.line = at.line;
    stream_.listener_.on_error(reason, where);
  }

 private:
  void read_part() {
    status_ = decoder_.step(*this);
    stream_.read_more(decoder_.bytes_read() - bytes_read_);
    bytes_read_ = decoder_.bytes_read();
    if (status_ == decode::StreamStatus::kUnreadable) stream_.listener_.on_unreadable(input_.path, decoder_.error());
  }

  const Input& input_;
  EventStream& stream_;
  decode::TextBuffer own_text_;   // of a stream: a file is read to its end at once
  FileDecoder decoder_;
  HeldEvents held_;
  size_t at_ = 0;
  uint64_t bytes_read_ = 0;
  decode::StreamStatus status_ = decode::StreamStatus::kMore;
};

EventStream::EventStream(std::vector<Input> inputs, StreamListener& listener)
    : inputs_(std::move(inputs)), listener_(listener), sources_(inputs_.size()) {
  const bool scanned = inputs_.size() > 1;
  for (const auto& input : inputs_)
    bytes_total_ += input.bytes * (scanned && !input.delivered && !input.is_stream ? 2 : 1);
}

EventStream::~EventStream() = default;

bool EventStream::next(Event& out) {
  if (!scheduled_) schedule();
  // The strings of the last event were borrowed until now.
  if (current_) push_head(*std::exchange(current_, std::nullopt));
  open_due();
  if (heads_.empty()) return false;
  const Head head = heads_.top();
  heads_.pop();
  sources_[head.source]->take(out);
  out.unique = unique_of(head, out.call);
  current_ = head.source;
  return true;
}

// When each input is opened. One alone needs no time.
void EventStream::schedule() {
  scheduled_ = true;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Input& input = inputs_[i];
    core::Timestamp opens = core::Timestamp::min();
    if (input.delivered)
      opens = *input.delivered - kDeliveryAhead;
    else if (!input.is_stream && inputs_.size() > 1)
      opens = earliest_time(input).value_or(opens);
    waiting_.push_back({opens, i});
  }
  std::ranges::sort(waiting_, [](const Waiting& a, const Waiting& b) {
    return a.opens != b.opens ? a.opens > b.opens : a.input > b.input;
  });
}

std::optional<core::Timestamp> EventStream::earliest_time(const Input& input) {
  TimeScan scan;
  decode::ByteStream stream(input.path);
  decode::TextBuffer part;
  uint64_t bytes_read = 0;
  while (stream.read(part, kScanBytes) == decode::StreamStatus::kMore) {
    scan.add(part.view());
    part.clear();
    read_more(stream.bytes_read() - bytes_read);
    bytes_read = stream.bytes_read();
  }
  return scan.earliest();  // what was wrong with the file is told when it is opened
}

// Opens every input whose time the merge has come to, and all others of the same time with it: which of them
// holds older events must not matter.
void EventStream::open_due() {
  while (!waiting_.empty() && (heads_.empty() || waiting_.back().opens <= heads_.top().time)) {
    const core::Timestamp due = waiting_.back().opens;
    while (!waiting_.empty() && waiting_.back().opens == due) {
      const size_t input = waiting_.back().input;
      waiting_.pop_back();
      open(input);
    }
  }
}

void EventStream::open(size_t input) {
  sources_[input] = std::make_unique<Source>(inputs_[input], decoder_, *this);
  push_head(input);
}

void EventStream::push_head(size_t source) {
  if (sources_[source]->fill())
    heads_.push({sources_[source]->time(), sources_[source]->order(), source});
  else
    sources_[source].reset();
}

void EventStream::read_more(uint64_t bytes) {
  bytes_done_ += bytes;
  listener_.on_progress(bytes_done_, std::max(bytes_done_, bytes_total_));
}

uint64_t EventStream::unique_of(const Head& head, const core::CallEvent& call) {
  const bool same = head.order == last_order_ && head.time == last_time_ && call.event_id.empty();
  run_ = same ? run_ + 1 : 0;
  last_order_ = head.order;
  last_time_ = head.time;
  const uint64_t place[] = {static_cast<uint64_t>(head.time.time_since_epoch().count()), run_};
  return XXH3_64bits_withSeed(place, sizeof place, head.order);
}

}  // namespace insight::files
