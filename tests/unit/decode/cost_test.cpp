// What decoding may not do: allocate per event, read past its input, or take long over hostile input.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "tests/unit/decode/collect.h"

namespace {

std::atomic<size_t> allocations{0};

}  // namespace

// Replaced for the whole program, to count.
// Not inlined: a compiler that sees both malloc and free here takes them for a mismatch.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](size_t size) { return operator new(size); }
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void* operator new[](size_t size, const std::nothrow_t& tag) noexcept { return operator new(size, tag); }
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

namespace insight::decode::testing {
namespace {

class Count final : public EventSink {
 public:
  void on_event(const core::CallEvent&, RecordIndex) override { ++events; }
  void on_error(core::DropReason, RecordIndex, std::string_view) override { ++errors; }
  size_t events = 0;
  size_t errors = 0;
};

TEST(Cost, NothingIsAllocatedInTheSteadyState) {
  const std::string escaped = record("e\\u0041", R"(,"userAgent":"a\"b")");
  const std::string file = log_file({record("a"), escaped, "{\"a\":[[[", record("b"), record("\xFF"), record("c")});
  const std::string logs = R"({"messageType":"DATA_MESSAGE","logEvents":[{"message":)" + json_string(escaped) + "}]}";
  const std::string inputs[] = {record("a"),
                                escaped,
                                file,
                                logs,
                                gzip(file),
                                zstd(file),
                                gzip(gzip(logs)),
                                record("a") + "\n" + record("b") + "\n",
                                record("a", std::string(5000, ' '))};
  Decoder decoder;
  Count count;
  for (int i = 0; i < 3; ++i)
    for (const std::string& input : inputs) decoder.decode(input, count);
  const size_t before = allocations;
  for (int i = 0; i < 100; ++i)
    for (const std::string& input : inputs) decoder.decode(input, count);
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_GT(count.events, 1000u);
}

TEST(Cost, NoByteBehindTheInputIsRead) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  auto* memory =
      static_cast<char*>(mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(memory, MAP_FAILED);
  ASSERT_EQ(mprotect(memory + page, page, PROT_NONE), 0);
  Decoder decoder;
  const std::string text = log_file({record("a"), record("b", R"(,"userAgent":"\u0041")")});
  ASSERT_LT(text.size(), page);
  for (size_t length = 0; length <= text.size(); ++length) {
    char* at = memory + page - length;
    std::memcpy(at, text.data(), length);
    Count count;
    decoder.decode({at, length}, count);
    EXPECT_EQ(count.events > 0 || count.errors > 0, length > 0) << length;
  }
  munmap(memory, 2 * page);
}

// Each of these would take minutes if the work grew with the square of the size.
TEST(Cost, HostileInputIsLinear) {
  const auto repeat = [](std::string_view text, size_t bytes) {
    std::string result;
    while (result.size() < bytes) result += text;
    return result;
  };
  const std::string whole = record("a");
  for (const std::string& unit :
       {std::string("{\"eventVersion\":\n"), std::string("{\"a\":[{},"), std::string("},{\"a"),
        std::string("{\"x\":\"},{\"eventVersion\":\""), std::string("{\"a\":1,},"), whole.substr(0, whole.size() - 1),
        whole.substr(0, 200), std::string("\n{\"a\":[\n"), std::string("{},1,"), std::string("[{\"eventName\":"),
        std::string("{\"Records\":[{"), std::string("\"\\"), std::string("{\"logEvents\":["), std::string("\xFF,")}) {
    for (const std::string prefix : {"", "{\"Records\":[", "["}) {
      Count count;
      Decoder().decode(prefix + repeat(unit, 2u << 20), count);
      EXPECT_GT(count.errors, 0u) << unit;
    }
  }
}

}  // namespace
}  // namespace insight::decode::testing
