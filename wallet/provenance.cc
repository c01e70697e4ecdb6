#include "wallet/provenance.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kProvenance = "provenance";

const std::string* first_name(const dcql::ClaimPath& path) {
  return path.steps().empty() ? nullptr : std::get_if<std::string>(&path.steps().front());
}

const json::Object* object_at(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

}  // namespace

bool is_provenance(const dcql::ClaimPath& path) {
  const std::string* name = first_name(path);
  return name != nullptr && *name == kProvenance;
}

const std::string* Provenance::source_of(const dcql::ClaimPath& path) const {
  const std::string* name = first_name(path);
  if (name == nullptr) return nullptr;
  const auto found = sources.find(*name);
  return found == sources.end() ? nullptr : &found->second;
}

Provenance provenance_of(const oid4vp::HeldCard& card) {
  Provenance provenance;
  if (card.sd_jwt() == nullptr) return provenance;
  const json::Object* said = object_at(card.claims(), kProvenance);
  if (said == nullptr) return provenance;
  if (const json::Value* date = said->if_contains("checked_on"); date != nullptr && date->is_string()) {
    if (const auto parsed = CalendarDate::parse(date->get_string())) provenance.checked_on = *parsed;
  }
  if (const json::Object* sources = object_at(*said, "sources")) {
    for (const auto& member : *sources) {
      if (const auto* text = member.value().if_string()) provenance.sources.emplace(member.key(), *text);
    }
  }
  return provenance;
}

}  // namespace mibun::wallet
