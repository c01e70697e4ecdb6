#include "cli/help/command.h"

#include <memory>

#include "cli/terminal/help.h"

namespace mibun::cli {
namespace {

int explain(const Terminal& terminal, const std::string& text) {
  const auto code = find_error_code(text);
  if (!code) {
    terminal.error_line(terminal.bad(terminal.say(
        {"error: No error has this code. It stands in brackets at the end of a message, like http_timeout.",
         "エラー: そのコードはありません。メッセージの最後のかっこの中にあります。例: http_timeout"})));
    return kExitUsage;
  }
  const Help help = help_for(*code);
  terminal.line(terminal.bold(to_string(*code)) + " (" + std::to_string(static_cast<int>(*code)) + ")");
  terminal.line(sentence_for(*code));
  terminal.line();
  terminal.line(std::string(terminal.say({"Cause: ", "原因: "})) + std::string(terminal.say(help.cause)));
  terminal.line(std::string(terminal.say({"What to do: ", "対処: "})) + std::string(terminal.say(help.next)));
  return kExitOk;
}

}  // namespace

void add_help_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  auto code = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("help", "What an error code means and what to do / エラーコードの意味と対処");
  command->add_option("code", *code, "as in \"(http_timeout)\", or its number")->required();
  command->callback([&terminal, &exit_code, code] { exit_code = explain(terminal, *code); });
}

}  // namespace mibun::cli
