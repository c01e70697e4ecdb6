#include "core/dcql/query.h"

#include <doctest/doctest.h>

#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::dcql;

namespace {

Result<Query> parse(std::string_view text) {
  return Query::parse(must(json::parse_object(text, {.bytes_max = 1024 * 1024})));
}

// One dc+sd-jwt credential query with more members.
std::string one(std::string_view more) {
  return R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v"]})" + std::string(more) + "}]}";
}

std::string repeat(std::string_view item, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += (i == 0 ? "" : ",") + std::string(item);
  return text;
}

}  // namespace

TEST_CASE("the specification's queries parse, and say what they say") {
  const auto read = [](const char* name) {
    return must(parse(read_vector("openid4vp-1.0/query_lang/" + std::string(name))));
  };
  const Query simple = read("simple.json");
  REQUIRE(simple.credentials().size() == 1);
  const CredentialQuery& credential = simple.credentials()[0];
  CHECK(credential.id == "my_credential");
  CHECK(credential.require_holder_binding);
  CHECK(!credential.multiple);
  CHECK(credential.claims[2].path.to_string() == R"(["address","street_address"])");

  const Query values = read("value_matching_simple.json");
  CHECK(values.credentials()[0].claims[0].values == std::vector<json::Value>{"Doe"});
  CHECK(values.credentials()[0].claims[3].values.size() == 2);

  const Query alternatives = read("claims_alternatives.json");
  CHECK(alternatives.credentials()[0].claim_sets == std::vector<std::vector<std::size_t>>{{0, 2, 3, 4}, {0, 1, 4}});

  const Query sets = read("credentials_alternatives.json");
  REQUIRE(sets.credential_sets().size() == 2);
  CHECK(sets.credential_sets()[0].options == std::vector<std::vector<std::size_t>>{{0}, {1}, {2, 3}});
  CHECK(sets.credential_sets()[0].required);
  CHECK(!sets.credential_sets()[1].required);

  const Query mdoc = read("complex_mdoc.json");
  CHECK(std::get<MdocMeta>(mdoc.credentials()[0].meta).doctype_value == "org.iso.18013.5.1.mDL");
  CHECK(read("multi_credentials.json").credentials().size() == 2);
  CHECK(read("simple_mdoc.json").find("my_credential") != nullptr);
  CHECK(read("simple_mdoc.json").find("other") == nullptr);
}

TEST_CASE("what a query may leave out or add") {
  for (const std::string& text : {
           one(""),
           one(R"(,"claims":[{"path":["a",null,0,"b"]}])"),
           one(R"(,"claims":[{"path":["a"],"values":["x",1,-1,true],"unknown":{}}],"unknown":[])"),
           one(R"(,"multiple":true,"require_cryptographic_holder_binding":false)"),
           one(R"(,"trusted_authorities":[{"type":"aki","values":["s9tIpPmhxdiuNkHMEWNpYim8S8Y"],"x":1}])"),
           one(R"(,"claims":[{"path":["a"]},{"path":["a"]}])"),
           std::string(R"({"credentials":[{"id":"a","format":"jwt_vc_json","meta":{"type_values":[["A"]]}}],"x":1})"),
           std::string(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{}}]})"),
           std::string(R"({"credentials":[{"id":"a","format":"mso_mdoc","meta":{}}]})"),
           one("") /* credential_sets absent */,
       }) {
    INFO(text);
    CHECK(parse(text).has_value());
  }
}

