#pragma once

#include <memory>

#include "platform/keyd/keyd.h"
#include "platform/keyd/remote_client.h"

namespace mibun::keyd {

// The key holder behind the key service's socket. Every call may fail with keyd_unavailable (remote_client.h). From any
// thread.
class RemoteKeyHolder final : public KeyHolder, public MayBeAway {
 public:
  // Asks once, so that a wrong path is an error now. Errors: keyd_unavailable, invalid_argument.
  static Result<std::unique_ptr<RemoteKeyHolder>> open(RemoteOptions options);

  // Also invalid_argument (a name above kNameBytesMax, a plaintext above kPlaintextBytesMax).
  Status create_person_key(const PersonId& person) override;
  Result<Bytes> seal(const PersonId& person, const RecordName& name, BytesView plaintext) override;
  Result<Bytes> open(const PersonId& person, const RecordName& name, BytesView sealed) override;
  Result<Bytes> open_for(Purpose purpose, const PersonId& person, const RecordName& name, BytesView sealed) override;
  Status destroy_person_key(const PersonId& person) override;
  Result<bool> has_person_key(const PersonId& person) override;
  Result<Bytes> lookup_hash(std::string_view domain, BytesView value) override;
  Result<Bytes> person_hash(const PersonId& person, std::string_view domain, BytesView value) override;
  Status rotate_epoch() override;
  KeysHealth health() override { return client_->health(); }

 private:
  explicit RemoteKeyHolder(std::unique_ptr<RemoteClient> client) : client_(std::move(client)) {}
  const std::unique_ptr<RemoteClient> client_;
};

}  // namespace mibun::keyd
