#include "platform/log_tree/witness.h"

#include <algorithm>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"

namespace mibun::log_tree {
namespace {

using tlog::Checkpoint;
using tlog::SignedCheckpoint;
using tlog::VerifierKey;

WitnessAnswer refuse(int status, std::string reason) {
  return {status, {}, std::move(reason)};
}

}  // namespace

Witness::Witness(tlog::NoteSigner signer, std::unique_ptr<Storage> state, std::vector<VerifierKey> logs)
    : signer_(std::move(signer)), state_(std::move(state)), logs_(std::move(logs)) {
  MIBUN_INVARIANT(signer_.verifier().kind() == tlog::NoteKeyKind::cosignature_v1);
}

std::string Witness::folder(std::string_view origin) {
  return hex::encode(crypto::sha256(origin));
}

const VerifierKey* Witness::find(std::string_view origin) const {
  const auto found = std::ranges::find(logs_, origin, &VerifierKey::name);
  return found == logs_.end() ? nullptr : &*found;
}

// What was seen last; an empty tree when nothing was.
Result<Checkpoint> Witness::latest(const VerifierKey& log) {
  const auto bytes = state_->read(folder(log.name()) + "/latest", tlog::kNoteBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return Checkpoint::make(log.name(), {});
  if (!bytes) return std::unexpected<Error>(bytes.error());
  MIBUN_TRY(const SignedCheckpoint seen, SignedCheckpoint::open(as_text(*bytes), log));
  return seen.checkpoint();
}

Result<std::uint64_t> Witness::seen_size(std::string_view origin) {
  const VerifierKey* log = find(origin);
  if (log == nullptr) return fail(ErrorCode::not_found, "origin", "not a log of this witness");
  const std::lock_guard lock(mutex_);
  MIBUN_TRY(const Checkpoint seen, latest(*log));
  return seen.head().size;
}

Result<std::string> Witness::cosigned(std::string_view origin) {
  MIBUN_TRY(const Bytes bytes, state_->read(folder(origin) + "/checkpoint", tlog::kNoteBytesMax));
  return std::string(as_text(bytes));
}

WitnessAnswer Witness::add_checkpoint(std::string_view body, Instant now) {
  const auto request = tlog::AddCheckpoint::parse(body);
  if (!request) return refuse(400, request.error().detail);
  const auto note = tlog::Note::parse(request->note);
  if (!note) return refuse(400, note.error().detail);
  const auto named = Checkpoint::parse(note->text());
  if (!named) return refuse(400, named.error().detail);
  const VerifierKey* log = find(named->origin());
  if (log == nullptr) return refuse(404, "not a log of this witness");
  const auto next = SignedCheckpoint::open(request->note, *log);
  if (!next) return refuse(403, next.error().detail);
  if (request->old_size > next->head().size) return refuse(400, "from a larger tree to a smaller one");

  const std::lock_guard lock(mutex_);
  const auto seen = latest(*log);
  if (!seen) return refuse(500, "what was seen last cannot be read: " + seen.error().detail);
  const auto conflict = [&](std::string reason) {
    return WitnessAnswer{409, std::to_string(seen->head().size) + "\n", std::move(reason)};
  };
  if (request->old_size != seen->head().size) {
    return conflict("this witness saw a tree of " + std::to_string(seen->head().size) + " entries");
  }
  const Status advance = tlog::check_advance(*seen, *next, request->proof);
  if (!advance && advance.error().code == ErrorCode::log_fork) return conflict("fork: " + advance.error().detail);
  if (!advance) return refuse(422, advance.error().where + ": " + advance.error().detail);
  return sign(*next, now);
}

WitnessAnswer Witness::sign(const SignedCheckpoint& checkpoint, Instant now) {
  const std::string where = folder(checkpoint.checkpoint().origin());
  if (const Status kept = replace_file(*state_, where + "/latest", checkpoint.note().encode()); !kept) {
    return refuse(500, "what was seen cannot be kept: " + kept.error().detail);
  }
  const auto line = signer_.sign(checkpoint.note().text(), now);
  if (!line) return refuse(500, "signing failed: " + line.error().detail);
  auto lines = checkpoint.note().signatures();
  std::erase_if(lines, [&](const auto& old) { return old.name == line->name && old.key_id == line->key_id; });
  lines.push_back(*line);
  const auto cosigned = tlog::Note::make(checkpoint.note().text(), std::move(lines));
  if (!cosigned) return refuse(400, cosigned.error().detail);
  if (const Status kept = replace_file(*state_, where + "/checkpoint", cosigned->encode()); !kept) {
    return refuse(500, "the signature cannot be kept: " + kept.error().detail);
  }
  return {200, line->line(), {}};
}

}  // namespace mibun::log_tree
