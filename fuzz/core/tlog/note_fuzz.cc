#include "core/tlog/add_checkpoint.h"
#include "core/tlog/checkpoint.h"

using namespace mibun;
using namespace mibun::tlog;

// Notes, checkpoints, keys, what is sent to a witness and what it answers have one form: what parses is written again
// as the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_text({data, size});
  const auto note_is_exact = [](std::string_view text) {
    const auto note = Note::parse(text);
    if (!note) return;
    MIBUN_INVARIANT(note->encode() == text);
    const auto checkpoint = Checkpoint::parse(note->text());
    MIBUN_INVARIANT(!checkpoint || checkpoint->text() == note->text());
  };
  note_is_exact(input);
  if (const auto checkpoint = Checkpoint::parse(input)) MIBUN_INVARIANT(checkpoint->text() == input);
  if (const auto key = VerifierKey::parse(input)) MIBUN_INVARIANT(key->to_string() == input);
  if (const auto sent = AddCheckpoint::parse(input)) {
    MIBUN_INVARIANT(sent->encode() == input);
    note_is_exact(sent->note);
  }
  if (const auto lines = parse_cosignatures(input)) {
    std::string again;
    for (const NoteSignature& line : *lines) again += line.line();
    MIBUN_INVARIANT(again == input);
  }
  if (const auto seen = parse_size_line(input)) MIBUN_INVARIANT(std::to_string(*seen) + "\n" == input);
  return 0;
}
