#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/tlog/note.h"
#include "core/tlog/proof.h"

namespace mibun::tlog {

// What a log sends to a witness: C2SP tlog-witness, "add-checkpoint".
//   old <size>\n  {<base64 of a hash>\n}  \n  <signed checkpoint>
struct AddCheckpoint {
  std::uint64_t old_size = 0;
  Proof proof;       // from old_size to the checkpoint's size
  std::string note;  // not looked into

  std::string encode() const;
  // Errors: request_malformed.
  static Result<AddCheckpoint> parse(std::string_view body);
};

inline constexpr std::size_t kAddCheckpointBytesMax = kNoteBytesMax + 4096;

}  // namespace mibun::tlog
