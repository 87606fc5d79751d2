// Random numbers that are the same on every machine: a test names its seed and meets the same stream again.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace insight::partition::test {

// SplitMix64 (Steele, Lea, Flood 2014). Not std distributions: those differ from library to library.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // 0 to limit - 1; 0 for a limit of 0.
  size_t below(size_t limit) { return limit == 0 ? 0 : static_cast<size_t>(next() % limit); }
  int between(int first, int last) { return first + static_cast<int>(below(static_cast<size_t>(last - first + 1))); }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  bool chance(double probability) { return unit() < probability; }

  // Knuth's way; good for small means.
  int poisson(double mean) {
    const double limit = std::exp(-mean);
    int count = 0;
    for (double product = unit(); product > limit; product *= unit()) ++count;
    return count;
  }

  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  uint64_t state_;
};

}  // namespace insight::partition::test
