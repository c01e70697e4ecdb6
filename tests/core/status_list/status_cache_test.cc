#include "core/status_list/status_cache.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/test_pki.h"

using namespace mibun;
using crypto::CertificatePurpose;
using namespace mibun::status_list;

namespace {

const std::string kUri = "https://issuer.example/status/1";

// An issuer that publishes lists, counts who asks, and can fall silent.
struct World {
  TestAuthority authority{"issuers"};
  TestSigner issuer{authority, CertificatePurpose::credential_issuer, "issuer.example"};
  crypto::TrustAnchors anchors = authority.anchors(CertificatePurpose::credential_issuer);
  std::atomic<int> fetches = 0;
  std::atomic<bool> silent = false;
  std::atomic<bool> revoked = false;
  std::atomic<bool> binary = false;
  Instant issued_at = kTestNow;

  std::string token(const std::string& uri) const {
    StatusList list = must(StatusList::make(1, 64));
    if (revoked) must(list.set(5, kInvalid));
    const StatusTokenTimes times{issued_at, issued_at + seconds(1800), seconds(600)};
    return must(issue_status_list_token(uri, times, list, issuer.key, issuer.chain));
  }
  FetchedStatusToken cwt(const std::string& uri) const {
    StatusList list = must(StatusList::make(1, 64));
    if (revoked) must(list.set(5, kInvalid));
    const StatusTokenTimes times{issued_at, issued_at + seconds(1800), seconds(600)};
    const Bytes token = must(issue_status_list_cwt(uri, times, list.compress(), issuer.key, issuer.chain));
    return {StatusTokenFormat::cwt, std::string(as_text(token))};
  }
  StatusFetcher fetcher() {
    return [this](const std::string& uri) -> Result<FetchedStatusToken> {
      ++fetches;
      if (silent) return fail(ErrorCode::http_connect_failed);
      if (binary) return cwt(uri);
      return FetchedStatusToken{StatusTokenFormat::jwt, token(uri)};
    };
  }
};

StatusReference reference(const std::string& uri = kUri) {
  return {uri, 5, "https://issuer.example"};
}

}  // namespace

TEST_CASE("a list is fetched once for its ttl, and again after it") {
  World world;
  StatusCache cache(world.anchors, world.fetcher());
  CHECK(cache.check(reference(), kTestNow).has_value());
  world.revoked = true;
  CHECK(cache.check(reference(), kTestNow + seconds(599)).has_value());
  CHECK(world.fetches == 1);
  CHECK(code_of(cache.check(reference(), kTestNow + seconds(600))) == ErrorCode::status_revoked);
  CHECK(world.fetches == 2);
}

TEST_CASE("a kept list serves until its exp when the issuer falls silent, and not a moment longer") {
  World world;
  StatusCache cache(world.anchors, world.fetcher());
  CHECK(cache.check(reference(), kTestNow).has_value());
  world.silent = true;
  CHECK(cache.check(reference(), kTestNow + seconds(700)).has_value());
  CHECK(cache.check(reference(), kTestNow + seconds(1799)).has_value());
  CHECK(code_of(cache.check(reference(), kTestNow + seconds(1800))) == ErrorCode::status_list_unavailable);
}

TEST_CASE("A20: unknown is not valid: silence, and a host that is asked only now and then") {
  World world;
  world.silent = true;
  StatusCache cache(world.anchors, world.fetcher());
  CHECK(code_of(cache.check(reference(), kTestNow)) == ErrorCode::status_list_unavailable);
  CHECK(code_of(cache.check(reference(), kTestNow + seconds(4))) == ErrorCode::status_list_unavailable);
  CHECK(world.fetches == 1);
  world.silent = false;
  CHECK(cache.check(reference(), kTestNow + seconds(5)).has_value());
  CHECK(world.fetches == 2);
}

