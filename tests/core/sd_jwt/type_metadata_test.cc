#include "core/sd_jwt/type_metadata.h"

#include <doctest/doctest.h>

#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using sd_jwt::ClaimPath;
using sd_jwt::EveryElement;
using sd_jwt::SelectiveDisclosure;
using sd_jwt::TypeMetadata;

TEST_CASE("SD-JWT VC: the published type metadata says what it should") {
  const auto type = must(TypeMetadata::parse(read_vector("sd-jwt-vc/type_metadata.json")));
  CHECK(type.vct == "https://betelgeuse.example.com/education_credential/v42");
  CHECK(type.name == "Betelgeuse Education Credential - First Version");
  CHECK(type.extends == "https://galaxy.example.com/galactic-education-credential/v2");
  CHECK(type.extends_integrity->text() == "sha256-ilOUJsTultOwLfz7QUcFALaRa3BP/jelX1ds04kB9yU=");
  REQUIRE(type.display->size() == 2);
  const auto& english = type.display->front();
  CHECK(english.locale == "en-US");
  CHECK(english.name == "Betelgeuse Education Credential");
  CHECK(english.simple->logo->image.uri == "https://betelgeuse.example.com/public/education-logo.png");
  CHECK(english.simple->logo->image.integrity.has_value());
  CHECK(english.simple->logo->alt_text == "Betelgeuse Ministry of Education logo");
  CHECK(english.simple->background_image->uri == "https://betelgeuse.example.com/public/cred-background.png");
  CHECK(english.simple->background_color == "#12107c");
  CHECK(english.simple->text_color == "#FFFFFF");
  REQUIRE(english.svg_templates.size() == 1);
  CHECK(english.svg_templates[0].orientation == sd_jwt::SvgTemplate::Orientation::landscape);
  CHECK(english.svg_templates[0].color_scheme == sd_jwt::SvgTemplate::ColorScheme::light);
  CHECK(english.svg_templates[0].contrast == sd_jwt::SvgTemplate::Contrast::high);
  CHECK(!type.claims.empty());
  for (const auto& claim : type.claims) CHECK(claim.path.steps().size() <= 3);
}

TEST_CASE("claims keep what was said, and no more") {
  const auto type = must(TypeMetadata::parse(R"({"vct":"urn:x","unknown":{"a":1},"claims":[
      {"path":["name"]},
      {"path":["degrees",null,"type"],"mandatory":true,"sd":"always","svg_id":"_degree1",
       "display":[{"locale":"ja","label":"学位","description":"学位の名"},{"locale":"en","label":"Degree"}]},
      {"path":["list",0],"mandatory":false,"sd":"never","more":1}]})"));
  REQUIRE(type.claims.size() == 3);
  CHECK(!type.claims[0].mandatory);
  CHECK(!type.claims[0].disclosure);
  CHECK(!type.claims[0].display);
  CHECK(type.claims[1].path == ClaimPath({"degrees", EveryElement{}, "type"}));
  CHECK(type.claims[1].mandatory == true);
  CHECK(type.claims[1].disclosure == SelectiveDisclosure::always);
  CHECK(type.claims[1].svg_id == "_degree1");
  CHECK(type.claims[1].display->at(0).label == "学位");
  CHECK(type.claims[1].display->at(0).description == "学位の名");
  CHECK(type.claims[2].mandatory == false);
  CHECK(type.claims[2].disclosure == SelectiveDisclosure::never);
  CHECK(!type.display);
}

