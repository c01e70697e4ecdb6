// Seals one file for the reader of blob_interop.mjs: blob_peer KEY(hex) OWNER FILE CHUNK_BITS <content >sealed
// Opens one, with "open" in front: the content, or the name of the error and exit code 1.
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "platform/blobs/format.h"

namespace {

mibun::Bytes read_input() {
  mibun::Bytes input;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) input.push_back(static_cast<std::uint8_t>(c));
  return input;
}

int say(const mibun::Bytes& bytes) {
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace mibun;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool opens = !arguments.empty() && arguments.front() == "open";
  if (opens) arguments.erase(arguments.begin());
  if (arguments.size() < 3) return 64;
  const auto key = hex::decode(arguments[0]);
  if (!key) return 64;
  const blobs::Belonging belonging{arguments[1], arguments[2]};
  const Bytes input = read_input();
  if (opens) {
    const auto content = blobs::open(*key, belonging, input);
    if (content) return say(*content);
    std::fprintf(stderr, "%s\n", std::string(to_string(content.error().code)).c_str());
    return 1;
  }
  crypto::SystemRng rng;
  return say(blobs::seal(*key, belonging, input, rng, static_cast<unsigned>(std::atoi(arguments.at(3).c_str()))));
}
