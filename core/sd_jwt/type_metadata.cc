#include "core/sd_jwt/type_metadata.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/codecs/url.h"

namespace mibun::sd_jwt {
namespace {

constexpr json::Limits kDocumentLimits{.bytes_max = kTypeMetadataBytesMax};

std::unexpected<Error> malformed(std::string where, const char* detail) {
  return fail(ErrorCode::sd_jwt_type_metadata_malformed, std::move(where), detail);
}

std::string indexed(const std::string& where, std::size_t index) {
  return where + "[" + std::to_string(index) + "]";
}

using OptionalText = std::optional<std::string>;

Result<OptionalText> optional_text(const json::Object& object, std::string_view name, const std::string& where) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return malformed(where + "." + std::string(name), "not a string");
  return OptionalText(value->get_string());
}

Result<std::string> required_text(const json::Object& object, std::string_view name, const std::string& where) {
  MIBUN_TRY(OptionalText text, optional_text(object, name, where));
  if (!text || text->empty()) return malformed(where + "." + std::string(name), "missing");
  return std::move(*text);
}

Result<const json::Object*> optional_object(const json::Object& object, std::string_view name,
                                            const std::string& where) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) return malformed(where + "." + std::string(name), "not an object");
  return &value->get_object();
}

Result<std::optional<Integrity>> optional_integrity(const json::Object& object, std::string_view name,
                                                    const std::string& where) {
  MIBUN_TRY(const OptionalText text, optional_text(object, name, where));
  if (!text) return std::nullopt;
  auto integrity = Integrity::parse(*text);
  if (!integrity) return fail(integrity.error().code, where + "." + std::string(name), integrity.error().detail);
  return std::move(*integrity);
}

