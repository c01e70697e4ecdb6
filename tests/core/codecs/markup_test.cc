#include "core/codecs/markup.h"

#include <doctest/doctest.h>

using namespace mibun;

TEST_CASE("text for markup holds nothing that markup could mean") {
  CHECK(escape_markup("名 & <b title=\"x\">'</b>") == "名 &amp; &lt;b title=&quot;x&quot;&gt;&#39;&lt;/b&gt;");
  CHECK(escape_markup("&amp;") == "&amp;amp;");
  CHECK(escape_markup("").empty());
}
