// The ids of Insights records: the same insight has the same ids in every run and on every machine.
#pragma once

#include <string>
#include <string_view>

#include "core/insight.h"

namespace insight::publish {

// A version 5 UUID (RFC 9562: SHA-1 of a namespace and a name) in this project's namespace, lower case.
std::string name_based_uuid(std::string_view name);

// sharedEventID: the same in an insight's Start and End. It names the series (with its event category and
// insight type) and the start minute.
std::string shared_event_id(const core::Insight& insight);

// eventID: unique per record. It names the state as well.
std::string event_id(const core::Insight& insight);

}  // namespace insight::publish