TEST_CASE("a query that section 6 does not allow is refused with its reason") {
  struct Row {
    std::string_view why;
    std::string text;
    ErrorCode want;
  };
  const std::string ok_credential = R"({"id":"a","format":"dc+sd-jwt","meta":{}})";
  const auto sets = [&](std::string_view list) {
    return R"({"credentials":[)" + ok_credential + R"(],"credential_sets":)" + std::string(list) + "}";
  };
  const auto credential = [](std::string_view members) {
    return R"({"credentials":[{)" + std::string(members) + "}]}";
  };
  std::string many_credentials, many_claims;
  for (int i = 0; i < 21; ++i) {
    many_credentials +=
        (i == 0 ? "" : ",") + std::string(R"({"id":"c)") + std::to_string(i) + R"(","format":"dc+sd-jwt","meta":{}})";
  }
  const std::string longest(2048, 'a'), too_long = longest + "a";
  const auto typed = [&](std::string_view format, std::string_view meta) {
    return credential(R"("id":"a","format":")" + std::string(format) + R"(","meta":{)" + std::string(meta) + "}");
  };
  CHECK(parse(credential(R"("id":")" + longest + R"(","format":"dc+sd-jwt","meta":{})")).has_value());
  CHECK(parse(one(R"(,"claims":[{"path":["a"],"values":[")" + longest + R"("]}])")).has_value());
  const Row rows[] = {
      {"an id too long", credential(R"("id":")" + too_long + R"(","format":"dc+sd-jwt","meta":{})"),
       ErrorCode::dcql_too_large},
      {"a format too long", typed(too_long, ""), ErrorCode::dcql_too_large},
      {"a type too long", typed("dc+sd-jwt", R"("vct_values":[")" + too_long + R"("])"), ErrorCode::dcql_too_large},
      {"a document type too long", typed("mso_mdoc", R"("doctype_value":")" + too_long + '"'),
       ErrorCode::dcql_too_large},
      {"a claim's id too long", one(R"(,"claims":[{"id":")" + too_long + R"(","path":["a"]}])"),
       ErrorCode::dcql_too_large},
      {"a value too long", one(R"(,"claims":[{"path":["a"],"values":[")" + too_long + R"("]}])"),
       ErrorCode::dcql_too_large},
      {"an authority too long", one(R"(,"trusted_authorities":[{"type":"aki","values":[")" + too_long + R"("]}])"),
       ErrorCode::dcql_too_large},
      {"an authority's type too long", one(R"(,"trusted_authorities":[{"type":")" + too_long + R"(","values":["x"]}])"),
       ErrorCode::dcql_too_large},
      {"empty", "{}", ErrorCode::dcql_malformed},
      {"credentials is an object", R"({"credentials":{}})", ErrorCode::dcql_malformed},
      {"no credentials", R"({"credentials":[]})", ErrorCode::dcql_malformed},
      {"credential is text", R"({"credentials":["a"]})", ErrorCode::dcql_malformed},
      {"21 credentials", R"({"credentials":[)" + many_credentials + "]}", ErrorCode::dcql_too_large},
      {"no id", credential(R"("format":"dc+sd-jwt","meta":{})"), ErrorCode::dcql_malformed},
      {"id number", credential(R"("id":1,"format":"dc+sd-jwt","meta":{})"), ErrorCode::dcql_malformed},
      {"id empty", credential(R"("id":"","format":"dc+sd-jwt","meta":{})"), ErrorCode::dcql_bad_id},
      {"id with a dot", credential(R"("id":"a.b","format":"dc+sd-jwt","meta":{})"), ErrorCode::dcql_bad_id},
      {"id not ASCII", credential(R"("id":"身分","format":"dc+sd-jwt","meta":{})"), ErrorCode::dcql_bad_id},
      {"id twice", R"({"credentials":[)" + repeat(ok_credential, 2) + "]}", ErrorCode::dcql_duplicate_id},
      {"no format", credential(R"("id":"a","meta":{})"), ErrorCode::dcql_malformed},
      {"format empty", credential(R"("id":"a","format":"","meta":{})"), ErrorCode::dcql_malformed},
      {"format null", credential(R"("id":"a","format":null,"meta":{})"), ErrorCode::dcql_malformed},
      {"no meta", credential(R"("id":"a","format":"dc+sd-jwt")"), ErrorCode::dcql_malformed},
      {"meta text", credential(R"("id":"a","format":"dc+sd-jwt","meta":"x")"), ErrorCode::dcql_malformed},
      {"vct_values empty", credential(R"("id":"a","format":"dc+sd-jwt","meta":{"vct_values":[]})"),
       ErrorCode::dcql_malformed},
      {"vct_values text", credential(R"("id":"a","format":"dc+sd-jwt","meta":{"vct_values":"v"})"),
       ErrorCode::dcql_malformed},
      {"vct_values numbers", credential(R"("id":"a","format":"dc+sd-jwt","meta":{"vct_values":[1]})"),
       ErrorCode::dcql_malformed},
      {"vct empty", credential(R"("id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v",""]})"),
       ErrorCode::dcql_malformed},
      {"doctype empty", credential(R"("id":"a","format":"mso_mdoc","meta":{"doctype_value":""})"),
       ErrorCode::dcql_malformed},
      {"intent_to_retain text",
       credential(R"("id":"a","format":"mso_mdoc","meta":{},"claims":[{"path":["n","e"],"intent_to_retain":"true"}])"),
       ErrorCode::dcql_malformed},
      {"doctype number", credential(R"("id":"a","format":"mso_mdoc","meta":{"doctype_value":1})"),
       ErrorCode::dcql_malformed},
      {"multiple text", one(R"(,"multiple":"true")"), ErrorCode::dcql_malformed},
      {"binding number", one(R"(,"require_cryptographic_holder_binding":1)"), ErrorCode::dcql_malformed},
      {"claims empty", one(R"(,"claims":[])"), ErrorCode::dcql_malformed},
      {"claims object", one(R"(,"claims":{})"), ErrorCode::dcql_malformed},
      {"claim text", one(R"(,"claims":["a"])"), ErrorCode::dcql_malformed},
      {"no path", one(R"(,"claims":[{"id":"x"}])"), ErrorCode::dcql_malformed},
      {"path text", one(R"(,"claims":[{"path":"a"}])"), ErrorCode::dcql_malformed},
      {"path empty", one(R"(,"claims":[{"path":[]}])"), ErrorCode::dcql_bad_path},
      {"path negative", one(R"(,"claims":[{"path":["a",-1]}])"), ErrorCode::dcql_bad_path},
      {"path fraction", one(R"(,"claims":[{"path":["a",1.5]}])"), ErrorCode::dcql_bad_path},
      {"path boolean", one(R"(,"claims":[{"path":["a",true]}])"), ErrorCode::dcql_bad_path},
      {"path 17 long", one(R"(,"claims":[{"path":[)" + repeat(R"("a")", 17) + "]}]"), ErrorCode::dcql_too_large},
      {"mdoc path short", credential(R"("id":"a","format":"mso_mdoc","meta":{},"claims":[{"path":["given_name"]}])"),
       ErrorCode::dcql_bad_path},
      {"mdoc path with null", credential(R"("id":"a","format":"mso_mdoc","meta":{},"claims":[{"path":["ns",null]}])"),
       ErrorCode::dcql_bad_path},
      {"mdoc path long", credential(R"("id":"a","format":"mso_mdoc","meta":{},"claims":[{"path":["ns","e","f"]}])"),
       ErrorCode::dcql_bad_path},
      {"values empty", one(R"(,"claims":[{"path":["a"],"values":[]}])"), ErrorCode::dcql_malformed},
      {"values null", one(R"(,"claims":[{"path":["a"],"values":[null]}])"), ErrorCode::dcql_malformed},
      {"values fraction", one(R"(,"claims":[{"path":["a"],"values":[1.5]}])"), ErrorCode::dcql_malformed},
      {"values object", one(R"(,"claims":[{"path":["a"],"values":[{}]}])"), ErrorCode::dcql_malformed},
      {"values not a list", one(R"(,"claims":[{"path":["a"],"values":"x"}])"), ErrorCode::dcql_malformed},
      {"101 values", one(R"(,"claims":[{"path":["a"],"values":[)" + repeat("1", 101) + "]}]"),
       ErrorCode::dcql_too_large},
      {"1001 values", one(R"(,"claims":[)" + repeat(R"({"path":["a"],"values":[)" + repeat("1", 91) + "]}", 11) + "]"),
       ErrorCode::dcql_too_large},
      {"101 claims", one(R"(,"claims":[)" + repeat(R"({"path":["a"]})", 101) + "]"), ErrorCode::dcql_too_large},
      {"claim id bad", one(R"(,"claims":[{"id":"a b","path":["a"]}])"), ErrorCode::dcql_bad_id},
      {"claim id twice", one(R"(,"claims":[{"id":"x","path":["a"]},{"id":"x","path":["b"]}])"),
       ErrorCode::dcql_duplicate_id},
      {"claim_sets without claims", one(R"(,"claim_sets":[["x"]])"), ErrorCode::dcql_malformed},
      {"claim_sets empty", one(R"(,"claims":[{"id":"x","path":["a"]}],"claim_sets":[])"), ErrorCode::dcql_malformed},
      {"claim set empty", one(R"(,"claims":[{"id":"x","path":["a"]}],"claim_sets":[[]])"), ErrorCode::dcql_malformed},
      {"claim set text", one(R"(,"claims":[{"id":"x","path":["a"]}],"claim_sets":["x"])"), ErrorCode::dcql_malformed},
      {"claim set of numbers", one(R"(,"claims":[{"id":"x","path":["a"]}],"claim_sets":[[0]])"),
       ErrorCode::dcql_malformed},
      {"claim set names nobody", one(R"(,"claims":[{"id":"x","path":["a"]}],"claim_sets":[["y"]])"),
       ErrorCode::dcql_unknown_reference},
      {"claim without id in sets", one(R"(,"claims":[{"id":"x","path":["a"]},{"path":["b"]}],"claim_sets":[["x"]])"),
       ErrorCode::dcql_malformed},
      {"51 claim sets", one(R"(,"claims":[{"id":"x","path":["a"]}],"claim_sets":[)" + repeat(R"(["x"])", 51) + "]"),
       ErrorCode::dcql_too_large},
      {"authorities empty", one(R"(,"trusted_authorities":[])"), ErrorCode::dcql_malformed},
      {"authority text", one(R"(,"trusted_authorities":["aki"])"), ErrorCode::dcql_malformed},
      {"authority without type", one(R"(,"trusted_authorities":[{"values":["x"]}])"), ErrorCode::dcql_malformed},
      {"authority without values", one(R"(,"trusted_authorities":[{"type":"aki"}])"), ErrorCode::dcql_malformed},
      {"authority values empty", one(R"(,"trusted_authorities":[{"type":"aki","values":[]}])"),
       ErrorCode::dcql_malformed},
      {"sets object", sets("{}"), ErrorCode::dcql_malformed},
      {"sets empty", sets("[]"), ErrorCode::dcql_malformed},
      {"set text", sets(R"(["a"])"), ErrorCode::dcql_malformed},
      {"set without options", sets("[{}]"), ErrorCode::dcql_malformed},
      {"options empty", sets(R"([{"options":[]}])"), ErrorCode::dcql_malformed},
      {"option empty", sets(R"([{"options":[[]]}])"), ErrorCode::dcql_malformed},
      {"option names nobody", sets(R"([{"options":[["a"],["b"]]}])"), ErrorCode::dcql_unknown_reference},
      {"required text", sets(R"([{"options":[["a"]],"required":"no"}])"), ErrorCode::dcql_malformed},
      {"51 sets", sets("[" + repeat(R"({"options":[["a"]]})", 51) + "]"), ErrorCode::dcql_too_large},
  };
  CHECK(parse(sets(R"([{"options":[["a"]]}])")).has_value());
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(parse(row.text)) == row.want);
  }
}

