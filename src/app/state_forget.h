// `insightd state forget`: one API, or one account, is learned anew.
#pragma once

#include <string>

#include "kafka/client.h"
#include "settings/settings.h"

namespace insight::app {

struct ForgetArguments {
  std::string api;       // event name or account/region/source/name, `*` for any text; or:
  std::string account;   // all APIs of an account
};

// In one transaction. Exit status: 0 done, 1 Kafka could not do it, 2 bad usage, or no such API.
int forget_state(const settings::Settings& settings, const kafka::Properties& properties,
                 const ForgetArguments& arguments);

}  // namespace insight::app
