#pragma once

#include <string>
#include <string_view>
#include <vector>

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

// What a witness answers with 200: signature lines, one or more. Errors: signature_malformed.
Result<std::vector<NoteSignature>> parse_cosignatures(std::string_view body);
// What it answers with 409: "<size>\n", of the tree that it saw last. Errors: request_malformed.
Result<std::uint64_t> parse_size_line(std::string_view body);

inline constexpr std::string_view kSizeMediaType = "text/x.tlog.size";  // of that answer
inline constexpr std::size_t kAddCheckpointBytesMax = kNoteBytesMax + 4096;

}  // namespace mibun::tlog
