#include <doctest/doctest.h>

#include <set>

#include "core/jose/jws.h"
#include "tests/server/world/test_world.h"
#include "wallet/labels.h"

namespace mibun::server {

TEST_CASE("every part of an account that a receipt of erasure names has words in both languages, of its own") {
  TestWorld& w = world();
  Device device = w.register_device();
  const Reply erased = w.send_well(w.account_request(device, "DELETE", "/api/v1/account"), 200);
  const auto jws = must(jose::Jws::parse(std::string_view(erased.text("receipt"))));
  const json::Object content = must(jws.unverified_payload());
  const json::Array& classes = content.at("classes").as_array();
  CHECK(classes.size() >= 8);
  std::set<std::string> english, japanese;
  for (const json::Value& one : classes) {
    const std::string name(one.as_object().at("class").as_string());
    INFO(name);
    const wallet::Label label = wallet::data_class_label(name);
    CHECK(label.ja != name);
    CHECK(label.en != name);
    CHECK(english.insert(label.en).second);
    CHECK(japanese.insert(label.ja).second);
  }
}

}  // namespace mibun::server
