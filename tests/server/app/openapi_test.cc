#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "tests/server/app/row.h"

// The API description against the routes, both ways.
namespace mibun::server {
namespace {

const std::string& served() {
  static const std::string text = world().send_well({.target = "/openapi.json"}, 200).response.body;
  return text;
}

const json::Object& description() {
  static const json::Object object = must(json::parse_object(served(), {.bytes_max = 1024 * 1024}));
  return object;
}

const json::Object& at(const json::Object& object, std::string_view name) {
  return object.at(name).as_object();
}

std::string upper(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

using Visit = std::function<void(const std::string& name, const json::Object& operation, const http::Route& route)>;
void for_each_operation(const Visit& visit) {
  for (const http::Route& route : world().app->routes()) {
    for (const auto& operation : at(at(description(), "paths"), route.pattern)) {
      if (upper(operation.key()) != route.method) continue;
      INFO(route.method << " " << route.pattern);
      visit(route.method + " " + route.pattern, operation.value().as_object(), route);
    }
  }
}

// "#/components/schemas/Id" points to something.
bool resolves(std::string_view reference) {
  if (!reference.starts_with("#/")) return false;
  reference.remove_prefix(2);
  const json::Object* here = &description();
  while (true) {
    const std::size_t end = reference.find('/');
    const json::Value* next = here->if_contains(reference.substr(0, end));
    if (next == nullptr || !next->is_object()) return false;
    if (end == std::string_view::npos) return true;
    here = &next->get_object();
    reference.remove_prefix(end + 1);
  }
}

void collect_references(const json::Value& value, std::set<std::string>& references) {
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (member.key() == "$ref") references.insert(std::string(member.value().as_string()));
      collect_references(member.value(), references);
    }
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array) collect_references(element, references);
  }
}

}  // namespace

TEST_CASE("the description that is served is the file, byte for byte") {
  std::ifstream in(std::string(MIBUN_VECTORS) + "/../../server/operations/assets/openapi.json", std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  REQUIRE_FALSE(file.empty());
  CHECK(served() == file);
  CHECK(description().at("openapi") == "3.1.0");
}

TEST_CASE("every route is described and every description has its route") {
  std::set<std::pair<std::string, std::string>> routes, described;
  for (const http::Route& route : world().app->routes()) routes.emplace(route.method, route.pattern);
  for (const auto& path : at(description(), "paths")) {
    for (const auto& operation : path.value().as_object()) described.emplace(upper(operation.key()), path.key());
  }
  for (const auto& [method, path] : routes) {
    INFO(method << " " << path);
    CHECK(described.contains({method, path}));
  }
  for (const auto& [method, path] : described) {
    INFO(method << " " << path);
    CHECK(routes.contains({method, path}));
  }
  CHECK(routes.size() >= 35);
}

TEST_CASE("every operation says what it is, in two languages, and how it ends") {
  std::set<std::string> ids;
  for_each_operation([&](const std::string& name, const json::Object& operation, const http::Route&) {
    INFO(name);
    const std::string summary(operation.at("summary").as_string());
    const std::size_t border = summary.find(" / ");
    REQUIRE(border != std::string::npos);
    CHECK(static_cast<unsigned char>(summary[border + 3]) < 0xF0);
    CHECK(summary.find_first_of("\xe3\xe4\xe5\xe6\xe7\xe8\xe9", border) != std::string::npos);  // kana or kanji
    CHECK(ids.insert(std::string(operation.at("operationId").as_string())).second);
    int refusals = 0;
    for (const auto& response : at(operation, "responses")) refusals += response.key()[0] >= '4' ? 1 : 0;
    CHECK(refusals >= 1);
    CHECK(operation.contains("security"));
  });
}

TEST_CASE("bodies and parameters are described as the routes take them") {
  for_each_operation([](const std::string& name, const json::Object& operation, const http::Route& route) {
    INFO(name);
    CHECK(operation.contains("requestBody") == !route.body_type.empty());
    if (!route.body_type.empty()) CHECK(at(at(operation, "requestBody"), "content").contains(route.body_type));
    std::set<std::string> declared, named;
    if (const json::Value* parameters = operation.if_contains("parameters")) {
      for (const json::Value& parameter : parameters->as_array()) {
        const std::string reference(parameter.as_object().at("$ref").as_string());
        const auto& one =
            at(at(at(description(), "components"), "parameters"), reference.substr(reference.rfind('/') + 1));
        if (one.at("in") == "path") declared.insert(std::string(one.at("name").as_string()));
      }
    }
    for (std::size_t i = route.pattern.find('{'); i != std::string::npos; i = route.pattern.find('{', i + 1)) {
      named.insert(route.pattern.substr(i + 1, route.pattern.find('}', i) - i - 1));
    }
    CHECK(declared == named);
  });
}

TEST_CASE("who is asked for what is described as it is") {
  for_each_operation([](const std::string& name, const json::Object& operation, const http::Route& route) {
    INFO(name);
    const std::string security = json::serialize(operation.at("security"));
    TestRequest request{route.method, route.pattern, "", {}};
    for (const char* parameter : {"{id}", "{name}", "{hash}", "{+tile}"}) {
      const std::size_t place = request.target.find(parameter);
      if (place != std::string::npos) request.target.replace(place, std::string(parameter).size(), kNoId);
    }
    if (!route.body_type.empty()) request.add("Content-Type", route.body_type);
    if (route.body_type == kJsonType) request.body = "{}";
    const std::string code = world().send(request).code();
    CHECK((security.find("MibunAssertion") != std::string::npos) == (code == "assertion_missing"));
    const bool needs_token = code == "oauth_token_missing" || route.pattern == "/oid4vci/credential" ||
                             route.pattern == "/oid4vci/deferred_credential" ||
                             route.pattern == "/oid4vci/notification";
    CHECK((security.find("DpopToken") != std::string::npos) == needs_token);
  });
}

// RFC 6749, sections 4.1.2 and 5.1: how large what is given out can be.
TEST_CASE("tokens are as long as they are described to be") {
  const json::Object& token = at(at(at(at(description(), "components"), "schemas"), "TokenResponse"), "properties");
  const std::size_t length = world().holder_token().token.size();
  for (const char* name : {"access_token", "refresh_token"}) {
    INFO(name);
    CHECK(at(token, name).at("maxLength") == length);
    CHECK(at(token, name).at("minLength") == length);
  }
}

TEST_CASE("every reference of the description resolves, and every schema is used") {
  std::set<std::string> references;
  collect_references(json::Value(description()), references);
  for (const std::string& reference : references) {
    INFO(reference);
    CHECK(resolves(reference));
  }
  for (const char* kind : {"schemas", "responses", "parameters"}) {
    for (const auto& one : at(at(description(), "components"), kind)) {
      const std::string reference = "#/components/" + std::string(kind) + "/" + std::string(one.key());
      INFO(reference);
      CHECK(references.contains(reference));
    }
  }
  CHECK_FALSE(resolves("#/components/schemas/Kanaria"));
}

}  // namespace mibun::server
