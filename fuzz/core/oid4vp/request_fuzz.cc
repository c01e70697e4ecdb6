// A request object: the input as it is, and as a payload that a trusted verifier signed, so that the checks behind the
// signature are reached too.
#include <cstdint>
#include <cstdlib>

#include "core/oid4vp/client_id.h"
#include "core/oid4vp/dc_api.h"
#include "tests/core/oid4vp/world.h"

using namespace mibun;
using namespace mibun::oid4vp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  static const std::string registration =
      must(sign_registration(world.registration(), world.registrar.key, world.registrar.chain));
  const std::string_view text = as_text({data, size});
  if (const auto id = ClientId::parse(text)) {
    if (!text.ends_with(id->rest())) std::abort();
  }
  const RequestPolicy policy{world.client_id, {}, world.trust()};
  if (VerifiedRequest::verify(text, policy, kTestNow)) std::abort();  // nobody signed this
  if (const auto link = RequestLink::parse(text)) {
    const auto again = RequestLink::parse(link->to_string());
    if (!again || again->client_id != link->client_id || again->request_uri != link->request_uri) std::abort();
    if (link->parameters) {
      if (again->parameters != link->parameters) std::abort();
      const auto asked = VerifiedRequest::verify_unsigned(*link->parameters, text, world.trust(), kTestNow);
      if (asked && asked->identified() != Identified::by_address) std::abort();
    }
  }

  auto payload = json::parse_object(text);
  if (!payload) return 0;
  const auto several = VerifiedRequest::verify_dc_api(
      {std::string(kDcApiMultisigned), json::Object{{"request", *payload}}, "https://shop.example"}, world.trust(),
      kTestNow);
  if (several) std::abort();  // nobody signed this
  // What changes with each run's keys.
  if (payload->contains("client_id")) (*payload)["client_id"] = world.client_id;
  if (json::Value* infos = payload->if_contains("verifier_info"); infos != nullptr && infos->is_array()) {
    for (json::Value& info : infos->get_array()) {
      if (info.is_object() && info.get_object().contains("data")) info.get_object()["data"] = registration;
    }
  }
  const auto jws = jose::sign_jws({{"typ", kRequestObjectType}, {"x5c", jose::x5c_member(world.shop.chain)}}, *payload,
                                  world.shop.key);
  const auto request = VerifiedRequest::verify(must(Result<std::string>(jws)), policy, kTestNow);
  if (request && !request->registration().allows(request->query())) std::abort();
  return 0;
}
