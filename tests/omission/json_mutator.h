#pragma once

#include <string>

#include "core/codecs/json.h"
#include "tests/omission/trial.h"

namespace mibun::omission {

// Every text that differs from `value` in one place, at any depth:
//   a member      remove, duplicate (which only a text can hold), and everything below
//   an element    remove, duplicate, swapped with the next one ("reorder"), and everything below
//   a value       null; another type: string, number, boolean, object, array; its own, empty: "", {}, [];
//                 numbers also negative, huge, as text; true as text; strings also inside an array
// The order of an object's members says nothing in JSON, so it is left alone.
void mutate_json(const json::Value& value, const std::string& place, const Sink& sink);

}  // namespace mibun::omission
