#include "server/app/read_only_keys.h"

#include <utility>

namespace mibun::server {
namespace {

class ReadOnlyKeys final : public keyd::KeyHolder {
 public:
  explicit ReadOnlyKeys(std::shared_ptr<keyd::KeyHolder> keys) : keys_(std::move(keys)) {}

  Status create_person_key(const keyd::PersonId&) override { return refused(); }
  Result<Bytes> seal(const keyd::PersonId& person, const keyd::RecordName& name, BytesView plaintext) override {
    return keys_->seal(person, name, plaintext);
  }
  Result<Bytes> open(const keyd::PersonId& person, const keyd::RecordName& name, BytesView sealed) override {
    return keys_->open(person, name, sealed);
  }
  Result<Bytes> open_for(keyd::Purpose purpose, const keyd::PersonId& person, const keyd::RecordName& name,
                         BytesView sealed) override {
    return keys_->open_for(purpose, person, name, sealed);
  }
  Status destroy_person_key(const keyd::PersonId& person) override {
    MIBUN_TRY(const bool there, keys_->has_person_key(person));
    if (there) return refused();
    return {};
  }
  Result<bool> has_person_key(const keyd::PersonId& person) override { return keys_->has_person_key(person); }
  Result<Bytes> lookup_hash(std::string_view domain, BytesView value) override {
    return keys_->lookup_hash(domain, value);
  }
  Result<Bytes> person_hash(const keyd::PersonId& person, std::string_view domain, BytesView value) override {
    return keys_->person_hash(person, domain, value);
  }
  Status rotate_epoch() override { return refused(); }
  bool must_restart() override { return false; }

 private:
  static Status refused() {
    return fail(ErrorCode::keyd_purpose_not_allowed, "keyd", "whoever tries something out changes no keys");
  }
  const std::shared_ptr<keyd::KeyHolder> keys_;
};

}  // namespace

std::shared_ptr<keyd::KeyHolder> read_only_keys(std::shared_ptr<keyd::KeyHolder> keys) {
  return std::make_shared<ReadOnlyKeys>(std::move(keys));
}

}  // namespace mibun::server
