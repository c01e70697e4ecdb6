// What an issuer and its authorization server answer, in the eyes of the wallet's flow: one exchange by the
// authorization code grant is recorded, and played again with one answer changed.
#include <algorithm>
#include <map>

#include "core/codecs/url.h"
#include "core/oid4vci/wallet_flow.h"
#include "tests/core/oid4vci/test_issuer.h"
#include "tests/omission/json_mutator.h"
#include "tests/omission/text_mutator.h"

namespace mibun::omission {
namespace {

using oid4vci::TestIssuer;

class Keys final : public oid4vci::HolderKeyMaker {
 public:
  explicit Keys(const std::vector<crypto::P256PrivateKey>& keys) : keys_(keys) {}
  Result<oid4vci::HolderKey> make_key() override {
    if (made_ == keys_.size()) return fail(ErrorCode::internal_error, "keys", "more copies than were wanted");
    const crypto::P256PrivateKey& key = keys_[made_++];
    return oid4vci::HolderKey{"key-" + std::to_string(made_), &key};
  }

 private:
  const std::vector<crypto::P256PrivateKey>& keys_;
  std::size_t made_ = 0;
};

constexpr std::size_t kCopies = 2;

// Who answers: the issuer while it is recorded, the record afterwards. By the last part of the path.
struct Answers {
  std::function<HttpResponse(const std::string& path, const HttpRequest& request)> wire;
  std::function<std::string(const std::string& url)> visit;
};

// The wallet's randomness is the same each time, so that a recorded redirect carries its state.
struct Wallet {
  oid4vci::SeededRng rng{11};
  crypto::P256PrivateKey dpop_key = oid4vci::key_from(rng);
  std::vector<crypto::P256PrivateKey> card_keys = make_card_keys();

  std::vector<crypto::P256PrivateKey> make_card_keys() {
    std::vector<crypto::P256PrivateKey> made;
    for (std::size_t i = 0; i < kCopies; ++i) made.push_back(oid4vci::key_from(rng));
    return made;
  }

  Result<oid4vci::Finished> play(const std::string& credential_issuer, const Answers& answers) {
    Keys keys(card_keys);
    oid4vci::IssuanceFlow flow(
        {.credential_issuer = credential_issuer,
         .configuration_ids = {"identity"},
         .authorization_server = {},
         .grant = oid4vci::CodeGrant{}},
        kCopies,
        {.keys = keys,
         .dpop_key = dpop_key,
         .rng = rng,
         .client = oid4vci::FlowClient{.client_id = "wallet", .redirect_uri = "https://wallet.example/cb"}});
    oid4vci::Event event = oid4vci::Start{};
    for (int i = 0; i < 20; ++i) {
      MIBUN_TRY(oid4vci::Step step, flow.advance(event, oid4vci::kNow));
      if (auto* finished = std::get_if<oid4vci::Finished>(&step)) return std::move(*finished);
      if (const auto* send = std::get_if<oid4vci::SendRequest>(&step)) {
        MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(send->request.url));
        event = oid4vci::ResponseArrived{answers.wire(std::string(url.path()), send->request)};
      } else if (const auto* open = std::get_if<oid4vci::OpenAuthorization>(&step)) {
        event = oid4vci::RedirectArrived{answers.visit(open->url)};
      } else if (std::holds_alternative<oid4vci::AskHolder>(step)) {
        event = oid4vci::HolderAgreed{};
      } else {
        return fail(ErrorCode::oid4vci_issuance_pending);
      }
    }
    return fail(ErrorCode::internal_error, "flow", "no end");
  }
};

// How the wallet asks for the card: by its scope, or by authorization_details where it has none.
enum class Naming { scope, details };

// One exchange, and how it ends when something in it is changed.
class Recorded {
 public:
  explicit Recorded(Naming naming) {
    if (naming == Naming::details) issuer_.metadata.configurations[0].scope.clear();
    issuer_.refreshable = true;
    issuer_.notification_id = "notification-1";
    const auto done = Wallet().play(issuer_.metadata.credential_issuer,
                                    {[&](const std::string& path, const HttpRequest& request) {
                                       requests_[path] = request;
                                       return answers_[path] = issuer_.handle(request);
                                     },
                                     [&](const std::string& url) { return redirect_ = issuer_.visit(url); }});
    for (const auto& copy : must(done).copies) issued_.push_back(copy.credential);
  }

  const HttpResponse& at(const std::string& path) const { return answers_.at(path); }
  const std::string& redirect() const { return redirect_; }

  // The whole exchange with one answer in the place of another.
  Status with(const std::string& path, const HttpResponse& answer) const { return play(path, answer, redirect_); }
  Status with_redirect(const std::string& url) const { return play({}, {}, url); }

