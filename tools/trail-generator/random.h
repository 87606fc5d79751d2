// Random numbers that are the same on every machine and for every standard library.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace insight::trail {

// A counter-based generator: number n of a stream is a hash of (seed, stream, n). Streams are independent,
// so what one API or minute draws never changes what another gets. Cheap to make; not thread-safe.
class Random {
 public:
  Random(uint64_t seed, uint64_t stream) : key_(mix(seed ^ mix(stream))) {}

  uint64_t next() { return mix(key_ + kStep * ++counter_); }
  // In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  // In [0, limit); limit > 0.
  uint64_t below(uint64_t limit) { return static_cast<uint64_t>(uniform() * static_cast<double>(limit)); }
  bool chance(double probability) { return uniform() < probability; }

  // Standard normal (Box and Muller).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }

  // Poisson: by multiplication (Knuth) while the mean is small, else rounded from the normal distribution.
  uint64_t poisson(double mean) {
    if (mean > 60) return static_cast<uint64_t>(std::max(0.0, std::round(mean + std::sqrt(mean) * normal())));
    const double limit = std::exp(-mean);
    uint64_t count = 0;
    for (double product = uniform(); product > limit; product *= uniform()) ++count;
    return count;
  }

  // `count` characters of `alphabet`, appended.
  void append_characters(std::string& out, size_t count, std::string_view alphabet) {
    for (size_t i = 0; i < count; ++i) out += alphabet[below(alphabet.size())];
  }

  // SplitMix64's finaliser.
  static uint64_t mix(uint64_t value) {
    value += kStep;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
    return value ^ (value >> 31);
  }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15;

  uint64_t key_;
  uint64_t counter_ = 0;
};

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kUpperAlphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kAlphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// A version 4 UUID.
inline std::string random_uuid(Random& random) {
  std::string out;
  random.append_characters(out, 8, kHexDigits);
  out += '-';
  random.append_characters(out, 4, kHexDigits);
  out += "-4";
  random.append_characters(out, 3, kHexDigits);
  out += '-';
  random.append_characters(out, 1, "89ab");
  random.append_characters(out, 3, kHexDigits);
  out += '-';
  random.append_characters(out, 12, kHexDigits);
  return out;
}

}  // namespace insight::trail
