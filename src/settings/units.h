// Durations and sizes as the configuration writes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace insight::settings {

// `200ms`, `10m`, `1h30m`: whole numbers with the units d, h, m, s, ms, each at most once, larger first.
// A lone `0` is zero. Anything else, or more than 10,000 days, is nullopt.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

// `512MiB`: a whole number with one of the units B, KiB, MiB, GiB, TiB. Anything else is nullopt.
std::optional<uint64_t> parse_size(std::string_view text);
// In the largest unit that keeps it a whole number.
std::string format_size(uint64_t bytes);

}  // namespace insight::settings
