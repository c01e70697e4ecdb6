#include "cli/reader/question.h"

#include <algorithm>

#include "core/mdoc/doc_types.h"

namespace mibun::cli {
namespace {

// Where the elements of a doctype stand: the name space of the first one in its table.
Result<std::string> own_name_space(const std::string& doc_type) {
  const mdoc::DocType* known = mdoc::find_doc_type(doc_type);
  if (known == nullptr || known->elements.empty()) {
    return fail(ErrorCode::invalid_argument, "--doctype", "not a known one: name elements as name.space/element");
  }
  return std::string(known->elements.front().name_space);
}

mdoc::RequestedNameSpace& place_for(proximity::DocumentQuestion& question, std::string name_space) {
  for (auto& known : question.name_spaces) {
    if (known.name == name_space) return known;
  }
  return question.name_spaces.emplace_back(mdoc::RequestedNameSpace{std::move(name_space), {}});
}

}  // namespace

Result<proximity::DocumentQuestion> make_question(const std::string& doc_type, const std::vector<std::string>& elements,
                                                  const std::vector<std::string>& retained) {
  const auto is_in = [](const std::vector<std::string>& list, const std::string& name) {
    return std::ranges::find(list, name) != list.end();
  };
  if (!std::ranges::all_of(retained, [&](const std::string& name) { return is_in(elements, name); })) {
    return fail(ErrorCode::invalid_argument, "--keep", "what is not asked for cannot be kept");
  }
  proximity::DocumentQuestion question{.doc_type = doc_type, .name_spaces = {}};
  for (const std::string& element : elements) {
    const auto slash = element.rfind('/');
    std::string name_space = slash == std::string::npos ? std::string() : element.substr(0, slash);
    if (name_space.empty()) {
      MIBUN_TRY(name_space, own_name_space(doc_type));
    }
    place_for(question, std::move(name_space))
        .elements.push_back(
            {slash == std::string::npos ? element : element.substr(slash + 1), is_in(retained, element)});
  }
  return question;
}

}  // namespace mibun::cli