TEST_CASE("a language finds its name: the tag, then shorter ones, then English, then the first") {
  const auto displays = [](std::initializer_list<const char*> locales) {
    std::vector<sd_jwt::ClaimDisplay> made;
    for (const char* locale : locales) made.push_back({.locale = locale, .label = locale, .description = {}});
    return made;
  };
  const auto all = displays({"de", "en-US", "en", "ja-JP", "zh-Hant-TW"});
  struct Row {
    const char *language, *want;
  };
  for (const Row& row :
       {Row{"ja", "ja-JP"}, Row{"ja-JP", "ja-JP"}, Row{"JA-jp", "ja-JP"}, Row{"ja-Hira", "ja-JP"}, Row{"en", "en"},
        Row{"en-US", "en-US"}, Row{"en-GB", "en"}, Row{"zh-Hant", "zh-Hant-TW"}, Row{"zh-Hant-TW-x-y", "zh-Hant-TW"},
        Row{"zh", "zh-Hant-TW"}, Row{"fr", "en"}, Row{"d", "en"}, Row{"", "en"}, Row{"deu", "en"}}) {
    INFO(row.language);
    CHECK(find_display(all, row.language)->label == row.want);
  }
  CHECK(find_display(displays({"de", "fr"}), "ja")->label == "de");
  CHECK(find_display(displays({"de", "en-GB"}), "ja")->label == "en-GB");
  CHECK(find_display(displays({}), "ja") == nullptr);
}

TEST_CASE("a document that is not of the form is refused") {
  struct Row {
    const char *why, *document;
    ErrorCode want = ErrorCode::sd_jwt_type_metadata_malformed;
  };
  const Row rows[] = {
      {"no object", "[]", ErrorCode::json_wrong_type},
      {"no JSON", "{", ErrorCode::json_malformed},
      {"a member twice", R"({"vct":"urn:x","vct":"urn:x"})", ErrorCode::json_duplicate_key},
      {"no vct", R"({"name":"x"})"},
      {"vct empty", R"({"vct":""})"},
      {"vct a number", R"({"vct":1})"},
      {"name a list", R"({"vct":"urn:x","name":[]})"},
      {"description null", R"({"vct":"urn:x","description":null})"},
      {"extends empty", R"({"vct":"urn:x","extends":""})"},
      {"extends a list", R"({"vct":"urn:x","extends":["urn:y"]})"},
      {"integrity without extends",
       R"({"vct":"urn:x","extends#integrity":"sha256-ilOUJsTultOwLfz7QUcFALaRa3BP/jelX1ds04kB9yU="})"},
      {"integrity of another form", R"({"vct":"urn:x","extends":"urn:y","extends#integrity":"abc"})",
       ErrorCode::sd_jwt_integrity_malformed},
      {"display an object", R"({"vct":"urn:x","display":{}})"},
      {"display of texts", R"({"vct":"urn:x","display":["x"]})"},
      {"display without locale", R"({"vct":"urn:x","display":[{"name":"x"}]})"},
      {"display with the dead member lang", R"({"vct":"urn:x","display":[{"name":"x","lang":"en"}]})"},
      {"display with a strange locale", R"({"vct":"urn:x","display":[{"name":"x","locale":"en_US"}]})"},
      {"display with an endless locale", R"({"vct":"urn:x","display":[{"name":"x","locale":"en-"}]})"},
      {"display with a long subtag", R"({"vct":"urn:x","display":[{"name":"x","locale":"en-abcdefghi"}]})"},
      {"display without name", R"({"vct":"urn:x","display":[{"locale":"en"}]})"},
      {"rendering a text", R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":"x"}]})"},
      {"simple a text", R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"simple":1}}]})"},
      {"logo without uri",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"simple":{"logo":{}}}}]})"},
      {"logo over http",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"simple":{"logo":{"uri":"http://a.example/l.png"}}}}]})"},
      {"logo from a file",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"simple":{"logo":{"uri":"file:///l.png"}}}}]})"},
      {"a script as background",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"simple":{"background_image":{"uri":"javascript:x"}}}}]})"},
      {"a colour with a name",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"simple":{"text_color":"red"}}}]})"},
      {"a colour with a rule",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"simple":{"text_color":"#fff;x:y"}}}]})"},
      {"a colour that calls",
       R"j({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"simple":{"text_color":"url(x)"}}}]})j"},
      {"a template that is a text",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"svg_templates":["https://a.example/1.svg"]}}]})"},
      {"svg_templates an object",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"svg_templates":{}}}]})"},
      {"two templates, one without properties",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"svg_templates":[
          {"uri":"https://a.example/1.svg","properties":{"contrast":"high"}},{"uri":"https://a.example/2.svg"}]}}]})"},
      {"empty properties",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"svg_templates":[
          {"uri":"https://a.example/1.svg","properties":{}}]}}]})"},
      {"a property of another value",
       R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"svg_templates":[
          {"uri":"https://a.example/1.svg","properties":{"orientation":"square"}}]}}]})"},
      {"claims an object", R"({"vct":"urn:x","claims":{}})"},
      {"a claim that is a text", R"({"vct":"urn:x","claims":["name"]})"},
      {"a claim without path", R"({"vct":"urn:x","claims":[{}]})"},
      {"an empty path", R"({"vct":"urn:x","claims":[{"path":[]}]})"},
      {"a negative index", R"({"vct":"urn:x","claims":[{"path":["a",-1]}]})"},
      {"a fraction", R"({"vct":"urn:x","claims":[{"path":["a",1.5]}]})"},
      {"a boolean step", R"({"vct":"urn:x","claims":[{"path":["a",true]}]})"},
      {"a path twice", R"({"vct":"urn:x","claims":[{"path":["a"]},{"path":["a"]}]})"},
      {"mandatory a text", R"({"vct":"urn:x","claims":[{"path":["a"],"mandatory":"true"}]})"},
      {"sd of another value", R"({"vct":"urn:x","claims":[{"path":["a"],"sd":"sometimes"}]})"},
      {"sd a boolean", R"({"vct":"urn:x","claims":[{"path":["a"],"sd":true}]})"},
      {"svg_id with a digit first", R"({"vct":"urn:x","claims":[{"path":["a"],"svg_id":"1a"}]})"},
      {"svg_id with a dash", R"({"vct":"urn:x","claims":[{"path":["a"],"svg_id":"a-b"}]})"},
      {"svg_id empty", R"({"vct":"urn:x","claims":[{"path":["a"],"svg_id":""}]})"},
      {"svg_id twice", R"({"vct":"urn:x","claims":[{"path":["a"],"svg_id":"x"},{"path":["b"],"svg_id":"x"}]})"},
      {"a claim's display without label", R"({"vct":"urn:x","claims":[{"path":["a"],"display":[{"locale":"en"}]}]})"},
      {"a claim's display without locale", R"({"vct":"urn:x","claims":[{"path":["a"],"display":[{"label":"A"}]}]})"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(to_string(code_of(TypeMetadata::parse(row.document))) == to_string(row.want));
  }
}

