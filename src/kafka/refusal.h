// Private to src/kafka: what it means that a broker does not let us in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace insight::kafka {

// Of librdkafka's `text` on a connection that failed: one sentence that names the broker and the properties to look
// at, the same for every attempt; nullopt: the broker did not refuse us, nor we it.
std::optional<std::string> explain_refusal(std::string_view text);

}  // namespace insight::kafka
