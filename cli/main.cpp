// The `pactor` tool: reads the command line; each subcommand is a file of its own.
#include <CLI/CLI.hpp>
#include <cli/demo.hpp>
#include <pactor/version.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace {

using std::chrono::milliseconds;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

// "500ms", "5s", "2m"; anything else is none.
std::optional<milliseconds> parse_duration(const std::string& text) {
  static const std::map<std::string_view, std::int64_t> kUnits = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}};
  constexpr std::int64_t kMost = 10'000'000;
  const char* const end = text.data() + text.size();
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const auto unit = kUnits.find(std::string_view(rest, end));
  if (error != std::errc{} || unit == kUnits.end()) return std::nullopt;
  if (number < 1 || number > kMost) return std::nullopt;
  return milliseconds(number * unit->second);
}

void add_duration(CLI::App& command, const std::string& name, const std::string& description,
                  const std::function<void(milliseconds)>& set) {
  const auto read = [name, set](const std::string& text) {
    const std::optional<milliseconds> time = parse_duration(text);
    if (!time) throw CLI::ValidationError(name, "'" + text + "' is no time like 500ms, 5s or 2m");
    set(*time);
  };
  command.add_option_function<std::string>(name, read, description)->type_name("TIME");
}

int run(int argc, char** argv) {
  CLI::App app("pactor: ordinary C++ classes as actors, each in a process of its own", "pactor");
  app.set_version_flag("--version", "pactor " PACTOR_VERSION);
  app.require_subcommand(1);

  CLI::App* demo = app.add_subcommand(
      "demo", "Watch this machine: five actors, a process each, until q is pressed");
  cli::DemoOptions options;
  add_duration(*demo, "--for", "End after this time (default: with q; without a terminal 5s)",
               [&](milliseconds time) { options.run_for = time; });
  add_duration(*demo, "--every", "Time between two readings of a monitor (default: 500ms)",
               [&](milliseconds time) { options.every = time; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    // The help is that of the subcommand, if one was named.
    std::cerr << "pactor: " << error.what() << "\n\n" << app.help();
    return kWrongUsage;
  }
  return cli::demo(options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "pactor: " << error.what() << '\n';
    return kFailed;
  }
}