TEST_CASE("a document has its limits") {
  std::string many = R"({"vct":"urn:x","claims":[)";
  for (std::size_t i = 0; i <= sd_jwt::kTypeClaimsMax; ++i) {
    many += (i == 0 ? R"({"path":[")" : R"(,{"path":[")") + std::to_string(i) + R"("]})";
  }
  CHECK(code_of(TypeMetadata::parse(many + "]}")) == ErrorCode::sd_jwt_type_metadata_too_large);
  const std::string padding(sd_jwt::kTypeMetadataBytesMax, ' ');
  CHECK(code_of(TypeMetadata::parse(R"({"vct":"urn:x"})" + padding)) == ErrorCode::sd_jwt_type_metadata_too_large);
}

TEST_CASE("colours and data: pictures that are allowed") {
  for (const char* color :
       {"#fff", "#FFF8", "#12107c", "#12107c80", "rgb(18, 16, 124)", "rgb(18 16 124 / 50%)", "rgba(18,16,124,0.5)"}) {
    INFO(color);
    CHECK(TypeMetadata::parse(
              std::string(
                  R"({"vct":"urn:x","display":[{"locale":"en","name":"x","rendering":{"simple":{"text_color":")") +
              color + R"(","logo":{"uri":"data:image/png;base64,AAAA"}}}}]})")
              .has_value());
  }
}
