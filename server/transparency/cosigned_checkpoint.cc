#include "server/transparency/cosigned_checkpoint.h"

#include <algorithm>
#include <utility>

#include "core/tlog/add_checkpoint.h"
#include "core/tlog/checkpoint.h"
#include "platform/files/files.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

using tlog::Note;
using tlog::NoteSignature;
using tlog::TreeHead;

// Those of `key` below `checkpoint`, verified; lines of others are ignored, as the protocol says.
Result<std::vector<NoteSignature>> verified_lines(const Note& checkpoint, std::vector<NoteSignature> lines,
                                                  const tlog::VerifierKey& key) {
  std::erase_if(lines, [&](const NoteSignature& line) { return line.name != key.name() || line.key_id != key.id(); });
  if (lines.empty()) return fail(ErrorCode::signature_invalid, "cosignature", "not by the witness that was asked");
  MIBUN_TRY(const Note signed_note, Note::make(checkpoint.text(), lines));
  MIBUN_CHECK(key.verify(signed_note));
  return lines;
}

}  // namespace

CosignedCheckpoint::CosignedCheckpoint(Parts parts, std::vector<ChosenWitness> witnesses) : parts_(std::move(parts)) {
  for (ChosenWitness& chosen : witnesses) witnesses_.push_back({std::move(chosen), 0, false});
}

Result<std::unique_ptr<CosignedCheckpoint>> CosignedCheckpoint::open(Parts parts,
                                                                     std::vector<ChosenWitness> witnesses) {
  for (auto one = witnesses.begin(); one != witnesses.end(); ++one) {
    if (one->key.kind() != tlog::NoteKeyKind::cosignature_v1) {
      return fail(ErrorCode::invalid_argument, "witnesses", "a key that signs no cosignatures");
    }
    const auto same = [&](const ChosenWitness& other) { return other.key == one->key; };
    if (std::any_of(witnesses.begin(), one, same)) {
      return fail(ErrorCode::invalid_argument, "witnesses", "one witness twice");
    }
  }
  std::unique_ptr<CosignedCheckpoint> cosigned(new CosignedCheckpoint(std::move(parts), std::move(witnesses)));
  if (cosigned->has_witnesses()) cosigned->read_kept();
  return cosigned;
}

// Whether the log is what became of `kept`, which it signed itself.
Status CosignedCheckpoint::goes_on_from(const TreeHead& kept) {
  const TreeHead now = parts_.log.published();
  if (kept.size > now.size) return fail(ErrorCode::log_rollback, "log-cosigned", "witnesses signed a larger tree");
  MIBUN_TRY(const tlog::Proof proof, parts_.log.reader().consistency(kept.size, now.size, now));
  if (kept.size > 0 && !tlog::verify_consistency(kept, now, proof)) {
    return fail(ErrorCode::log_fork, "log-cosigned", "witnesses signed another tree");
  }
  return {};
}

// What an earlier run kept. It is public, and worth nothing when the log's key or the witnesses are others by now. A
// log that does not go on from it is told of at once: the witnesses, who would say so, too, may be away.
void CosignedCheckpoint::read_kept() {
  const auto bytes = files::read_file(parts_.file, tlog::kNoteBytesMax);
  if (!bytes) return;
  const auto opened = tlog::SignedCheckpoint::open(as_text(*bytes), parts_.log.key());
  if (!opened) return;
  const bool is_cosigned = std::ranges::any_of(
      witnesses_, [&](const Witness& witness) { return witness.chosen.key.verify(opened->note()).has_value(); });
  if (!is_cosigned) return;
  if (const Status goes_on = goes_on_from(opened->head()); !goes_on) {
    parts_.metrics.count("log_not_as_witnessed");
    log::error("log_not_as_witnessed", {{"code", to_string(goes_on.error().code)}});
    return;
  }
  note_ = std::string(as_text(*bytes));
}

Result<HttpResponse> CosignedCheckpoint::submit(std::size_t index, const Note& checkpoint, const TreeHead& head,
                                                const SendToWitness& send) {
  const Witness& witness = witnesses_[index];
  tlog::AddCheckpoint body{witness.seen, {}, checkpoint.encode()};
  if (witness.seen > 0) {
    MIBUN_TRY(body.proof, parts_.log.reader().consistency(witness.seen, head.size, head));
  }
  HttpRequest request;
  request.method = "POST";
  request.url = witness.chosen.url + "/add-checkpoint";
  request.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
  request.body = body.encode();
  return send(index, request);
}

Result<std::vector<NoteSignature>> CosignedCheckpoint::cosignatures(std::size_t index, const Note& checkpoint,
                                                                    const TreeHead& head, const SendToWitness& send) {
  Witness& witness = witnesses_[index];
  MIBUN_TRY(HttpResponse answer, submit(index, checkpoint, head, send));
  if (answer.status == 409) {
    MIBUN_TRY(const std::uint64_t seen, tlog::parse_size_line(answer.body));
    // It has seen more of this log than there is: the log was set back, or the witness lies.
    if (seen > head.size) return fail(ErrorCode::log_rollback, "witness", "it saw a larger tree of this log");
    if (seen == witness.seen) return fail(ErrorCode::log_fork, "witness", "it saw another tree of this size");
    witness.seen = seen;
    MIBUN_TRY(answer, submit(index, checkpoint, head, send));
  }
  if (answer.status == 422) return fail(ErrorCode::log_proof_invalid, "witness", "the log does not go on for it");
  if (answer.status != 200) {
    return fail(ErrorCode::http_status_unexpected, "witness", std::to_string(answer.status));
  }
  MIBUN_TRY(auto lines, tlog::parse_cosignatures(answer.body));
  MIBUN_TRY(lines, verified_lines(checkpoint, std::move(lines), witness.chosen.key));
  witness.seen = head.size;
  return lines;
}

// Once for each change, or an outage fills the log of events.
void CosignedCheckpoint::tell(Witness& witness, const Status& done) {
  if (!done) parts_.metrics.count("witness_failed");
  if (done.has_value() == !witness.failed) return;
  witness.failed = !done;
  const std::string_view name = witness.chosen.key.name();
  if (done) {
    log::info("witness_signs_again", {{"witness", name}});
  } else {
    log::error("witness_failed", {{"witness", name}, {"code", to_string(done.error().code)}});
  }
}

Status CosignedCheckpoint::ask(const SendToWitness& send) {
  MIBUN_TRY(const auto opened, tlog::SignedCheckpoint::open(parts_.log.checkpoint(), parts_.log.key()));
  std::vector<NoteSignature> signatures = opened.note().signatures();
  bool is_cosigned = false;
  for (std::size_t i = 0; i < witnesses_.size(); ++i) {
    const auto lines = cosignatures(i, opened.note(), opened.head(), send);
    tell(witnesses_[i], lines ? Status() : Status(std::unexpected(lines.error())));
    if (!lines) continue;
    signatures.insert(signatures.end(), lines->begin(), lines->end());
    is_cosigned = true;
  }
  if (!is_cosigned) return {};
  MIBUN_TRY(const Note cosigned, Note::make(opened.note().text(), std::move(signatures)));
  const std::string text = cosigned.encode();
  {
    const std::lock_guard lock(mutex_);
    note_ = text;
  }
  parts_.metrics.set("log_cosigned_entries", static_cast<double>(opened.head().size));
  return files::write_file_atomic(parts_.file, as_bytes(text), files::kPublicFile);
}

std::optional<std::string> CosignedCheckpoint::note() const {
  const std::lock_guard lock(mutex_);
  return note_;
}

}  // namespace mibun::server