 private:
  Status play(const std::string& changed, const HttpResponse& answer, const std::string& redirect) const {
    const Answers answers{[&](const std::string& path, const HttpRequest& request) {
                            const auto found = answers_.find(path);
                            const bool known = found != answers_.end() && carries_the_same(path, request);
                            if (!known) return HttpResponse{.status = 400, .headers = {}, .body = {}};
                            return path == changed ? answer : found->second;
                          },
                          [&](const std::string&) { return redirect; }};
    MIBUN_TRY(const auto finished, Wallet().play(issuer_.metadata.credential_issuer, answers));
    // What a card says is judged by its own reader (artefacts sd_jwt_vc/issued and mdoc/...), and no two may be alike.
    std::vector<std::string> known = issued_;
    for (const auto& copy : finished.copies) {
      if (std::erase(known, copy.credential) != 1) return fail(ErrorCode::sd_jwt_claim_collision, "credentials");
    }
    return {};
  }

  // What the real servers would look up: the code of the redirect, the access token, the name of the card.
  bool carries_the_same(const std::string& path, const HttpRequest& request) const {
    const HttpRequest& recorded = requests_.at(path);
    const auto authorization = [](const HttpRequest& one) {
      const auto found = std::ranges::find(one.headers, "Authorization", &HttpHeader::name);
      return found == one.headers.end() ? std::string() : found->value;
    };
    if (authorization(request) != authorization(recorded)) return false;
    if (path.ends_with("/token")) return request.body == recorded.body;
    if (!path.ends_with("/credential")) return true;
    const auto name_of = [](const HttpRequest& one) {
      const json::Object body = json::parse_object(one.body).value();
      const json::Value* by_id = body.if_contains("credential_identifier");
      return json::serialize(by_id != nullptr ? *by_id : body.at("credential_configuration_id"));
    };
    return name_of(request) == name_of(recorded);
  }

  template <class T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(std::string(to_string(result.error().code)) + " " + result.error().where);
    return std::move(*result);
  }

  oid4vci::SeededRng rng_{12};
  ManualClock clock_{oid4vci::kNow};
  TestIssuer issuer_{rng_, clock_};
  std::map<std::string, HttpResponse> answers_;
  std::map<std::string, HttpRequest> requests_;
  std::string redirect_;
  std::vector<std::string> issued_;
};

// A JSON answer: each change of its text, another status, another type.
void answer_at(Trial& trial, const std::string& path, Naming naming) {
  const Recorded exchange(naming);
  const HttpResponse& original = exchange.at(path);
  trial.honest(exchange.with(path, original));
  const auto with_body = [&](const std::string& text) {
    HttpResponse changed = original;
    changed.body = text;
    return exchange.with(path, changed);
  };
  const json::Value value(json::parse_object(original.body).value());
  mutate_json(value, "body", [&](const std::string& place, std::string_view how, const std::string& text) {
    trial.tried(place, how, with_body(text));
  });
  if (original.body.size() < 1000) truncate(trial, "text", original.body, with_body);
  for (const int status : {0, 199, 204, 301, 302, 303, 307, 308, 400, 401, 404, 500, 503}) {
    HttpResponse changed = original;
    changed.status = status;
    trial.tried("status", std::to_string(status), exchange.with(path, changed));
  }
  for (const char* type : {"", "text/html", "text/plain", "application/jwt", "application/jsonp"}) {
    HttpResponse changed = original;
    changed.headers = {{"Content-Type", type}};
    trial.tried("content-type", type, exchange.with(path, changed));
  }
  HttpResponse bare = original;
  bare.headers.clear();
  trial.tried("content-type", "remove", exchange.with(path, bare));
}

void redirect(Trial& trial) {
  const Recorded exchange(Naming::scope);
  const std::string& url = exchange.redirect();
  const auto with = [&](const std::string& text) { return exchange.with_redirect(text); };
  trial.honest(with(url));
  const std::string address = url.substr(0, url.find('?') + 1), query = url.substr(address.size());
  mutate_form(trial, "query", query, [&](const std::string& changed) { return with(address + changed); });
  truncate(trial, "text", url, with);
  for (const char* other : {"http://wallet.example/cb?", "https://wallet.example/cb2?", "https://wallet.example/?",
                            "https://other.example/cb?", "wallet://cb?", "?", "https://wallet.example/cb#"}) {
    trial.tried("address", other, with(other + query));
  }
}

}  // namespace

void add_issuance_flow(Artefacts& artefacts) {
  const auto add = [&](const char* name, const char* path, Naming naming = Naming::scope) {
    artefacts.push_back({name, [=](Trial& trial) { answer_at(trial, path, naming); }});
  };
  add("oid4vci/issuer_metadata", "/.well-known/openid-credential-issuer/tenant");
  add("oid4vci/server_metadata", "/.well-known/oauth-authorization-server/tenant");
  add("oid4vci/pushed_response", "/tenant/par");
  add("oid4vci/token_response", "/tenant/token");
  add("oid4vci/token_response/details", "/tenant/token", Naming::details);
  add("oid4vci/nonce_response", "/tenant/nonce");
  add("oid4vci/credential_response", "/tenant/credential");
  artefacts.push_back({"oid4vci/redirect", redirect});
}

}  // namespace mibun::omission
