#include "cli/wallet/report.h"

#include "cli/wallet/screens.h"

namespace mibun::cli {

int report_error(const Terminal& terminal, const Error& error) {
  if (error.code != ErrorCode::wallet_server_refused || error.detail.empty()) return terminal.report(error);
  terminal.error_line(terminal.bad(terminal.say({"error: ", "エラー: "})) + printable(error.detail) + " (" +
                      printable(error.where) + ")");
  return kExitRefused;
}

void essential(const Terminal& terminal, std::string_view name, std::string_view value) {
  terminal.line(std::string(name) + ": " + printable(value));
}

}  // namespace mibun::cli