bool is_alphanumeric(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

// RFC 5646, section 2.1, as far as it matters to us: subtags of one to eight letters or digits.
bool is_language_tag(std::string_view tag) {
  std::size_t subtag = 0;
  for (const char c : tag) {
    if (c == '-') {
      if (subtag == 0) return false;
      subtag = 0;
    } else if (!is_alphanumeric(c) || ++subtag > 8) {
      return false;
    }
  }
  return subtag != 0;
}

Result<std::string> read_locale(const json::Object& object, const std::string& where) {
  MIBUN_TRY(std::string locale, required_text(object, "locale", where));
  if (!is_language_tag(locale)) return malformed(where + ".locale", "not a language tag");
  return locale;
}

// Section 5.5.1: nothing else may be fetched.
Result<TypeResource> read_resource(const json::Object& object, const std::string& where) {
  TypeResource resource;
  MIBUN_TRY(resource.uri, required_text(object, "uri", where));
  if (!resource.uri.starts_with("data:") && !HttpsUrl::parse(resource.uri)) {
    return malformed(where + ".uri", "neither https nor data");
  }
  MIBUN_TRY(resource.integrity, optional_integrity(object, "uri#integrity", where));
  return resource;
}

// "#" and 3, 4, 6 or 8 hexadecimal digits, or the rgb() notation: W3C CSS Color.
bool is_color(std::string_view text) {
  if (text.starts_with('#')) {
    text.remove_prefix(1);
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f'); };
    const bool sized = text.size() == 3 || text.size() == 4 || text.size() == 6 || text.size() == 8;
    return sized && std::ranges::all_of(text, is_hex);
  }
  if (!text.ends_with(')') || text.size() > 64) return false;
  const std::size_t open = text.find('(');
  const std::string_view name = text.substr(0, open);
  if (open == std::string_view::npos || (name != "rgb" && name != "rgba")) return false;
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  return !inside.empty() && inside.find_first_not_of("0123456789., %/") == std::string_view::npos;
}

Result<OptionalText> optional_color(const json::Object& object, std::string_view name, const std::string& where) {
  MIBUN_TRY(OptionalText color, optional_text(object, name, where));
  if (color && !is_color(*color)) return malformed(where + "." + std::string(name), "not an RGB colour");
  return color;
}

Result<SimpleRendering> read_simple(const json::Object& object, const std::string& where) {
  SimpleRendering simple;
  MIBUN_TRY(const json::Object* logo, optional_object(object, "logo", where));
  if (logo != nullptr) {
    MIBUN_TRY(TypeResource image, read_resource(*logo, where + ".logo"));
    MIBUN_TRY(OptionalText alt_text, optional_text(*logo, "alt_text", where + ".logo"));
    simple.logo = TypeLogo{std::move(image), std::move(alt_text)};
  }
  MIBUN_TRY(const json::Object* background, optional_object(object, "background_image", where));
  if (background != nullptr) {
    MIBUN_TRY(simple.background_image, read_resource(*background, where + ".background_image"));
  }
  MIBUN_TRY(simple.background_color, optional_color(object, "background_color", where));
  MIBUN_TRY(simple.text_color, optional_color(object, "text_color", where));
  return simple;
}

// One of two words, or absent.
template <class Choice>
Result<std::optional<Choice>> optional_choice(const json::Object& object, std::string_view name,
                                              const std::array<std::pair<std::string_view, Choice>, 2>& choices,
                                              const std::string& where) {
  MIBUN_TRY(const OptionalText text, optional_text(object, name, where));
  if (!text) return std::nullopt;
  for (const auto& [word, choice] : choices) {
    if (*text == word) return choice;
  }
  return malformed(where + "." + std::string(name), "not a value that is defined");
}

Status read_svg_properties(const json::Object& object, const std::string& where, SvgTemplate& svg) {
  using Svg = SvgTemplate;
  using Orientations = std::array<std::pair<std::string_view, Svg::Orientation>, 2>;
  using Schemes = std::array<std::pair<std::string_view, Svg::ColorScheme>, 2>;
  using Contrasts = std::array<std::pair<std::string_view, Svg::Contrast>, 2>;
  MIBUN_TRY(svg.orientation, optional_choice(object, "orientation",
                                             Orientations{{{"portrait", Svg::Orientation::portrait},
                                                           {"landscape", Svg::Orientation::landscape}}},
                                             where));
  MIBUN_TRY(svg.color_scheme,
            optional_choice(object, "color_scheme",
                            Schemes{{{"light", Svg::ColorScheme::light}, {"dark", Svg::ColorScheme::dark}}}, where));
  MIBUN_TRY(svg.contrast,
            optional_choice(object, "contrast",
                            Contrasts{{{"normal", Svg::Contrast::normal}, {"high", Svg::Contrast::high}}}, where));
  if (svg.orientation || svg.color_scheme || svg.contrast) return {};
  return malformed(where, "none of the properties defined");
}

Result<SvgTemplate> read_svg_template(const json::Value& value, bool alone, const std::string& where) {
  if (!value.is_object()) return malformed(where, "not an object");
  SvgTemplate svg;
  MIBUN_TRY(svg.image, read_resource(value.get_object(), where));
  MIBUN_TRY(const json::Object* properties, optional_object(value.get_object(), "properties", where));
  if (properties != nullptr) {
    MIBUN_CHECK(read_svg_properties(*properties, where + ".properties", svg));
  } else if (!alone) {
    return malformed(where + ".properties", "needed to choose between several templates");
  }
  return svg;
}

Result<std::vector<SvgTemplate>> read_svg_templates(const json::Value& value, const std::string& where) {
  const json::Array* array = value.if_array();
  if (array == nullptr || array->size() > kSvgTemplatesMax) return malformed(where, "not an array of templates");
  std::vector<SvgTemplate> templates;
  for (std::size_t i = 0; i < array->size(); ++i) {
    MIBUN_TRY(SvgTemplate svg, read_svg_template((*array)[i], array->size() == 1, indexed(where, i)));
    templates.push_back(std::move(svg));
  }
  return templates;
}

Result<TypeDisplay> read_type_display(const json::Object& object, const std::string& where) {
  TypeDisplay display;
  MIBUN_TRY(display.locale, read_locale(object, where));
  MIBUN_TRY(display.name, required_text(object, "name", where));
  MIBUN_TRY(display.description, optional_text(object, "description", where));
  MIBUN_TRY(const json::Object* rendering, optional_object(object, "rendering", where));
  if (rendering == nullptr) return display;
  const std::string inside = where + ".rendering";
  MIBUN_TRY(const json::Object* simple, optional_object(*rendering, "simple", inside));
  if (simple != nullptr) {
    MIBUN_TRY(display.simple, read_simple(*simple, inside + ".simple"));
  }
  if (const json::Value* templates = rendering->if_contains("svg_templates")) {
    MIBUN_TRY(display.svg_templates, read_svg_templates(*templates, inside + ".svg_templates"));
  }
  return display;
}

Result<ClaimDisplay> read_claim_display(const json::Object& object, const std::string& where) {
  ClaimDisplay display;
  MIBUN_TRY(display.locale, read_locale(object, where));
  MIBUN_TRY(display.label, required_text(object, "label", where));
  MIBUN_TRY(display.description, optional_text(object, "description", where));
  return display;
}

// "display": an array of what `read` reads, or absent.
template <class Display>
Result<std::optional<std::vector<Display>>> read_displays(const json::Object& object, const std::string& where,
                                                          Result<Display> (*read)(const json::Object&,
                                                                                  const std::string&)) {
  const json::Value* value = object.if_contains("display");
  if (value == nullptr) return std::nullopt;
  const json::Array* array = value->if_array();
  if (array == nullptr || array->size() > kTypeDisplaysMax) return malformed(where, "not an array of locales");
  std::vector<Display> displays;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const json::Object* one = (*array)[i].if_object();
    if (one == nullptr) return malformed(indexed(where, i), "not an object");
    MIBUN_TRY(Display display, read(*one, indexed(where, i)));
    displays.push_back(std::move(display));
  }
  return displays;
}

