#include "platform/keyd/rehearsed.h"

#include <utility>

#include "platform/database/inside_write.h"

namespace mibun::keyd {
namespace {

using What = Rehearsal::Question::What;

// Each run needs at most one more than the one before; the longest chain of questions there is has five.
constexpr int kRunsMax = 32;
// Nonce and tag: as long as the real one, so that what is stored for it fits.
constexpr std::size_t kSealBytes = 28;

// Of this write, or of who asks ahead of one; none where the holder may be asked as it is.
Rehearsal* rehearsal_here() {
  Rehearsal* const rehearsal = Rehearsal::current();
  // Else everybody who writes would wait for the key holder.
  MIBUN_INVARIANT(rehearsal != nullptr || !database::inside_write());
  return rehearsal;
}

std::string name_of(const RecordName& name) {
  return std::string(name.record_class.name()) + "|" + std::string(name.record) + "|" + std::to_string(name.version);
}

}  // namespace

Status RehearsedDatabase::write(const std::function<Status(database::Transaction&)>& work) {
  Rehearsal rehearsal = AskedAhead::take();
  for (int run = 0; run < kRunsMax; ++run) {
    bool wants = false;
    Status outcome = below().write([&](database::Transaction& transaction) -> Status {
      wants = false;
      const Rehearsal::OnStage stage(rehearsal);
      Status done = work(transaction);
      // Whatever it made of an answer that it did not get.
      wants = rehearsal.wants();
      if (wants) return fail(ErrorCode::cancelled, "write", "not all that it needs is at hand");
      if (done) MIBUN_CHECK(check_people(transaction, rehearsal));
      return done;
    });
    // A transaction that was lost as a whole is an answer, too.
    const bool again = wants && !outcome && outcome.error().code == ErrorCode::cancelled;
    if (!again) return outcome;
    rehearsal.ask_what_it_wants();
  }
  return fail(ErrorCode::internal_error, "write", "the unit of work asks the key holder something else each time");
}

Status RehearsedDatabase::check_people(database::Transaction& transaction, const Rehearsal& rehearsal) const {
  for (const PersonId& person : rehearsal.sealed_for()) {
    MIBUN_TRY(const bool there, is_there_(transaction, person));
    if (!there) return fail(ErrorCode::keyd_person_key_missing, "person", "erased meanwhile");
  }
  return {};
}

Status RehearsedKeys::create_person_key(const PersonId& person) {
  MIBUN_INVARIANT(!database::inside_write());
  return holder().create_person_key(person);
}

Status RehearsedKeys::destroy_person_key(const PersonId& person) {
  MIBUN_INVARIANT(!database::inside_write());
  return holder().destroy_person_key(person);
}

Status RehearsedKeys::rotate_epoch() {
  MIBUN_INVARIANT(!database::inside_write());
  return holder().rotate_epoch();
}

Result<Bytes> RehearsedKeys::seal(const PersonId& person, const RecordName& name, BytesView plaintext) {
  Rehearsal* const rehearsal = rehearsal_here();
  if (rehearsal == nullptr) return holder().seal(person, name, plaintext);
  const auto ask = [this, person, record_class = name.record_class, record = std::string(name.record),
                    version = name.version, value = to_bytes(plaintext)] {
    return holder().seal(person, {record_class, record, version}, value);
  };
  // Nobody looks into what was sealed, so one run finds all that there is to seal.
  return rehearsal->answer({What::seal, person.value, name_of(name), to_bytes(plaintext)}, ask,
                           Bytes(plaintext.size() + kSealBytes));
}

Result<Bytes> RehearsedKeys::open_for(Purpose purpose, const PersonId& person, const RecordName& name,
                                      BytesView sealed) {
  Rehearsal* const rehearsal = rehearsal_here();
  if (rehearsal == nullptr) return holder().open_for(purpose, person, name, sealed);
  const auto ask = [this, purpose, person, record_class = name.record_class, record = std::string(name.record),
                    version = name.version, value = to_bytes(sealed)] {
    return holder().open_for(purpose, person, {record_class, record, version}, value);
  };
  return rehearsal->answer({What::open, person.value, name_of(name), to_bytes(sealed), purpose}, ask, std::nullopt);
}

Result<bool> RehearsedKeys::has_person_key(const PersonId& person) {
  Rehearsal* const rehearsal = rehearsal_here();
  if (rehearsal == nullptr) return holder().has_person_key(person);
  const auto ask = [this, person]() -> Result<Bytes> {
    MIBUN_TRY(const bool there, holder().has_person_key(person));
    return Bytes{static_cast<std::uint8_t>(there)};
  };
  MIBUN_TRY(const Bytes there, rehearsal->answer({What::has_person_key, person.value, {}, {}}, ask, std::nullopt));
  return there.front() != 0;
}

Result<Bytes> RehearsedKeys::lookup_hash(std::string_view domain, BytesView value) {
  Rehearsal* const rehearsal = rehearsal_here();
  if (rehearsal == nullptr) return holder().lookup_hash(domain, value);
  const auto ask = [this, domain = std::string(domain), value = to_bytes(value)] {
    return holder().lookup_hash(domain, value);
  };
  return rehearsal->answer({What::lookup_hash, {}, std::string(domain), to_bytes(value)}, ask, std::nullopt);
}

Result<Bytes> RehearsedKeys::person_hash(const PersonId& person, std::string_view domain, BytesView value) {
  Rehearsal* const rehearsal = rehearsal_here();
  if (rehearsal == nullptr) return holder().person_hash(person, domain, value);
  const auto ask = [this, person, domain = std::string(domain), value = to_bytes(value)] {
    return holder().person_hash(person, domain, value);
  };
  return rehearsal->answer({What::person_hash, person.value, std::string(domain), to_bytes(value)}, ask, std::nullopt);
}

void RehearsedRng::fill(std::span<std::uint8_t> out) {
  if (Rehearsal* const rehearsal = Rehearsal::current()) return rehearsal->draw(rng_, out);
  rng_.fill(out);
}

}  // namespace mibun::keyd
