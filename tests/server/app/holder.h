#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/oid4vp/wallet_flow.h"
#include "tests/server/world/issuing.h"

// Our wallet's flow, with cards that the server of a world gave out.
namespace mibun::server {

// The holder's cards of both formats, as the issuer gave them out.
class Box final : public oid4vp::CardBox {
 public:
  explicit Box(TestWorld& w = world()) : w_(w) {}
  void add_identity() {
    const HeldCard card = w_.take_card();
    keep(dcql::kSdJwtFormat, card.text, card.key);
  }
  void add_photo_id() {
    const AskedCards asked = ask_for_cards(w_, kPhotoIdConfiguration, 1);
    const Reply reply = w_.send_well(asked.request(w_, w_.holder_token()), 200);
    const json::Object& first = reply.json.at("credentials").as_array().front().as_object();
    keep(dcql::kMdocFormat, std::string(first.at("credential").as_string()), asked.keys.front());
  }
  std::vector<const oid4vp::HeldCard*> cards() const override {
    std::vector<const oid4vp::HeldCard*> result;
    for (const auto& card : cards_) result.push_back(card.get());
    return result;
  }
  Result<std::shared_ptr<const crypto::P256Signer>> signer(const oid4vp::HeldCard& card) const override {
    if (locked) return fail(ErrorCode::wallet_locked);
    return keys_.at(&card);
  }
  bool locked = false;

 private:
  void keep(std::string_view format, std::string_view text, std::shared_ptr<crypto::P256PrivateKey> key) {
    cards_.push_back(std::make_unique<oid4vp::HeldCard>(must(oid4vp::HeldCard::reopen_stored(format, text))));
    keys_[cards_.back().get()] = std::move(key);
  }
  TestWorld& w_;
  std::vector<std::unique_ptr<oid4vp::HeldCard>> cards_;
  std::map<const oid4vp::HeldCard*, std::shared_ptr<crypto::P256PrivateKey>> keys_;
};

inline Box full_box(TestWorld& w = world()) {
  Box box(w);
  box.add_identity();
  box.add_photo_id();
  return box;
}

// One exchange of a wallet that answers everything.
struct Wallet {
  explicit Wallet(const Box& box, TestWorld& world_in = world())
      : w(world_in),
        flow(box,
             {w.trust->verifier_access, w.trust->registrars, w.trust->known_verifiers, oid4vp::openid4vp_profile()},
             w.rng) {}

  Reply send(const HttpRequest& request) {
    sent = request;
    return w.send({request.method, request.url.substr(kOrigin.size()), request.body, request.headers});
  }
  oid4vp::Step pass(const HttpRequest& request) {
    reply = send(request);
    HttpResponse response{.status = reply.status(), .headers = {}, .body = reply.response.body};
    response.headers.push_back({"Content-Type", reply.response.content_type});
    return must(flow.advance(oid4vp::Received{std::move(response)}, w.clock.now()));
  }
  oid4vp::AskHolder start(const std::string& link) {
    const oid4vp::Step step = must(flow.advance(oid4vp::Started{link}, w.clock.now()));
    const auto* fetched = std::get_if<oid4vp::SendRequest>(&step);  // a request by value is not
    return std::get<oid4vp::AskHolder>(fetched != nullptr ? pass(fetched->request) : step);
  }
  oid4vp::Step answer(const oid4vp::Event& event) { return must(flow.advance(event, w.clock.now())); }
  oid4vp::Finished finish(const oid4vp::Event& event) {
    return std::get<oid4vp::Finished>(pass(std::get<oid4vp::SendRequest>(answer(event)).request));
  }

  TestWorld& w;
  oid4vp::PresentationFlow flow;
  HttpRequest sent;
  Reply reply;
};

inline std::string code_of_redirect(const oid4vp::Finished& finished) {
  return finished.redirect_uri->substr(finished.redirect_uri->find('=') + 1);
}

}  // namespace mibun::server