Result<std::optional<bool>> read_mandatory(const json::Object& object, const std::string& where) {
  const json::Value* value = object.if_contains("mandatory");
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) return malformed(where + ".mandatory", "not a boolean");
  return std::optional<bool>(value->get_bool());
}

Result<std::optional<SelectiveDisclosure>> read_disclosure(const json::Object& object, const std::string& where) {
  MIBUN_TRY(const OptionalText text, optional_text(object, "sd", where));
  if (!text) return std::nullopt;
  if (*text == "always") return SelectiveDisclosure::always;
  if (*text == "allowed") return SelectiveDisclosure::allowed;
  if (*text == "never") return SelectiveDisclosure::never;
  return malformed(where + ".sd", "not a value that is defined");
}

Result<OptionalText> read_svg_id(const json::Object& object, const std::string& where) {
  MIBUN_TRY(OptionalText id, optional_text(object, "svg_id", where));
  if (!id) return id;
  const bool good = !id->empty() && !(id->front() >= '0' && id->front() <= '9') &&
                    std::ranges::all_of(*id, [](char c) { return is_alphanumeric(c) || c == '_'; });
  if (!good) return malformed(where + ".svg_id", "letters, digits and _, no digit first");
  return id;
}

Result<ClaimMetadata> read_claim(const json::Value& value, const std::string& where) {
  const json::Object* object = value.if_object();
  if (object == nullptr) return malformed(where, "not an object");
  const json::Value* steps = object->if_contains("path");
  if (steps == nullptr || !steps->is_array()) return malformed(where + ".path", "not an array");
  auto path = ClaimPath::parse(steps->get_array());
  if (!path) return malformed(where + ".path", "not a claims path");
  ClaimMetadata claim{.path = std::move(*path)};
  MIBUN_TRY(claim.display, read_displays(*object, where + ".display", read_claim_display));
  MIBUN_TRY(claim.mandatory, read_mandatory(*object, where));
  MIBUN_TRY(claim.disclosure, read_disclosure(*object, where));
  MIBUN_TRY(claim.svg_id, read_svg_id(*object, where));
  return claim;
}

