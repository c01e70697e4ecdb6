#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"

namespace mibun::wallet {

// A move's secret in a form that can be typed where no camera reads the link: 90 random bits in six groups of four,
// each with its check. Why so many: docs/decisions/0039.
class MoveCode {
 public:
  static MoveCode make(Rng& rng);
  // As people type it. Errors: invalid_argument, at "code.3" when the third group is wrong
  // (core/codecs/written_code.h).
  static Result<MoveCode> parse(std::string_view typed);

  std::string to_text() const;  // "7KQM-3XWB-9TFA-2HCD-5ZNR-V8YE"
  Bytes secret() const;         // of the link: 32 bytes

 private:
  explicit MoveCode(Bytes symbols) : symbols_(std::move(symbols)) {}
  Bytes symbols_;  // five bits each
};

}  // namespace mibun::wallet
