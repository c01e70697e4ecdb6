#include "server/web/page.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "server/api/problem.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace mibun::server::web {

std::span<const File> files_of_this_test();  // what stands in built/
std::span<const File> no_files();

namespace {

std::string file_text(const std::string& name) {
  std::ifstream in(std::string(MIBUN_BUILT) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

http::Router router_of(std::span<const File> files, std::string_view root = "/wallet/") {
  http::Router router(problem_before_route);
  add_page_routes(router, root, files);
  return router;
}

http::ServerResponse get(const http::Router& router, std::string_view path,
                         std::vector<std::pair<std::string_view, std::string_view>> headers = {},
                         std::string_view method = "GET") {
  http::ServerRequest request;
  request.method = method;
  request.target = path;
  request.path = path;
  request.headers = std::move(headers);
  return router.handle(request);
}

std::string header(const http::ServerResponse& response, std::string_view name) {
  return std::string(response.header(name).value_or(""));
}

}  // namespace

TEST_CASE("every file that was built is served as it is, with its exact type") {
  const http::Router router = router_of(files_of_this_test());
  struct Row {
    std::string name, type, cache;
  };
  const std::string kept = "public, max-age=31536000, immutable", asked = "no-cache";
  const std::vector<Row> rows = {
      {"index.html", "text/html; charset=utf-8", asked},
      {"sw.js", "text/javascript; charset=utf-8", asked},
      {"manifest.webmanifest", "application/manifest+json", asked},
      {"icons/icon.svg", "image/svg+xml", asked},
      {"assets/app-Ab3_x9-Z.js", "text/javascript; charset=utf-8", kept},
      {"assets/style-0a1b2c3d.css", "text/css; charset=utf-8", kept},
      {"assets/wallet-9f8e7d6c.wasm", "application/wasm", kept},
  };
  CHECK(files_of_this_test().size() == rows.size());
  for (const Row& row : rows) {
    INFO(row.name);
    const auto response = get(router, "/wallet/" + row.name);
    CHECK(response.status == 200);
    CHECK(response.content_type == row.type);
    CHECK(header(response, "Cache-Control") == row.cache);
    CHECK(response.body == file_text(row.name));
    CHECK_FALSE(response.body.empty());
    CHECK(header(response, "Content-Encoding").empty());
  }
  CHECK(get(router, "/wallet/").body == file_text("index.html"));
  const auto without_slash = get(router, "/wallet");
  CHECK(without_slash.status == 308);
  CHECK(header(without_slash, "Location") == "/wallet/");
}

TEST_CASE("the page's policy lets in what is served here, and nothing else") {
  const http::Router router = router_of(files_of_this_test());
  for (const File& file : files_of_this_test()) {
    INFO(file.path);
    const auto response = get(router, "/wallet/" + std::string(file.path));
    CHECK(header(response, "Content-Security-Policy") ==
          "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
          "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
          "form-action 'none'; require-trusted-types-for 'script'; trusted-types sw");
    CHECK(header(response, "Cross-Origin-Opener-Policy") == "same-origin");
    CHECK(header(response, "X-Content-Type-Options") == "nosniff");
    CHECK(header(response, "Referrer-Policy") == "no-referrer");
    CHECK(header(response, "Permissions-Policy") == "camera=(self), microphone=(), geolocation=(), payment=(), usb=()");
  }
}

TEST_CASE("a file is sent in the best form that is taken, and says so") {
  const http::Router router = router_of(files_of_this_test());
  struct Row {
    std::string_view accepts, encoding;
  };
  for (const Row& row :
       {Row{"", ""}, Row{"br", "br"}, Row{"gzip", "gzip"}, Row{"gzip, deflate, br, zstd", "br"}, Row{"BR", "br"},
        Row{"br;q=0, gzip", "gzip"}, Row{"br;q=0.0,gzip;q=0.000", ""}, Row{"br; q=0.5", "br"}, Row{"br ;q=1", "br"},
        Row{"identity", ""}, Row{"abr", ""}, Row{"br2,x-gzip", ""}, Row{",,", ""}}) {
    INFO(row.accepts);
    const auto response = get(router, "/wallet/index.html", {{"Accept-Encoding", row.accepts}});
    CHECK(header(response, "Content-Encoding") == row.encoding);
    CHECK(header(response, "Vary") == "Accept-Encoding");
    CHECK(response.content_type == "text/html; charset=utf-8");
  }
  // Eight bytes only grow.
  const auto small = get(router, "/wallet/assets/wallet-9f8e7d6c.wasm", {{"Accept-Encoding", "gzip, br"}});
  CHECK(header(small, "Content-Encoding").empty());
  CHECK(header(small, "Vary").empty());
}

TEST_CASE("what was compressed opens to the file, by other people's programs") {
  const http::Router router = router_of(files_of_this_test());
  const std::vector<std::pair<std::string, std::vector<std::string>>> openers = {{"br", {"brotli", "-dc"}},
                                                                                 {"gzip", {"gzip", "-dc"}}};
  for (const auto& [encoding, opener] : openers) {
    INFO(encoding);
    int opened = 0;
    for (const File& file : files_of_this_test()) {
      INFO(file.path);
      const auto response = get(router, "/wallet/" + std::string(file.path), {{"Accept-Encoding", encoding}});
      if (header(response, "Content-Encoding") != encoding) continue;
      CHECK(response.body.size() < file.content.size());
      CHECK(run_process(opener, {.input = response.body}).out == file.content);
      ++opened;
    }
    CHECK(opened >= 4);
  }
}

TEST_CASE("a browser that has the file is told so, and only of the form that it has") {
  const http::Router router = router_of(files_of_this_test());
  const auto ask = [&](std::string_view accepts, std::string_view known) {
    return get(router, "/wallet/index.html", {{"Accept-Encoding", accepts}, {"If-None-Match", known}});
  };
  const std::string plain = header(ask("", ""), "ETag"), packed = header(ask("br", ""), "ETag");
  CHECK(plain != packed);
  for (const std::string& known : {packed, "W/" + packed, "\"x\", " + packed, std::string("*")}) {
    INFO(known);
    const auto same = ask("br", known);
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(header(same, "ETag") == packed);
    CHECK(header(same, "Cache-Control") == "no-cache");
  }
  for (const std::string& known : {plain, std::string(), packed.substr(1), std::string("\"\"")}) {
    INFO(known);
    CHECK(ask("br", known).status == 200);
  }
}

TEST_CASE("HEAD answers as GET does, and nothing else is taken") {
  const http::Router router = router_of(files_of_this_test());
  const auto head = get(router, "/wallet/index.html", {}, "HEAD");
  CHECK(head.status == 200);
  CHECK(head.content_type == "text/html; charset=utf-8");
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    INFO(method);
    const auto refused = get(router, "/wallet/index.html", {}, method);
    CHECK(refused.status == 405);
    CHECK(header(refused, "Allow") == "GET, HEAD");
  }
}

TEST_CASE("no address leads out of the table") {
  const http::Router router = router_of(files_of_this_test());
  for (const char* path :
       {"/wallet/../wallet/index.html", "/wallet/./index.html", "/wallet//index.html", "/wallet/%69ndex.html",
        "/wallet/assets/..%2findex.html", "/wallet/assets/../index.html", "/wallet/assets", "/wallet/assets/",
        "/wallet/INDEX.HTML", "/wallet/index.html/", "/wallet/built/index.html", "/wallet/page_test.cc",
        "/wallet/../../../etc/passwd", "/wallet/index.html%00", "/index.html", "/"}) {
    INFO(path);
    CHECK_FALSE(router.knows(path));
    CHECK(get(router, path).status == 404);
  }
}

TEST_CASE("a program that was built without the page says so") {
  const http::Router router = router_of(no_files());
  CHECK(no_files().empty());
  const auto response = get(router, "/wallet/");
  CHECK(response.status == 404);
  CHECK(response.content_type == "application/problem+json");
  CHECK(response.body.find("built without the web wallet") != std::string::npos);
  CHECK(get(router, "/wallet/index.html").body.find("built without") == std::string::npos);
}

TEST_CASE("the page is told where its server is") {
  http::Router router(problem_before_route);
  add_wallet_json_route(router, "https://id.example", false);
  const auto response = get(router, "/wallet.json");
  CHECK(response.content_type == "application/json");
  CHECK(response.body == R"({"server":"https://id.example","demo":false})");
}

TEST_CASE("what is embedded follows the folder, and files that nobody thought of end the build") {
  const TempDir directory;
  const auto embed = [&] {
    return run_process({MIBUN_CMAKE, "-DFOLDER=" + directory.file("page"), "-DOUTPUT=" + directory.file("out.cc"),
                        "-DWORK=" + directory.file("work"), "-DFUNCTION=x", "-P", MIBUN_EMBED});
  };
  const auto output = [&] {
    std::ifstream in(directory.file("out.cc"));
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  const auto write = [&](const std::string& name, std::string_view text) {
    std::ofstream(directory.file("page/" + name)) << text;
  };
  REQUIRE(embed().exit_code == 0);  // no folder
  CHECK(output().find("incbin") == std::string::npos);

  std::filesystem::create_directories(directory.file("page/assets"));
  write("index.html", "one");
  REQUIRE(embed().exit_code == 0);
  const std::string first = output();
  CHECK(first.find("incbin") != std::string::npos);
  const auto made = std::filesystem::last_write_time(directory.file("out.cc"));
  REQUIRE(embed().exit_code == 0);
  CHECK(std::filesystem::last_write_time(directory.file("out.cc")) == made);  // nothing to build again
  write("index.html", "two");                                                 // as long as before
  REQUIRE(embed().exit_code == 0);
  CHECK(output() != first);

  for (const char* name : {"app.js.map", "a b.js", "unknown.xyz", "no-extension"}) {
    INFO(name);
    write(name, "x");
    CHECK(embed().exit_code != 0);
    std::filesystem::remove(directory.file("page/" + std::string(name)));
  }
}

}  // namespace mibun::server::web
