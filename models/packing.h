// Short exact forms of the numbers that models keep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "models/bytes.h"
#include "models/rounded.h"

namespace insight::models {

// A number: one byte if it is whole, not negative and below 128; else four (a Single), a varint if it is whole, or nine.
void pack(ByteWriter& out, Single value);
void pack(ByteWriter& out, double value);
// Fails on numbers that are not finite.
void unpack(ByteReader& in, Single& value);
void unpack(ByteReader& in, double& value);

// A list of numbers below 2^62 (2^59 where they are kept as differences) whose length the reader knows. Small numbers are short, runs of zeros are shorter; the
// same list always has the same bytes.
void pack(ByteWriter& out, std::span<const uint64_t> values);
// Fails on malformed bytes; `values` is then unspecified.
void unpack(ByteReader& in, std::span<uint64_t> values);

// What a number of a list is likely to be near to; the list is kept as differences from it.
enum class Near : uint8_t {
  kLast,  // the one before
  kLine,  // where the two before point
  kHourAgo,  // the one 60 places before
};
void pack_near(ByteWriter& out, std::span<const uint64_t> values, Near near = Near::kLast);
void unpack_near(ByteReader& in, std::span<uint64_t> values, Near near = Near::kLast);

// Whichever of the three is the shortest.
void pack_nearest(ByteWriter& out, std::span<const uint64_t> values);
void unpack_nearest(ByteReader& in, std::span<uint64_t> values);

}  // namespace insight::models