TEST_CASE("the intent to retain is kept, for mdocs only") {
  const auto claims_of = [](std::string_view format, std::string_view members) {
    const Query query = must(parse(R"({"credentials":[{"id":"a","format":")" + std::string(format) +
                                   R"(","meta":{},"claims":[{"path":["n","e"])" + std::string(members) + "}]}]}"));
    return query.credentials()[0].claims[0].intent_to_retain;
  };
  CHECK(claims_of("mso_mdoc", "") == std::nullopt);
  CHECK(claims_of("mso_mdoc", R"(,"intent_to_retain":true)") == true);
  CHECK(claims_of("mso_mdoc", R"(,"intent_to_retain":false)") == false);
  CHECK(claims_of("dc+sd-jwt", R"(,"intent_to_retain":"a member that is not known there")") == std::nullopt);
}

TEST_CASE("what we would not send ourselves") {
  struct Row {
    std::string_view why;
    std::string text;
    bool fits;
  };
  const auto mdoc = [](std::string_view meta, std::string_view claims) {
    return R"({"credentials":[{"id":"a","format":"mso_mdoc","meta":)" + std::string(meta) + R"(,"claims":[)" +
           std::string(claims) + "]}]}";
  };
  const Row rows[] = {
      {"fine", one(R"(,"claims":[{"path":["a"]},{"path":["b"]}])"), true},
      {"fine: alternatives",
       one(R"(,"claims":[{"id":"x","path":["a"]},{"id":"y","path":["b"]}],"claim_sets":[["x"],["y"]])"), true},
      {"fine: mdoc", mdoc(R"({"doctype_value":"d"})", R"({"path":["n","iss"]})"), true},
      {"below", one(R"(,"claims":[{"path":["a","cnf"]}])"), true},
      {"no type", R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{}}]})", false},
      {"no doctype", mdoc("{}", R"({"path":["n","e"]})"), false},
      {"format nobody knows", R"({"credentials":[{"id":"a","format":"ldp_vc","meta":{}}]})", false},
      {"claim twice", one(R"(,"claims":[{"path":["a"]},{"path":["a"],"values":[1]}])"), false},
      {"claim unused", one(R"(,"claims":[{"id":"x","path":["a"]},{"id":"y","path":["b"]}],"claim_sets":[["x"]])"),
       false},
      {"iss", one(R"(,"claims":[{"path":["iss"]}])"), false},
      {"cnf, below", one(R"(,"claims":[{"path":["cnf","jwk"]}])"), false},
      {"vct", one(R"(,"claims":[{"path":["vct"]}])"), false},
      {"status", one(R"(,"claims":[{"path":["status"]}])"), false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(parse(row.text).has_value());
    const ErrorCode code = code_of(Query::parse_to_send(must(json::parse_object(row.text))));
    CHECK(code == (row.fits ? ErrorCode::internal_error : ErrorCode::dcql_unfit_to_send));
  }
  CHECK(code_of(Query::parse_to_send(json::Object{})) == ErrorCode::dcql_malformed);
}

