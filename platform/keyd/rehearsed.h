#pragma once

#include <functional>
#include <memory>

#include "platform/database/forwarding_database.h"
#include "platform/keyd/forwarding_key_holder.h"
#include "platform/keyd/rehearsal.h"

// The three doors that a rehearsed unit of work goes through. Whoever has rooms hands them all three.
namespace mibun::keyd {

// A database whose units of work ask the key holder nothing while others wait for the writer.
class RehearsedDatabase final : public database::ForwardingDatabase {
 public:
  // Whether a person is still there, as this database knows it. What was sealed for somebody before a transaction must
  // not be written for them after they were erased: their key is gone, and nothing would remove it again.
  using IsThere = std::function<Result<bool>(database::Transaction&, const PersonId&)>;
  RehearsedDatabase(std::unique_ptr<database::Database> inner, IsThere is_there)
      : ForwardingDatabase(*inner), inner_(std::move(inner)), is_there_(std::move(is_there)) {}

  // `work` may run several times, and only the last counts: it changes nothing but rows and what it assigns anew each
  // time. Randomness that comes through RehearsedRng is the same each time. Errors: those of Database::write and of
  // `work`; keyd_person_key_missing (erased meanwhile); internal_error (it asks something else each time).
  Status write(const std::function<Status(database::Transaction&)>& work) override;

 private:
  Status check_people(database::Transaction& transaction, const Rehearsal& rehearsal) const;
  const std::unique_ptr<database::Database> inner_;
  const IsThere is_there_;
};

// Asks the holder at once outside of a write, also ahead of one, and for a rehearsal inside. Inside a write of any
// other database it breaks an invariant, and so does making, destroying and rotating keys in any: there is no
// exception.
class RehearsedKeys final : public ForwardingKeyHolder {
 public:
  // `holder` must outlive it.
  explicit RehearsedKeys(KeyHolder& holder) : ForwardingKeyHolder(holder) {}

  Status create_person_key(const PersonId& person) override;
  Result<Bytes> seal(const PersonId& person, const RecordName& name, BytesView plaintext) override;
  Result<Bytes> open(const PersonId& person, const RecordName& name, BytesView sealed) override {
    return open_for(Purpose::unlisted, person, name, sealed);
  }
  Result<Bytes> open_for(Purpose purpose, const PersonId& person, const RecordName& name, BytesView sealed) override;
  Status destroy_person_key(const PersonId& person) override;
  Result<bool> has_person_key(const PersonId& person) override;
  Result<Bytes> lookup_hash(std::string_view domain, BytesView value) override;
  Result<Bytes> person_hash(const PersonId& person, std::string_view domain, BytesView value) override;
  Status rotate_epoch() override;
};

// For what a unit of work draws: the same bytes in each run of one write.
class RehearsedRng final : public Rng {
 public:
  // `rng` must outlive it and be safe for several threads.
  explicit RehearsedRng(Rng& rng) : rng_(rng) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  Rng& rng_;
};

}  // namespace mibun::keyd
