#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/server/world/test_world.h"

// A wallet in the authorization code flow against the whole server. Each step is right in every respect; tests spoil
// one thing.
namespace mibun::server {

using FormParameters = std::vector<std::pair<std::string, std::string>>;

FormParameters with(FormParameters fields, const std::string& name, const std::string& value);
FormParameters without(FormParameters fields, std::string_view name);

struct CodeFlow {
  explicit CodeFlow(TestWorld& world);

  FormParameters par_fields() const;
  // Signed by the wallet's key, for an address of the authorization server.
  std::string proof(std::string_view path) const;
  TestRequest form_request(const std::string& path, const FormParameters& fields, const std::string& dpop) const;

  Reply push(const FormParameters& fields) const;
  std::string request_uri() const { return push(par_fields()).text("request_uri"); }
  Reply open(const std::string& request_uri, const std::string& client = "test-wallet") const;
  std::string authorization_id() const { return open(request_uri()).text("authorization_id"); }
  Reply decide(Device& device, const std::string& authorization_id, const Ceremony& twist = {}) const;
  // Where the person is sent, and what is in it.
  std::string redirect(Device& device) const { return decide(device, authorization_id()).text("redirect_to"); }
  std::string code(Device& device) const;

  FormParameters code_fields(const std::string& code) const;
  FormParameters refresh_fields(const std::string& refresh_token) const;
  TestRequest token_request(const FormParameters& fields) const;
  Reply token(const FormParameters& fields) const { return world.send(token_request(fields)); }
  // A credential request with an access token of this flow.
  Reply credential(const std::string& access_token, const json::Object& naming = {}) const;

  TestWorld& world;
  std::shared_ptr<crypto::P256PrivateKey> key;
  std::string verifier;
};

std::string parameter(const std::string& url, std::string_view name);  // "" when missing

}  // namespace mibun::server
