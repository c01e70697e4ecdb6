#pragma once

#include "platform/keyd/forwarding_key_holder.h"

namespace mibun::keyd {

// What a room of the server gets in the place of the holder: it says what the room opens records for.
class RoomKeys final : public ForwardingKeyHolder {
 public:
  // `holder` must outlive it.
  RoomKeys(KeyHolder& holder, Purpose purpose) : ForwardingKeyHolder(holder), purpose_(purpose) {}

  Result<Bytes> open(const PersonId& person, const RecordName& name, BytesView sealed) override {
    return open_for(purpose_, person, name, sealed);
  }

 private:
  const Purpose purpose_;
};

}  // namespace mibun::keyd
