#pragma once

#include "platform/keyd/keyd.h"

namespace mibun::keyd {

// Asks another holder everything. Whoever stands before a holder overrides what they are there for, and says the rest
// truly, must_restart() too.
class ForwardingKeyHolder : public KeyHolder {
 public:
  // `holder` must outlive it.
  explicit ForwardingKeyHolder(KeyHolder& holder) : holder_(holder) {}

  Status create_person_key(const PersonId& person) override { return holder_.create_person_key(person); }
  Result<Bytes> seal(const PersonId& person, const RecordName& name, BytesView plaintext) override {
    return holder_.seal(person, name, plaintext);
  }
  Result<Bytes> open(const PersonId& person, const RecordName& name, BytesView sealed) override {
    return holder_.open(person, name, sealed);
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
  bool must_restart() override { return holder_.must_restart(); }

 protected:
  KeyHolder& holder() { return holder_; }

 private:
  KeyHolder& holder_;
};

}  // namespace mibun::keyd
