#include <memory>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/keyd/embedded_key_holder.h"
#include "tests/faults/rooms/room.h"

// People come and go while the epoch rotates.
namespace mibun::faults {
namespace {

constexpr int kOpeningsMax = 3;
constexpr keyd::RecordName kName{"claims", "row", 1};
crypto::SystemRng rng;

using Holder = std::unique_ptr<keyd::EmbeddedKeyHolder>;

std::string directory_of(const std::string& directory) {
  return directory + "/keyd";
}
std::string record_of(const std::string& directory, std::string_view person) {
  return directory + ".records/" + std::string(person);  // not on the disk that fails
}

Holder open(const std::string& directory) {
  for (int opening = 0; opening < kOpeningsMax; ++opening) {
    if (auto opened = keyd::EmbeddedKeyHolder::open(directory_of(directory), rng)) return std::move(*opened);
  }
  return nullptr;
}

Status make(keyd::EmbeddedKeyHolder& holder, const std::string& directory, const std::string& person) {
  MIBUN_CHECK(holder.create_person_key({person}));
  MIBUN_TRY(const Bytes sealed, holder.seal({person}, kName, as_bytes(person)));
  return files::write_file_atomic(record_of(directory, person), sealed);
}

void work(const std::string& directory) {
  if (!files::make_private_directory(directory + ".records")) return;
  Holder holder = open(directory);
  const auto try_it = [&](const std::string& name, const auto& deed) {
    if (holder == nullptr || attempt(name, [&] { return deed(*holder); })) return;
    holder.reset();
    holder = open(directory);
  };
  const auto come = [&](const std::string& person) {
    try_it("make-" + person, [&](auto& open) { return make(open, directory, person); });
  };
  const auto go = [&](const std::string& person) {
    try_it("destroy-" + person, [&](auto& open) { return open.destroy_person_key({person}); });
  };
  const auto rotate = [&](const std::string& name) { try_it(name, [](auto& open) { return open.rotate_epoch(); }); };
  come("an");
  come("bo");
  rotate("rotate-1");
  go("an");
  come("cy");
  rotate("rotate-2");
  go("bo");
}

std::string judge(keyd::EmbeddedKeyHolder& holder, const std::string& directory, const Said& said,
                  const std::string& person) {
  const auto has = holder.has_person_key({person});
  if (!has) return "the table cannot be read";
  if (*has && said.has("destroy-" + person)) return "a destroyed key is back";
  if (*has && !said.may_be("make-" + person)) return "a key that was never made is there";
  if (!*has) return said.has("make-" + person) && !said.may_be("destroy-" + person) ? "a key is gone" : "";
  const auto sealed = files::read_file(record_of(directory, person), 10'000);
  if (!sealed) return said.has("make-" + person) ? "the record of this test is gone" : "";
  const auto plain = holder.open({person}, kName, *sealed);
  return plain && as_text(*plain) == person ? "" : "a record does not open any more";
}

std::string what_is_wrong(const std::string& directory, const Said& said) {
  if (!files::exists(directory_of(directory)) && said.done.empty()) return {};
  auto opened = keyd::EmbeddedKeyHolder::open(directory_of(directory), rng);
  if (!opened) return "cannot be opened: " + opened.error().where + " " + opened.error().detail;
  for (const char* person : {"an", "bo", "cy"}) {
    if (std::string wrong = judge(**opened, directory, said, person); !wrong.empty()) return person + (": " + wrong);
  }
  int epochs = 0;
  const auto names = files::list_directory(directory_of(directory));
  for (const std::string& name : names.value()) epochs += name.starts_with("epoch-") ? 1 : 0;
  if (epochs != 1) return "more than one epoch key is left";
  if (!(*opened)->rotate_epoch() || !(*opened)->create_person_key({"new"})) return "takes nothing any more";
  return {};
}

}  // namespace

extern const Room keyd_room{"keyd", work, what_is_wrong};

}  // namespace mibun::faults
