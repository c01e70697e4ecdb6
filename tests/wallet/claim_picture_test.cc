#include "wallet/claim_picture.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "tests/support/test_jpeg.h"
#include "tests/support/test_png.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

dcql::ClaimPath path_of(std::string_view text) {
  return dcql::ClaimPath::parse(json::parse(text).value().as_array()).value();
}
const dcql::ClaimPath kPortrait = path_of(R"(["org.iso.23220.1","portrait"])");

std::string media_type_of(const dcql::ClaimPath& path, const Bytes& file) {
  const auto picture = claim_picture(path, json::Value(base64url::encode(file)));
  if (!picture) return "none";
  CHECK(picture->image == base64url::encode(file));
  return std::string(picture->media_type);
}

}  // namespace

TEST_CASE("a picture is drawn as what its bytes are, and whatever else calls itself one is told in words") {
  struct Row {
    const char* why;
    Bytes file;
    std::string_view want;
  };
  Bytes cut = TestJpeg{}.bytes(), longer = TestPng{}.bytes();
  cut.pop_back();
  longer.push_back(0);
  const Bytes page{'<', 's', 'v', 'g', '>'}, gif{'G', 'I', 'F', '8', '9', 'a'};
  const Bytes jpeg2000{0, 0, 0, 12, 'j', 'P', ' ', ' ', 13, 10, 0x87, 10};
  const Row rows[] = {
      {"a JPEG", TestJpeg{}.bytes(), "image/jpeg"},
      {"a PNG", TestPng{}.bytes(), "image/png"},
      {"nothing", {}, "none"},
      {"a JPEG without its end", cut, "none"},
      {"a PNG with something after it", longer, "none"},
      {"a page", page, "none"},
      {"a GIF", gif, "none"},
      {"a JPEG 2000", jpeg2000, "none"},
      {"the widest that is drawn", TestJpeg{.width = 4096, .height = 4096}.bytes(), "image/jpeg"},
      {"too wide", TestJpeg{.width = 4097}.bytes(), "none"},
      {"too high", TestPng{.height = 4097}.bytes(), "none"},
      {"too many bytes", TestJpeg{.scan_bytes = 256 * 1024}.bytes(), "none"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(media_type_of(kPortrait, row.file) == row.want);
  }
}

TEST_CASE("only what is known to be a picture is drawn") {
  const Bytes file = TestJpeg{}.bytes();
  CHECK(media_type_of(path_of(R"(["org.iso.18013.5.1","signature_usual_mark"])"), file) == "image/jpeg");
  for (const auto* path : {R"(["portrait"])", R"(["org.iso.23220.1","given_name"])", R"(["portrait","x"])"}) {
    CHECK(media_type_of(path_of(path), file) == "none");
  }
  CHECK(!claim_picture(kPortrait, json::Value(7)));
  CHECK(!claim_picture(kPortrait, json::Value("not base64url!")));
}
