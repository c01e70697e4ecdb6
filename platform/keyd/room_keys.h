#pragma once

#include "platform/keyd/keyd.h"

namespace mibun::keyd {

// What a room of the server gets in the place of the holder: it says what the room opens records for.
class RoomKeys final : public KeyHolder {
 public:
  // `holder` must outlive it.
  RoomKeys(KeyHolder& holder, Purpose purpose) : holder_(holder), purpose_(purpose) {}

  Status create_person_key(const PersonId& person) override { return holder_.create_person_key(person); }
  Result<Bytes> seal(const PersonId& person, const RecordName& name, BytesView plaintext) override {
    return holder_.seal(person, name, plaintext);
  }
  Result<Bytes> open(const PersonId& person, const RecordName& name, BytesView sealed) override {
    return holder_.open_for(purpose_, person, name, sealed);
  }
  Result<Bytes> open_for(Purpose purpose, const PersonId& person, const RecordName& name, BytesView sealed) override {
    return holder_.open_for(purpose, person, name, sealed);
  }
  Status destroy_person_key(const PersonId& person) override { return holder_.destroy_person_key(person); }
  Result<bool> has_person_key(const PersonId& person) override { return holder_.has_person_key(person); }
  Result<Bytes> lookup_hash(std::string_view domain, BytesView value) override {
    return holder_.lookup_hash(domain, value);
  }
  Result<Bytes> person_hash(const PersonId& person, std::string_view domain, BytesView value) override {
    return holder_.person_hash(person, domain, value);
  }
  Status rotate_epoch() override { return holder_.rotate_epoch(); }

 private:
  KeyHolder& holder_;
  const Purpose purpose_;
};

}  // namespace mibun::keyd