TEST_CASE("requested paths: everything that could be answered, each path once") {
  const Query query = must(parse(one(
      R"(,"claims":[{"id":"x","path":["a"]},{"id":"y","path":["b",null]},{"id":"z","path":["a"]}],"claim_sets":[["x"],["y"]])")));
  const auto requested = requested_paths(query);
  REQUIRE(requested.size() == 1);
  CHECK(requested[0].credential_id == "a");
  CHECK(requested[0].types == std::vector<std::string>{"v"});
  REQUIRE(requested[0].paths.size() == 2);
  CHECK(requested[0].paths[1].to_string() == R"(["b",null])");
}

TEST_CASE("a path includes what stands at or below it") {
  const auto path = [](std::string_view text) { return must(ClaimPath::parse(must(json::parse(text)).as_array())); };
  struct Row {
    std::string_view pattern, path;
    bool want;
  };
  static constexpr Row rows[] = {
      {R"(["a"])", R"(["a"])", true},           {R"(["a"])", R"(["a","b"])", true},
      {R"(["a","b"])", R"(["a"])", false},      {R"(["a"])", R"(["b"])", false},
      {R"(["a",null])", R"(["a",3])", true},    {R"(["a",null])", R"(["a",null])", true},
      {R"(["a",3])", R"(["a",null])", false},   {R"(["a",3])", R"(["a",4])", false},
      {R"(["a",null])", R"(["a","b"])", false}, {R"(["a",null])", R"(["a",0,"x"])", true},
      {R"(["a","0"])", R"(["a",0])", false},
  };
  for (const Row& row : rows) {
    INFO(row.pattern, " ", row.path);
    CHECK(includes(path(row.pattern), path(row.path)) == row.want);
  }
}
