#include "platform/keyd/binding.h"

#include <string>

namespace mibun::keyd {

Bytes bind_parts(std::initializer_list<std::string_view> parts) {
  Bytes bound;
  for (const std::string_view part : parts) {
    MIBUN_INVARIANT(part.size() <= UINT32_MAX);
    for (int shift = 24; shift >= 0; shift -= 8) bound.push_back(static_cast<std::uint8_t>(part.size() >> shift));
    bound.insert(bound.end(), part.begin(), part.end());
  }
  return bound;
}

Bytes record_binding(const PersonId& person, const RecordName& name) {
  return bind_parts({"record", name.record_class.name(), person.value, name.record, std::to_string(name.version)});
}

Bytes key_binding(std::string_view purpose, std::string_view name, std::int64_t epoch) {
  return bind_parts({purpose, name, std::to_string(epoch)});
}

}  // namespace mibun::keyd
