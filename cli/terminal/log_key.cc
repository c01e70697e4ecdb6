#include "cli/terminal/log_key.h"

#include "platform/files/files.h"

namespace mibun::cli {

Result<tlog::VerifierKey> read_log_key(const std::string& text_or_file) {
  if (auto key = tlog::VerifierKey::parse(text_or_file)) return key;
  MIBUN_TRY(const Bytes bytes, files::read_file(text_or_file, 4096));
  std::string_view text = as_text(bytes);
  while (text.ends_with('\n')) text.remove_suffix(1);
  return tlog::VerifierKey::parse(text);
}

}  // namespace mibun::cli
