// The command line: finds the command, loads the configuration, and is the only place that exits.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "app/client_properties.h"
#include "app/draw.h"
#include "app/inspect.h"
#include "app/metric_list.h"
#include "app/replay.h"
#include "app/run.h"
#include "app/state_forget.h"
#include "app/state_move.h"
#include "app/state_seed.h"
#include "app/version.h"
#include "settings/settings.h"

namespace insight::app {
namespace {

struct Arguments {
  std::string config;
  std::vector<std::string> overrides;
  ReplayArguments replay;
  InspectArguments inspect;
  DrawArguments draw;
  SeedArguments seed;
  MoveArguments move;
  ForgetArguments forget;
  bool json = false;
};

void add_config_options(CLI::App& command, Arguments& arguments, bool required) {
  auto* config = command.add_option("--config", arguments.config, "Configuration file (YAML)")->type_name("FILE");
  if (required) config->required();
  command.add_option("--set", arguments.overrides, "Override one key: key.path=value (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

// True if there are no mistakes; else they were printed.
bool is_right(const settings::Loaded& loaded) {
  for (const auto& problem : loaded.problems) std::cerr << settings::to_string(problem) << '\n';
  return loaded.problems.empty();
}

// Of commands that do not go to Kafka.
template <typename F>
int with_settings(const Arguments& arguments, F&& command) {
  const settings::Loaded loaded = settings::load(arguments.config, arguments.overrides);
  return is_right(loaded) ? command(loaded.settings) : 2;
}

// Of commands that do: they need the client's properties too, and the files that hold secrets.
template <typename F>
int with_client(const Arguments& arguments, F&& command) {
  settings::Loaded loaded = settings::load(arguments.config, arguments.overrides);
  const kafka::Properties properties = client_properties(loaded);
  return is_right(loaded) ? command(loaded, properties) : 2;
}

// What is wrong with the command line, in one line that names the command. Exit status: 2.
int refuse(const CLI::App& app, const CLI::ParseError& error) {
  std::string command = app.get_name();
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    command += " " + at->get_name();
  }
  const auto left = at->remaining();
  const bool lacks_command = at->get_require_subcommand_min() > at->get_subcommands().size();
  const std::string what =
      !lacks_command ? error.what()
      : left.empty() ? "a command is required"
                     : fmt::format("`{}` is no {}", left.front(), left.front().starts_with('-') ? "option" : "command");
  std::cerr << fmt::format("{}: {}; see {} --help\n", command, what, command);
  return 2;
}

int run_command_line(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"insightd: streaming anomaly detection for API audit events", "insightd"};
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("insightd {} ({})", version(), git_revision()));

  auto* run_command = app.add_subcommand("run", "Run the daemon: Kafka in, Kafka out, until SIGTERM or SIGINT");
  add_config_options(*run_command, arguments, true);

  auto* replay_command = app.add_subcommand("replay", "Run the engine over files, folders or - (standard input)");
  add_config_options(*replay_command, arguments, false);
  replay_command->add_option("--format", arguments.replay.format, "What the files hold")
      ->check(CLI::IsMember({"auto", "counts"}))
      ->capture_default_str();
  replay_command
      ->add_option("--output", arguments.replay.output, "Where the records go: a file, or - (standard output)")
      ->type_name("FILE")
      ->capture_default_str();
  replay_command->add_flag("--table", arguments.replay.table, "Also print the insights as a table for people");
  replay_command->add_option("--state", arguments.replay.state,
                             "Also write what was learned to this file, for `insightd state inspect`");
  replay_command->add_option("PATH", arguments.replay.paths, "Files, folders or -")->type_name("")->required();

  auto* validate_command = app.add_subcommand("validate", "Check a configuration without connecting to anything");
  add_config_options(*validate_command, arguments, true);

  auto* config_command = app.add_subcommand("config", "Show what can be configured, and what is");
  config_command->require_subcommand(1);
  auto* schema_command = config_command->add_subcommand("schema", "Print the JSON Schema of the configuration");
  auto* print_command = config_command->add_subcommand("print", "Print the effective configuration, secrets masked");
  add_config_options(*print_command, arguments, false);

  auto* draw_command =
      app.add_subcommand("draw", "Draw one series of a replay, with bounds, scores and insights (SVG)");
  add_config_options(*draw_command, arguments, false);
  draw_command->add_option("--api", arguments.draw.api, "Event name, or account/region/source/name; * is any text")
      ->required();
  draw_command->add_option("--error", arguments.draw.error, "An error code; without it the calls are drawn");
  draw_command->add_option("--from", arguments.draw.from, "First time to draw, like 2026-03-12T04:00:00Z");
  draw_command->add_option("--until", arguments.draw.until, "Where the picture ends");
  draw_command->add_option("--format", arguments.draw.format, "What the files hold")
      ->check(CLI::IsMember({"auto", "counts"}))
      ->capture_default_str();
  draw_command->add_option("--output", arguments.draw.output, "The SVG file, or - (standard output)")->required();
  draw_command->add_option("PATH", arguments.draw.paths, "Files, folders or -")->required();

