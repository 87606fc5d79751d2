// Reads the configuration again while the daemon runs.
#pragma once

#include <spdlog/logger.h>

#include <functional>
#include <string>
#include <vector>

#include "app/live_settings.h"
#include "telemetry/metrics.h"

namespace insight::app {

// Where the configuration came from.
struct ConfigurationSource {
  std::string file;                     // "": defaults alone
  std::vector<std::string> overrides;   // key.path=value
  std::string bytes;                    // of the file, as the configuration in force was read from it
};

// All or nothing: either every key of the file is put into force, or the configuration in force stays as it is, and the
// log says what is wrong with the file. One thread owns it; what it is given is borrowed.
class Reload {
 public:
  Reload(ConfigurationSource source, LiveSettings& live, telemetry::Metrics& metrics, spdlog::logger& log);

  // Reads the file, changed or not.
  void now();
  // Reads it if its bytes are others than when it was last read, whatever became of the file or link of that name, and
  // the same as the last time this asked: who writes a file in place may have written half of it.
  void if_changed();

 private:
  void take(const settings::Loaded& loaded);

  ConfigurationSource source_;  // its bytes: as they were last read
  LiveSettings& live_;
  telemetry::Metrics& metrics_;
  spdlog::logger& log_;
  std::string seen_;  // bytes that are others, and may still change
};

}  // namespace insight::app
