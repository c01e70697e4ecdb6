#include "server/erasure/routes.h"

#include "core/codecs/json.h"
#include "server/api/problem.h"

namespace mibun::server {

void add_erasure_routes(http::Router& router, ErasureService& service, AssertionGate& gate) {
  router.add({.method = "DELETE",
              .pattern = "/api/v1/account",
              .handler = answer_or_refuse([&](const ServerRequest& request) -> Answer {
                MIBUN_TRY(const Account account, gate.require(request));
                json::Object answer;
                MIBUN_TRY(answer["receipt"], service.erase(account));
                return json_answer(json::serialize(answer));
              }),
              .cors = true});
}

}  // namespace mibun::server
