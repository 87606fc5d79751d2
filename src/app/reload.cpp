#include "app/reload.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <iterator>

#include "telemetry/log.h"

namespace insight::app {
namespace {

// As much as a configuration may have; what cannot be read is empty, and load() says why.
std::string bytes_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes(settings::kFileBytesMax + 1, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return bytes;
}

}  // namespace

Reload::Reload(ConfigurationSource source, LiveSettings& live, telemetry::Metrics& metrics, spdlog::logger& log)
    : source_(std::move(source)), live_(live), metrics_(metrics), log_(log), seen_(source_.bytes) {}

void Reload::now() { take(settings::load(source_.file, source_.overrides)); }

void Reload::if_changed() {
  if (source_.file.empty()) return;
  std::string bytes = bytes_of(source_.file);
  const bool changes = bytes != seen_;
  seen_ = std::move(bytes);
  if (changes || seen_ == source_.bytes) return;
  const settings::Loaded loaded = settings::load(source_.file, source_.overrides);
  if (loaded.bytes == seen_) take(loaded);
}

void Reload::take(const settings::Loaded& loaded) {
  source_.bytes = seen_ = loaded.bytes;
  const auto fixed = settings::restart_keys(*live_.get(), loaded.settings);
  // Counted first: who reads the log finds it in the metrics.
  const bool taken = loaded.problems.empty() && fixed.empty();
  metrics_.add_config_reload(taken ? telemetry::Reloaded::kApplied : telemetry::Reloaded::kRefused);
  if (!loaded.problems.empty()) {
    for (const auto& problem : loaded.problems) log_.error("{}", settings::to_string(problem));
    log_.error("{} was not taken; the configuration in force stays", source_.file);
  } else if (!fixed.empty()) {
    log_.error("{} was not taken, because {} cannot change while insightd runs; restart it, or undo that change",
               source_.file, fmt::join(fixed, ", "));
  } else {
    live_.put(loaded.settings);
    telemetry::set_level(log_, loaded.settings.logging.level);
    log_.info("the configuration was read again from {}", source_.file);
  }
}

}  // namespace insight::app
