// Lists of numbers in as few bits as a simple code needs.
//
// Method: Golomb's codes in Teuhola's form: v + 2^k in binary, after as many zeros as it has bits beyond k + 1. That
// is close to the entropy of geometric distributions of mean 2^k and loses little on others. A list is written as
// such numbers, or as lengths of runs of zeros and what stands between them, whichever is shorter; k is chosen for
// the list. Everything is exact.
//
// Blind to: any other structure; a list of a repeated pattern costs as much as if it were random.
//
// Sources: S. W. Golomb, "Run-length encodings", IEEE Trans. Information Theory 12(3), 1966; J. Teuhola, "A
// compression method for clustered bit-vectors", Information Processing Letters 7(6), 1978.
#include "models/packing.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace insight::models {
namespace {

constexpr uint8_t kWhole = 0x80;       // and the number in the lower bits
constexpr double kLeastVarint = 128.0;
constexpr double kMostVarint = 0x1p53;
constexpr uint8_t kVarint = 1;
constexpr uint8_t kDouble = 2;

constexpr uint8_t kRuns = 0x40;        // form of a list; k in the lower bits
constexpr unsigned kMostOrder = 61;

bool is_short(double value) {
  return value >= 0.0 && value < kLeastVarint && std::trunc(value) == value && !std::signbit(value);
}

class BitWriter {
 public:
  explicit BitWriter(ByteWriter& out) : out_(out) {}
  ~BitWriter() {
    if (used_ > 0) out_.u8(static_cast<uint8_t>(word_ << (8 - used_)));
  }
  BitWriter(const BitWriter&) = delete;
  BitWriter& operator=(const BitWriter&) = delete;

  // `value` has at most `count` bits, and `count` is at most 64.
  void bits(uint64_t value, int count) {
    if (count > kMostAtOnce) {
      bits(value >> kMostAtOnce, count - kMostAtOnce);
      value &= (uint64_t{1} << kMostAtOnce) - 1;
      count = kMostAtOnce;
    }
    word_ = word_ << count | value;
    used_ += count;
    for (; used_ >= 8; used_ -= 8) out_.u8(static_cast<uint8_t>(word_ >> (used_ - 8)));
  }
  void golomb(uint64_t value, unsigned order) {
    const uint64_t shifted = value + (uint64_t{1} << order);
    const int width = static_cast<int>(std::bit_width(shifted));
    bits(0, width - 1 - static_cast<int>(order));
    bits(shifted, width);
  }

 private:
  static constexpr int kMostAtOnce = 32;

  ByteWriter& out_;
  uint64_t word_ = 0;   // its last `used_` bits are still to be written
  int used_ = 0;        // less than 8
};

class BitReader {
 public:
  explicit BitReader(ByteReader& in) : in_(in) {}

  uint64_t golomb(unsigned order) {
    int zeros = 0;
    for (bool ended = false; !ended;) {
      if (left_ == 0) fill();
      const unsigned ahead = byte_ & ((1U << left_) - 1);
      const int width = static_cast<int>(std::bit_width(ahead));
      zeros += left_ - width;
      ended = width > 0;
      left_ = ended ? width - 1 : 0;
      if (zeros + static_cast<int>(order) > 62 || !in_.ok()) {
        in_.fail();
        return 0;
      }
    }
    uint64_t shifted = 1;
    for (int wanted = zeros + static_cast<int>(order); wanted > 0;) {
      if (left_ == 0) fill();
      const int taken = std::min(wanted, left_);
      left_ -= taken;
      wanted -= taken;
      shifted = shifted << taken | ((unsigned{byte_} >> left_) & ((1U << taken) - 1));
    }
    return shifted - (uint64_t{1} << order);
  }

 private:
  void fill() {
    byte_ = in_.u8();
    left_ = 8;
  }

  ByteReader& in_;
  uint8_t byte_ = 0;
  int left_ = 0;
};

struct Order {
  unsigned order = 0;
  uint64_t bits = 0;
};

// The best order for these numbers. One beyond the mean never is.
Order best_order(std::span<const uint64_t> values) {
  double sum = 0.0;
  for (const uint64_t value : values) sum += static_cast<double>(value);
  const double mean = values.empty() ? 0.0 : sum / static_cast<double>(values.size());
  const auto about = static_cast<unsigned>(std::bit_width(static_cast<uint64_t>(mean)));
  Order best;
  for (unsigned order = 0; order <= std::min(about, kMostOrder); ++order) {
    uint64_t bits = 0;
    for (const uint64_t value : values) {
      bits += 2 * static_cast<uint64_t>(std::bit_width(value + (uint64_t{1} << order))) - 1 - order;
    }
    if (order > 0 && bits >= best.bits) break;   // it only gets worse
    best = {order, bits};
  }
  return best;
}

// Lengths of the runs of zeros, the last one without a value after it; and the values less 1.
struct Runs {
  std::vector<uint64_t> lengths;
  std::vector<uint64_t> values;

  explicit Runs(std::span<const uint64_t> list) {
    lengths.reserve(list.size());
    values.reserve(list.size());
    uint64_t length = 0;
    for (const uint64_t value : list) {
      if (value == 0) {
        ++length;
        continue;
      }
      lengths.push_back(length);
      values.push_back(value - 1);
      length = 0;
    }
    if (length > 0) lengths.push_back(length);
  }
};

// A list in the shorter of its two forms, before it is written.
struct Form {
  std::vector<uint64_t> list;
  Runs runs;
  Order plain;
  Order lengths;
  Order between;
  bool in_runs = false;

