// Who is in a consumer group: asked of the cluster by commands that need it to be empty.
#pragma once

#include <string>

#include "kafka/client.h"

namespace insight::kafka {

// How many members the group has; none if there is no such group. Connects by itself. A member that died counts until
// its session is over.
Result<size_t> count_members(const ClientOptions& options, const std::string& group, Milliseconds timeout);

}  // namespace insight::kafka