TEST_CASE("a fetched token that does not verify is refused with its reason") {
  World world;
  StatusCache other_list(world.anchors, [&](const std::string&) -> Result<FetchedStatusToken> {
    return FetchedStatusToken{StatusTokenFormat::jwt, world.token("https://issuer.example/status/2")};
  });
  CHECK(code_of(other_list.check(reference(), kTestNow)) == ErrorCode::status_list_subject_mismatch);
  StatusCache rubbish(world.anchors, [](const std::string&) -> Result<FetchedStatusToken> {
    return FetchedStatusToken{StatusTokenFormat::jwt, "<html>"};
  });
  CHECK(code_of(rubbish.check(reference(), kTestNow)) == ErrorCode::jws_malformed);
  StatusCache other_format(world.anchors, [&](const std::string& uri) -> Result<FetchedStatusToken> {
    return FetchedStatusToken{StatusTokenFormat::cwt, world.token(uri)};
  });
  CHECK(code_of(other_format.check(reference(), kTestNow)) == ErrorCode::cose_wrong_tag);
}

TEST_CASE("the cache is bounded and drops the list unused for longest") {
  World world;
  StatusCacheOptions options;
  options.lists_max = 2;
  StatusCache cache(world.anchors, world.fetcher(), options);
  const std::string a = "https://issuer.example/a", b = "https://issuer.example/b", c = "https://issuer.example/c";
  must(cache.check(reference(a), kTestNow));
  must(cache.check(reference(b), kTestNow));
  must(cache.check(reference(a), kTestNow));
  must(cache.check(reference(c), kTestNow));
  CHECK(world.fetches == 3);
  must(cache.check(reference(a), kTestNow));
  CHECK(world.fetches == 3);
  must(cache.check(reference(b), kTestNow));
  CHECK(world.fetches == 4);
}

TEST_CASE("threads that need the same list share one fetch") {
  World world;
  StatusCache cache(world.anchors, [&](const std::string& uri) -> Result<FetchedStatusToken> {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return world.fetcher()(uri);
  });
  std::atomic<int> passed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      if (cache.check(reference(), kTestNow)) ++passed;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(passed == 16);
  CHECK(world.fetches == 1);
}

TEST_CASE("threads that wait for a fetch that fails are all refused") {
  World world;
  world.silent = true;
  StatusCache cache(world.anchors, [&](const std::string& uri) -> Result<FetchedStatusToken> {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return world.fetcher()(uri);
  });
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      if (code_of(cache.check(reference(), kTestNow)) == ErrorCode::status_list_unavailable) ++refused;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(refused == 8);
  CHECK(world.fetches == 1);
}

TEST_CASE("a list that comes as a CWT is kept like one that comes as a JWT") {
  World world;
  world.binary = true;
  StatusCache cache(world.anchors, world.fetcher());
  CHECK(cache.check(reference(), kTestNow).has_value());
  world.revoked = true;
  CHECK(cache.check(reference(), kTestNow + seconds(599)).has_value());
  CHECK(code_of(cache.check(reference(), kTestNow + seconds(600))) == ErrorCode::status_revoked);
  CHECK(world.fetches == 2);
}

TEST_CASE("the issuer's ttl is held between our least and our most") {
  World world;
  StatusCacheOptions options;
  options.ttl_min = seconds(700);
  StatusCache patient(world.anchors, world.fetcher(), options);
  must(patient.check(reference(), kTestNow));
  must(patient.check(reference(), kTestNow + seconds(699)));
  CHECK(world.fetches == 1);
  must(patient.check(reference(), kTestNow + seconds(700)));
  CHECK(world.fetches == 2);
  options.ttl_min = seconds(5);
  options.ttl_max = seconds(10);
  StatusCache hasty(world.anchors, world.fetcher(), options);
  must(hasty.check(reference(), kTestNow));
  must(hasty.check(reference(), kTestNow + seconds(10)));
  CHECK(world.fetches == 4);
}

TEST_CASE("what the kept list says is checked for each reference") {
  World world;
  StatusCache cache(world.anchors, world.fetcher());
  must(cache.check(reference(), kTestNow));
  CHECK(code_of(cache.check({kUri, 64, "https://issuer.example"}, kTestNow)) ==
        ErrorCode::status_list_index_out_of_range);
  CHECK(code_of(cache.check({kUri, 5, "https://other.example"}, kTestNow)) == ErrorCode::jwt_issuer_mismatch);
  CHECK(world.fetches == 1);
}

TEST_CASE("threads read one fresh list while others are fetched") {
  World world;
  StatusCacheOptions options;
  options.lists_max = 3;
  StatusCache cache(world.anchors, world.fetcher(), options);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string uri = t == 0 ? "https://issuer.example/" + std::to_string(i % 5) : kUri;
        if (!cache.check(reference(uri), kTestNow)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