  explicit Form(std::vector<uint64_t> values)
      : list(std::move(values)),
        runs(list),
        plain(best_order(list)),
        lengths(best_order(runs.lengths)),
        between(best_order(runs.values)),
        in_runs(plain.bits > lengths.bits + between.bits + 8) {}

  uint64_t bytes() const { return in_runs ? 2 + (lengths.bits + between.bits + 7) / 8 : 1 + (plain.bits + 7) / 8; }

  void write(ByteWriter& out) const {
    out.u8(static_cast<uint8_t>(in_runs ? kRuns | between.order : plain.order));
    if (in_runs) out.u8(static_cast<uint8_t>(lengths.order));
    BitWriter bits(out);
    if (!in_runs) {
      for (const uint64_t value : list) bits.golomb(value, plain.order);
      return;
    }
    for (size_t i = 0; i < runs.lengths.size(); ++i) {
      bits.golomb(runs.lengths[i], lengths.order);
      if (i < runs.values.size()) bits.golomb(runs.values[i], between.order);
    }
  }
};

uint64_t fold(uint64_t value, uint64_t from) {
  const auto difference = static_cast<int64_t>(value - from);
  return (static_cast<uint64_t>(difference) << 1) ^ static_cast<uint64_t>(difference >> 63);
}

// Of the number at `i`, from those before it.
uint64_t guess(std::span<const uint64_t> values, size_t i, Near near) {
  constexpr size_t kHour = 60;
  if (i == 0) return 0;
  if (near == Near::kHourAgo && i >= kHour) return values[i - kHour];
  if (near == Near::kLine && i >= 2) return 2 * values[i - 1] - values[i - 2];
  return values[i - 1];
}

Form form_near(std::span<const uint64_t> values, Near near) {
  std::vector<uint64_t> differences(values.size());
  for (size_t i = 0; i < values.size(); ++i) differences[i] = fold(values[i], guess(values, i, near));
  return Form(std::move(differences));
}

uint64_t unfold(uint64_t folded, uint64_t from) { return from + ((folded >> 1) ^ (~(folded & 1) + 1)); }

}  // namespace

void pack(ByteWriter& out, Single value) {
  if (is_short(value)) return out.u8(kWhole | static_cast<uint8_t>(value));
  const auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
  for (int shift = 24; shift >= 0; shift -= 8) out.u8(static_cast<uint8_t>(bits >> shift));   // sign bit first: 0
}

void unpack(ByteReader& in, Single& value) {
  uint32_t bits = in.u8();
  if (bits >= kWhole) {
    value = static_cast<double>(bits - kWhole);
    return;
  }
  for (int i = 0; i < 3; ++i) bits = bits << 8 | in.u8();
  const auto number = static_cast<double>(std::bit_cast<float>(bits));
  if (!std::isfinite(number)) in.fail();
  value = in.ok() ? number : 0.0;
}

void pack(ByteWriter& out, double value) {
  if (is_short(value)) return out.u8(kWhole | static_cast<uint8_t>(value));
  if (value >= kLeastVarint && value < kMostVarint && std::trunc(value) == value) {
    out.u8(kVarint);
    return out.varint(static_cast<uint64_t>(value));
  }
  out.u8(kDouble);
  out.number(value);
}

void unpack(ByteReader& in, double& value) {
  const uint8_t form = in.u8();
  if (form >= kWhole) {
    value = static_cast<double>(form - kWhole);
  } else if (form == kVarint) {
    value = static_cast<double>(in.varint_up_to(static_cast<uint64_t>(kMostVarint)));
  } else if (form == kDouble) {
    value = in.finite();
  } else {
    in.fail();
  }
}

void pack(ByteWriter& out, std::span<const uint64_t> values) { Form({values.begin(), values.end()}).write(out); }

void unpack(ByteReader& in, std::span<uint64_t> values) {
  const uint8_t form = in.u8();
  const unsigned order = form & (kRuns - 1U);
  const unsigned lengths = form >= kRuns ? in.u8() : 0;
  if (form >= 2 * kRuns || order > kMostOrder || lengths > kMostOrder) return in.fail();
  BitReader bits(in);
  if (form < kRuns) {
    for (uint64_t& value : values) value = bits.golomb(order);
    return;
  }
  for (size_t at = 0; at < values.size() && in.ok();) {
    const uint64_t length = bits.golomb(lengths);
    if (length > values.size() - at) return in.fail();
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(at), length, 0);
    at += length;
    if (at < values.size()) values[at++] = bits.golomb(order) + 1;
  }
}

void pack_near(ByteWriter& out, std::span<const uint64_t> values, Near near) { form_near(values, near).write(out); }

void unpack_near(ByteReader& in, std::span<uint64_t> values, Near near) {
  unpack(in, values);
  for (size_t i = 0; i < values.size(); ++i) values[i] = unfold(values[i], guess(values, i, near));
}

void pack_nearest(ByteWriter& out, std::span<const uint64_t> values) {
  Near nearest = Near::kLast;
  Form shortest = form_near(values, nearest);
  for (const Near near : {Near::kLine, Near::kHourAgo}) {
    Form form = form_near(values, near);
    if (form.bytes() >= shortest.bytes()) continue;
    shortest = std::move(form);
    nearest = near;
  }
  out.u8(static_cast<uint8_t>(nearest));
  shortest.write(out);
}

void unpack_nearest(ByteReader& in, std::span<uint64_t> values) {
  unpack_near(in, values, static_cast<Near>(in.varint_up_to(static_cast<uint64_t>(Near::kHourAgo))));
}

}  // namespace insight::models
