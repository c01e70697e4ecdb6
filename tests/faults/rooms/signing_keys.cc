#include <memory>

#include "core/codecs/base64url.h"
#include "platform/files/files.h"
#include "platform/keyd/stored_signing_keys.h"
#include "platform/keyd/take_signing_keys.h"
#include "tests/faults/rooms/room.h"

// Signing keys in files: made, retired, and at last moved into another directory.
namespace mibun::faults {
namespace {

constexpr int kOpeningsMax = 3;
constexpr std::uint32_t kGenerations = 4;
crypto::SystemRng rng;

using Keys = std::unique_ptr<keyd::StoredSigningKeys>;

std::string first_of(const std::string& directory) {
  return directory + "/signing";
}
std::string second_of(const std::string& directory) {
  return directory + "/taken";
}
std::string record_of(const std::string& directory, std::uint32_t generation) {
  return directory + ".records/" + std::to_string(generation);  // not on the disk that fails
}
std::string deed(std::string_view what, std::uint32_t generation) {
  return std::string(what) + "-" + std::to_string(generation);
}
keyd::SigningKeyId id_of(std::uint32_t generation) {
  return {"push-sender", generation};
}

Keys open(const std::string& path) {
  for (int opening = 0; opening < kOpeningsMax; ++opening) {
    if (auto opened = keyd::StoredSigningKeys::open_files(path, rng)) return std::move(*opened);
  }
  return nullptr;
}

void work(const std::string& directory) {
  if (!files::make_private_directory(directory + ".records")) return;
  Keys keys = open(first_of(directory));
  const auto try_it = [&](const std::string& name, const auto& done) {
    if (keys == nullptr || attempt(name, [&] { return done(*keys); })) return;
    keys = open(first_of(directory));
  };
  const auto make = [&](std::uint32_t generation) {
    try_it(deed("make", generation), [&](auto& open) -> Status {
      MIBUN_TRY(const auto key, open.create(id_of(generation)));
      return files::write_file_atomic(record_of(directory, generation), as_bytes(base64url::encode(key.x())));
    });
  };
  const auto retire = [&](std::uint32_t generation) {
    try_it(deed("retire", generation), [&](auto& open) { return open.retire(id_of(generation)); });
  };
  make(1);
  make(2);
  retire(1);
  make(3);
  retire(2);
  make(4);
  keys.reset();
  attempt("take", [&] { return keyd::take_signing_keys(first_of(directory), second_of(directory), rng); });
}

// Whether the private key of this generation is here, the one that was made then.
Result<bool> has_key(keyd::StoredSigningKeys& keys, const std::string& directory, std::uint32_t generation) {
  MIBUN_TRY(const auto listed, keys.list());
  for (const keyd::SigningKey& key : listed) {
    if (key.id != id_of(generation) || key.is_retired) continue;
    const auto known = files::read_file(record_of(directory, generation), 1000);
    if (known && as_text(*known) != base64url::encode(key.public_key->x())) {
      return fail(ErrorCode::keyd_integrity_error, "another key");
    }
    return true;
  }
  return false;
}

std::string what_is_wrong(const std::string& directory, const Said& said) {
  if (!files::exists(first_of(directory))) return said.done.empty() ? "" : "the directory is gone";
  bool is_left[kGenerations + 1] = {};
  for (const std::string& path : {first_of(directory), second_of(directory)}) {
    if (!files::exists(path)) continue;
    auto keys = keyd::StoredSigningKeys::open_files(path, rng);
    if (!keys) return "cannot be opened: " + keys.error().where + " " + keys.error().detail;
    for (std::uint32_t generation = 1; generation <= kGenerations; ++generation) {
      const auto here = has_key(**keys, directory, generation);
      if (!here) return deed("cannot be listed", generation) + ": " + here.error().where;
      is_left[generation] |= *here;
    }
    const auto names = files::list_directory(path);
    for (const std::string& name : names.value()) {
      if (name.find("erased") != std::string::npos) return "an erasure is not finished: " + name;
    }
  }
  for (std::uint32_t generation = 1; generation <= kGenerations; ++generation) {
    if (!is_left[generation] && said.has(deed("make", generation)) && !said.may_be(deed("retire", generation)))
      return deed("gone", generation);
    if (is_left[generation] && said.has(deed("retire", generation))) return deed("back", generation);
  }
  if (said.done.empty()) return {};
  const auto again = keyd::take_signing_keys(first_of(directory), second_of(directory), rng);
  if (!again) return "cannot be taken up again: " + again.error().where + " " + again.error().detail;
  return keyd::has_signing_key_files(first_of(directory)) ? "something is left where it was" : "";
}

}  // namespace

extern const Room signing_keys_room{"signing-keys", work, what_is_wrong};

}  // namespace mibun::faults