  auto* state_command = app.add_subcommand("state", "Work with what the engine has learned");
  state_command->require_subcommand(1);
  auto* inspect_command = state_command->add_subcommand("inspect", "Show what was learned of an API, or list all APIs");
  add_config_options(*inspect_command, arguments, false);
  inspect_command->add_option("--state", arguments.inspect.state,
                              "A file that `insightd replay --state` wrote; without it the state topic is read");
  inspect_command->add_option("--minutes", arguments.inspect.minutes, "How many of the last minutes to explain")
      ->check(CLI::Range(0, 240))
      ->capture_default_str();
  inspect_command->add_option("API", arguments.inspect.apis,
                              "Event name, or account/region/source/name; * stands for any text");

  auto* seed_command =
      state_command->add_subcommand("seed", "Learn from history, and write it to an empty state topic for the daemon");
  add_config_options(*seed_command, arguments, true);
  seed_command->add_option("--format", arguments.seed.format, "What the files hold")
      ->check(CLI::IsMember({"auto", "counts"}))
      ->capture_default_str();
  seed_command
      ->add_option("--until", arguments.seed.until,
                   "All events before this time are in the files, like 2026-03-12T04:00:00Z; without it minutes count "
                   "that input.lateness has passed")
      ->type_name("TIME");
  seed_command->add_option("PATH", arguments.seed.paths, "Files, folders or -")->type_name("")->required();

  auto* move_command = state_command->add_subcommand(
      "move", "Take what was learned to another number of calls partitions, while no daemon runs");
  add_config_options(*move_command, arguments, true);
  move_command->add_option("--partitions", arguments.move.partitions, "How many the new topics have")
      ->required()
      ->check(CLI::Range(1, 1024));
  move_command->add_option("--calls-topic", arguments.move.calls_topic,
                           "The new calls topic; without it the old name with the number of partitions");
  move_command->add_option("--state-topic", arguments.move.state_topic, "The new state topic; likewise");

  auto* forget_command = state_command->add_subcommand("forget", "Forget one API or one account, while no daemon runs");
  add_config_options(*forget_command, arguments, true);
  auto* forget_what = forget_command->add_option_group("what");
  forget_what->add_option("--api", arguments.forget.api, "Event name, or account/region/source/name; * is any text");
  forget_what->add_option("--account", arguments.forget.account, "All APIs of this account");
  forget_what->require_option(1);

  auto* metrics_command =
      app.add_subcommand("metrics", "List every metric of the daemon: name, type, labels, help (JSON)");

  auto* version_command = app.add_subcommand("version", "Print version, revision and libraries");
  version_command->add_flag("--json", arguments.json, "As one JSON object");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error) : refuse(app, error);
  }

  if (*run_command)
    return with_client(arguments, [&](const auto& loaded, const auto& properties) {
      return run(loaded.settings, properties, {arguments.config, arguments.overrides, loaded.bytes});
    });
  if (*replay_command)
    return with_settings(arguments, [&](const auto& settings) { return replay(settings, arguments.replay); });
  if (*draw_command)
    return with_settings(arguments, [&](const auto& settings) { return draw(settings, arguments.draw); });
  if (*inspect_command && !arguments.inspect.state.empty())
    return with_settings(arguments,
                         [&](const auto& settings) { return inspect_state(settings, {}, arguments.inspect); });
  if (*inspect_command)
    return with_client(arguments, [&](const auto& loaded, const auto& properties) {
      return inspect_state(loaded.settings, properties, arguments.inspect);
    });
  if (*seed_command)
    return with_client(arguments, [&](const auto& loaded, const auto& properties) {
      return seed_state(loaded.settings, properties, arguments.seed);
    });
  if (*move_command)
    return with_client(arguments, [&](const auto& loaded, const auto& properties) {
      return move_state(loaded.settings, properties, arguments.move);
    });
  if (*forget_command)
    return with_client(arguments, [&](const auto& loaded, const auto& properties) {
      return forget_state(loaded.settings, properties, arguments.forget);
    });
  if (*validate_command)
    return with_client(arguments, [&](const auto&, const auto&) {
      std::cout << fmt::format("{}: no mistakes\n", arguments.config);
      return 0;
    });
  if (*schema_command) {
    std::cout << settings::schema_json();
    return 0;
  }
  if (*print_command) {
    return with_settings(arguments, [](const auto& settings) {
      std::cout << settings::print(settings);
      return 0;
    });
  }
  if (*metrics_command) {
    std::cout << metric_list();
    return 0;
  }
  std::cout << version_text(arguments.json);
  return 0;
}

}  // namespace
}  // namespace insight::app

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);   // a reader that goes away is a failed write, not a death
  try {
    return insight::app::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "insightd: " << error.what() << '\n';
    return 1;
  }
}
