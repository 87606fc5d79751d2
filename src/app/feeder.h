// Feeds the engine from files, and counts what they could not give.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "app/progress_bar.h"
#include "app/replay_engine.h"
#include "files/catalog.h"
#include "files/event_stream.h"

namespace insight::app {

// Says on standard error which files it could not read. Borrows both.
class Feeder : public files::StreamListener {
 public:
  Feeder(ReplayEngine& engine, ProgressBar& bar) : engine_(engine), bar_(bar) {}

  // `format`: "auto", or "counts".
  void feed(const std::vector<files::Input>& inputs, std::string_view format);
  uint64_t unreadable() const { return unreadable_; }

  void on_error(core::DropReason reason, const core::Coordinates& where) override { engine_.count_bad(reason, where); }
  void on_unreadable(std::string_view path, std::string_view reason) override;
  void on_progress(uint64_t done, uint64_t total) override { bar_.show(done, total); }

 private:
  void feed_events(std::vector<files::Input> inputs);
  void feed_counts(std::vector<files::Input> inputs);

  ReplayEngine& engine_;
  ProgressBar& bar_;
  uint64_t unreadable_ = 0;
};

}  // namespace insight::app
