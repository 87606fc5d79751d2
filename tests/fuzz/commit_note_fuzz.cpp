// The metadata of committed input offsets: anybody may have written it.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "app/commit_note.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using insight::app::CommitNote;
  const CommitNote note = CommitNote::parse(std::string(reinterpret_cast<const char*>(data), size));
  const CommitNote again = CommitNote::parse(note.text());
  if (again.time != note.time || again.caught_up != note.caught_up) std::abort();
  return 0;
}