Result<std::vector<ClaimMetadata>> read_claims(const json::Object& document) {
  const json::Value* value = document.if_contains("claims");
  if (value == nullptr) return std::vector<ClaimMetadata>();
  const json::Array* array = value->if_array();
  if (array == nullptr) return malformed("claims", "not an array");
  if (array->size() > kTypeClaimsMax) return fail(ErrorCode::sd_jwt_type_metadata_too_large, "claims");
  std::vector<ClaimMetadata> claims;
  for (std::size_t i = 0; i < array->size(); ++i) {
    MIBUN_TRY(ClaimMetadata claim, read_claim((*array)[i], indexed("claims", i)));
    claims.push_back(std::move(claim));
  }
  return claims;
}

Status check_unique(const std::vector<ClaimMetadata>& claims) {
  std::vector<std::string> paths, svg_ids;
  for (const ClaimMetadata& claim : claims) {
    paths.push_back(claim.path.to_string());
    if (claim.svg_id) svg_ids.push_back(*claim.svg_id);
  }
  std::ranges::sort(paths);
  std::ranges::sort(svg_ids);
  if (std::ranges::adjacent_find(paths) != paths.end()) return malformed("claims", "a path twice");
  if (std::ranges::adjacent_find(svg_ids) != svg_ids.end()) return malformed("claims", "an svg_id twice");
  return {};
}

// Whether `tag` is `range` or says more of the same.
bool matches(std::string_view tag, std::string_view range) {
  return tag.size() >= range.size() && equal_ignoring_case(tag.substr(0, range.size()), range) &&
         (tag.size() == range.size() || tag[range.size()] == '-');
}

template <class Display>
const Display* find_in(const std::vector<Display>& displays, std::string_view language) {
  for (std::string_view range = language; !range.empty();) {
    const auto exact = std::ranges::find_if(
        displays, [&](const Display& display) { return equal_ignoring_case(display.locale, range); });
    if (exact != displays.end()) return &*exact;
    const auto more =
        std::ranges::find_if(displays, [&](const Display& display) { return matches(display.locale, range); });
    if (more != displays.end()) return &*more;
    const std::size_t dash = range.rfind('-');
    range = dash == std::string_view::npos ? std::string_view() : range.substr(0, dash);
  }
  if (language != "en") return find_in(displays, "en");
  return displays.empty() ? nullptr : &displays.front();
}

}  // namespace

Result<TypeMetadata> TypeMetadata::parse(std::string_view document) {
  if (document.size() > kTypeMetadataBytesMax) return fail(ErrorCode::sd_jwt_type_metadata_too_large, "document");
  MIBUN_TRY(const json::Object object, json::parse_object(document, kDocumentLimits));
  TypeMetadata type;
  MIBUN_TRY(type.vct, required_text(object, "vct", "document"));
  MIBUN_TRY(type.name, optional_text(object, "name", "document"));
  MIBUN_TRY(type.description, optional_text(object, "description", "document"));
  MIBUN_TRY(type.extends, optional_text(object, "extends", "document"));
  if (type.extends && type.extends->empty()) return malformed("document.extends", "empty");
  MIBUN_TRY(type.extends_integrity, optional_integrity(object, "extends#integrity", "document"));
  if (type.extends_integrity && !type.extends) return malformed("document.extends#integrity", "without extends");
  MIBUN_TRY(type.display, read_displays(object, "display", read_type_display));
  MIBUN_TRY(type.claims, read_claims(object));
  MIBUN_CHECK(check_unique(type.claims));
  return type;
}

const TypeDisplay* find_display(const std::vector<TypeDisplay>& displays, std::string_view language) {
  return find_in(displays, language);
}

const ClaimDisplay* find_display(const std::vector<ClaimDisplay>& displays, std::string_view language) {
  return find_in(displays, language);
}

}  // namespace mibun::sd_jwt
